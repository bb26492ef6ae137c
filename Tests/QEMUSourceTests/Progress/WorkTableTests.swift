// SPDX-License-Identifier: Apache-2.0
// How far long work is: each tenth of the way once, nothing in between, and numbers that cannot be.

import EventModel
import JSONText
import QEMUSource
import Testing

@Suite struct WorkTableTests {
  private func look(
    _ table: inout WorkTable, _ query: QMPQuery, _ text: String, at second: Double, isFirst: Bool = false
  ) throws -> [Difference] {
    table.take(try json(text), to: query, isFirst: isFirst, now: at(second))
  }

  private func job(_ done: Int, of total: Int = 1000, status: String = "running") -> String {
    #"[{"id":"copy","type":"mirror","status":"\#(status)","current-progress":\#(done),"total-progress":\#(total)}]"#
  }

  private func migration(_ remaining: Int, transferred: Int) -> String {
    """
    {"status":"active","expected-downtime":300,
     "ram":{"total":1000,"remaining":\(remaining),"transferred":\(transferred)}}
    """
  }

  /// The fields of the one piece of work that the property shows.
  private func shown(_ table: WorkTable) -> Fields? { table.property.list?.first?.map }

  @Test func `a job tells each tenth of its way once, and nothing in between`() throws {
    var table = WorkTable()
    _ = table.note(.vmJobStatus, ["id": "copy", "status": "created"])
    var told: [Double] = []
    for done in stride(from: 0, through: 1000, by: 7) {
      told += try look(&table, .jobs, job(done), at: Double(done)).compactMap { $0.data["percent"]?.double }
    }
    #expect(told.map { Int($0 / 10) } == Array(1...9))
    #expect(shown(table)?["percent"] == .double(99.4))
  }

  @Test func `who jumps over tenths is told once, at the last of them`() throws {
    var table = WorkTable()
    let news = try look(&table, .jobs, job(550), at: 1)
    #expect(news.map(\.kind) == [.vmBlockJobProgress])
    #expect(news.first?.data["percent"]?.double.map { Int($0) } == 55)
    #expect(try look(&table, .jobs, job(559), at: 2) == [])
  }

  @Test func `what lies behind when somebody looks for the first time is no news`() throws {
    var table = WorkTable()
    #expect(try look(&table, .jobs, job(550), at: 1, isFirst: true) == [])
    #expect(try look(&table, .jobs, job(590), at: 2) == [])
    #expect(try look(&table, .jobs, job(600), at: 3).count == 1)
  }

  @Test func `the numbers are shown, with the rate between two looks`() throws {
    var table = WorkTable()
    _ = try look(&table, .jobs, job(100), at: 1)
    #expect(shown(table)?["rate"] == nil)
    _ = try look(&table, .jobs, job(300), at: 3)
    let expected: Fields = [
      "id": "copy", "type": "mirror", "status": "running", "percent": .double(30), "remaining": .uint(700),
      "total": .uint(1000), "rate": .double(100),
    ]
    #expect(shown(table) == expected)
  }

  @Test func `a migration that sends again what the guest wrote tells no tenth twice`() throws {
    var table = WorkTable()
    _ = table.note(.vmMigrationStatus, ["status": "active"])
    var told: [Double] = []
    var sent = 0
    for remaining in [950, 700, 450, 800, 600, 350, 900, 100, 400, 50] {
      sent += 100
      let news = try look(&table, .migrate, migration(remaining, transferred: sent), at: Double(sent) / 100)
      #expect(news.allSatisfy { $0.kind == .vmMigrationProgress && $0.data["id"] == nil })
      told += news.compactMap { $0.data["percent"]?.double }
    }
    #expect(told.map { Int($0) } == [30, 55, 65, 90])
    #expect(shown(table)?["expectedDowntime"] == .uint(300))
    #expect(shown(table)?["rate"] == .double(100), "what is sent, not what is left")
  }

  @Test func `only what goes on by itself is asked about`() throws {
    var table = WorkTable()
    #expect(table.questions == [])
    for (status, isAsked) in [
      ("created", true), ("running", true), ("ready", true), ("paused", false), ("concluded", false), ("null", false),
    ] {
      _ = table.note(.vmJobStatus, ["id": "copy", "status": .string(status)])
      #expect(table.questions == (isAsked ? [.jobs] : []), "\(status)")
    }
    _ = table.note(.vmMigrationStatus, ["status": "setup"])
    _ = try look(&table, .dump, #"{"status":"active","completed":10,"total":100}"#, at: 1)
    #expect(table.questions == [.migrate, .dump])
    _ = table.note(.vmMigrationStatus, ["status": "completed"])
    _ = table.note(.vmDumpCompleted, ["status": "completed"])
    #expect(table.questions == [] && table.property == [])
  }

  @Test func `a job that waits for its end to be noted is shown, one that is gone is not`() throws {
    var table = WorkTable()
    _ = try look(&table, .jobs, job(1000, status: "concluded"), at: 1)
    #expect(shown(table)?["status"] == "concluded")
    _ = try look(&table, .jobs, "[]", at: 2)
    #expect(table.property == [])
  }

  @Test(arguments: [
    "null", "7", "{}", "[7]", #"[{"id":7}]"#, #"[{"id":"copy"}]"#,
    #"[{"id":"copy","status":"running","current-progress":-1,"total-progress":-5}]"#,
    #"[{"id":"copy","status":"running","current-progress":9,"total-progress":0}]"#,
    #"[{"id":"copy","status":"running","current-progress":18446744073709551615,"total-progress":1}]"#,
  ])
  func `numbers that cannot be harm nothing`(_ answer: String) throws {
    var table = WorkTable()
    for second in 0..<3 {
      for query in [QMPQuery.jobs, .migrate, .dump] { _ = try look(&table, query, answer, at: Double(second)) }
    }
    let percent = shown(table)?["percent"]?.double ?? 0
    #expect(percent >= 0 && percent <= 100)
  }

  @Test func `no more jobs are kept than a machine may have`() throws {
    var table = WorkTable()
    for number in 0..<1000 { _ = table.note(.vmJobStatus, ["id": .string("j\(number)"), "status": "running"]) }
    #expect(table.property.list?.count == WorkTable.limit)
  }
}
