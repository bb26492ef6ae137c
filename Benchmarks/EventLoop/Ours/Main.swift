// SPDX-License-Identifier: Apache-2.0
// Our loop, as the harness wants it.

import EventLoop
import Glibc
import LoopHarness
import Measure

@main enum Main {
  static func main() {
    exit(unsafe harness_main(CommandLine.argc, CommandLine.unsafeArgv))
  }
}

// Filled by `loop_init`, before there is another thread, and kept for ever. The harness numbers handles and timers itself; the
// tables have their tokens, and are touched where the harness is inside the loop. Optional, since what begins as nil needs no
// check of a lazy initialisation at each use, which would be measured too.
private nonisolated(unsafe) var shared: Unmanaged<EventLoop>?
private nonisolated(unsafe) var handles: UnsafeMutablePointer<HandleID>?
private nonisolated(unsafe) var timers: UnsafeMutablePointer<TimerID>?

private nonisolated(unsafe) var stepsLeft = 0

@inline(__always) private func withLoop<Result>(_ body: (EventLoop) -> Result) -> Result {
  // `loop_init` came first. No test of that: it would be measured too.
  return unsafe shared.unsafelyUnwrapped._withUnsafeGuaranteedRef(body)
}

@inline(__always) private func handle(_ number: CInt) -> UnsafeMutablePointer<HandleID> {
  unsafe handles.unsafelyUnwrapped + Int(number)
}

/// The harness's timers fire once.
private func fire(_ id: TimerID) {
  withLoop { $0.updateTimeout(id, interval: .off) }
  harness_timer()
}

@c(loop_init) func prepare(handleCount: CInt, timerCount: CInt) {
  do throws(LoopError) {
    unsafe shared = Unmanaged.passRetained(try EventLoop())
  } catch {
    preconditionFailure("no loop to measure: \(error)")
  }
  unsafe handles = .allocate(capacity: Int(handleCount))
  unsafe timers = .allocate(capacity: Int(timerCount))
}

@c(loop_handle_add) func addHandle(number: CInt, descriptor: CInt) {
  // One callback for all, which tells the descriptor: a closure that captures its number would cost an allocation each.
  withLoop { loop in
    unsafe handle(number).pointee = loop.addHandle(descriptor, events: .readable) { _, descriptor, _ in
      harness_descriptor(descriptor)
    }
  }
}

@c(loop_handle_interest) func setInterest(number: CInt, on: CInt) {
  withLoop { unsafe $0.updateHandle(handle(number).pointee, events: on != 0 ? .readable : []) }
}

@c(loop_handle_remove) func removeHandle(number: CInt) {
  _ = withLoop { unsafe $0.removeHandle(handle(number).pointee) }
}

@c(loop_timers_add) func addTimers(count: CInt, milliseconds: UnsafePointer<CInt>) {
  guard let timers = unsafe timers else { return }
  withLoop { loop in
    for place in 0..<Int(count) {
      unsafe timers[place] = loop.addTimeout(TimerInterval(milliseconds: Int(milliseconds[place])), callback: fire)
    }
  }
}

@c(loop_timers_arm) func armTimers(count: CInt, numbers: UnsafePointer<CInt>, milliseconds: UnsafePointer<CInt>) {
  guard let timers = unsafe timers else { return }
  withLoop { loop in
    for place in 0..<Int(count) {
      unsafe loop.updateTimeout(
        timers[Int(numbers[place])], interval: TimerInterval(milliseconds: Int(milliseconds[place])))
    }
  }
}

@c(loop_timers_off) func disarmTimers(count: CInt, numbers: UnsafePointer<CInt>) {
  guard let timers = unsafe timers else { return }
  withLoop { loop in
    for place in 0..<Int(count) {
      unsafe loop.updateTimeout(timers[Int(numbers[place])], interval: .off)
    }
  }
}

@c(loop_run) func run() { withLoop { $0.run() } }

@c(loop_stop) func stop() { withLoop { $0.stop() } }

@c(loop_turns) func turns(step: @escaping @convention(c) () -> Void, count: CLong) {
  // A step is called by a handle that is always ready, so that no turn waits, and each pays for that handle too.
  let descriptor = measure_eventfd()
  measure_eventfd_write(descriptor)
  unsafe stepsLeft = count
  withLoop { loop in
    let id = loop.addHandle(descriptor, events: .readable) { _, _, _ in
      step()
      unsafe stepsLeft -= 1
      if unsafe stepsLeft == 0 { loop.stop() }
    }
    loop.run()
    loop.removeHandle(id)
    loop.submit {}
    loop.runOnce()
  }
  _ = close(descriptor)
}

@c(loop_inside) func inside(body: @escaping @convention(c) () -> Void) {
  withLoop { loop in
    loop.submit { body() }
    loop.runOnce()
  }
}

@c(loop_post) func post(
  function: @escaping @convention(c) (UnsafeMutableRawPointer?) -> Void, argument: UnsafeMutableRawPointer?
) {
  let number = UInt(bitPattern: argument)
  withLoop { $0.submit { unsafe function(UnsafeMutableRawPointer(bitPattern: number)) } }
}
