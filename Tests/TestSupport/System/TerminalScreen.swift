// SPDX-License-Identifier: Apache-2.0
// What a person sees on a terminal.

/// What a person sees on a terminal: an emulation of the few functions of ECMA-48 that our programs may use.
///
/// A function that it does not know is kept in ``unknown``: a program that sends it would move a real terminal in ways that
/// no test looked at.
public struct TerminalScreen: Sendable, CustomStringConvertible {
  /// How many rows.
  public private(set) var rows: Int
  /// How many columns.
  public private(set) var columns: Int
  /// Whether the alternate screen is shown.
  public private(set) var isAlternate = false
  /// Whether the cursor is shown.
  public private(set) var hasCursor = true
  /// Functions that were not understood.
  public private(set) var unknown: [String] = []
  /// Bytes that came since the terminal was made.
  public private(set) var byteCount = 0
  /// Bytes that asked for a look other than the plain one.
  public private(set) var lookCount = 0
  private var cells: [[Character]]
  private var row = 0
  private var column = 0
  private var input: [UInt8] = []

  /// An empty screen.
  public init(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    cells = Array(repeating: Array(repeating: " ", count: columns), count: rows)
  }

  /// The rows as text, without the blanks at their ends.
  public var lines: [String] {
    cells.map { row in
      var text = String(row.filter { $0 != "\0" })
      while text.last == " " { text.removeLast() }
      return text
    }
  }

  /// Whether a text stands somewhere within one row.
  public func shows(_ text: String) -> Bool { lines.contains { $0.contains(text) } }

  /// The screen as it is seen.
  public var description: String { lines.joined(separator: "\n") }

  mutating func resize(rows: Int, columns: Int) {
    self.rows = rows
    self.columns = columns
    cells = Array(repeating: Array(repeating: " ", count: columns), count: rows)
    (row, column) = (0, 0)
  }

  /// Takes what a program sent.
  public mutating func feed(_ bytes: [UInt8]) {
    byteCount += bytes.count
    input += bytes
    while let step = next() { step(&self) }
  }

  /// Takes one function or character from the input; nil while it is not whole.
  private mutating func next() -> ((inout TerminalScreen) -> Void)? {
    guard let first = input.first else { return nil }
    if first == 0x1B {
      guard input.count > 1 else { return nil }
      guard input[1] == UInt8(ascii: "[") else {
        let text = "ESC \(input[1])"
        input.removeFirst(2)
        return { $0.unknown.append(text) }
      }
      guard let end = input.dropFirst(2).firstIndex(where: { (0x40...0x7E).contains($0) }) else { return nil }
      let parameters = String(decoding: input[2..<end], as: UTF8.self)
      let function = Character(Unicode.Scalar(input[end]))
      input.removeFirst(end + 1)
      return { $0.control(function, parameters) }
    }
    let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    guard input.count >= length else { return nil }
    let text = String(decoding: input.prefix(length), as: UTF8.self)
    input.removeFirst(length)
    return { $0.character(text.first ?? "?") }
  }

  private mutating func character(_ character: Character) {
    switch character {
    case "\r": column = 0
    case "\n", "\r\n": lineFeed()
    case _ where character.unicodeScalars.contains { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }:
      unknown.append("control character \(character.unicodeScalars.map(\.value))")
    default:
      let isWide =
        character.unicodeScalars.first.map {
          (0x1100...0x115F).contains($0.value) || (0x2E80...0xFFE6).contains($0.value) || $0.value >= 0x1F300
        } ?? false
      if column + (isWide ? 2 : 1) > columns {
        column = 0
        lineFeed()
      }
      cells[row][column] = character
      if isWide { cells[row][column + 1] = "\0" }
      column += isWide ? 2 : 1
    }
  }

  private mutating func lineFeed() {
    if row < rows - 1 {
      row += 1
    } else {
      cells.removeFirst()
      cells.append(Array(repeating: " ", count: columns))
    }
  }

  private mutating func control(_ function: Character, _ parameters: String) {
    let numbers = parameters.split(separator: ";").compactMap { Int($0) }
    switch (function, parameters) {
    case ("H", _):
      row = min(max((numbers.first ?? 1) - 1, 0), rows - 1)
      column = min(max((numbers.dropFirst().first ?? 1) - 1, 0), columns - 1)
    case ("J", "2"): cells = Array(repeating: Array(repeating: " ", count: columns), count: rows)
    case ("m", _): if parameters != "0" && !parameters.isEmpty { lookCount += 1 }
    case ("h", "?1049"), ("l", "?1049"):
      isAlternate = function == "h"
      cells = Array(repeating: Array(repeating: " ", count: columns), count: rows)
    case ("h", "?25"), ("l", "?25"): hasCursor = function == "h"
    default: unknown.append("CSI \(parameters) \(function)")
    }
  }
}
