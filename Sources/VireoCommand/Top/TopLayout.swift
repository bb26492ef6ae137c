// SPDX-License-Identifier: Apache-2.0
// Where on the screen `top` shows what.

public import EventModel

/// Where on the screen `top` shows what.
///
/// From above: a line about the host, the machines with their long work, the sources, the last events. The machines get what
/// the others leave; the events get what the machines do not need, and a few rows in any case.
public struct TopLayout: Sendable {
  /// How many rows the events have where there is too little room for all.
  private static let shortestTail = 8

  /// The screen.
  public let grid: Grid
  /// The machines on it, by path: those whose properties are worth asking for.
  public let visible: [String]
  /// How many machines fit on a page.
  public let page: Int

  /// Lays out a model.
  public init(_ model: TopModel, rows: Int, columns: Int, now: Timestamp, zone: ZoneRules) {
    var grid = Grid(rows: rows, columns: columns)
    TopLayout.putHeader(model, &grid, now, zone)
    let sourceRows = TopLayout.sourceLines(model, columns: columns)
    let fixed = 2 + sourceRows.count
    let order = model.order
    let wanted = order.reduce(0) { $0 + 1 + (model.machines[$1]?.work.count ?? 0) }
    let room = max(0, rows - fixed)
    let tailRoom = max(min(room / 3, TopLayout.shortestTail), room - wanted)
    let machineRoom = max(0, room - tailRoom)
    var row = 1
    TopLayout.putHeading(&grid, row: row)
    row += 1
    // Where not all fit, the last row says how many more there are.
    let end = row + (wanted > machineRoom ? machineRoom - 1 : machineRoom)
    var visible: [String] = []
    for path in order.dropFirst(min(model.offset, max(0, order.count - 1))) {
      guard row < end, let machine = model.machines[path] else { break }
      TopLayout.put(machine, &grid, row: row, now)
      visible.append(path)
      row += 1
      for work in machine.work where row < end {
        TopLayout.put(work, &grid, row: row)
        row += 1
      }
    }
    if order.count > visible.count, machineRoom > 0 {
      grid.put("… \(order.count - visible.count) more VMs", row: row, column: 0, .dim)
      row += 1
    }
    for line in sourceRows {
      grid.put(line.text, row: row, column: 0, line.look)
      row += 1
    }
    TopLayout.putTail(model, &grid, from: row, zone)
    self.grid = grid
    self.visible = visible
    page = max(1, machineRoom - 1)
  }

  // MARK: Parts

  private static func putHeader(_ model: TopModel, _ grid: inout Grid, _ now: Timestamp, _ zone: ZoneRules) {
    var states: [String: Int] = [:]
    for machine in model.machines.values { states[machine.state, default: 0] += 1 }
    let summary = states.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
    var parts = [
      model.host, "\(model.machines.count) VMs" + (summary.isEmpty ? "" : ": " + summary.joined(separator: ", ")),
    ]
    parts.append("event \(model.head)")
    parts.append("\(rate(model.rate.perSecond(now: now)))/s")
    let clock = String(TimeFormat.seconds(now, in: zone).suffix(8))
    grid.put(" " + parts.joined(separator: "  "), row: 0, column: 0)
    if grid.columns > 40 { grid.put("  " + clock + " ", row: 0, column: grid.columns - 11) }
    if !model.notice.isEmpty { grid.put(DisplayWidth.pad(" " + model.notice, grid.columns), row: 0, column: 0) }
    grid.mark(row: 0, .reverse)
  }

  /// Where the columns of a machine begin.
  private enum Column {
    static let state = 25
    static let since = 40
    static let agent = 50
    static let rate = 64
    static let last = 72
  }

  private static func putHeading(_ grid: inout Grid, row: Int) {
    let headings = [
      (0, "VM"), (Column.state, "STATE"), (Column.since, "SINCE"), (Column.agent, "AGENT"), (Column.rate, "EV/S"),
      (Column.last, "LAST EVENT"),
    ]
    for (column, text) in headings { grid.put(text, row: row, column: column, .bold) }
  }

