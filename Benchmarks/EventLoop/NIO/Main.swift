// SPDX-License-Identifier: Apache-2.0
// SwiftNIO's loop, as the harness wants it.
//
// A descriptor is a channel, which always reads: there is no callback without a read, so the harness puts back what was read.
// A timer is a scheduled task; arming one again is cancelling it and scheduling another.

import Dispatch
import Glibc
import LoopHarness
import Measure
import NIOCore
import NIOPosix
import Synchronization

@main enum Main {
  static func main() {
    exit(unsafe harness_main(CommandLine.argc, CommandLine.unsafeArgv))
  }
}

/// Holds the loop's thread between two runs of the harness.
///
/// NIO's loop runs by itself, and the harness wants to say when: outside its runs the thread waits in a task, and does there
/// what is to be done inside the loop.
final class Gate: Sendable {
  private let work = Mutex<(@Sendable () -> Void)?>(nil)
  private let onward = DispatchSemaphore(value: 0)
  private let held = DispatchSemaphore(value: 0)

  /// Waits for the next run; in a task of the loop.
  func hold() {
    held.signal()
    while true {
      onward.wait()
      guard let body = work.withLock({ $0.take() }) else { return }
      body()
      held.signal()
    }
  }

  /// Returns when the loop's thread waits.
  func waitUntilHeld() { held.wait() }

  /// Does something on the loop's thread, which waits.
  func inside(_ body: @escaping @Sendable () -> Void) {
    work.withLock { $0 = body }
    onward.signal()
    held.wait()
  }

  /// Lets the loop run until it is held again.
  func run() {
    onward.signal()
    held.wait()
  }
}

/// Tells the harness what its channel has read.
final class Reader: ChannelInboundHandler, Sendable {
  typealias InboundIn = ByteBuffer
  private let number: CInt

  init(_ number: CInt) { self.number = number }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) { harness_read(number) }
}

/// Calls a step each time its channel has read.
final class Stepper: ChannelInboundHandler, Sendable {
  typealias InboundIn = ByteBuffer

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard let step = unsafe nextStep else { return }
    step()
    unsafe stepsLeft -= 1
    if unsafe stepsLeft == 0 { stop() } else { measure_eventfd_write(unsafe stepDescriptor) }
  }
}

private let gate = Gate()
private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

// Made by `loop_init`, before the loop has anything to do, and touched only inside it, or while its thread is held.
private nonisolated(unsafe) var shared: (any EventLoop)?
private nonisolated(unsafe) var channels: [(any Channel)?] = []
private nonisolated(unsafe) var timers: [Scheduled<Void>?] = []
private nonisolated(unsafe) var nextStep: (@convention(c) () -> Void)?
private nonisolated(unsafe) var stepsLeft = 0
private nonisolated(unsafe) var stepDescriptor: CInt = -1

private func withLoop<Result>(_ body: (any EventLoop) -> Result) -> Result {
  guard let loop = unsafe shared else { preconditionFailure("loop_init comes first") }
  return body(loop)
}

/// Opens a channel; inside the loop it is registered when this returns.
private func open(
  _ descriptor: CInt, _ handler: any ChannelInboundHandler & Sendable,
  _ made: @escaping @Sendable (any Channel) -> Void = { _ in }
) {
  _ = NIOPipeBootstrap(group: group).channelInitializer { channel in
    made(channel)
    return channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(handler) }
  }.takingOwnershipOfDescriptor(input: descriptor)
}

@c(loop_init) func prepare(handleCount: CInt, timerCount: CInt) {
  unsafe channels = Array(repeating: nil, count: Int(handleCount))
  unsafe timers.reserveCapacity(Int(timerCount))
  let loop = group.next()
  unsafe shared = loop
  loop.execute { gate.hold() }
  gate.waitUntilHeld()
}

@c(loop_handle_add) func addHandle(number: CInt, descriptor: CInt) {
  // The channel closes what it is given, and the last one comes again.
  let given = unsafe Int(number) == channels.count - 1 ? dup(descriptor) : descriptor
  open(given, Reader(number)) { unsafe channels[Int(number)] = $0 }
}

@c(loop_handle_interest) func setInterest(number: CInt, on: CInt) {
  try? unsafe channels[Int(number)]?.syncOptions?.setOption(.autoRead, value: on != 0)
}

@c(loop_handle_remove) func removeHandle(number: CInt) {
  unsafe channels[Int(number)]?.close(mode: .all, promise: nil)
  unsafe channels[Int(number)] = nil
}

private func schedule(_ milliseconds: CInt) -> Scheduled<Void> {
  withLoop { $0.scheduleTask(in: .milliseconds(Int64(milliseconds))) { harness_timer() } }
}

@c(loop_timers_add) func addTimers(count: CInt, milliseconds: UnsafePointer<CInt>) {
  for place in 0..<Int(count) { unsafe timers.append(schedule(milliseconds[place])) }
}

@c(loop_timers_arm) func armTimers(count: CInt, numbers: UnsafePointer<CInt>, milliseconds: UnsafePointer<CInt>) {
  for place in 0..<Int(count) {
    let number = unsafe Int(numbers[place])
    unsafe timers[number]?.cancel()
    unsafe timers[number] = schedule(milliseconds[place])
  }
}

@c(loop_timers_off) func disarmTimers(count: CInt, numbers: UnsafePointer<CInt>) {
  for place in 0..<Int(count) {
    let number = unsafe Int(numbers[place])
    unsafe timers[number]?.cancel()
    unsafe timers[number] = nil
  }
}

@c(loop_run) func run() { gate.run() }

@c(loop_stop) func stop() { withLoop { $0.execute { gate.hold() } } }

@c(loop_turns) func turns(step: @escaping @convention(c) () -> Void, count: CLong) {
  // A step is called by a channel that is always ready, so that no turn waits, and each pays for that channel too.
  if unsafe stepDescriptor < 0 {
    let descriptor = measure_eventfd()
    unsafe stepDescriptor = descriptor
    gate.inside { open(dup(descriptor), Stepper()) }
  }
  unsafe nextStep = step
  unsafe stepsLeft = count
  measure_eventfd_write(unsafe stepDescriptor)
  gate.run()
}

@c(loop_inside) func inside(body: @escaping @convention(c) () -> Void) { gate.inside { body() } }

@c(loop_post) func post(
  function: @escaping @convention(c) (UnsafeMutableRawPointer?) -> Void, argument: UnsafeMutableRawPointer?
) {
  let number = UInt(bitPattern: argument)
  withLoop { $0.execute { unsafe function(UnsafeMutableRawPointer(bitPattern: number)) } }
}
