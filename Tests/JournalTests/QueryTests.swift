// SPDX-License-Identifier: Apache-2.0
// Questions with filters and limits.

import EventModel
import TestSupport
import Testing

@testable import Journal

@Suite("Journal: questions")
struct QueryTests {
  let directory: TemporaryDirectory
  let journal: Journal
  let events = Samples.mixed(1...4000)

  init() async throws {
    directory = try TemporaryDirectory()
    journal = try Journal(JournalOptions(directory: directory.path))
    #expect(await journal.append(events).isAccepted)
  }

  @Test(arguments: 0..<30)
  func `any filter in any pages gives what passes, in order, once`(_ seed: Int) async throws {
    var generator = SplitMix(state: UInt64(seed))
    let kinds = Set(EventKind.allCases.shuffled(using: &generator).prefix(Int.random(in: 1...40, using: &generator)))
      .union(EventKind.allCases.prefix(Int.random(in: 0...2, using: &generator)))
    // One in a while is about nothing that there is.
    let subjects = Set(
      (0..<Int.random(in: 1...4, using: &generator)).map { _ in
        Subject(.vm, "vm\(Int.random(in: 0...8, using: &generator))")
      })
    let filter = EventFilter(
      kinds: seed % 3 == 0 ? nil : kinds, subjects: seed % 3 == 1 ? nil : subjects)
    let after = UInt64.random(in: 0...4000, using: &generator)
    let limit = [1, 7, 100, .max].randomElement(using: &generator) ?? 1
    let (found, pages) = try await journal.readAll(after: after, through: 4000, limit: limit, filter: filter)
    let expected = events.filter { $0.sequence > after && filter.matches($0) }
    #expect(found == expected)
    #expect(pages <= expected.count / limit + 2)
    await journal.close()
  }

  @Test func `a page ends at its limits and says where the next begins`() async throws {
    let page = try await journal.read(after: 100, limit: 10)
    #expect(page.events.map(\.sequence) == Array(101...110))
    #expect(page.searched == 110)
    let small = try await journal.read(after: 0, byteLimit: events[0].footprint * 3)
    #expect(small.events.count <= 4 && small.events.count >= 2)
    #expect(small.searched == small.events.last?.sequence)
    // However small, a page gets further.
    #expect(try await journal.read(after: 0, byteLimit: 1).events.count == 1)
    await journal.close()
  }

  @Test func `a page never holds more than its share of memory`() async throws {
    let text = String(repeating: "x", count: 1 << 20)
    for number in UInt64(4001)...4020 {
      #expect(await journal.append([Samples.event(number, data: ["text": .string(text)])]).isAccepted)
    }
    let page = try await journal.read(after: 4000)
    #expect(page.events.count == 8)
    #expect(try await journal.readAll(after: 4000, through: 4020).events.count == 20)
    await journal.close()
  }

  @Test func `cursors at and beyond the end are answered at once`() async throws {
    for after in [UInt64(4000), 4001, .max - 1, .max] {
      let page = try await journal.read(after: after)
      #expect(page.events.isEmpty && page.searched == after)
    }
    #expect(try await journal.read(after: 0, limit: 0).searched == 0)
    #expect(try await journal.read(after: 0, limit: -1).searched == 0)
    #expect(try await journal.read(after: 0, byteLimit: 0).searched == 0)
    await journal.close()
  }

  @Test func `a filter that names nothing that there is searches to the end at once`() async throws {
    for filter in [
      EventFilter(kinds: [], subjects: nil), EventFilter(kinds: nil, subjects: []),
      EventFilter(kinds: nil, subjects: [Subject(.link, "7")]),
    ] {
      let page = try await journal.read(after: 0, filter: filter)
      #expect(page.events.isEmpty && page.searched == 4000)
    }
    await journal.close()
  }

  @Test func `subjects that share a place in the index are told apart`() async throws {
    // The index holds a hash; the row is asked in the end. Here a hash is forged.
    let directory = try TemporaryDirectory()
    let journal = try Journal(JournalOptions(directory: directory.path))
    #expect(
      await journal.append([Samples.event(1, subject: Subject(.vm, "a")), Samples.event(2, subject: Subject(.vm, "b"))])
        .isAccepted)
    await journal.close()
    try TestDatabase.run(
      """
      INSERT INTO subject_index SELECT subject, 2, x'0101' FROM events WHERE sequence = 1;
      INSERT INTO meta VALUES ('indexed', 2);
      """,
      at: directory.file("journal.db"))
    let again = try Journal(JournalOptions(directory: directory.path))
    let filter = EventFilter(kinds: nil, subjects: [Subject(.vm, "a")])
    #expect(try await again.read(after: 0, filter: filter).events.map(\.sequence) == [1])
    await again.close()
    await self.journal.close()
  }

  @Test func `commits come between the slices of a long answer`() async throws {
    let order = Collected<String>()
    let done = Recorder<String>()
    journal.read(LogQuery(after: 0, limit: .max)) { _ in
      order.add("read")
      done.append("read")
    }
    journal.append(LogBatch(events: [Samples.event(4001)])) { _ in
      order.add("append")
      done.append("append")
    }
    try await done.atLeast(2)
    #expect(order.all == ["append", "read"])
    await journal.close()
  }
}
