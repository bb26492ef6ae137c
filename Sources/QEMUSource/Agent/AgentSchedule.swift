// SPDX-License-Identifier: Apache-2.0
// When a guest agent is asked what.

/// How often a guest agent is asked what; zero is never.
public struct AgentIntervals: Hashable, Sendable {
  /// Whether it is there; only when nothing else was asked for so long.
  public var ping: Duration = .seconds(60)
  /// Its version and abilities.
  public var info: Duration = .seconds(300)
  /// Host name and operating system.
  public var identity: Duration = .seconds(120)
  /// Network addresses.
  ///
  /// A guest that has just begun is asked after `firstAddresses`, then at doubling times.
  public var addresses: Duration = .seconds(120)
  /// The first time between two questions for addresses.
  public var firstAddresses: Duration = .seconds(10)
  /// File systems.
  public var fileSystems: Duration = .seconds(300)
  /// Who is logged in.
  public var users: Duration = .seconds(10)
  /// The clock.
  public var time: Duration = .seconds(300)
  /// Whether file systems are frozen.
  public var freezeStatus: Duration = .seconds(60)

  /// The default intervals.
  public init() {}

  /// The interval of a question in the long run.
  func interval(of command: AgentCommand) -> Duration {
    switch command {
    case .ping: ping
    case .info: info
    case .hostName, .osInfo: identity
    case .interfaces: addresses
    case .fileSystems: fileSystems
    case .users: users
    case .time: time
    case .freezeStatus: freezeStatus
    }
  }
}

/// What a guest agent is asked next, and when.
///
/// The first round is at once. From then on each interval is shortened at random by up to a tenth, so that the agents of many
/// guests that began together are not asked together for ever.
package struct AgentSchedule: Sendable {
  private let intervals: AgentIntervals
  private var due: [AgentCommand: MonotonicTime]
  private var addressInterval: Duration
  private var unsupported: Set<AgentCommand> = []
  /// Whether only what a frozen guest may answer is asked.
  package var isFrozen = false

  /// A schedule whose questions are all due now, most telling first.
  package init(intervals: AgentIntervals, asksForUsers: Bool, now: MonotonicTime) {
    self.intervals = intervals
    addressInterval = intervals.firstAddresses
    due = Dictionary(uniqueKeysWithValues: AgentCommand.allCases.map { ($0, now) })
    due[.ping] = now + intervals.ping
    if !asksForUsers { due[.users] = nil }
    for command in AgentCommand.allCases where intervals.interval(of: command) <= .zero { due[command] = nil }
  }

  /// The moment of the next question.
  package var deadline: MonotonicTime? { due.filter { isWanted($0.key) }.values.min() }

  /// Takes the question that is due, and sets when it is asked again.
  package mutating func next(now: MonotonicTime, using generator: inout some RandomNumberGenerator) -> AgentCommand? {
    let candidates = AgentCommand.allCases.filter { isWanted($0) && due[$0].map { $0 <= now } ?? false }
    guard let command = candidates.min(by: { Self.rank($0) < Self.rank($1) }) else { return nil }
    var interval = intervals.interval(of: command)
    if command == .interfaces {
      interval = min(interval, addressInterval)
      addressInterval = min(intervals.addresses, addressInterval * 2)
    }
    due[command] = now + interval * Double.random(in: 0.9...1, using: &generator)
    // Any question tells whether the agent is there.
    if due[.ping] != nil { due[.ping] = now + intervals.ping }
    return command
  }

  /// A question was given up for no fault of the agent's: it is due again.
  package mutating func again(_ command: AgentCommand, now: MonotonicTime) {
    if due[command] != nil { due[command] = now }
  }

  /// The agent will never answer that.
  package mutating func drop(_ command: AgentCommand) { unsupported.insert(command) }

  /// Takes in what the agent says that it can do; nothing said means all.
  package mutating func allow(_ commands: Set<AgentCommand>) {
    unsupported = commands.isEmpty ? [] : Set(AgentCommand.allCases).subtracting(commands)
  }

  private func isWanted(_ command: AgentCommand) -> Bool {
    !unsupported.contains(command) && (!isFrozen || command.isAllowedWhileFrozen)
  }

  private static func rank(_ command: AgentCommand) -> Int {
    let order: [AgentCommand] = [
      .info, .freezeStatus, .hostName, .osInfo, .interfaces, .fileSystems, .users, .time, .ping,
    ]
    return order.firstIndex(of: command) ?? order.count
  }
}
