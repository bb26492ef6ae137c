// SPDX-License-Identifier: Apache-2.0
// The screen of `top`: layout, painting, keys.

import EventModel
import TestSupport
import Testing
import VireoCommand

@Suite struct TopTests {
  static let now = Timestamp(microseconds: 1_795_403_527_000_000)

  private func model(machines: Int = 5) throws -> TopModel {
    var model = TopModel()
    model.host = "host.example"
    model.setMachines(
      (0..<machines).map { number in
        (
          "/org/vireo/Hub1/vm/m\(number)",
          TopModel.Machine(name: "m\(number)", state: number == 1 ? "io-error" : "running")
        )
      })
    model.setSources([("/org/vireo/Hub1/source/udev", "udev", "up"), ("/org/vireo/Hub1/source/qmp", "qmp", "degraded")])
    _ = model.take([.event(try Sample.event())], now: Self.now)
    return model
  }

  private func lines(_ model: TopModel, rows: Int = 24, columns: Int = 100) -> [String] {
    let layout = TopLayout(model, rows: rows, columns: columns, now: Self.now, zone: .utc)
    return (0..<rows).map { layout.grid.text(row: $0) }
  }

  @Test func `what needs attention comes first, and sources that do not deliver are named`() throws {
    let lines = lines(try model())
    #expect(lines[0].hasPrefix(" host.example  5 VMs: 4 running, 1 io-error"))
    #expect(lines[2].hasPrefix("m1"))
    #expect(lines.contains("Sources: 1 of 2 up (udev)"))
    #expect(lines.contains("  qmp degraded"))
    #expect(lines.contains { $0.contains("vm.stopped") })
  }

