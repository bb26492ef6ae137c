// SPDX-License-Identifier: Apache-2.0
// The journal's work, on its own thread: what is committed, held, read and removed, in turns.

internal import EventModel
internal import Synchronization

/// The journal's work.
///
/// It is made by whoever opens the journal and lives on the journal's thread from then on. A turn commits what waits, answers a slice of a question, and does a step of upkeep; each is short, so that neither
/// a long answer nor retention keeps a commit waiting for more than a few milliseconds.
final class Engine {
  /// Why the disk does not take events now.
  struct Trouble {
    /// What happened, for people.
    var text: String
    /// Whether the file must be opened anew before it can be written.
    var needsReopening: Bool
    /// When the disk is tried again.
    var retry: ContinuousClock.Instant
    /// The name under which the file will be kept, when it is damaged.
    var asideName: String?
  }

  let options: JournalOptions
  let sizes: Sizes
  let inbox: Inbox
  let bootID: String
  /// The moment of the opening by the wall clock and by a clock that nobody sets.
  let opened: (wall: Timestamp, instant: ContinuousClock.Instant)

  /// The lock; nil while the directory cannot be used.
  var lock: LockFile?
  /// What the lock file says now.
  var record: LockRecord?
  /// The database; nil while there is none that can be used.
  var store: Store?
  /// The identity that the consumers see.
  var instance: InstanceID
  /// The identity that the database had when it was found, where the one that the consumers see is a new one.
  var formerInstance: InstanceID?
  /// The newest sequence given out.
  var head: UInt64
  /// Up to which sequence nothing is held, while there is no database.
  var baseline: UInt64
  /// The newest sequence that the database had, while there is none.
  var baselineHead: UInt64
  /// The stretches that are missing and not in the database yet.
  var unsavedGaps = Gaps()
  /// What the disk has not taken yet.
  var tail = Tail()
  /// Why the disk does not take events; nil while it does.
  var trouble: Trouble?

  /// The sequence of the event whose moment the metrics have.
  private var noted: UInt64?

  /// What upkeep keeps in mind.
  var upkeep = Upkeep()
  /// The questions that wait, and the one that is being answered.
  var questions: [PendingQuestion] = []
  var reading: Reading?

  init(options: JournalOptions, bootID: String, inbox: Inbox, instance: InstanceID, head: UInt64) {
    self.options = options
    self.sizes = Sizes(limit: options.bytes)
    self.bootID = bootID
    opened = (options.now(), .now)
    self.inbox = inbox
    self.instance = instance
    self.head = head
    baseline = head
    baselineHead = head
  }

  /// Works until the journal is closed.
  func run() {
    while true {
      let contents = inbox.take(until: isBusy ? .now : nextDeadline)
      questions += contents.questions
      if !contents.appends.isEmpty { commit(contents.appends) }
      answerSlice()
      retryIfDue()
      maintain()
      publishOldest()
      if contents.isClosing {
        finish(contents.closers)
        return
      }
    }
  }

  /// Whether there is work that need not be waited for.
  private var isBusy: Bool {
    reading != nil || !questions.isEmpty || (trouble == nil && (upkeep.isDirty || upkeep.isBehind))
  }

  /// When something is due that nobody asks for.
  private var nextDeadline: ContinuousClock.Instant? {
    if let trouble { return trouble.retry }
    return [upkeep.settle, upkeep.ageCheck].compactMap(\.self).min()
  }

  /// The oldest sequence held.
  var oldest: UInt64 {
    let floor = self.floor
    guard let gap = gap(after: floor), gap.first <= floor + 1 else { return floor + 1 }
    return gap.last + 1
  }

  /// Up to which sequence nothing is held.
  var floor: UInt64 { store?.floor ?? baseline }

  /// The first stretch that is missing and ends after a sequence.
  func gap(after sequence: UInt64) -> Gap? {
    let saved = store?.gaps.next(after: sequence)
    guard let unsaved = unsavedGaps.next(after: sequence) else { return saved }
    guard let saved else { return unsaved }
    return saved.first <= unsaved.first ? saved : unsaved
  }

  func publishOldest() {
    inbox.oldest.store(oldest, ordering: .releasing)
    noteOldest()
  }

  /// Notes when the oldest event was recorded: looked up only when it is another one, or the first.
  private func noteOldest() {
    let oldest = store == nil || head < oldest ? nil : oldest
    guard oldest != noted else { return }
    noted = oldest
    // What cannot be read now is looked up with the next one; the disk's trouble shows by itself.
    let recorded = oldest == nil ? nil : (try? store?.oldestRecorded()) ?? nil
    count { $0.oldestRecorded = recorded }
  }

  func count(_ change: (inout JournalMetrics) -> Void) {
    inbox.metrics.withLock { change(&$0) }
  }

  private func retryIfDue() {
    guard let trouble, ContinuousClock.now >= trouble.retry else { return }
    recover()
  }

  /// Ends the work in good order.
  private func finish(_ closers: [@Sendable () -> Void]) {
    while reading != nil || !questions.isEmpty { answerSlice() }
    if trouble != nil { recover() }
    store?.close()
    store = nil
    if var record {
      record.state = .closed
      record.last = head
      // Where the disk takes nothing, the next opening finds the old record and reckons with the worst.
      try? lock?.write(record)
    }
    lock = nil
    let late = inbox.end()
    for append in late.appends { append.completion(.notDurable(Journal.closedText)) }
    for question in late.questions { Engine.refuse(question, .unavailable(Journal.closedText)) }
    for closer in closers + late.closers { closer() }
  }

  static func refuse(_ question: PendingQuestion, _ error: LogError) {
    switch question {
    case .read(_, let completion): completion(.failure(error))
    case .findCursor(_, let completion): completion(.failure(error))
    }
  }
}

/// How the limit on the size is shared out.
struct Sizes: Hashable {
  /// Past how many bytes the WAL is moved into the database file.
  let walBytes: Int
  /// How many events one transaction writes at most; each may touch a page of each index, so this bounds the WAL.
  let transactionEvents: Int
  /// How many events go into the indexes at a time.
  let stride: Int
  /// How large the database file may become; the WAL takes the rest.
  let fileBytes: Int
  /// Past how many bytes in use the oldest events are removed; the distance to `fileBytes` is what may be written until
  /// that has happened.
  let usedBytes: Int

  init(limit: Int) {
    walBytes = min(max(limit / 32, 256 << 10), 8 << 20)
    transactionEvents = max(walBytes / 8192, 32)
    stride = 2 * transactionEvents
    fileBytes = limit - 3 * walBytes
    usedBytes = fileBytes - walBytes
  }

  /// The first of some events, as many as one transaction may write.
  func chunk(of events: ArraySlice<Event>) -> ArraySlice<Event> {
    var (bytes, end) = (0, events.startIndex)
    while end < events.endIndex, end - events.startIndex < transactionEvents {
      bytes += Event.footprint(name: events[end].name, data: events[end].data, raw: events[end].raw)
      guard bytes <= walBytes else { break }
      end += 1
    }
    return events.prefix(max(1, end - events.startIndex))
  }
}
