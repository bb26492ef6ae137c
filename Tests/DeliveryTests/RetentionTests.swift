// SPDX-License-Identifier: Apache-2.0
// Retention at work under load: the files stay small, questions are answered right, and who is overtaken is told.

import DBusBridge
import DBusTypes
import Foundation
import TestSupport
import Testing

@Suite(
  "Delivery: retention",
  .needs(.root, .mountNamespaces, .program("dbus-daemon"), .program("dbus-broker-launch"), .program("busctl")),
  .timeLimit(.minutes(30)))
struct RetentionTests {
  private static let limit = 4 << 20

  @Test(arguments: TestBus.Kind.allCases)
  func `under load the journal stays below its limit, queries stay right, and the overtaken is told the exact gap`(
    _ kind: TestBus.Kind
  ) async throws {
    let bus = try await TestBus(kind)
    let daemon = try await Daemon(on: bus, monitors: 20, settings: "journal: {max-size: 4M}\n")
    let client = try await Client(bus)
    let healthy = try await Subscriber(bus)
    let stalled = try await Subscriber(bus)
    try await stalled.reached(try await client.number("Head"))
    let goOn = stalled.stall()
    defer { goOn.signal() }

    // It is asked all the while, until retention has taken most of what there was.
    let wanted = UInt64(Effort.of(30_000, full: 200_000))
    let questions = Task { try await ask(client, daemon, until: wanted) }
    for piece in 1...wanted / 5000 {
      // The healthy one keeps up: what is held is more than three times what comes at once.
      try await daemon.emit(5000)
      try await healthy.reached(piece * 5000)
    }
    daemon.emitLast()
    try await healthy.kinds.atLeast(20, "last events", within: Patience.standard * 10)
    let largest = try await questions.value
    #expect(largest <= Self.limit)
    #expect(largest > Self.limit / 2, "the limit is there to be used")

    let head = try await client.number("Head")
    try await healthy.reached(head)
    await healthy.expectComplete(from: 1, through: head)
    let held = try await client.number("Oldest")...head
    #expect(await healthy.gaps == [], "\(held) are held")
    try await expectRight(client, through: head)
    goOn.signal()
    try await stalled.reached(head, within: Patience.standard * 4)
    await stalled.expectComplete(from: 1, through: head)
    let seen = await stalled.seen
    let gaps = await stalled.gaps
    #expect(!gaps.isEmpty)
    #expect(gaps.allSatisfy { gap in !seen.contains { gap.contains($0) } }, "what is told as missing did not come")
  }

  /// Reads at random and measures the files until the head has come so far; gives the largest size.
  private func ask(_ client: Client, _ daemon: Daemon, until end: UInt64) async throws -> Int {
    var (head, largest) = (UInt64(1), 0)
    while head < end {
      head = try await client.number("Head")
      let oldest = try await client.number("Oldest")
      largest = max(largest, try daemon.journalBytes)
      // 0 stands for the oldest, whichever that is by then.
      for after in [oldest - 1, UInt64.random(in: oldest...max(oldest, head - 1)), head - 1] where after > 0 {
        do throws(BusError) {
          let (events, _) = try await client.page(after: after, max: 200)
          #expect(events.map(\.sequence) == Array(after + 1...after + UInt64(events.count)))
          #expect(!events.isEmpty)
        } catch {
          // Between the two questions retention went on; then the error says to where.
          #expect(error.name == "org.vireo.Hub1.Error.CursorExpired", "\(error)")
          let now = error.text.split(separator: " ").last.flatMap { UInt64($0) } ?? 0
          #expect(now > after + 1, "\(error)")
        }
      }
    }
    return largest
  }

  /// Holds what is held against itself: with a filter, and without.
  ///
  /// What a busy machine makes the hub tell meanwhile lets retention go on: then it is looked at again.
  private func expectRight(_ client: Client, through head: UInt64) async throws {
    var held = try await held(client, through: head)
    while try await client.number("Oldest") != held?.oldest { held = try await self.held(client, through: head) }
    let (oldest, all, picked) = try #require(held)
    #expect(oldest > 1)
    #expect(all.first?.sequence == oldest, "0 begins with the oldest that is held")
    #expect(all.map(\.sequence) == Array(oldest...head))
    for (kinds, subject, events) in picked {
      #expect(
        events == all.filter { (kinds.isEmpty || kinds == [$0.kind]) && (subject.isEmpty || subject == $0.subject) })
      #expect(!events.isEmpty)
    }
    let expired = await #expect(throws: BusError.self) { try await client.page(after: oldest - 2) }
    #expect(expired?.name == "org.vireo.Hub1.Error.CursorExpired")
    #expect(expired?.text.hasSuffix(" \(oldest)") == true)
  }

  private typealias Held = (
    oldest: UInt64, all: [PastEvent], picked: [(kinds: [String], subject: String, events: [PastEvent])]
  )

  /// What is held: the whole of it, and by filters; nil when retention overtook the questions.
  private func held(_ client: Client, through head: UInt64) async throws -> Held? {
    let oldest = try await client.number("Oldest")
    do {
      let all = try await client.history(after: 0, through: head)
      let subject = try #require(all.last { $0.kind == "vm.powerdown" }).subject
      var held: Held = (oldest, all, [])
      for (kinds, subject) in [(["vm.powerdown"], ""), (["vm.rtc.changed"], subject), ([], subject)] {
        let events = try await client.history(after: oldest - 1, through: head, kinds: kinds, subject: subject)
        held.picked.append((kinds, subject, events))
      }
      return held
    } catch let error as BusError where error.name == "org.vireo.Hub1.Error.CursorExpired" {
      return nil
    }
  }
}

extension Daemon {
  /// What the files of the journal take, in bytes.
  fileprivate var journalBytes: Int {
    get throws {
      let directory = current.stateDirectory
      let names = try FileManager.default.contentsOfDirectory(atPath: directory).filter { $0.hasPrefix("journal.db") }
      return names.reduce(0) { sum, name in
        // A file may go between the listing and the look.
        let attributes = try? FileManager.default.attributesOfItem(atPath: directory + "/" + name)
        return sum + (attributes?[.size] as? Int ?? 0)
      }
    }
  }
}