  private static func put(_ machine: TopModel.Machine, _ grid: inout Grid, row: Int, _ now: Timestamp) {
    grid.put(DisplayWidth.fit(SafeText.printable(machine.name), Column.state - 1), row: row, column: 0)
    let stateWidth = Column.since - Column.state - 1
    grid.put(
      DisplayWidth.fit(SafeText.printable(machine.state), stateWidth), row: row, column: Column.state,
      Style.look(ofState: machine.state))
    if let since = machine.properties["StateSince"]?.int, since > 0 {
      grid.put(TimeFormat.coarse(now.microseconds - since), row: row, column: Column.since)
    }
    let agent = machine.properties["AgentState"]?.string ?? ""
    let agentWidth = Column.rate - Column.agent - 1
    grid.put(
      DisplayWidth.fit(SafeText.printable(agent), agentWidth), row: row, column: Column.agent,
      Style.look(ofState: agent))
    let perSecond = machine.rate.perSecond(now: now)
    if perSecond > 0 { grid.put(rate(perSecond), row: row, column: Column.rate) }
    if let time = machine.lastTime {
      let text = "\(machine.lastKind) \(TimeFormat.coarse(now.microseconds - time.microseconds)) ago"
      grid.put(text, row: row, column: Column.last)
    }
  }

  private static func put(_ work: LongWork, _ grid: inout Grid, row: Int) {
    var column = grid.put("  " + DisplayWidth.cell(SafeText.printable(work.title), 22), row: row, column: 0, .dim)
    if !work.status.isEmpty {
      column = grid.put(" " + SafeText.printable(work.status), row: row, column: column, .yellow)
    }
    if let percent = work.percent {
      column = grid.put(" " + ProgressBar.text(percent, columns: 24), row: row, column: column, .green)
      column = grid.put(" " + Units.percent(percent), row: row, column: column)
    }
    if let remaining = work.remaining {
      column = grid.put("  \(Units.bytes(remaining)) to do", row: row, column: column)
    }
    if let rate = work.rate, rate > 0 {
      column = grid.put("  \(Units.bytes(rate))/s", row: row, column: column)
    }
    if let downtime = work.downtime {
      grid.put("  downtime \(Units.milliseconds(downtime))", row: row, column: column)
    }
  }

  private static func sourceLines(_ model: TopModel, columns: Int) -> [(text: String, look: Style.Look)] {
    let sorted = model.sources.values.sorted { $0.name < $1.name }
    let up = sorted.filter { $0.state == "up" }.count
    let bad = sorted.filter { $0.state != "up" }
    let names = sorted.filter { $0.state == "up" }.map { SafeText.printable($0.name) }.joined(separator: ", ")
    let first = "Sources: \(up) of \(sorted.count) up" + (names.isEmpty ? "" : " (\(names))")
    var lines = [(DisplayWidth.fit(first, columns), bad.isEmpty ? Style.Look.bold : .yellow)]
    for source in bad.prefix(3) {
      lines.append(
        ("  \(SafeText.printable(source.name)) \(SafeText.printable(source.state))", Style.look(ofState: source.state)))
    }
    if bad.count > 3 { lines.append(("  … and \(bad.count - 3) more", .yellow)) }
    return lines
  }

  private static func putTail(_ model: TopModel, _ grid: inout Grid, from row: Int, _ zone: ZoneRules) {
    let room = grid.rows - row
    guard room > 0 else { return }
    let renderer = EventRenderer(format: .short, zone: zone, width: grid.columns)
    for (place, item) in model.tail.suffix(room).enumerated() {
      var look = Style.Look.yellow
      if case .event(let event) = item { look = Style.look(of: event.severity) }
      grid.put(String(renderer.text(item).dropLast()), row: row + place, column: 0, look)
    }
  }

  private static func rate(_ perSecond: Double) -> String {
    perSecond >= 100
      ? String(Int(perSecond.rounded())) : "\(Int(perSecond * 10 + 0.5) / 10).\(Int(perSecond * 10 + 0.5) % 10)"
  }
}

/// How much is done, as a bar.
public enum ProgressBar {
  /// A bar of so many columns.
  public static func text(_ percent: Double, columns: Int) -> String {
    let inner = max(0, columns - 2)
    let share = percent.isFinite ? min(max(percent, 0), 100) / 100 : 0
    let full = Int((Double(inner) * share).rounded(.down))
    return "[" + String(repeating: "#", count: full) + String(repeating: ".", count: inner - full) + "]"
  }
}