  @Test func `a migration and block jobs have bars, and degrade to what is known`() throws {
    var model = try model()
    let path = "/org/vireo/Hub1/vm/m2"
    model.update(path, [("Migration", "active"), ("Jobs", [["id": "j0", "status": "paused"]])])
    #expect(lines(model).filter { $0.hasPrefix("  ") }.prefix(2) == ["  migration", "  j0                     paused"])
    let data = #"{"percent":50,"remaining":1073741824,"total":2147483648,"rate":104857600.0}"#
    let progress = try Sample.event(Sample.line(kind: "vm.migration.progress", subject: path, name: "m2", data: data))
    _ = model.take([.event(progress)], now: Self.now)
    let bar = "  migration              [###########...........] 50%  1.0 GiB to do  100 MiB/s"
    #expect(lines(model).contains(bar), "\(lines(model))")
    // A hub whose property has the numbers needs no event.
    model.update(
      path,
      [
        (
          "Jobs",
          [
            [
              "id": "migration", "type": "migration", "status": "active", "percent": .double(75),
              "expectedDowntime": 83,
            ]
          ]
        )
      ])
    #expect(
      lines(model).contains("  migration              [################......] 75%  downtime 83 ms"), "\(lines(model))")
    model.update(path, [("Migration", "completed"), ("Jobs", .list([]))])
    #expect(!lines(model).contains { $0.hasPrefix("  migration") })
  }

  @Test(arguments: [(0, 0), (1, 1), (2, 200), (3, 10), (5, 20), (24, 80), (200, 300), (60, 1)])
  func `every size of the screen is good for something and breaks nothing`(rows: Int, columns: Int) throws {
    var model = try model(machines: 500)
    model.notice = "the hub went away; waiting for it"
    for key in [Key.end, .pageUp, .down, .home, .pageDown, .up] {
      let layout = TopLayout(model, rows: rows, columns: columns, now: Self.now, zone: .utc)
      #expect(layout.grid.rows == rows && layout.grid.columns == columns)
      #expect((0..<rows).allSatisfy { DisplayWidth.of(layout.grid.text(row: $0)) <= columns })
      #expect(layout.visible.count <= rows)
      model.scroll(key, page: layout.page)
    }
  }

  @Test func `what does not fit is counted`() throws {
    let lines = lines(try model(machines: 100), rows: 20)
    let shown = lines.filter { $0.hasPrefix("m") }.count
    #expect(lines.contains("… \(100 - shown) more VMs"))
  }

  @Test func `whatever the screens, the terminal shows the last one`() {
    var generator = SystemRandomNumberGenerator()
    let texts = ["web01", "漢字漢字", "a", "…", "running", "   ", "ümläut", "#####"]
    let looks: [Style.Look] = [.plain, .bold, .red, .reverse]
    for isColored in [true, false] {
      var painter = GridPainter(style: Style(isColored: isColored))
      var screen = TerminalScreen(rows: 8, columns: 30)
      var grid = Grid(rows: 8, columns: 30)
      for turn in 0..<300 {
        if turn % 50 == 0 { grid = Grid(rows: 8, columns: 30) }
        for _ in 0..<Int.random(in: 0...4, using: &generator) {
          grid.put(
            texts.randomElement(using: &generator) ?? "", row: Int.random(in: 0..<8, using: &generator),
            column: Int.random(in: 0..<30, using: &generator), looks.randomElement(using: &generator) ?? .plain)
        }
        screen.feed(Array(painter.paint(grid).utf8))
        #expect(screen.lines == (0..<8).map { grid.text(row: $0) })
        #expect(screen.unknown.isEmpty)
      }
    }
  }

  @Test func `a screen that did not change costs nothing, and a small change little`() throws {
    var painter = GridPainter(style: Style(isColored: true))
    var grid = Grid(rows: 50, columns: 160)
    for row in 0..<50 { grid.put(String(repeating: "x", count: 160), row: row, column: 0) }
    #expect(painter.paint(grid).utf8.count > 8000)
    #expect(painter.paint(grid).isEmpty)
    grid.put("y", row: 7, column: 9)
    #expect(painter.paint(grid) == "\u{1B}[8;10Hy")
    painter.forget()
    #expect(painter.paint(grid).utf8.count > 8000)
  }

  @Test func `keys are read however the bytes are cut`() {
    let bytes = Array("jk\u{1B}[A\u{1B}[B\u{1B}OA\u{1B}[5~\u{1B}[6~\u{1B}[1;5C\u{1B}\u{1B}[Hxq".utf8)
    let expected: [Key] = [.down, .up, .up, .down, .up, .pageUp, .pageDown, .home, .quit]
    for cut in 0...bytes.count {
      var reader = KeyReader()
      #expect(reader.keys(bytes[..<cut]) + reader.keys(bytes[cut...]) == expected)
    }
    var reader = KeyReader()
    #expect(reader.keys([0x1B, 0x5B] + [UInt8](repeating: 0x30, count: 100) + Array("q".utf8)).last == .quit)
  }

  @Test(arguments: [
    (0, "[........]"), (50, "[####....]"), (100, "[########]"), (-5, "[........]"), (500, "[########]"),
    (Double.nan, "[........]"),
  ])
  func `a bar stays within its ends`(percent: Double, bar: String) {
    #expect(ProgressBar.text(percent, columns: 10) == bar)
    #expect(ProgressBar.text(percent, columns: 0) == "[]")
  }

  @Test func `a rate is that of the last ten seconds`() throws {
    var model = TopModel()
    let event = try Sample.event()
    let now = event.recorded.advanced(by: .seconds(1))
    _ = model.take(Array(repeating: .event(event), count: 50), now: now)
    let layout = TopLayout(model, rows: 24, columns: 100, now: now, zone: .utc)
    #expect(layout.grid.text(row: 0).contains("5.0/s"))
    let later = TopLayout(model, rows: 24, columns: 100, now: now.advanced(by: .seconds(11)), zone: .utc)
    #expect(later.grid.text(row: 0).contains("0.0/s"))
  }

  @Test func `a machine that is listed after its first event shows that event, and the past is no rate`() throws {
    var model = TopModel()
    #expect(model.take([.event(try Sample.event())], now: Self.now.advanced(by: .seconds(3600))))
    model.setMachines([("/org/vireo/Hub1/vm/web01", TopModel.Machine(name: "web01", state: "stopped"))])
    let lines = lines(model, columns: 120)
    #expect(lines.contains { $0.hasPrefix("web01") && $0.contains("vm.stopped") }, "\(lines)")
    #expect(lines[0].contains("0.0/s"))
  }

  @Test func `an unknown machine makes the list stale, a known one does not`() throws {
    var model = try model()
    let event = try Sample.event(Sample.line(subject: "/org/vireo/Hub1/vm/m1", name: "m1"))
    let gone = try Sample.event(Sample.line(kind: "vm.removed", subject: "/org/vireo/Hub1/vm/m1", name: "m1"))
    let unknown = try Sample.event()
    let stale = [event, unknown, gone].map { model.take([.event($0)], now: Self.now) }
    #expect(stale == [false, true, true])
  }
}
