// SPDX-License-Identifier: Apache-2.0
// Events for the tests.

import EventModel

@testable import Journal

/// Events for the tests.
enum Samples {
  /// 2026-11-22T00:00:00Z.
  static let start = Timestamp(microseconds: 1_795_305_600_000_000)

  /// An event like those of a machine: some 300 bytes.
  static func event(
    _ sequence: UInt64, kind: EventKind = .vmStateRunning, subject: Subject = Subject(.vm, "web1"),
    recorded: Timestamp? = nil, data: Fields? = nil, raw: String? = nil
  ) -> Event {
    let recorded = recorded ?? Timestamp(microseconds: start.microseconds + Int64(sequence) * 1000)
    return Event(
      sequence: sequence, time: recorded.advanced(by: .microseconds(-150)), recorded: recorded, kind: kind,
      severity: kind.definition.severity, origin: .live, subject: subject, name: "web1",
      source: Subject(.source, "qmp:web1"),
      data: data ?? [
        "state": "running", "previous": "paused", "reason": "", "number": .uint(sequence),
        "detail": .string(String(repeating: "x", count: 120)),
      ], raw: raw)
  }

  /// Events with those numbers, over all kinds and some subjects.
  static func mixed(_ numbers: ClosedRange<UInt64>, subjects: UInt64 = 7) -> [Event] {
    numbers.map { number in
      let kinds = EventKind.allCases
      // Some kinds come often and some seldom, as in life.
      let kind = number % 97 == 0 ? kinds[Int(number / 97) % kinds.count] : kinds[Int(number) % 5]
      return event(number, kind: kind, subject: Subject(.vm, "vm\(number % subjects)"))
    }
  }

  /// Every type of value, nested, with the ends of their ranges.
  static let everyValue: Fields = [
    "true": true, "false": false, "zero": 0, "least": .int(.min), "most": .int(.max), "minus": -1,
    "unsigned": .uint(.max), "small": .uint(1), "double": .double(-1.5e300), "tiny": .double(.leastNonzeroMagnitude),
    "negative zero": .double(-0.0), "text": "Grüße 🦊\u{0}\n", "empty": "", "": "no name",
    "list": [1, "two", [true, [:]], ["a": ["b": []]]], "map": ["x": ["y": .uint(9), "z": "last"]], "none": [],
  ]
}
