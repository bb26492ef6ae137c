// SPDX-License-Identifier: Apache-2.0
// The host goes down without a word: another boot ID, and perhaps not all that was written.

import EventModel
import Foundation
import TestSupport
import Testing

@testable import Journal

@Suite("Journal: power cuts")
struct PowerCutTests {
  /// A journal that wrote 100 durable and 50 more events, as the disk has it after a power cut: the files as they were
  /// while the journal was open.
  private func afterPowerCut(_ durability: JournalOptions.Durability) async throws -> (TemporaryDirectory, InstanceID) {
    let directory = try TemporaryDirectory()
    let copy = try TemporaryDirectory()
    var options = JournalOptions(directory: directory.path)
    options.bootID = "before"
    options.durability = durability
    let journal = try Journal(options)
    #expect(await journal.append(Samples.mixed(1...100)).isAccepted)
    for name in ["journal.db", "journal.db-wal", "lock"] {
      try FileManager.default.copyItem(atPath: directory.file(name), toPath: copy.file(name))
    }
    // What comes now is not in the copy: the disk had not been asked to keep it.
    #expect(await journal.append(Samples.mixed(101...150)).isAccepted)
    await journal.close()
    return (copy, journal.contents.instance)
  }

  private func reopened(_ directory: TemporaryDirectory) throws -> Journal {
    var options = JournalOptions(directory: directory.path)
    options.bootID = "after"
    return try Journal(options)
  }

  @Test func `numbers that may have been given out are not used again, and the stretch is told`() async throws {
    let (directory, instance) = try await afterPowerCut(.crash)
    let journal = try reopened(directory)
    let contents = journal.contents
    #expect(contents.instance == instance)
    #expect(contents.head >= 150)
    #expect(contents.oldest == 1)
    let remark = try #require(contents.remarks.first)
    #expect(remark.kind == .hubGap)
    #expect(remark.data["first"] == .uint(101))
    #expect(remark.data["last"] == .uint(contents.head))
    #expect(remark.data["from"]?.string == Samples.event(100).recorded.rfc3339)
    // A consumer at 100, and one that had seen 130 before the cut, are both told; one at 50 gets what there is.
    for cursor in [UInt64(100), 130] {
      await #expect(throws: LogError.expired(oldest: contents.head + 1)) { try await journal.read(after: cursor) }
    }
    let page = try await journal.read(after: 50)
    #expect(page.events.map(\.sequence) == Array(51...100) && page.searched == 100)
    #expect(await journal.append([Samples.event(contents.head + 1)]).isAccepted)
    await journal.close()
    // The stretch stays a gap, and a good end skips nothing more.
    let again = try reopened(directory)
    #expect(again.contents.head == contents.head + 1)
    #expect(again.contents.remarks.isEmpty)
    await #expect(throws: LogError.expired(oldest: contents.head + 1)) { try await again.read(after: 100) }
    await again.close()
  }

  @Test func `with power-loss durability the numbers go on without a gap`() async throws {
    let (directory, _) = try await afterPowerCut(.powerLoss)
    let journal = try reopened(directory)
    #expect(journal.contents.head == 100)
    #expect(journal.contents.remarks.isEmpty)
    await journal.close()
  }

  @Test func `a restart of the host after a good end skips nothing`() async throws {
    let directory = try TemporaryDirectory()
    var options = JournalOptions(directory: directory.path)
    options.bootID = "before"
    let journal = try Journal(options)
    #expect(await journal.append(Samples.mixed(1...10)).isAccepted)
    await journal.close()
    let again = try reopened(directory)
    #expect(again.contents.head == 10)
    #expect(again.contents.remarks.isEmpty)
    await again.close()
  }

  @Test func `a reservation is on the disk before its numbers are used`() async throws {
    let directory = try TemporaryDirectory()
    let journal = try Journal(JournalOptions(directory: directory.path))
    // The database file alone, without the WAL: all that is certain to be on the disk.
    let copy = try TemporaryDirectory()
    try FileManager.default.copyItem(atPath: directory.file("journal.db"), toPath: copy.file("journal.db"))
    #expect(await journal.append(Samples.mixed(1...100)).isAccepted)
    await journal.close()
    let after = try reopened(copy)
    #expect(after.contents.instance == journal.contents.instance)
    #expect(after.contents.head >= 100)
    await after.close()
  }

  @Test func `numbers far ahead raise the reservation in time`() async throws {
    let directory = try TemporaryDirectory()
    let journal = try Journal(JournalOptions(directory: directory.path))
    let far = Numbering.step * 3
    #expect(await journal.append([Samples.event(1), Samples.event(far)]).isAccepted)
    let copy = try TemporaryDirectory()
    try FileManager.default.copyItem(atPath: directory.file("journal.db"), toPath: copy.file("journal.db"))
    await journal.close()
    let after = try reopened(copy)
    #expect(after.contents.head >= far + Numbering.step / 2)
    await after.close()
  }
}
