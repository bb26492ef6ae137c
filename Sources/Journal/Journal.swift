// SPDX-License-Identifier: Apache-2.0
// The durable, ordered, bounded event log.

public import EventModel
private import Synchronization

// What the journal promises, and how
// ===================================
//
// The files. `journal.db` is an SQLite database in WAL mode; `lock` is held with flock(2) while the journal is open and
// carries a record of 256 bytes that is written over in place.
//
// One thread. Everything that touches a disk happens on the journal's own thread. Callers leave work in an inbox and
// never wait. The thread works in turns: it commits all batches that wait, in one transaction where they are small,
// answers a slice of a question, does a step of upkeep. There is no second connection for reading: with one connection
// a question sees each commit, needs no memory of its own for a cache, and can keep neither a checkpoint nor retention
// from finishing; its slices are bounded (512 rows), so that a commit waits for a long answer a few milliseconds at
// most. The price is that a disk that hangs keeps answers waiting too.
//
// Numbers. A number must never stand for two events, even after a crash, and numbers have no holes without need.
//  - While the disk takes events, a number is told to the hub only after its event is committed. After a crash of the
//    process (or kill -9) the database therefore holds everything that was told, and the next number follows the newest
//    row: no hole.
//  - While it does not, numbers go out without their events being on the disk. The lock record names the last one; it
//    is written over in place (which needs no room on a full disk) before the hub is told. It survives the process, so
//    the next run begins right after it and calls the stretch a gap.
//  - After a power cut neither the last commits (with `durability: crash`) nor the last records need be on the disk.
//    For that, numbers are reserved in steps of 2^20: the reservation is in the database, made durable before half of
//    the step before it is used up, so no number above it was ever given out. A run that finds another boot ID than
//    that of the last run, and no word of a good end, begins after the reservation and calls the stretch a gap. With
//    `durability: power-loss` each commit survives, so this is needed only if the record says that numbers had gone out
//    without their events.
//  - Where the record cannot be written at all (a directory that takes no writes), nothing could tell the next run what
//    this one gave out. Such a run gets an identity of its own; it is put into the database when that can be written
//    again, and cursors from before are foreign then, which is honest: it is not known what they would have missed.
//  - What remains: the file system turns read-only under a running journal (so that neither events nor the record can
//    be written), the process then is killed, and the file system is made writable again without a restart of the
//    system; or the same with a restart and `durability: power-loss`. Numbers given out in between may come again.
//
// Gaps. A stretch that was given out and is not held stands in the table `gaps`. A question that reaches one ends before
// it, and the next question gets `expired` with the first sequence behind it: nobody walks over a gap unknowingly.
//
// Trouble. When a commit fails the batch is held in memory, with all that follow, up to a limit; past it the oldest go
// and their stretch is a gap. Each batch is answered `notDurable`. The disk is tried again with the next batch after a
// second, or without one; what was held is written first, in order, so that after a recovery nothing is missing as long
// as the limit was not reached. While the trouble lasts questions are answered from disk and memory together.
//
// Damage. A file that SQLite finds damaged, that holds a row whose check sum is wrong, or that is no journal is renamed
// and kept. Found at the opening, that means a new identity, because nobody knows which numbers were given out; found
// while running it does not, because this process does know: only the oldest sequence held moves.
//
// Questions. Without a filter a question scans rows, which stand in the order of their sequences; that none is left out
// is checked, because SQLite reads rubbish from a half-damaged page without a word. With a filter it walks the indexes
// by kind and by subject and looks at nothing but what may pass. The indexes are filled in strides of some two thousand
// events after the commit (`Store+Index.swift` says why); what is in no stride yet is scanned.
//
// Retention removes whole rows from the old end, a step a turn, whenever the pages in use pass a limit that leaves room
// for the WAL and for what comes until the step has caught up. Freed pages are used again, so the file stops growing;
// it is cut shorter only when the limit was lowered. The newest event stays, however old: it carries the head.
//
// The clock may be set back, so the moments in the rows are in no order. What is in order is the latest moment so far;
// a row carries it where it is not the row's own. `findCursor` looks for the first event whose latest moment so far
// reaches the one asked for, so that everything recorded at that moment or later follows the cursor; where the clock
// was set back, events that carry earlier moments follow too, and a caller who minds looks at `recorded`.

/// The durable, ordered, bounded event log on a disk.
public final class Journal: EventLog {
  static let closedText = "the journal is closed"

  /// What the journal held when it was opened.
  public let contents: LogContents
  private let inbox: Inbox

  /// Opens the journal of a directory, or begins one; waits for the disk.
  ///
  /// A directory that takes no writes now is no error: the journal begins with nothing durable and gets out of that by
  /// itself. Only one process at a time can have the journal open.
  ///
  /// - Parameter options: the directory and how the journal is kept.
  /// - Throws: `JournalError`; no file was changed then.
  public init(_ options: JournalOptions) throws(JournalError) {
    try options.validate()
    do throws(FileError) {
      inbox = try Inbox()
    } catch {
      throw .unavailable(path: options.directory, "\(error)")
    }
    let (engine, contents) = try Engine.open(options, inbox: inbox)
    self.contents = contents
    // The engine changes hands: nobody but the thread can reach it from here on.
    let parcel = Mutex<Engine?>(engine)
    do throws(FileError) {
      try JournalThread.start { parcel.withLock { $0.take() }?.run() }
    } catch {
      throw .unavailable(path: options.directory, "\(error)")
    }
  }

  deinit {
    _ = inbox.put { $0.isClosing = true }
  }

  /// The oldest sequence held now; one more than the newest when none is held.
  public var oldest: UInt64 { inbox.oldest.load(ordering: .acquiring) }

  /// What the journal has counted.
  public var metrics: JournalMetrics { inbox.metrics.withLock(\.self) }

  /// Takes a batch; the completion comes on the journal's thread when it is committed, or when the disk refused it.
  ///
  /// - Parameters:
  ///   - batch: events with rising sequences above the newest; a stretch that they leave out is a gap.
  ///   - completion: what became of it, in the order of the calls.
  public func append(_ batch: LogBatch, completion: @escaping @Sendable (LogOutcome) -> Void) {
    let append = PendingAppend(batch: batch, completion: completion)
    if !inbox.put({ $0.appends.append(append) }) { completion(.notDurable(Journal.closedText)) }
  }

  /// Reads a stretch.
  ///
  /// A page is cut short at 8 MiB of events, at a bounded amount of work, and before a gap: `searched` tells where the
  /// next one begins.
  public func read(_ query: LogQuery, completion: @escaping @Sendable (Result<LogPage, LogError>) -> Void) {
    ask(.read(query, completion))
  }

  /// Finds the cursor from which everything recorded at a moment or later follows.
  ///
  /// Where the clock was set back, events recorded with earlier times may follow too.
  public func findCursor(_ time: Timestamp, completion: @escaping @Sendable (Result<UInt64, LogError>) -> Void) {
    ask(.findCursor(time, completion))
  }

  private func ask(_ question: PendingQuestion) {
    if !inbox.put({ $0.questions.append(question) }) { Engine.refuse(question, .unavailable(Journal.closedText)) }
  }

  /// Ends the journal's work: what was appended before is committed, what was asked is answered, the lock is released.
  public func close(completion: @escaping @Sendable () -> Void) {
    let isOpen = inbox.put {
      $0.isClosing = true
      $0.closers.append(completion)
    }
    if !isOpen { completion() }
  }
}
