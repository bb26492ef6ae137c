// SPDX-License-Identifier: Apache-2.0
// What a journal counts.

public import EventModel

/// What a journal counts, since it was opened; a value, taken at one moment.
public struct JournalMetrics: Hashable, Sendable {
  /// The upper bounds of the buckets of commit latency; the last bucket has none.
  public static let latencyBounds: [Duration] = [
    .microseconds(100), .microseconds(250), .microseconds(500), .milliseconds(1), .microseconds(2500),
    .milliseconds(5), .milliseconds(10), .milliseconds(25), .milliseconds(50), .milliseconds(100),
    .milliseconds(250), .milliseconds(500), .seconds(1), .seconds(5),
  ]

  /// Transactions of events that were committed.
  public internal(set) var commits: UInt64 = 0
  /// Events that were committed.
  public internal(set) var rows: UInt64 = 0
  /// Bytes of events that were committed, as they stand in their rows.
  public internal(set) var bytes: UInt64 = 0
  /// Commits by how long they took: one count for each of `latencyBounds`, and one more for the longer ones.
  public internal(set) var commitLatency = [UInt64](repeating: 0, count: latencyBounds.count + 1)
  /// How long all commits took together.
  public internal(set) var commitTime = Duration.zero
  /// Times that the disk or the database refused something.
  public internal(set) var errors: UInt64 = 0
  /// Events that could not be kept, not even in memory.
  public internal(set) var lost: UInt64 = 0
  /// Events that wait in memory for the disk to take them.
  public internal(set) var stranded: UInt64 = 0
  /// Questions that were answered.
  public internal(set) var reads: UInt64 = 0
  /// Instructions of SQLite's machine that the answers took, the measure of how much was looked at.
  public internal(set) var readSteps: UInt64 = 0
  /// Events that retention removed.
  public internal(set) var removed: UInt64 = 0
  /// Times that the WAL was moved into the database file.
  public internal(set) var checkpoints: UInt64 = 0
  /// The size of the database file, in bytes, when it was last looked at.
  public internal(set) var fileBytes: UInt64 = 0

  /// When the oldest event held in the database was recorded; nil while there is none.
  public internal(set) var oldestRecorded: Timestamp?

  /// Nothing counted yet.
  public init() {}

  mutating func count(commitOf rows: Int, bytes: Int, took duration: Duration) {
    commits += 1
    self.rows += UInt64(rows)
    self.bytes += UInt64(bytes)
    commitTime += duration
    let bucket = JournalMetrics.latencyBounds.firstIndex { duration <= $0 } ?? JournalMetrics.latencyBounds.count
    commitLatency[bucket] += 1
  }
}
