// SPDX-License-Identifier: Apache-2.0
// Events to render.

import EventModel
import VireoCommand

/// Events to render.
enum Sample {
  static let instance = "0123456789abcdef0123456789abcdef"

  /// A line as the hub writes it.
  static func line(
    _ sequence: UInt64 = 104_217, kind: String = "vm.stopped", severity: String = "notice", origin: String = "derived",
    subject: String = "/org/vireo/Hub1/vm/web01", name: String = "web01", data: String = #"{"cause":"host-signal"}"#,
    raw: String? = nil
  ) -> String {
    #"{"instance":"\#(instance)","sequence":\#(sequence),"time":"2026-11-22T03:12:07.005691Z","#
      + #""recorded":"2026-11-22T03:12:07.006102Z","kind":"\#(kind)","severity":"\#(severity)","origin":"\#(origin)","#
      + #""subject":"\#(subject)","name":"\#(name)","source":"/org/vireo/Hub1/source/qmp","data":\#(data)"#
      + (raw.map { #","raw":"\#($0)""# } ?? "") + "}"
  }

  /// The event of a line.
  static func event(_ line: String) throws -> EventRecord {
    guard case .event(let event) = try RecordReader().item(line) else {
      throw RecordError(description: "no event")
    }
    return event
  }

  static func event() throws -> EventRecord { try event(line()) }
}
