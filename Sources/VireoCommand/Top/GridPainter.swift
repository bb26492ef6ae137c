// SPDX-License-Identifier: Apache-2.0
// From one screen to the next with as little as possible.

/// From one screen to the next: what to send to a terminal so that it shows the new one.
///
/// It sends cursor positions (CUP), looks (SGR) and text, nothing else; ECMA-48 has them all.
public struct GridPainter: Sendable {
  /// Blanks between two changes that are not worth a jump of the cursor.
  private static let shortGap = 4

  private let style: Style
  private var shown: Grid?

  /// A painter for a terminal of which nothing is known yet.
  public init(style: Style) {
    self.style = style
  }

  /// Forgets what is shown: the next screen is sent as a whole.
  public mutating func forget() { shown = nil }

  /// What to send; empty when nothing changed.
  public mutating func paint(_ grid: Grid) -> String {
    defer { shown = grid }
    guard let shown, shown.rows == grid.rows, shown.columns == grid.columns else {
      return "\u{1B}[0m\u{1B}[2J" + changes(from: Grid(rows: grid.rows, columns: grid.columns), to: grid)
    }
    return shown == grid ? "" : changes(from: shown, to: grid)
  }

  private func changes(from old: Grid, to new: Grid) -> String {
    var text = ""
    for row in 0..<new.rows {
      for run in GridPainter.runs(old, new, row) { append(run, of: new, row, to: &text) }
    }
    return text
  }

  /// The columns that changed, in runs; a run begins and ends with whole characters.
  private static func runs(_ old: Grid, _ new: Grid, _ row: Int) -> [Range<Int>] {
    let base = row * new.columns
    var runs: [Range<Int>] = []
    for column in 0..<new.columns where old.cells[base + column] != new.cells[base + column] {
      if let last = runs.last, column - last.upperBound <= shortGap {
        runs[runs.count - 1] = last.lowerBound..<column + 1
      } else {
        runs.append(column..<column + 1)
      }
    }
    return runs.map { run in
      var (start, end) = (run.lowerBound, run.upperBound)
      while start > 0, new.cells[base + start].character == nil { start -= 1 }
      while end < new.columns, new.cells[base + end].character == nil { end += 1 }
      return start..<end
    }
  }

  private func append(_ run: Range<Int>, of grid: Grid, _ row: Int, to text: inout String) {
    text += "\u{1B}[\(row + 1);\(run.lowerBound + 1)H"
    var look = Style.Look.plain
    for column in run {
      let cell = grid.cells[row * grid.columns + column]
      guard let character = cell.character else { continue }
      // Without colours only what says something by itself is left: the text, and what is marked by reversing it.
      let wanted = style.isColored || cell.look == .reverse ? cell.look : .plain
      if wanted != look {
        text += wanted == .plain ? "\u{1B}[0m" : "\u{1B}[0;\(wanted.rawValue)m"
        look = wanted
      }
      text.append(character)
    }
    if look != .plain { text += "\u{1B}[0m" }
  }
}
