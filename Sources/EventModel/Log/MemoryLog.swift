// SPDX-License-Identifier: Apache-2.0
// A bounded log in memory: for hosts without a writable disk, and for tests.

private import Synchronization

/// A bounded log in memory: it keeps the newest events and forgets the oldest; a restart forgets all.
public final class MemoryLog: EventLog {
  /// How many events and bytes the log holds at most.
  public struct Limits: Sendable {
    /// Events; default 100,000.
    public var events = 100_000
    /// Bytes of memory, about; default 64 MiB.
    public var bytes = 64 << 20

    /// The defaults.
    public init() {}
  }

  private struct State {
    var events: [Event?] = []
    var first = 0
    var bytes = 0
    var oldest: UInt64 = 1
  }

  /// What the log held when it was opened: nothing.
  public let contents: LogContents
  private let limits: Limits
  private let state = Mutex(State())

  /// An empty log with a new identity.
  public init(instance: InstanceID = .random(), limits: Limits = Limits()) {
    self.limits = limits
    contents = LogContents(instance: instance, head: 0, oldest: 1)
  }

  /// The oldest sequence held now.
  public var oldest: UInt64 { state.withLock { $0.oldest } }

  /// Takes a batch; always accepted.
  public func append(_ batch: LogBatch, completion: @escaping @Sendable (LogOutcome) -> Void) {
    state.withLock { state in
      for event in batch.events {
        if state.first == state.events.count { state.oldest = event.sequence }
        state.events.append(event)
        state.bytes += event.footprint
      }
      trim(&state)
    }
    completion(.accepted)
  }

  private func trim(_ state: inout State) {
    while state.events.count - state.first > limits.events || state.bytes > limits.bytes,
      state.first < state.events.count, let event = state.events[state.first]
    {
      state.bytes -= event.footprint
      state.events[state.first] = nil
      state.first += 1
      state.oldest = event.sequence + 1
    }
    // Moving the rest down once as much is dead as alive keeps the cost of an append constant.
    if state.first > 1024, state.first * 2 > state.events.count {
      state.events.removeFirst(state.first)
      state.first = 0
    }
  }

  /// Reads a stretch.
  public func read(_ query: LogQuery, completion: @escaping @Sendable (Result<LogPage, LogError>) -> Void) {
    completion(state.withLock { page(query, $0) })
  }

  private func page(_ query: LogQuery, _ state: State) -> Result<LogPage, LogError> {
    guard query.after >= state.oldest - 1 else { return .failure(.expired(oldest: state.oldest)) }
    var page = LogPage(events: [], searched: query.after)
    var bytes = 0
    for event in state.events[firstPosition(in: state) { $0.sequence > query.after }...].lazy.compactMap(\.self) {
      guard page.events.count < query.limit, bytes < query.byteLimit else { break }
      guard event.sequence == page.searched + 1 else {
        if page.searched == query.after { return .failure(.expired(oldest: event.sequence)) }
        break
      }
      page.searched = event.sequence
      guard query.filter.matches(event) else { continue }
      page.events.append(event)
      bytes += event.footprint
    }
    return .success(page)
  }

  /// Finds the last event recorded before a moment.
  public func findCursor(_ time: Timestamp, completion: @escaping @Sendable (Result<UInt64, LogError>) -> Void) {
    let sequence = state.withLock { state in
      let position = firstPosition(in: state) { $0.recorded >= time }
      return position == state.first ? state.oldest - 1 : (state.events[position - 1]?.sequence ?? 0)
    }
    completion(.success(sequence))
  }

  /// The position of the first event with a property that all later events have too, by bisection.
  private func firstPosition(in state: State, where holds: (Event) -> Bool) -> Int {
    var (low, high) = (state.first, state.events.count)
    while low < high {
      let middle = (low + high) / 2
      if let event = state.events[middle], holds(event) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Nothing to end.
  public func close(completion: @escaping @Sendable () -> Void) {
    completion()
  }
}
