// SPDX-License-Identifier: Apache-2.0
// Disks that are full or take no writes.

import EventModel
import TestSupport
import Testing

@testable import Journal

@Suite("Journal: disks that are full or take no writes", .needs(.root, .mountNamespaces))
struct DiskTests {
  /// Everything from the oldest to the last sequence, once.
  private func expectWhole(
    _ journal: DistantJournal, through head: UInt64, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let oldest = try await journal.metrics().oldest
    #expect(try await journal.readAll(through: head) == Array(oldest...head), sourceLocation: sourceLocation)
  }

  @Test func `a full disk costs nothing that can be held, and is recovered from without a restart`() async throws {
    let disk = try await SmallDisk(megabytes: 12)
    let journal = try await DistantJournal(on: disk)
    var head = try await journal.append(after: 0, untilAccepted: true)
    try await disk.fill()
    head = try await journal.append(after: head, untilAccepted: false)
    for _ in 0..<50 {
      #expect(try await journal.append(head + 1...head + 10)?.contains("full") == true)
      head += 10
    }
    let metrics = try await journal.metrics()
    #expect(metrics.stranded >= 500 && metrics.errors > 0)
    // What only memory holds is read as if it were on the disk, also through filters.
    try await expectWhole(journal, through: head)
    #expect(
      try await journal.readAll(through: head, subject: "vm3") == (metrics.oldest...head).filter { $0 % 7 == 3 })

