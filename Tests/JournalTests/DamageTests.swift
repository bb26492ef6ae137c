// SPDX-License-Identifier: Apache-2.0
// Journals that are damaged, before they are opened and while they are.

import EventModel
import Foundation
import TestSupport
import Testing

@testable import Journal

@Suite("Journal: damage")
struct DamageTests {
  let directory: TemporaryDirectory
  var options: JournalOptions { JournalOptions(directory: directory.path) }
  var path: String { directory.file("journal.db") }

  init() throws {
    directory = try TemporaryDirectory()
  }

  /// What is done to the file.
  enum Damage: CaseIterable {
    case header, schema, truncated, cutShort, empty, text, foreign, missing
  }

  private func inflict(_ damage: Damage) throws {
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    switch damage {
    case .header: bytes.replaceSubrange(0..<100, with: Data(repeating: 0xA5, count: 100))
    case .schema: bytes.replaceSubrange(100..<4096, with: Data(repeating: 0xA5, count: 3996))
    case .truncated: bytes = bytes.prefix(bytes.count / 2)
    case .cutShort: bytes = bytes.prefix(300)
    case .empty: bytes = Data()
    case .text: bytes = Data("This is not the journal that you are looking for.\n".utf8)
    case .foreign:
      try FileManager.default.removeItem(atPath: path)
      try TestDatabase.run("CREATE TABLE t (x); INSERT INTO t VALUES (1)", at: path)
      return
    case .missing:
      try FileManager.default.removeItem(atPath: path)
      return
    }
    try bytes.write(to: URL(fileURLWithPath: path))
  }

  @Test(arguments: Damage.allCases)
  func `a damaged journal is set aside as it is and another begins`(_ damage: Damage) async throws {
    let before = try Journal(options)
    #expect(await before.append(Samples.mixed(1...2000)).isAccepted)
    await before.close()
    try inflict(damage)
    let damaged = try? Data(contentsOf: URL(fileURLWithPath: path))

    let journal = try Journal(options)
    #expect(journal.contents.instance != before.contents.instance)
    #expect(journal.contents.head == 0)
    #expect(journal.contents.oldest == 1)
    let remark = try #require(journal.contents.remarks.first)
    #expect(journal.contents.remarks.count == 1)
    #expect(remark.kind == .hubJournalReplaced)
    #expect(remark.data["error"]?.string?.isEmpty == false)
    let kept = try #require(remark.data["kept"]?.string)
    if let damaged {
      #expect(kept.hasPrefix("journal-") && kept.hasSuffix(".damaged.db"))
      #expect(try Data(contentsOf: URL(fileURLWithPath: directory.file(kept))) == damaged)
    } else {
      #expect(kept.isEmpty)
    }
    #expect(await journal.append(Samples.mixed(1...10)).isAccepted)
    #expect(try await journal.read(after: 0).events.count == 10)
    await journal.close()
    let again = try Journal(options)
    #expect(again.contents.instance == journal.contents.instance)
    #expect(again.contents.remarks.isEmpty)
    await again.close()
  }

  @Test func `of many that were set aside the newest are kept`() async throws {
    for _ in 0..<JournalOptions.keptJournals + 3 {
      await (try Journal(options)).close()
      try inflict(.text)
    }
    let journal = try Journal(options)
    let kept = directory.names.filter { $0.hasSuffix(".damaged.db") }
    #expect(kept.count == JournalOptions.keptJournals)
    #expect(kept.last == journal.contents.remarks.first?.data["kept"]?.string)
    await journal.close()
  }

  @Test func `after a power cut the whole file is looked at`() async throws {
    var options = options
    options.bootID = "one"
    let before = try Journal(options)
    #expect(await before.append(Samples.mixed(1...5000)).isAccepted)
    await before.close()
    try pretendPowerCut()
    try overwriteMiddle()
    options.bootID = "two"
    let journal = try Journal(options)
    #expect(journal.contents.remarks.first?.kind == .hubJournalReplaced)
    await journal.close()
  }

