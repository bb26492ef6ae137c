// SPDX-License-Identifier: Apache-2.0
// Every event of QEMU 7.2 to 10.2, those included that came and went between.

/// The events that QEMU is known to send.
package enum QMPEventTable {
  /// All rows, by subject matter.
  package static let all: [QMPEventDefinition] =
    life + storage + jobs + migration + devices + network + console

  /// The row of an event.
  package static func definition(of name: String) -> QMPEventDefinition? { byName[name] }

  private static let byName: [String: QMPEventDefinition] = Dictionary(
    uniqueKeysWithValues: all.map { ($0.name, $0) })
}
