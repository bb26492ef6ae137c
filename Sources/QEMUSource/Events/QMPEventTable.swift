// SPDX-License-Identifier: Apache-2.0
// Every event of QEMU 7.2 to 10.2, those included that came and went between.

package import JSONText

/// The events that QEMU is known to send.
package enum QMPEventTable {
  /// All rows, by subject matter.
  package static let all: [QMPEventDefinition] =
    life + storage + jobs + migration + devices + network + console

  /// The row of an event.
  package static func definition(of name: String) -> QMPEventDefinition? { all.first { $0.name == name } }

  /// The row of an event, by its name as it lies in the line; costs no `String`.
  package static func definition(of name: JSONValue) -> QMPEventDefinition? {
    guard let hash = name.textHash else { return nil }
    var place = Int(truncatingIfNeeded: hash) & mask
    while let row = places[place] {
      if name.isString(row.name) { return row }
      place = (place + 1) & mask
    }
    return nil
  }

  /// The rows where their hashes put them, in a table that is mostly empty.
  private static let places: [QMPEventDefinition?] = {
    var places = [QMPEventDefinition?](repeating: nil, count: mask + 1)
    for row in all {
      var place = Int(truncatingIfNeeded: JSONValue.textHash(of: row.name)) & mask
      while places[place] != nil { place = (place + 1) & mask }
      places[place] = row
    }
    return places
  }()

  private static let mask = 255
}
