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
      // Nearly every text is plain, and looked at once.
      let isPlain = SafeText.isPlain(text)
      self.text = isPlain ? text : SafeText.printable(text)
      self.look = look
      width = isPlain ? text.utf8.count : DisplayWidth.of(self.text)
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

  /// The whole table as text.
  ///
  /// - Parameters:
  ///   - width: the columns that a line may take, nil for any number; the widest column is cut first.
  ///   - style: how it looks.
  ///   - legend: what stands below the rows; nil is for programs that read them, and leaves the heading out too.
  /// - Returns: a line for each row, and the legend behind an empty one.
  public func text(width: Int?, style: Style, legend: String?) -> String {
    var widths = heading.indices.map { column in
      rows.reduce(legend == nil ? 0 : DisplayWidth.of(heading[column])) { max($0, $1[column].width) }
    }
    if let width {
      while widths.reduce(widths.count - 1, +) > width, let widest = widths.max(), widest > 8 {
        widths[widths.lastIndex(of: widest) ?? 0] = widest - 1
      }
    }
    // A table may have thousands of rows: they are put together as bytes, in one place.
    var text: [UInt8] = []
    text.reserveCapacity((rows.count + 1) * (widths.reduce(widths.count, +) + 1))
    if legend != nil { Table.line(heading.map { Cell($0, .bold) }, widths, style, into: &text) }
    for row in rows { Table.line(row, widths, style, into: &text) }
    if let legend { text.append(contentsOf: "\n\(legend)\n".utf8) }
    return String(decoding: text, as: UTF8.self)
  }

  private static func line(_ cells: [Cell], _ widths: [Int], _ style: Style, into text: inout [UInt8]) {
    let start = text.count
    // Spaces wait for a text behind them, so that no line ends with any.
    var gap = 0
    for (column, cell) in cells.enumerated() {
      let isCut = cell.width > widths[column]
      let shown = isCut ? DisplayWidth.fit(cell.text, widths[column]) : cell.text
      if !shown.isEmpty {
        text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: gap))
        text.append(contentsOf: style.paint(shown, cell.look).utf8)
        gap = 0
      }
      gap += widths[column] - (isCut ? DisplayWidth.of(shown) : cell.width) + 1
    }
    while text.count > start, text.last == UInt8(ascii: " ") { text.removeLast() }
    text.append(UInt8(ascii: "\n"))
  }
}
