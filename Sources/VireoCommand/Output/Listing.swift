// SPDX-License-Identifier: Apache-2.0
// What there is of one sort, as `list` and `kinds` print it.

import EventModel

/// Things of one sort, each with the same few texts.
public struct Listing: Sendable {
  /// How a listing is printed.
  public enum Form: Sendable {
    /// For people: columns, with a heading and a count if there is a legend.
    case table(hasLegend: Bool)
    /// The first text of each thing, one on a line.
    case names
    /// One JSON object on a line.
    case json

    /// What the flags of a command line ask for.
    public init(names: Bool, json: Bool, noLegend: Bool) {
      self = names ? .names : json ? .json : .table(hasLegend: !noLegend)
    }
  }

  /// The keys of the texts, in order; those behind the columns are told as JSON only.
  private let keys: [String]
  private let columns: Int
  private let noun: (one: String, many: String)
  private let rows: [[String]]

  /// A listing.
  ///
  /// - Parameters:
  ///   - columns: the keys of the texts that a table shows.
  ///   - more: the keys of the texts that only programs are told.
  ///   - noun: what the things are called, one and many.
  ///   - rows: the texts of each thing, one for each key; they may come from a stranger.
  public init(columns: [String], more: [String] = [], noun: (one: String, many: String), rows: [[String]]) {
    keys = columns + more
    self.columns = columns.count
    self.noun = noun
    self.rows = rows.filter { [expected = keys.count] in $0.count == expected }
  }

  /// The whole listing as text.
  ///
  /// - Parameters:
  ///   - form: how it is printed.
  ///   - width: the columns that a line of a table may take, nil for any number.
  ///   - style: how a table looks.
  /// - Returns: lines, each with its end.
  public func text(_ form: Form, width: Int?, style: Style) -> String {
    switch form {
    case .table(let hasLegend): table(width, style, hasLegend)
    case .names: lines { SafeText.printable($0[0]) }
    case .json: lines { PrettyJSON.line(.map(Fields(zip(keys, $0.map(Value.string))))) }
    }
  }

  private func lines(_ line: ([String]) -> String) -> String {
    var text = ""
    for row in rows {
      text += line(row)
      text += "\n"
    }
    return text
  }

  private func table(_ width: Int?, _ style: Style, _ hasLegend: Bool) -> String {
    guard !rows.isEmpty else { return hasLegend ? "No \(noun.many).\n" : "" }
    var table = Table(keys[..<columns].map { $0.uppercased() })
    for row in rows {
      table.add((0..<columns).map { Table.Cell(row[$0].isEmpty ? "-" : row[$0], Listing.look(of: row[$0], keys[$0])) })
    }
    let legend = rows.count == 1 ? "1 \(noun.one)." : "\(rows.count) \(noun.many)."
    return table.text(width: width, style: style, legend: hasLegend ? legend : nil)
  }

  private static func look(of text: String, _ key: String) -> Style.Look {
    switch key {
    case "state": Style.look(ofState: text)
    case "severity": Severity(name: text).map(Style.look(of:)) ?? .plain
    default: .plain
    }
  }
}
