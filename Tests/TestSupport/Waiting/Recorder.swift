// SPDX-License-Identifier: Apache-2.0
// What happened, in order, and waiting for more of it without sleeping.

import Dispatch
import Synchronization

/// A growing list that any thread appends to and any test waits on.
///
/// It is how a test waits for an event: the callback appends, the waiter is woken by the append itself, and a deadline
/// ends a wait that nothing answers. Nothing is polled and nothing sleeps.
///
/// Threading: every function from any thread.
public final class Recorder<Element: Sendable>: Sendable {
  /// Looks at the elements from `scanned` on; true ends the wait.
  private typealias Check = @Sendable (_ elements: [Element], _ scanned: Int) -> Bool

  private struct Waiter {
    let awaited: String
    let check: Check
    var scanned: Int
    let continuation: CheckedContinuation<[Element], any Error>
  }

  private struct State {
    var elements: [Element] = []
    var isFinished = false
    var nextWaiter = 0
    var waiters: [Int: Waiter] = [:]
    var summary: String { Recorder.summary(of: elements) }
  }

  private let state = Mutex(State())

  /// An empty one.
  public init() {}

  /// What has come until now.
  public var all: [Element] { state.withLock { $0.elements } }

  /// How many have come until now: the place to go on from.
  public var count: Int { state.withLock { $0.elements.count } }

  /// Whether nothing more will come.
  public var isFinished: Bool { state.withLock { $0.isFinished } }

  /// Adds an element and wakes who waited for it.
  public func append(_ element: Element) { append(contentsOf: CollectionOfOne(element)) }

  /// Adds elements and wakes who waited for them.
  public func append(contentsOf elements: some Collection<Element>) {
    change { $0.elements.append(contentsOf: elements) }
  }

  /// Says that nothing more will come: waits that are not met end at once with ``WaitError/ended(awaited:seen:)``.
  public func finish() { change { $0.isFinished = true } }

  /// Forgets the elements, for the next part of a test.
  public func removeAll() { state.withLock { $0.elements = [] } }

  /// Waits for an element that matches, from the place `start` on.
  @discardableResult
  public func first(
    _ awaited: String = "a matching element", from start: Int = 0, within limit: Duration = Patience.standard,
    where matches: @escaping @Sendable (Element) -> Bool
  ) async throws -> Element {
    let elements = try await wait(awaited, from: start, within: limit) { elements, scanned in
      elements[min(scanned, elements.count)...].contains(where: matches)
    }
    guard let element = elements.dropFirst(start).first(where: matches) else {
      throw WaitError.ended(awaited: awaited, seen: "elements removed during the wait")
    }
    return element
  }

  /// Waits until `count` elements have come.
  @discardableResult
  public func atLeast(
    _ count: Int, _ awaited: String = "elements", within limit: Duration = Patience.standard
  ) async throws -> [Element] {
    try await wait("\(count) \(awaited)", from: 0, within: limit) { elements, _ in elements.count >= count }
  }

  /// Waits until the whole list meets a condition.
  @discardableResult
  public func until(
    _ awaited: String, within limit: Duration = Patience.standard,
    _ condition: @escaping @Sendable ([Element]) -> Bool
  ) async throws -> [Element] {
    try await wait(awaited, from: 0, within: limit) { elements, _ in condition(elements) }
  }

  /// Waits until nothing more will come.
  @discardableResult
  public func end(_ awaited: String = "the end", within limit: Duration = Patience.standard) async throws -> [Element] {
    do {
      return try await wait(awaited, from: 0, within: limit) { _, _ in false }
    } catch WaitError.ended {
      return all
    }
  }

  private func wait(
    _ awaited: String, from start: Int, within limit: Duration, check: @escaping Check
  ) async throws -> [Element] {
    try await withCheckedThrowingContinuation { continuation in
      let verdict: (Result<[Element], any Error>)?
      let identifier: Int
      (verdict, identifier) = state.withLock { state in
        if check(state.elements, start) { return (.success(state.elements), 0) }
        if state.isFinished { return (.failure(WaitError.ended(awaited: awaited, seen: state.summary)), 0) }
        state.nextWaiter += 1
        state.waiters[state.nextWaiter] = Waiter(
          awaited: awaited, check: check, scanned: state.elements.count, continuation: continuation)
        return (nil, state.nextWaiter)
      }
      if let verdict { return continuation.resume(with: verdict) }
      DeadlineQueue.after(limit) { [weak self] in self?.expire(identifier) }
    }
  }

  private func expire(_ identifier: Int) {
    let expired = state.withLock { state in
      state.waiters.removeValue(forKey: identifier).map { ($0, state.summary) }
    }
    guard let (waiter, seen) = expired else { return }
    waiter.continuation.resume(throwing: WaitError.deadline(awaited: waiter.awaited, seen: seen))
  }

  private func change(_ body: (inout State) -> Void) {
    let (met, ended, elements) = state.withLock { state in
      body(&state)
      var met: [Waiter] = []
      for (identifier, waiter) in state.waiters {
        if waiter.check(state.elements, waiter.scanned) {
          met.append(waiter)
          state.waiters[identifier] = nil
        } else {
          state.waiters[identifier]?.scanned = state.elements.count
        }
      }
      let ended = state.isFinished ? Array(state.waiters.values) : []
      if state.isFinished { state.waiters = [:] }
      return (met, ended, met.isEmpty && ended.isEmpty ? [] : state.elements)
    }
    for waiter in met { waiter.continuation.resume(returning: elements) }
    for waiter in ended {
      waiter.continuation.resume(throwing: WaitError.ended(awaited: waiter.awaited, seen: Self.summary(of: elements)))
    }
  }

  private static func summary(of elements: [Element]) -> String {
    let tail = elements.suffix(12).map { String(describing: $0).prefix(300) }.joined(separator: " | ")
    return elements.count > 12 ? "\(elements.count) in all, last: \(tail)" : "[\(tail)]"
  }
}

/// Deadlines run on a queue of their own, so that a test that holds the concurrency pool's threads cannot delay them.
enum DeadlineQueue {
  private static let queue = DispatchQueue(label: "test-deadlines")

  static func after(_ duration: Duration, _ body: @escaping @Sendable () -> Void) {
    let (seconds, attoseconds) = duration.components
    let interval = Double(seconds) + Double(attoseconds) / 1e18
    queue.asyncAfter(deadline: .now() + interval, execute: body)
  }
}
