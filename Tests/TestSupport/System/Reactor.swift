// SPDX-License-Identifier: Apache-2.0
// The rigs' own small poll loop: one thread for the whole test process. Fence: epoll, eventfd.
//
// It is not the product's loop, on purpose: a defect there must not be able to hide itself from its own tests.
// The thread lives as long as the process. Children are started on it, because Linux sends the parent-death signal
// when the *thread* that started a child ends, and the threads of the concurrency pool come and go.

private import CLinux
import Foundation
private import Glibc
import Synchronization

/// What a descriptor is ready for.
struct Readiness: OptionSet, Sendable {
  let rawValue: UInt32
  static let readable = Readiness(rawValue: 0x001)
  static let writable = Readiness(rawValue: 0x004)
  static let error = Readiness(rawValue: 0x008)
  static let hangup = Readiness(rawValue: 0x010)
}

/// A thread that waits for descriptors and runs what it is given.
///
/// Threading: every function from any thread. Handlers and jobs run on the reactor's thread and must not block.
final class Reactor: Sendable {
  static let shared = Reactor()

  typealias Token = UInt64
  typealias Handler = @Sendable (Readiness) -> Void

  private struct State {
    var nextToken: Token = 1
    var handlers: [Token: (number: CInt, handler: Handler)] = [:]
    var jobs: [@Sendable () -> Void] = []
    var thread: pthread_t?
  }

  private final class Answer<Value: Sendable>: Sendable {
    let stored = Mutex<Result<Value, any Error>?>(nil)
    let done = DispatchSemaphore(value: 0)
  }

  private static let wakeToken: Token = 0

  private let epoll: CInt
  private let wake: CInt
  private let state = Mutex(State())

  private init() {
    epoll = epoll_create1(O_CLOEXEC)
    wake = eventfd(0, O_NONBLOCK | O_CLOEXEC)
    _ = control(EPOLL_CTL_ADD, wake, [.readable], Self.wakeToken)
    let thread = Thread { [self] in run() }
    thread.name = "test-reactor"
    thread.start()
  }

  /// Calls `handler` while `descriptor` is ready for any of `interest`, errors and hang-ups always included.
  func watch(_ descriptor: Descriptor, for interest: Readiness, handler: @escaping Handler) throws -> Token {
    let number = descriptor.number
    let token = state.withLock { state in
      let token = state.nextToken
      state.nextToken += 1
      state.handlers[token] = (number, handler)
      return token
    }
    guard control(EPOLL_CTL_ADD, number, interest, token) == 0 else {
      let error = SystemError("epoll_ctl")
      state.withLock { _ = $0.handlers.removeValue(forKey: token) }
      throw error
    }
    return token
  }

  /// Changes what a watch waits for.
  func update(_ token: Token, for interest: Readiness) {
    guard let number = state.withLock({ $0.handlers[token]?.number }) else { return }
    // Fails only for a descriptor that was closed meanwhile; its handler is removed by whoever closed it.
    _ = control(EPOLL_CTL_MOD, number, interest, token)
  }

  /// Ends a watch; to be called before its descriptor is closed.
  ///
  /// A handler that runs right now finishes.
  func unwatch(_ token: Token) {
    guard let number = state.withLock({ $0.handlers.removeValue(forKey: token)?.number }) else { return }
    _ = control(EPOLL_CTL_DEL, number, [], token)
  }

  /// Runs `job` on the reactor's thread, soon.
  func submit(_ job: @escaping @Sendable () -> Void) {
    state.withLock { $0.jobs.append(job) }
    // A full counter means that a wake-up is pending already.
    _ = eventfd_write(wake, 1)
  }

  /// Runs `job` on the reactor's thread and waits for its result.
  func perform<Value: Sendable>(_ job: @escaping @Sendable () -> Result<Value, any Error>) throws -> Value {
    if isOnThread { return try job().get() }
    let answer = Answer<Value>()
    submit {
      answer.stored.withLock { $0 = job() }
      answer.done.signal()
    }
    answer.done.wait()
    guard let result = answer.stored.withLock({ $0 }) else { throw SystemError("reactor", code: ECANCELED) }
    return try result.get()
  }

  private var isOnThread: Bool {
    guard let thread = state.withLock({ $0.thread }) else { return false }
    return pthread_equal(thread, pthread_self()) != 0
  }

  private func run() {
    state.withLock { $0.thread = pthread_self() }
    let room = 512
    var events = unsafe [epoll_event](repeating: epoll_event(), count: room)
    while true {
      let count = unsafe epoll_wait(epoll, &events, CInt(room), -1)
      for index in 0..<max(0, Int(count)) {
        let token = unsafe events[index].data.u64
        let readiness = unsafe Readiness(rawValue: events[index].events)
        if token == Self.wakeToken {
          var counter: eventfd_t = 0
          // Only empties the counter; an empty one is no error here.
          _ = unsafe eventfd_read(wake, &counter)
          continue
        }
        state.withLock({ $0.handlers[token]?.handler })?(readiness)
      }
      let jobs = state.withLock { state in
        defer { state.jobs = [] }
        return state.jobs
      }
      for job in jobs { job() }
    }
  }

  private func control(_ operation: CInt, _ number: CInt, _ interest: Readiness, _ token: Token) -> CInt {
    var event = unsafe epoll_event()
    unsafe event.events = interest.rawValue
    unsafe event.data.u64 = token
    return unsafe epoll_ctl(epoll, operation, number, &event)
  }
}
