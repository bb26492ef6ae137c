// SPDX-License-Identifier: Apache-2.0
// How the unit of a process ended: who asks, and who can be asked.

/// The end of a process, of whose unit the result is wanted.
public struct UnitQuestion: Hashable, Sendable {
  /// The unit that the process was in.
  public let unit: UnitName
  /// The process.
  public let process: Int32
  /// Whether other processes live on in the unit, so that its own end is not to be expected.
  public let isUnitPopulated: Bool
  /// How long ago the process was last known to live in the unit; zero if its end was seen just now.
  ///
  /// A life of the unit that began later is another one, and so is what it ended with.
  public let age: Duration

  /// A question.
  public init(unit: UnitName, process: Int32, isUnitPopulated: Bool = false, age: Duration = .zero) {
    self.unit = unit
    self.process = process
    self.isUnitPopulated = isUnitPopulated
    self.age = max(.zero, age)
  }
}

/// What the service manager says about the end of a unit.
public struct UnitEnd: Hashable, Sendable {
  /// The longest result that is taken, in bytes; those of systemd are words like `oom-kill`.
  public static let resultLimit = 32

  /// The unit.
  public let unit: UnitName
  /// Its result, by systemd's name: `success`, `exit-code`, `signal`, `core-dump`, `timeout`, `watchdog`, `oom-kill`, ….
  public let result: String
  /// How its main process ended, where the manager is told: that of a service is, a scope has none.
  public let exit: ProcessExit?

  /// What a manager said; nil if the result is no such word.
  public init?(unit: UnitName, result: String, exit: ProcessExit?) {
    guard (1...Self.resultLimit).contains(result.utf8.count),
      result.utf8.allSatisfy({ (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || $0 == UInt8(ascii: "-") })
    else { return nil }
    self.unit = unit
    self.result = result
    self.exit = exit
  }
}

/// Whoever can be asked for the results of units: the service manager of the host.
public protocol UnitResults: AnyObject, Sendable {
  /// Asks how the unit of a process ended that has ended, or is about to be reaped. Called on the loop.
  ///
  /// - Parameters:
  ///   - question: which process, in which unit.
  ///   - answer: called once, on the loop, after this returned and within a time that is bounded; nil when nothing is known,
  ///     or nobody answers.
  nonisolated func ask(_ question: UnitQuestion, answer: @escaping @Sendable (UnitEnd?) -> Void)
}
