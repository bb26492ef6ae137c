// SPDX-License-Identifier: Apache-2.0
// Old events go, the files stay small, and what is left is right.

import EventModel
import Synchronization
import TestSupport
import Testing

@testable import Journal

@Suite("Journal: retention")
struct RetentionTests {
  let directory: TemporaryDirectory
  var options: JournalOptions {
    var options = JournalOptions(directory: directory.path)
    options.bytes = JournalOptions.smallestBytes
    return options
  }

  init() throws {
    directory = try TemporaryDirectory()
  }

  /// Everything held, read through and without filters, is what was appended.
  private func expectRight(_ journal: Journal, through head: UInt64, subjects: UInt64) async throws {
    let oldest = journal.oldest
    let all = try await journal.readAll(after: oldest - 1, through: head).events
    #expect(all.map(\.sequence) == Array(oldest...head))
    #expect(all == Samples.mixed(oldest...head, subjects: subjects))
    let filter = EventFilter(kinds: [EventKind.allCases[2]], subjects: [Subject(.vm, "vm1")])
    #expect(
      try await journal.readAll(after: oldest - 1, through: head, filter: filter).events == all.filter(filter.matches))
    if oldest > 1 {
      await #expect(throws: LogError.expired(oldest: oldest)) { try await journal.read(after: oldest - 2) }
    }
  }

  @Test(arguments: [UInt64(7), 3000], [50, 1000])
  func `under load the files stay below the limit and questions are answered right`(
    _ subjects: UInt64, _ batch: UInt64
  ) async throws {
    let journal = try Journal(options)
    var head: UInt64 = 0
    var largest = 0
    while head < 20_000 {
      #expect(await journal.append(Samples.mixed(head + 1...head + batch, subjects: subjects)).isAccepted)
      head += batch
      largest = max(largest, directory.journalBytes)
    }
    #expect(largest <= options.bytes)
    #expect(journal.oldest > 1)
    try await eventually { try await journal.read(after: head).searched == head && journal.metrics.removed > 0 }
    try await expectRight(journal, through: head, subjects: subjects)
    // The limit is there to be used.
    #expect(directory.size("journal.db") > options.bytes / 2)
    await journal.close()
    let again = try Journal(options)
    #expect(again.contents.oldest >= journal.oldest)
    try await expectRight(again, through: head, subjects: subjects)
    await again.close()
  }

  @Test func `large events in one batch keep within the limit, and only as many go as must`() async throws {
    let journal = try Journal(options)
    let text = String(repeating: "x", count: 60_000)
    let events = (UInt64(1)...200).map { Samples.event($0, raw: text) }
    #expect(await journal.append(events).isAccepted)
    #expect(directory.journalBytes <= options.bytes)
    // Retention may still be at work: what it takes between the two questions is asked for anew.
    var held: [Event]?
    while held == nil {
      do {
        held = try await journal.readAll(after: journal.oldest - 1, through: 200).events
      } catch LogError.expired {}
    }
    let kept = try #require(held)
    #expect(kept == Array(events.suffix(kept.count)))
    // Well over half of what fits is still there.
    #expect(kept.count > options.bytes / 60_000 / 2)
    await journal.close()
  }

  @Test func `a limit that was lowered makes the file smaller`() async throws {
    var large = options
    large.bytes = 4 * JournalOptions.smallestBytes
    let before = try Journal(large)
    #expect(await before.append(Samples.mixed(1...24_000)).isAccepted)
    await before.close()
    #expect(directory.journalBytes > options.bytes)
    let journal = try Journal(options)
    try await eventually { directory.journalBytes <= options.bytes }
    // Nobody has to write for that, and who reads meanwhile gets answers that are right.
    try await expectRight(journal, through: 24_000, subjects: 7)
    await journal.close()
  }

  /// Events a thousand seconds apart.
  private func slow(_ numbers: ClosedRange<UInt64>) -> [Event] {
    numbers.map { Samples.event($0, recorded: Samples.start.advanced(by: .seconds(Int64($0) * 1000))) }
  }

  @Test func `events older than the limit go, oldest first, without another event`() async throws {
    var options = options
    options.age = .seconds(50_000)
    options.now = { Samples.start }
    let before = try Journal(options)
    #expect(await before.append(slow(1...1000)).isAccepted)
    #expect(before.oldest == 1)
    try await eventually { before.metrics.oldestRecorded == slow(1...1).first?.recorded }
    await before.close()
    options.now = { Samples.start.advanced(by: .seconds(950_500)) }
    let journal = try Journal(options)
    try await eventually { journal.oldest == 901 }
    try await eventually { journal.metrics.oldestRecorded == slow(901...901).first?.recorded }
    #expect(try await journal.read(after: 900).events == slow(901...1000))
    await #expect(throws: LogError.expired(oldest: 901)) { try await journal.read(after: 899) }
    await journal.close()
  }

  @Test func `the newest event stays however old it is`() async throws {
    var options = options
    options.age = .seconds(1)
    let before = try Journal(options)
    #expect(await before.append(Samples.mixed(1...100)).isAccepted)
    try await eventually { before.oldest == 100 }
    await before.close()
    let journal = try Journal(options)
    #expect(journal.contents.head == 100)
    #expect(journal.contents.lastRecorded == Samples.event(100).recorded)
    #expect(await journal.append(Samples.mixed(101...101)).isAccepted)
    await journal.close()
  }

  @Test func `a wall clock that is set forward does not empty the journal`() async throws {
    let clock = TestClock()
    var options = options
    options.now = { clock.now }
    let journal = try Journal(options)
    #expect(await journal.append(Samples.mixed(1...100)).isAccepted)
    clock.set(Samples.start.advanced(by: .seconds(400 * 86_400)))
    #expect(await journal.append(Samples.mixed(101...200)).isAccepted)
    #expect(try await journal.read(after: 0).events.count == 200)
    #expect(journal.oldest == 1)
    await journal.close()
  }

  @Test func `a gap that retention reaches is forgotten with the events before it`() async throws {
    var options = options
    options.age = nil
    let before = try Journal(options)
    #expect(await before.append(slow(1...40) + slow(81...100)).isAccepted)
    await before.close()
    // An opening looks at the age of what is there at once; a journal that was empty does so minutes later.
    options.age = .seconds(50_000)
    options.now = { Samples.start.advanced(by: .seconds(90_500)) }
    let journal = try Journal(options)
    try await eventually { journal.oldest == 81 }
    await #expect(throws: LogError.expired(oldest: 81)) { try await journal.read(after: 60) }
    #expect(try await journal.read(after: 80).events.count == 20)
    await journal.close()
    let again = try Journal(options)
    #expect(again.contents.oldest == 81)
    await again.close()
  }

  @Test func `a small share of the limit is never less than what the journal needs`() {
    for limit in [JournalOptions.smallestBytes, 64 << 20, 256 << 20, 1 << 40] {
      let sizes = Sizes(limit: limit)
      #expect(sizes.usedBytes > limit / 2)
      #expect(sizes.fileBytes + 3 * sizes.walBytes == limit)
      #expect(sizes.transactionEvents >= 32)
    }
  }
}

/// A clock that a test sets.
final class TestClock: Sendable {
  private let time = Mutex(Samples.start)

  var now: Timestamp { time.withLock(\.self) }

  func set(_ now: Timestamp) { time.withLock { $0 = now } }
}
