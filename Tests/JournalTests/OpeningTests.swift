// SPDX-License-Identifier: Apache-2.0
// Who may open a journal, and which journals may be opened.

import EventModel
import Foundation
import TestSupport
import Testing

@testable import Journal

@Suite("Journal: opening")
struct OpeningTests {
  let directory: TemporaryDirectory
  var options: JournalOptions { JournalOptions(directory: directory.path) }

  init() throws {
    directory = try TemporaryDirectory()
  }

  @Test func `a second process is refused, with the process ID of the first`() async throws {
    let filler = try ChildProcess(Repository.program("JournalProcess"), ["fill", directory.path])
    try await filler.output.first("the opening") { $0.hasPrefix("open") }
    let error = #expect(throws: JournalError.self) { try Journal(options) }
    #expect(error == .inUse(directory: directory.path, processID: filler.pid))
    #expect(error?.description == "\(directory.path) is in use by process \(filler.pid)")
    try await filler.kill()
    let journal = try Journal(options)
    await journal.close()
  }

  @Test func `within a process too a journal is open once`() async throws {
    let journal = try Journal(options)
    #expect(throws: JournalError.inUse(directory: directory.path, processID: getpid())) { try Journal(options) }
    // The one that was refused has done no harm.
    #expect(await journal.append(Samples.mixed(1...10)).isAccepted)
    await journal.close()
  }

  @Test func `a close lets the next one in at once`() async throws {
    for run in 0..<20 {
      let journal = try Journal(options)
      #expect(journal.contents.head == UInt64(run))
      #expect(await journal.append([Samples.event(UInt64(run) + 1)]).isAccepted)
      await journal.close()
    }
  }

  @Test(arguments: [
    "INSERT INTO grdb_migrations VALUES ('9 something of the future')",
    "UPDATE kinds SET name = 'vm.unheard-of' WHERE name = 'vm.state.running'",
  ])
  func `a journal of a newer version is refused and left as it is`(_ change: String) async throws {
    let journal = try Journal(options)
    #expect(await journal.append([Samples.event(1)]).isAccepted)
    await journal.close()
    try TestDatabase.run(change, at: directory.file("journal.db"))
    let before = try Data(contentsOf: URL(fileURLWithPath: directory.file("journal.db")))
    let error = try #require(#expect(throws: JournalError.self) { try Journal(options) })
    #expect(error.description.contains("newer version") == true)
    #expect(try Data(contentsOf: URL(fileURLWithPath: directory.file("journal.db"))) == before)
    #expect(directory.names.filter { $0.contains("damaged") }.isEmpty)
    // It is not locked by the refusal either.
    #expect(throws: error) { try Journal(options) }
  }

  @Test func `a kind that this version does not know is no matter while no event has it`() async throws {
    await (try Journal(options)).close()
    try TestDatabase.run("INSERT INTO kinds (name) VALUES ('vm.unheard-of')", at: directory.file("journal.db"))
    let journal = try Journal(options)
    #expect(journal.contents.remarks.isEmpty)
    await journal.close()
  }

  @Test func `a kind that this version knows and the journal does not is learned`() async throws {
    await (try Journal(options)).close()
    try TestDatabase.run("DELETE FROM kinds WHERE name LIKE 'vm.%'", at: directory.file("journal.db"))
    let journal = try Journal(options)
    #expect(
      await journal.append(EventKind.allCases.enumerated().map { Samples.event(UInt64($0) + 1, kind: $1) }).isAccepted)
    #expect(try await journal.read(after: 0).events.map(\.kind) == EventKind.allCases)
    await journal.close()
  }

  @Test func `a directory that cannot be made is no reason not to run`() async throws {
    let file = try directory.write("in the way", to: "file")
    let journal = try Journal(JournalOptions(directory: file + "/state"))
    #expect(await journal.append(Samples.mixed(1...10)).refusal?.contains("mkdir") == true)
    #expect(try await journal.read(after: 0).events.count == 10)
    await journal.close()
  }

  @Test func `the files are for their owner and his group alone`() async throws {
    let state = directory.file("state")
    let journal = try Journal(JournalOptions(directory: state))
    let mode = try FileManager.default.attributesOfItem(atPath: state)[.posixPermissions] as? NSNumber
    #expect(mode?.intValue == 0o750)
    await journal.close()
  }

  @Test func `a file left from an interrupted beginning is no hindrance`() async throws {
    try directory.write("rubbish", to: "journal.db.new")
    try directory.write("rubbish", to: "journal.db-wal")
    let journal = try Journal(options)
    #expect(await journal.append(Samples.mixed(1...10)).isAccepted)
    await journal.close()
    #expect(directory.names == ["journal.db", "lock"])
  }
}