  @Test(arguments: ["pages", "one byte"])
  func `damage that is met while reading loses the past, not the present and not the count`(_ size: String) async throws
  {
    let before = try Journal(options)
    let object = HubObject(Subject(.vm, "web1"), [.name: "web1"])
    #expect(await before.append(Samples.mixed(1...5000), objects: [object]).isAccepted)
    await before.close()
    try size == "pages" ? overwriteMiddle() : flipOneByte()

    let journal = try Journal(options)
    #expect(journal.contents.instance == before.contents.instance)
    await #expect(throws: LogError.self) { try await journal.readAll(through: 5000) }
    // The next batch finds another file; numbers go on where they were.
    #expect(await journal.append(Samples.mixed(5001...5010)).isAccepted)
    #expect(journal.oldest == 5001)
    await #expect(throws: LogError.expired(oldest: 5001)) { try await journal.read(after: 0) }
    #expect(try await journal.read(after: 5000).events.count == 10)
    #expect(directory.names.filter { $0.hasSuffix(".damaged.db") }.count == 1)
    await journal.close()
    let again = try Journal(options)
    #expect(again.contents.instance == before.contents.instance)
    #expect(again.contents.head == 5010)
    if size == "one byte" { #expect(again.contents.objects == [object]) }
    await again.close()
  }

  @Test func `a damaged WAL costs what it held, and its numbers are a gap`() async throws {
    let killed = try TemporaryDirectory()
    let before = try Journal(options)
    for batch in UInt64(0)..<20 {
      #expect(await before.append(Samples.mixed(batch * 100 + 1...batch * 100 + 100)).isAccepted)
    }
    // The files as a kill leaves them.
    for name in ["journal.db", "journal.db-wal", "lock"] {
      try FileManager.default.copyItem(atPath: directory.file(name), toPath: killed.file(name))
    }
    await before.close()
    let wal = URL(fileURLWithPath: killed.file("journal.db-wal"))
    var bytes = try Data(contentsOf: wal)
    // From a point on the frames are rubbish: SQLite takes the WAL up to there, without a word.
    bytes.replaceSubrange(
      bytes.count / 4..<bytes.count, with: Data(repeating: 0xA5, count: bytes.count - bytes.count / 4))
    try bytes.write(to: wal)

    let journal = try Journal(JournalOptions(directory: killed.path))
    #expect(journal.contents.instance == before.contents.instance)
    #expect(journal.contents.head == 2000)
    let remark = try #require(journal.contents.remarks.first)
    let first = try #require(remark.data["first"]?.uint)
    #expect(remark.kind == .hubGap && remark.data["last"] == .uint(2000))
    #expect(first > 100 && first < 2000)
    #expect(try await journal.read(after: 0).events.map(\.sequence) == Array(1..<first))
    await #expect(throws: LogError.expired(oldest: 2001)) { try await journal.read(after: first - 1) }
    await journal.close()
  }

  /// Rubbish in the middle third of the file.
  private func overwriteMiddle() throws {
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let third = bytes.count / 3
    bytes.replaceSubrange(third..<2 * third, with: Data(repeating: 0xA5, count: third))
    try bytes.write(to: URL(fileURLWithPath: path))
  }

  /// One byte of text in the middle of some event, which SQLite cannot notice.
  private func flipOneByte() throws {
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let text = Data(repeating: UInt8(ascii: "x"), count: 100)
    let position = try #require(bytes.range(of: text, in: bytes.count / 2..<bytes.count)).lowerBound
    bytes[position + 50] = UInt8(ascii: "y")
    try bytes.write(to: URL(fileURLWithPath: path))
  }

  /// Makes the lock file say that the journal was never closed.
  private func pretendPowerCut() throws {
    let lock = URL(fileURLWithPath: directory.file("lock"))
    var record = try #require(LockRecord(Array(Data(contentsOf: lock))))
    record.state = .running
    try Data(record.bytes).write(to: lock)
  }
}