    try await disk.free()
    head = try await journal.append(after: head, untilAccepted: true)
    #expect(try await journal.metrics().stranded == 0)
    #expect(try await journal.metrics().lost == 0)
    try await expectWhole(journal, through: head)
    try await journal.close()
    let again = try await DistantJournal(on: disk)
    #expect(again.instance == journal.instance)
    #expect(again.head == head)
    #expect(again.remarks.isEmpty)
    try await expectWhole(again, through: head)
    try await again.close()
  }

  @Test func `a full disk is recovered from without another event`() async throws {
    let disk = try await SmallDisk(megabytes: 12)
    let journal = try await DistantJournal(on: disk)
    try await disk.fill()
    let head = try await journal.append(after: 0, untilAccepted: false)
    try await disk.free()
    try await journal.recovery()
    try await expectWhole(journal, through: head)
    #expect(try await journal.append(head + 1...head + 1) == nil)
    try await journal.close()
  }

  @Test func `past the limit of memory the oldest are a gap that readers are told`() async throws {
    let disk = try await SmallDisk(megabytes: 12)
    let journal = try await DistantJournal(on: disk, strandedEvents: 95)
    var head = try await journal.append(after: 0, untilAccepted: true)
    try await disk.fill()
    head = try await journal.append(after: head, untilAccepted: false)
    let durable = head - 10
    for _ in 0..<20 {
      _ = try await journal.append(head + 1...head + 10)
      head += 10
    }
    let first = head - 94
    #expect(try await journal.metrics().lost == first - durable - 1)
    for isRecovered in [false, true] {
      if isRecovered {
        try await disk.free()
        try await journal.recovery()
      }
      #expect(try await journal.read(after: durable - 1).searched == durable)
      await #expect(throws: LogError.expired(oldest: first)) { try await journal.read(after: durable) }
      await #expect(throws: LogError.expired(oldest: first)) { try await journal.read(after: first - 2) }
      #expect(try await journal.read(after: first - 1).sequences == Array(first...head))
    }
    try await journal.close()
    let again = try await DistantJournal(on: disk)
    await #expect(throws: LogError.expired(oldest: first)) { try await again.read(after: durable) }
    try await again.close()
  }

  @Test func `killed while the disk is full, the numbers given out are a gap and are not used again`() async throws {
    let disk = try await SmallDisk(megabytes: 12)
    // Opened once, so that the next process finds its files.
    try await DistantJournal(on: disk).close()
    try await disk.fill()
    let filler = try disk.process("fill")
    try await filler.output.until("thirty numbers that the disk did not take") { lines in
      lines.filter { $0.hasPrefix("stranded") }.count >= 30
    }
    try await filler.kill()
    let lines = try await filler.output.end()
    func last(_ word: String) -> UInt64 {
      lines.last { $0.hasPrefix(word) }.flatMap { UInt64($0.dropFirst(word.count + 1)) } ?? 0
    }
    try await disk.free()
    let journal = try await DistantJournal(on: disk)
    let head = journal.head
    // The kill may have come between the note of a number and the line that says it.
    #expect(head >= last("stranded") && head <= last("stranded") + 20)
    let remark = try #require(journal.remarks.first)
    let first = try #require(
      remark.split(whereSeparator: { $0 == "=" || $0 == "-" }).dropFirst().first.flatMap { UInt64($0) })
    #expect(remark == "hub.gap=\(first)-\(head)")
    #expect(first > last("ack"))
    await #expect(throws: LogError.expired(oldest: head + 1)) { try await journal.read(after: first - 1) }
    #expect(try await journal.append(head + 1...head + 5) == nil)
    #expect(try await journal.read(after: head).sequences == Array(head + 1...head + 5))
    try await journal.close()
  }

  @Test func `a disk that is full at the opening still shows its history`() async throws {
    let disk = try await SmallDisk(megabytes: 12)
    let before = try await DistantJournal(on: disk)
    #expect(try await before.append(1...100) == nil)
    try await before.close()
    try await disk.fill()
    let journal = try await DistantJournal(on: disk)
    #expect(journal.instance == before.instance)
    #expect(journal.head == 100)
    #expect(journal.objects == 1)
    try await expectWhole(journal, through: 100)
    let head = try await journal.append(after: 100, untilAccepted: false)
    try await disk.free()
    try await journal.recovery()
    try await expectWhole(journal, through: head)
    try await journal.close()
  }

  @Test(arguments: ["full", "read-only"])
  func `a journal begins on a disk that takes nothing, and is kept when it does`(_ state: String) async throws {
    let disk = try await SmallDisk(megabytes: 12)
    if state == "full" { try await disk.fill() } else { try await disk.remount("ro") }
    let journal = try await DistantJournal(on: disk)
    #expect(journal.head == 0)
    #expect(try await journal.append(1...50) != nil)
    try await expectWhole(journal, through: 50)
    if state == "full" { try await disk.free() } else { try await disk.remount("rw") }
    try await journal.recovery()
    #expect(try await journal.append(51...60) == nil)
    try await expectWhole(journal, through: 60)
    try await journal.close()
    let again = try await DistantJournal(on: disk)
    #expect(again.instance == journal.instance)
    #expect(again.head == 60)
    #expect(again.remarks.isEmpty)
    try await again.close()
  }

  @Test func `a directory that takes no writes is read, under a new identity, and written when it can be`() async throws
  {
    let disk = try await SmallDisk(megabytes: 12)
    let before = try await DistantJournal(on: disk)
    #expect(try await before.append(1...100) == nil)
    try await before.close()
    try await disk.remount("ro")
    let journal = try await DistantJournal(on: disk)
    #expect(journal.instance != before.instance)
    #expect(journal.head == 100)
    #expect(journal.objects == 1)
    #expect(try await journal.append(101...120) != nil)
    try await expectWhole(journal, through: 120)
    try await disk.remount("rw")
    try await journal.recovery()
    #expect(try await journal.append(121...130) == nil)
    try await journal.close()
    let again = try await DistantJournal(on: disk)
    #expect(again.instance == journal.instance)
    try await expectWhole(again, through: 130)
    try await again.close()
  }

  @Test func `numbers given out where nothing could be noted belong to an identity of their own`() async throws {
    let disk = try await SmallDisk(megabytes: 12)
    let before = try await DistantJournal(on: disk)
    #expect(try await before.append(1...10) == nil)
    try await before.close()
    try await disk.remount("ro")
    var identities: Set<String> = [before.instance]
    for run in 2...3 {
      let journal = try await DistantJournal(on: disk)
      #expect(identities.insert(journal.instance).inserted, "run \(run) took an identity that was used")
      #expect(try await journal.append(11...20) != nil)
      try await journal.close()
    }
    try await disk.remount("rw")
    let after = try await DistantJournal(on: disk)
    #expect(after.instance == before.instance)
    #expect(after.head == 10)
    try await after.close()
  }

  @Test func `a journal that can neither be written nor read whole is refused and left as it is`() async throws {
    let disk = try await SmallDisk(megabytes: 12)
    let before = try await DistantJournal(on: disk)
    #expect(try await before.append(1...100) == nil)
    try await before.kill()
    try await disk.remount("ro")
    // Without the WAL, which only a writer can take in, the newest events would be missing.
    let refusal = await #expect(throws: DistantJournal.Refused.self) { try await DistantJournal(on: disk) }
    #expect(refusal?.text.contains("cannot be used") == true)
    try await disk.remount("rw")
    let journal = try await DistantJournal(on: disk)
    #expect(journal.instance == before.instance)
    #expect(journal.head == 100)
    try await expectWhole(journal, through: 100)
    try await journal.close()
  }
}
