// SPDX-License-Identifier: Apache-2.0
// A journal that grows, and is asked the same each time: `journal-history DIRECTORY EVENTS...`.
//
// The events are those of 1,000 VMs, one a millisecond, of 20 kinds and of a rare one. For each count it prints what the
// questions take in microseconds, how many of SQLite's steps, and how large the file is.

import Dispatch
import EventModel
import Glibc
import Journal
import Measure
import Synchronization

@main enum Main {
  static func main() throws {
    let counts = CommandLine.arguments.dropFirst(2).compactMap { UInt64($0) }
    guard !counts.isEmpty, counts == counts.sorted() else { exit(2) }
    var options = JournalOptions(directory: CommandLine.arguments[1])
    // None is to go, for its age or for want of room.
    options.age = nil
    options.bytes = 64 << 30
    let history = History(try Journal(options))
    for count in counts {
      history.grow(to: count)
      history.ask(count)
    }
  }
}

/// The journal and what is asked of it.
struct History {
  private static let machines: UInt64 = 1000
  private static let rarity: UInt64 = 1000
  private static let batch: UInt64 = 2000
  private static let questions = 200
  /// What an answer holds at most, as a screen of a tool does.
  private static let page = 100
  private static let start: Int64 = 1_795_305_600_000_000
  private static let subjects = (0..<machines).map { Subject(.vm, "6f2c1f0e-7d53-4f0d-9e0b-0f1b5a2b\($0 + 1000)") }
  private static let kinds = EventKind.allCases.filter { $0 != .vmGuestPanicked }.prefix(20)

  private let journal: Journal

  init(_ journal: Journal) { self.journal = journal }

  // MARK: Growing

  /// Fills the journal up to a count.
  func grow(to count: UInt64) {
    var head = journal.metrics.rows
    let begin = measure_now()
    let before = head
    while head < count {
      let last = min(head + Self.batch, count)
      let outcome = wait { done in journal.append(LogBatch(events: (head + 1...last).map(Self.event)), completion: done)
      }
      guard case .accepted = outcome else { exit(1) }
      head = last
    }
    report("\(count).rows-per-second", Double(head - before) * 1e9 / Double(measure_now() - begin))
  }

  private static func event(_ sequence: UInt64) -> Event {
    let machine = Int(scattered(sequence) % machines)
    let time = moment(sequence)
    let kind: EventKind = sequence % rarity == 0 ? .vmGuestPanicked : kinds[Int(sequence) % kinds.count]
    return Event(
      sequence: sequence, time: time, recorded: time, kind: kind, severity: .info, origin: .live,
      subject: subjects[machine], name: "web\(machine)", source: Subject(.source, "qmp:web\(machine)"),
      data: ["state": "running", "previous": "paused", "reason": "user", "number": .uint(sequence)])
  }

  private static func moment(_ sequence: UInt64) -> Timestamp {
    Timestamp(microseconds: start + Int64(sequence) * 1000)
  }

  /// Numbers without an order, the same in every run: a step of splitmix64.
  private static func scattered(_ number: UInt64) -> UInt64 {
    var value = number &* 0x9E37_79B9_7F4A_7C15
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    return value ^ (value >> 27)
  }

  // MARK: Asking

  /// Asks all questions of a journal with so many events.
  func ask(_ count: UInt64) {
    measure("\(count).newest", after: { _ in count - UInt64(Self.page) })
    measure("\(count).machine", subject: Self.someone)
    measure("\(count).kind", kinds: [.vmGuestPanicked])
    measure("\(count).both", kinds: [Self.kinds[0]], subject: Self.someone)
    timed("\(count).cursor") { number in _ = cursor(Self.moment(Self.scattered(number) % count)) }
    timed("\(count).range") { number in
      let first = Self.scattered(number) % (count - UInt64(Self.page))
      _ = answer(LogQuery(after: cursor(Self.moment(first)), limit: Self.page))
    }
    report("\(count).bytes", Double(bytes))
  }

  private static func someone(_ number: UInt64) -> Subject { subjects[Int(scattered(number) % machines)] }

  private func measure(
    _ name: String, kinds: Set<EventKind>? = nil, after: (UInt64) -> UInt64 = { _ in 0 },
    subject: ((UInt64) -> Subject)? = nil
  ) {
    timed(name) { number in
      let filter = EventFilter(kinds: kinds, subjects: subject.map { [$0(number)] })
      _ = answer(LogQuery(after: after(number), limit: Self.page, filter: filter))
    }
  }

  private func timed(_ name: String, _ body: (UInt64) -> Void) {
    // The first ones bring what lies on the disk into memory.
    for number in 0..<UInt64(Self.questions / 10) { body(number &+ 7_000_000) }
    let steps = journal.metrics.readSteps
    let times = (0..<UInt64(Self.questions)).map { number in
      let begin = measure_now()
      body(number)
      return Double(measure_now() - begin) / 1000
    }.sorted()
    report(name + ".p50", times[times.count / 2])
    report(name + ".p99", times[times.count * 99 / 100])
    report(name + ".steps", Double(journal.metrics.readSteps - steps) / Double(Self.questions))
  }

  /// Follows the pages of an answer until it is full or at its end.
  private func answer(_ query: LogQuery) -> Int {
    var query = query
    var found = 0
    while true {
      let limit = Self.page - found
      query.limit = limit
      let asked = query
      guard case .success(let page) = wait({ done in journal.read(asked, completion: done) }) else { exit(1) }
      found += page.events.count
      guard found < Self.page, page.searched < journal.metrics.rows else { return found }
      query.after = page.searched
    }
  }

  private func cursor(_ moment: Timestamp) -> UInt64 {
    guard case .success(let cursor) = wait({ done in journal.findCursor(moment, completion: done) }) else { exit(1) }
    return cursor
  }

  private var bytes: Int {
    var information = stat()
    return ["journal.db", "journal.db-wal"].map { name in
      unsafe stat(CommandLine.arguments[1] + "/" + name, &information) == 0 ? Int(information.st_size) : 0
    }.reduce(0, +)
  }

  private func report(_ name: String, _ value: Double) { unsafe measure_report(name, value) }

  /// Waits for what comes on the journal's thread.
  private func wait<Answer: Sendable>(_ body: (@escaping @Sendable (Answer) -> Void) -> Void) -> Answer {
    let slot = Slot<Answer>()
    let done = DispatchSemaphore(value: 0)
    body { answer in
      slot.put(answer)
      done.signal()
    }
    done.wait()
    guard let answer = slot.take() else { exit(1) }
    return answer
  }
}

/// A place for one answer.
final class Slot<Answer: Sendable>: Sendable {
  private let content = Mutex<Answer?>(nil)

  func put(_ answer: Answer) { content.withLock { $0 = answer } }

  func take() -> Answer? { content.withLock { $0.take() } }
}
