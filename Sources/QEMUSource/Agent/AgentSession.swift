// SPDX-License-Identifier: Apache-2.0
// One channel to a guest agent, as a machine without I/O.
//
// A virtio-serial channel knows no connections: what was sent to an agent that is away waits for it, and what an agent sent to
// nobody waits for us. So each conversation begins with a synchronization: a byte 0xFF, which no UTF-8 text holds, and a
// question with a random number. All input is thrown away up to a byte 0xFF, and then up to the answer with that number
// (qemu-ga-ref, guest-sync-delimited). Replies carry no ID, so there is one question at a time, and after each one that was not
// answered in time a new synchronization. The guest is hostile: what it sends is bounded, and nothing that it sends is a surprise.

package import JSONText

/// One channel to a guest agent.
package struct AgentSession: Sendable {
  /// A byte that no text holds.
  package static let sentinel: UInt8 = 0xFF

  /// How much and how long.
  package struct Limits: Hashable, Sendable {
    /// How long a synchronization may take.
    package var synchronization: Duration
    /// How long an answer may take.
    package var answer: Duration
    /// How many bytes may be thrown away in one synchronization.
    package var discarded: Int

    /// The limits, by default 5 s, 10 s and 4 MiB.
    package init(
      synchronization: Duration = .seconds(5), answer: Duration = .seconds(10), discarded: Int = 4 << 20
    ) {
      self.synchronization = synchronization
      self.answer = answer
      self.discarded = discarded
    }
  }

  /// What is to be done about a line or the passing of time.
  package enum Action: Sendable {
    /// Nothing.
    case none
    /// The agent answers: it can be asked.
    case synchronized
    /// A question was answered.
    case answered(AgentCommand, Result<JSONValue, AgentFailure>)
    /// The agent did not answer that in time; `nil` for a synchronization. It must be synchronized before it is asked again.
    case silent(AgentCommand?)
    /// What the agent sends makes no sense: it must be synchronized.
    case garbled(String)
    /// The agent sends without end.
    case flooded
  }

  private enum Phase: Hashable, Sendable {
    case idle
    case synchronizing(id: UInt32, deadline: MonotonicTime)
    case ready
    case asking(AgentCommand, deadline: MonotonicTime)
  }

  /// Bytes to be written, in order.
  package private(set) var output: [UInt8] = []
  private let limits: Limits
  private var phase: Phase = .idle
  private var discarded = 0

  /// A channel of which nothing is known.
  package init(limits: Limits = Limits()) { self.limits = limits }

  /// Whether a question can be asked now.
  package var isReady: Bool { phase == .ready }

  /// Whether neither a question nor a synchronization is under way, nor may a question be asked.
  package var isIdle: Bool { phase == .idle }

  /// The question that is under way.
  package var question: AgentCommand? { if case .asking(let command, _) = phase { command } else { nil } }

  /// The next moment at which `expire` has something to do.
  package var deadline: MonotonicTime? {
    switch phase {
    case .idle, .ready: nil
    case .synchronizing(_, let deadline), .asking(_, let deadline): deadline
    }
  }

  /// Takes the bytes that are to be written.
  package mutating func takeOutput() -> [UInt8] {
    var taken: [UInt8] = []
    swap(&taken, &output)
    return taken
  }

  /// Begins a synchronization with a number that nobody can guess.
  package mutating func synchronize(id: UInt32, now: MonotonicTime) {
    phase = .synchronizing(id: id, deadline: now + limits.synchronization)
    discarded = 0
    output.append(contentsOf: AgentCommand.synchronization(id: id))
  }

  /// Asks; whether that was possible.
  @discardableResult
  package mutating func ask(_ command: AgentCommand, now: MonotonicTime) -> Bool {
    guard phase == .ready else { return false }
    phase = .asking(command, deadline: now + limits.answer)
    output.append(contentsOf: command.line)
    return true
  }

  /// Where in a line the text is that should be parsed; `nil` for a line that is to be thrown away.
  package mutating func text(of line: Span<UInt8>) -> Range<Int>? {
    switch phase {
    case .asking: return 0..<line.count
    case .idle, .ready: return nil
    case .synchronizing:
      var start: Int?
      var position = 0
      while let found = line.firstIndex(of: Self.sentinel, from: position) {
        start = found + 1
        position = found + 1
      }
      discarded += start ?? line.count
      return start.map { $0..<line.count }
    }
  }

  /// Takes in what was parsed; `nil` for text that is not JSON.
  package mutating func receive(_ text: JSONValue?) -> Action {
    switch phase {
    case .idle, .ready: return .none
    case .synchronizing(let id, _):
      guard discarded <= limits.discarded else {
        phase = .idle
        return .flooded
      }
      // Anything else is of an earlier conversation.
      guard let answer = text?["return"]?.uint64, answer == UInt64(id) else { return .none }
      phase = .ready
      return .synchronized
    case .asking(let command, _):
      if let value = text?["return"] {
        phase = .ready
        return .answered(command, .success(value))
      }
      if let failure = text?["error"].flatMap(AgentFailure.init) {
        phase = .ready
        return .answered(command, .failure(failure))
      }
      phase = .idle
      return .garbled("no answer to \(command.rawValue)")
    }
  }

  /// Takes in that time has passed.
  package mutating func expire(now: MonotonicTime) -> Action {
    guard let deadline, now >= deadline else { return .none }
    defer { phase = .idle }
    if case .asking(let command, _) = phase { return .silent(command) }
    return .silent(nil)
  }

  /// The channel is closed, or must be begun anew.
  package mutating func reset() {
    phase = .idle
    output = []
  }
}

/// Why an agent refused a question.
package struct AgentFailure: Error, Hashable, Sendable {
  /// The error class, for instance `CommandNotFound`.
  package let errorClass: String
  /// The text for people.
  package let text: String

  init?(_ value: JSONValue) {
    guard let errorClass = value["class"]?.string else { return nil }
    self.errorClass = errorClass.printable(limit: ValueLimits.name)
    text = (value["desc"]?.string ?? "").printable(limit: QMPFailure.limit)
  }

  /// Whether the agent will never answer it: it does not know the command, or was told not to.
  package var isFinal: Bool {
    errorClass == "CommandNotFound" || text.contains("disabled") || text.contains("not supported")
  }
}
