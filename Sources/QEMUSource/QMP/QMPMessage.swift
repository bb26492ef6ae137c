// SPDX-License-Identifier: Apache-2.0
// What a monitor says: greeting, event or reply. The members' order is arbitrary and unknown members are ignored (qmp-spec).

package import JSONText

/// One line from a monitor.
package enum QMPMessage: Sendable {
  /// The first line of a connection.
  case greeting(QMPGreeting)
  /// Something happened.
  case event(QMPEvent)
  /// The answer to the command of that number; `nil` where it has none, or not one of ours.
  case reply(id: UInt64?, Result<JSONValue, QMPFailure>)

  /// Why a line that is JSON is still no message.
  package enum Refusal: Error, Hashable, Sendable {
    /// It is not an object.
    case notAnObject
    /// It is none of greeting, event, return and error.
    case unknownMessage
    /// It is an event whose name is no string, or longer than any name.
    case malformedEvent
    /// It is an error without class and text.
    case malformedError
  }

  /// Reads a line.
  package init(_ line: JSONValue) throws(Refusal) {
    guard line.kind == .object else { throw .notAnObject }
    if let name = line["event"] {
      guard let event = QMPEvent(name: name, line: line) else { throw .malformedEvent }
      self = .event(event)
    } else if let value = line["return"] {
      self = .reply(id: line.uint64("id"), .success(value))
    } else if let error = line["error"] {
      guard let failure = QMPFailure(error) else { throw .malformedError }
      self = .reply(id: line.uint64("id"), .failure(failure))
    } else if let greeting = line["QMP"], greeting.kind == .object {
      self = .greeting(QMPGreeting(greeting))
    } else {
      throw .unknownMessage
    }
  }
}

/// What QEMU says of itself when a monitor is served.
package struct QMPGreeting: Hashable, Sendable {
  /// Major, minor and micro version; zeros where they were not told.
  package var version: QEMUVersion
  /// The packager's words, for instance "Debian 1:7.2+dfsg-7+deb12u18".
  package var package: String

  /// The longest packager's text that is kept, in bytes.
  package static let packageLimit = 128

  init(_ value: JSONValue) {
    let numbers = value["version"]?["qemu"]
    version = QEMUVersion(
      major: Int(clamping: numbers?["major"]?.int64 ?? 0),
      minor: Int(clamping: numbers?["minor"]?.int64 ?? 0),
      micro: Int(clamping: numbers?["micro"]?.int64 ?? 0))
    package = (value["version"]?["package"]?.string ?? "").bounded(to: Self.packageLimit)
  }
}

/// A version of QEMU.
package struct QEMUVersion: Hashable, Sendable, CustomStringConvertible {
  package var major: Int
  package var minor: Int
  package var micro: Int

  /// A version.
  package init(major: Int, minor: Int, micro: Int) {
    self.major = major
    self.minor = minor
    self.micro = micro
  }

  /// For instance "7.2.22".
  package var description: String { "\(major).\(minor).\(micro)" }
}

/// An event as QEMU sent it.
package struct QMPEvent: Sendable {
  /// The whole line.
  package let line: JSONValue
  /// Its row in the table; `nil` if it is in no table.
  package let definition: QMPEventDefinition?
  /// Its data, an object; `nil` where it has none.
  package let data: JSONValue?
  /// When it happened by QEMU's clock, in microseconds since the epoch; `nil` where QEMU could not tell.
  package let microseconds: Int64?

  /// The longest name of an event, in bytes.
  package static let nameLimit = 64

  init?(name: JSONValue, line: JSONValue) {
    guard let length = name.stringLength, length > 0, length <= Self.nameLimit else { return nil }
    self.line = line
    definition = QMPEventTable.definition(of: name)
    microseconds = line["timestamp"].flatMap(Self.microseconds)
    let data = line["data"]
    self.data = data?.kind == .object ? data : nil
  }

  /// Its name, for instance `STOP`.
  package var name: String { definition?.name ?? line.string("event") ?? "" }

  /// Seconds are -1 when QEMU's clock failed; what no calendar holds is not believed either.
  private static func microseconds(_ stamp: JSONValue) -> Int64? {
    guard let seconds = stamp.int64("seconds"), let part = stamp.int64("microseconds"),
      (0..<(1 << 38)).contains(seconds), (0..<1_000_000).contains(part)
    else { return nil }
    return seconds * 1_000_000 + part
  }
}

/// Why QEMU refused a command.
package struct QMPFailure: Error, Hashable, Sendable {
  /// The error class, for instance `CommandNotFound` or `GenericError`.
  package let errorClass: String
  /// The text for people.
  package let text: String

  /// The longest class and the longest text that are kept, in bytes.
  package static let limit = 512

  init?(_ value: JSONValue) {
    guard let errorClass = value["class"]?.string, let text = value["desc"]?.string else {
      return nil
    }
    self.errorClass = errorClass.bounded(to: Self.limit)
    self.text = text.bounded(to: Self.limit)
  }

  init(errorClass: String, text: String) {
    self.errorClass = errorClass
    self.text = text
  }
}
