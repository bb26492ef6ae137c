// SPDX-License-Identifier: Apache-2.0
// What a question costs does not follow how many events there are.

import EventModel
import TestSupport
import Testing

@testable import Journal

@Suite("Journal: questions among a million events")
struct ScaleTests {
  private static let last: UInt64 = 1_000_020

  /// A million rows between two times ten events.
  ///
  /// The bodies of the million are rubbish: a question that looks at one of them fails.
  private func vastJournal() async throws -> (TemporaryDirectory, Journal) {
    let directory = try TemporaryDirectory()
    let options = JournalOptions(directory: directory.path)
    let journal = try Journal(options)
    let ends = Array(1...10) + Array(Self.last - 9...Self.last)
    let events = ends.map { Samples.event($0, kind: .vmAdded, subject: Subject(.vm, "rare\($0 % 2)")) }
    #expect(await journal.append(events).isAccepted)
    await journal.close()
    // Kinds and subjects in turn: an even subject is never reset, an odd one never wakes up.
    let subjects = (0..<4).map { "WHEN \($0) THEN \(Checksum.key(of: Subject(.vm, "vm\($0)")))" }.joined(separator: " ")
    try TestDatabase.run(
      """
      INSERT INTO events
      WITH RECURSIVE numbers (number) AS (SELECT 11 UNION ALL SELECT number + 1 FROM numbers WHERE number < 1000010)
      SELECT number,
        (SELECT id FROM kinds WHERE name = CASE number % 2 WHEN 0 THEN 'vm.wakeup' ELSE 'vm.reset' END),
        CASE number % 4 \(subjects) END, \(Samples.start.microseconds + 10_000), NULL, x'00' FROM numbers;
      DELETE FROM gaps;
      DELETE FROM kind_index;
      DELETE FROM subject_index;
      DELETE FROM meta WHERE name = 'indexed';
      """, at: directory.file("journal.db"))
    let store = try Store(path: directory.file("journal.db"), options: .init())
    while store.indexed < Self.last { try store.fillIndexes(stride: 2048) }
    store.close()
    return (directory, try Journal(options))
  }

  /// Asks, and gives what was found with the instructions of SQLite's machine that it took.
  private func steps(_ journal: Journal, _ filter: EventFilter, after: UInt64 = 0) async throws -> (LogPage, UInt64) {
    let before = journal.metrics.readSteps
    let page = try await journal.read(after: after, limit: 1000, filter: filter)
    return (page, journal.metrics.readSteps - before)
  }

  @Test(.timeLimit(.minutes(3)))
  func `a question looks at what may pass and at nothing else`() async throws {
    let (directory, journal) = try await vastJournal()
    #expect(journal.contents.head == Self.last)

    // A rare subject, a rare kind, both.
    let rare = Subject(.vm, "rare1")
    for filter in [
      EventFilter(kinds: nil, subjects: [rare]), EventFilter(kinds: [.vmAdded], subjects: nil),
      EventFilter(kinds: [.vmAdded, .vmReset], subjects: [rare]),
      EventFilter(kinds: [.vmAdded], subjects: [rare, Subject(.vm, "vm1"), Subject(.vm, "vm2")]),
    ] {
      let (page, steps) = try await steps(journal, filter)
      #expect(page.events.count == (filter.subjects == nil ? 20 : 10))
      #expect(page.searched == Self.last)
      #expect(steps < 20_000, "\(filter)")
    }
    // Every kind but the two frequent ones, and nothing at all.
    let others = Set(EventKind.allCases).subtracting([.vmReset, .vmWakeup])
    let (page, many) = try await steps(journal, EventFilter(kinds: others, subjects: nil))
    #expect(page.events.count == 20 && many < 20_000)
    let (none, few) = try await steps(journal, EventFilter(kinds: [.linkUp], subjects: [Subject(.link, "1")]))
    #expect(none.events.isEmpty && none.searched == Self.last && few < 100)

    // Two frequent halves that never meet: each page does a bounded amount of work and says how far it got.
    let never = EventFilter(kinds: [.vmReset], subjects: [Subject(.vm, "vm0"), Subject(.vm, "vm2")])
    var (cursor, pages): (UInt64, Int) = (0, 0)
    while cursor < Self.last {
      let (page, steps) = try await steps(journal, never, after: cursor)
      #expect(page.events.isEmpty && page.searched > cursor)
      #expect(steps < 3_000_000)
      cursor = page.searched
      pages += 1
    }
    #expect(pages > 3)

    let before = journal.metrics.readSteps
    #expect(try await journal.findCursor(Samples.start.advanced(by: .seconds(500))) == Self.last - 10)
    #expect(journal.metrics.readSteps - before < 1000)
    #expect(directory.names.contains("journal.db"))
    await journal.close()
  }
}
