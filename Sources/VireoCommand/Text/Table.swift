// SPDX-License-Identifier: Apache-2.0
// Rows and columns.

/// Rows and columns with a heading, each column as wide as what stands in it.
public struct Table: Sendable {
  /// A cell: a text and its look.
  public struct Cell: Sendable, ExpressibleByStringInterpolation {
    let text: String
    let look: Style.Look
    /// The columns that it takes.
    let width: Int

    /// A cell; the text may come from a stranger.
    public init(_ text: String, _ look: Style.Look = .plain) {
      self.text = SafeText.printable(text)
      self.look = look
      width = DisplayWidth.of(self.text)
    }

    /// A plain cell.
    public init(stringLiteral text: String) { self.init(text) }
  }

  private let heading: [String]
  private var rows: [[Cell]] = []

  /// A table with those headings.
  public init(_ heading: [String]) {
    self.heading = heading
  }

  /// How many rows it has.
  public var count: Int { rows.count }

  /// Adds a row.
  public mutating func add(_ cells: [Cell]) { rows.append(cells) }

  /// The lines, none wider than `width` (nil does not cut); the widest column is cut first.
  public func lines(width: Int?, style: Style, hasHeading: Bool) -> [String] {
    var widths = heading.indices.map { column in
      rows.reduce(hasHeading ? DisplayWidth.of(heading[column]) : 0) { max($0, $1[column].width) }
    }
    if let width {
      while widths.reduce(widths.count - 1, +) > width, let widest = widths.max(), widest > 8 {
        widths[widths.lastIndex(of: widest) ?? 0] = widest - 1
      }
    }
    var lines: [String] = []
    if hasHeading { lines.append(line(heading.map { Cell($0, .bold) }, widths, style)) }
    for row in rows { lines.append(line(row, widths, style)) }
    return lines
  }

  private func line(_ cells: [Cell], _ widths: [Int], _ style: Style) -> String {
    var text = ""
    text.reserveCapacity(widths.reduce(widths.count, +))
    // Spaces wait for a text behind them, so that no line ends with any.
    var gap = 0
    for (column, cell) in cells.enumerated() {
      let isCut = cell.width > widths[column]
      let shown = isCut ? DisplayWidth.fit(cell.text, widths[column]) : cell.text
      if !shown.isEmpty {
        text += Table.spaces(gap)
        text += style.paint(shown, cell.look)
        gap = 0
      }
      gap += widths[column] - (isCut ? DisplayWidth.of(shown) : cell.width) + 1
    }
    while text.utf8.last == UInt8(ascii: " ") { text.removeLast() }
    return text
  }

  private static func spaces(_ count: Int) -> Substring {
    count <= blank.utf8.count ? blank.prefix(count) : String(repeating: " ", count: count)[...]
  }

  private static let blank = String(repeating: " ", count: 64)
}
