// SPDX-License-Identifier: Apache-2.0
// How a journal is kept.

public import EventModel

/// How a journal is kept.
public struct JournalOptions: Sendable {
  /// What an acknowledged event survives.
  public enum Durability: String, CaseIterable, Sendable {
    /// The end of the process, however it ends; of a power cut all but the last moments.
    case crash
    /// A power cut as well: each commit waits for the disk.
    case powerLoss = "power-loss"
  }

  /// The smallest limit on the size that can work.
  public static let smallestBytes = 4 << 20
  /// How many journals that were set aside are kept; the oldest beyond them is removed.
  public static let keptJournals = 4

  /// The directory of the journal; made when it is not there.
  ///
  /// Its files are `journal.db`, `journal.db-wal`, `lock`, and those that were set aside.
  public var directory: String
  /// What an acknowledged event survives; default `crash`.
  public var durability = Durability.crash
  /// How many bytes the files of the journal may take; default 256 MiB.
  public var bytes = 256 << 20
  /// How long events are kept; nil for as long as there is room; default 30 days.
  public var age: Duration? = .seconds(30 * 86_400)
  /// How many events are held in memory while the disk does not take them; default 100,000.
  public var strandedEvents = 100_000
  /// How many bytes of events are held in memory while the disk does not take them, about; default 64 MiB.
  public var strandedBytes = 64 << 20
  /// How long after a failure the disk is tried again; default 1 s.
  public var retryInterval = Duration.seconds(1)
  /// How long after a commit an idle journal moves what it wrote to its final place; default 5 s.
  public var settleInterval = Duration.seconds(5)
  /// The wall clock, for the age of events.
  public var now: @Sendable () -> Timestamp = { Timestamp.now() }
  /// The identity of the running system, which tells a restart of the host from one of the daemon; nil asks the kernel.
  package var bootID: String?

  /// The defaults for a directory.
  public init(directory: String) {
    self.directory = directory
  }

  func validate() throws(JournalError) {
    guard directory.utf8.first == UInt8(ascii: "/") else {
      throw .invalidOption("the directory of the journal must be an absolute path, not \"\(directory)\"")
    }
    guard bytes >= JournalOptions.smallestBytes else {
      throw .invalidOption("the journal needs at least \(JournalOptions.smallestBytes) bytes, not \(bytes)")
    }
    guard strandedEvents > 0, strandedBytes > 0 else {
      throw .invalidOption("the journal must be allowed to hold some events in memory")
    }
    guard retryInterval > .zero, settleInterval > .zero, age.map({ $0 > .zero }) ?? true else {
      throw .invalidOption("the intervals and the age of the journal must be longer than nothing")
    }
  }
}
