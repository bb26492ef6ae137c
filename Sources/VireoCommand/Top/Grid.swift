// SPDX-License-Identifier: Apache-2.0
// A screen as rows and columns of characters.

/// A screen as rows and columns of characters, each with its look.
public struct Grid: Equatable, Sendable {
  /// One place of the screen.
  struct Cell: Equatable, Sendable {
    static let blank = Cell(character: " ", look: .plain)

    /// What stands there; nil for the right half of a wide character.
    var character: Character?
    var look: Style.Look
  }

  /// How many rows.
  public let rows: Int
  /// How many columns.
  public let columns: Int
  private(set) var cells: [Cell]

  /// An empty screen.
  public init(rows: Int, columns: Int) {
    self.rows = max(0, rows)
    self.columns = max(0, columns)
    cells = Array(repeating: .blank, count: self.rows * self.columns)
  }

  /// Puts text at a place; what does not fit is cut off, and nothing of it can move the terminal.
  ///
  /// - Returns: the column after the text.
  @discardableResult
  public mutating func put(_ text: String, row: Int, column: Int, _ look: Style.Look = .plain) -> Int {
    guard (0..<rows).contains(row), column >= 0 else { return column }
    var column = column
    for character in SafeText.printable(text) {
      let width = DisplayWidth.of(character)
      guard column + width <= columns else { break }
      // A character without width of its own would join its neighbour; the neighbour goes without.
      guard width > 0 else { continue }
      clear(row, column..<column + width)
      cells[row * columns + column] = Cell(character: character, look: look)
      if width == 2 { cells[row * columns + column + 1] = Cell(character: nil, look: look) }
      column += width
    }
    return column
  }

  /// Makes room; of a wide character that loses one half the other one goes, too.
  private mutating func clear(_ row: Int, _ range: Range<Int>) {
    let base = row * columns
    if cells[base + range.lowerBound].character == nil, range.lowerBound > 0 {
      cells[base + range.lowerBound - 1] = .blank
    }
    if range.upperBound < columns, cells[base + range.upperBound].character == nil {
      cells[base + range.upperBound] = .blank
    }
  }

  /// Gives a whole row a look, its blanks too.
  public mutating func mark(row: Int, _ look: Style.Look) {
    guard (0..<rows).contains(row) else { return }
    for column in 0..<columns { cells[row * columns + column].look = look }
  }

  /// The text of a row, without the blanks at its end.
  public func text(row: Int) -> String {
    guard (0..<rows).contains(row) else { return "" }
    var text = String(cells[row * columns..<(row + 1) * columns].compactMap(\.character))
    while text.last == " " { text.removeLast() }
    return text
  }
}
