// SPDX-License-Identifier: Apache-2.0
// Where the numbers of a new run begin.

/// Where the numbers of a new run begin: after every number that may have been given out before.
struct Numbering: Hashable {
  /// How many numbers are reserved at a time; see the essay in `Journal.swift`.
  static let step: UInt64 = 1 << 20
  /// How far a record may lie ahead of the database before it is taken for rubbish.
  private static let farthest: UInt64 = 1 << 40

  /// The last number that counts as given out.
  var head: UInt64
  /// The numbers that may have been given out and whose events are not held.
  var gap: Gap?

  /// Where numbers begin.
  ///
  /// - Parameters:
  ///   - held: the newest sequence in the database.
  ///   - reserved: up to where the database says that numbers may have been given out.
  ///   - record: what the lock file said, when it speaks of this journal.
  ///   - bootID: the identity of the running system; nil when it is not known.
  init(held: UInt64, reserved: UInt64, record: LockRecord?, bootID: String?) {
    let highest = max(held, reserved, record?.reserved ?? 0)
    guard let record, highest - held <= Numbering.farthest else {
      // Nobody knows how the last run ended.
      self.init(held: held, used: max(held, reserved))
      return
    }
    let known = max(held, min(record.last, highest))
    let sameSystem = bootID.map { !$0.isEmpty && $0 == record.bootID } ?? false
    switch record.state {
    case .closed: self.init(held: held, used: known)
    // The record and the database outlive the process, so they are exact while the system has not been restarted.
    case .running where sameSystem, .stranded where sameSystem: self.init(held: held, used: known)
    // Each commit outlived the power cut, and nothing was given out without one.
    case .running where record.durability == .powerLoss: self.init(held: held, used: known)
    // The last commits, or the numbers that were given out without one, may be lost.
    case .running, .stranded: self.init(held: held, used: highest)
    }
  }

  private init(held: UInt64, used: UInt64) {
    head = used
    gap = used > held ? Gap(first: held + 1, last: used) : nil
  }
}
