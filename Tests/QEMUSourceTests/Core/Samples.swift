// SPDX-License-Identifier: Apache-2.0
// Short ways to make messages in tests.

import EventModel
import JSONText
import QEMUSource
import Testing

import struct TestSupport.TestFailure

/// A parsed text.
func json(_ text: String) throws -> JSONValue { try JSONParser().parse(text) }

/// A message of a monitor.
func message(_ text: String) throws -> QMPMessage { try QMPMessage(json(text)) }

/// An event of a monitor.
func event(_ text: String) throws -> QMPEvent {
  guard case .event(let event) = try message(text) else { throw TestFailure("no event: \(text)") }
  return event
}

/// An event by name and data.
func event(_ name: String, _ data: String? = nil) throws -> QMPEvent {
  let stamp = #""timestamp":{"seconds":1760000000,"microseconds":5}"#
  return try event("{\(stamp),\"event\":\"\(name)\"\(data.map { ",\"data\":\($0)" } ?? "")}")
}

/// A moment, in seconds.
func at(_ seconds: Double) -> MonotonicTime { MonotonicTime(nanoseconds: Int64(seconds * 1e9)) }
