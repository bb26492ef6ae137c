// SPDX-License-Identifier: Apache-2.0
// What goes in comes out, in order, across restarts.

import EventModel
import TestSupport
import Testing

@testable import Journal

@Suite("Journal: what goes in comes out")
struct JournalTests {
  let directory: TemporaryDirectory
  var options: JournalOptions { JournalOptions(directory: directory.path) }

  init() throws {
    directory = try TemporaryDirectory()
  }

  @Test func `an empty journal holds nothing and has an identity`() async throws {
    let journal = try Journal(options)
    #expect(journal.contents.head == 0)
    #expect(journal.contents.oldest == 1)
    #expect(journal.oldest == 1)
    #expect(journal.contents.objects.isEmpty)
    #expect(journal.contents.remarks.isEmpty)
    #expect(journal.contents.lastRecorded == nil)
    #expect(try await journal.read(after: 0).events.isEmpty)
    await journal.close()
  }

  @Test func `every event comes back as it was, also after a restart`() async throws {
    var events = Samples.mixed(1...300)
    events[17].data = Samples.everyValue
    events[18].raw = "{\"event\": \"RESET\"}\n"
    events[19].raw = ""
    events[20].subject = .hub
    events[21].time = Timestamp(microseconds: .min)
    for (index, severity) in Severity.allCases.enumerated() { events[30 + index].severity = severity }
    for (index, origin) in Origin.allCases.enumerated() { events[40 + index].origin = origin }
    for (index, category) in Subject.Category.allCases.enumerated() where category != .hub {
      events[50 + index].subject = Subject(category, "/sys/devices/ü \(index)")
    }
    let journal = try Journal(options)
    #expect(await journal.append(events).isAccepted)
    #expect(try await journal.read(after: 0).events == events)
    await journal.close()

    let again = try Journal(options)
    #expect(again.contents.instance == journal.contents.instance)
    #expect(again.contents.head == 300)
    #expect(again.contents.oldest == 1)
    #expect(again.contents.lastRecorded == events.last?.recorded)
    #expect(again.contents.remarks.isEmpty)
    let page = try await again.read(after: 0)
    #expect(page.events == events)
    #expect(page.searched == 300)
    await again.close()
  }

  @Test func `objects come back as they were after the last event`() async throws {
    let journal = try Journal(options)
    var web = HubObject(Subject(.vm, "web1"), [.name: "web1", .state: "running", .processors: .uint(4)])
    web.set(.guestOS, ["id": "debian", "version": "12"])
    let disk = HubObject(Subject(.device, "/sys/block/sda"), [.name: "sda"])
    _ = await journal.append([Samples.event(1)], objects: [web, disk])
    web.set(.state, "paused")
    _ = await journal.append([Samples.event(2)], objects: [web], removed: [disk.subject])
    await journal.close()
    let again = try Journal(options)
    #expect(again.contents.objects == [web])
    await again.close()
  }

  @Test func `an object that goes and comes back within a batch is there`() async throws {
    let journal = try Journal(options)
    let web = HubObject(Subject(.vm, "web1"), [.name: "web1"])
    _ = await journal.append([Samples.event(1)], objects: [web])
    _ = await journal.append([Samples.event(2)], objects: [web], removed: [web.subject])
    await journal.close()
    let again = try Journal(options)
    #expect(again.contents.objects == [web])
    await again.close()
  }

  @Test func `completions come in the order of the calls`() async throws {
    let journal = try Journal(options)
    let order = await withCheckedContinuation { (continuation: CheckedContinuation<[UInt64], Never>) in
      let seen = Collected<UInt64>()
      for number in UInt64(1)...200 {
        journal.append(LogBatch(events: [Samples.event(number)])) { _ in
          if seen.add(number) == 200 { continuation.resume(returning: seen.all) }
        }
      }
    }
    #expect(order == Array(1...200))
    #expect(journal.metrics.rows == 200)
    // Batches that wait are committed together.
    #expect(journal.metrics.commits <= 200)
    await journal.close()
  }

  @Test func `a batch of any size is committed in bounded transactions`() async throws {
    let journal = try Journal(options)
    let events = Samples.mixed(1...5000)
    #expect(await journal.append(events).isAccepted)
    let limit = UInt64(Sizes(limit: options.bytes).transactionEvents)
    #expect(journal.metrics.commits >= 5000 / limit)
    #expect(journal.metrics.rows == 5000)
    #expect(journal.metrics.commitLatency.reduce(0, +) == journal.metrics.commits)
    #expect(try await journal.readAll(through: 5000).events == events)
    await journal.close()
  }

  @Test func `numbers that the hub leaves out are a gap, not a silent hole`() async throws {
    let journal = try Journal(options)
    _ = await journal.append(Samples.mixed(1...10))
    _ = await journal.append(Samples.mixed(21...30))
    for isReopened in [false, true] {
      let journal = isReopened ? try await reopened(journal) : journal
      let page = try await journal.read(after: 5)
      #expect(page.events.map(\.sequence) == Array(6...10))
      #expect(page.searched == 10)
      for cursor in UInt64(10)...19 {
        await #expect(throws: LogError.expired(oldest: 21)) { try await journal.read(after: cursor) }
      }
      #expect(try await journal.read(after: 20).events.map(\.sequence) == Array(21...30))
      if isReopened { await journal.close() }
    }
  }

  @Test func `a batch of nothing is a question, and changes nothing`() async throws {
    let journal = try Journal(options)
    #expect(await journal.append([]).isAccepted)
    #expect(await journal.append(Samples.mixed(1...3)).isAccepted)
    #expect(await journal.append([]).isAccepted)
    #expect(try await journal.read(after: 0).searched == 3)
    await journal.close()
  }

  @Test func `after its end a journal refuses in words`() async throws {
    let journal = try Journal(options)
    await journal.close()
    #expect(await journal.append([Samples.event(1)]).refusal == "the journal is closed")
    await #expect(throws: LogError.unavailable("the journal is closed")) { try await journal.read(after: 0) }
    await #expect(throws: LogError.unavailable("the journal is closed")) { try await journal.findCursor(Samples.start) }
    await journal.close()
  }

  @Test func `a journal that is dropped without a close lets go of its directory`() async throws {
    _ = try Journal(options)
    // The lock is free as soon as its thread has ended; each try that fails names the holder.
    try await eventually { (try? Journal(options)) != nil }
  }

  @Test func `options that cannot work are refused with what would`() {
    var small = options
    small.bytes = 1000
    #expect(throws: JournalError.invalidOption("the journal needs at least 4194304 bytes, not 1000")) {
      try Journal(small)
    }
    #expect(throws: JournalError.self) { try Journal(JournalOptions(directory: "relative")) }
    var ageless = options
    ageless.age = .zero
    #expect(throws: JournalError.self) { try Journal(ageless) }
  }

  private func reopened(_ journal: Journal) async throws -> Journal {
    await journal.close()
    return try Journal(options)
  }
}
