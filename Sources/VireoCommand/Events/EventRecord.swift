// SPDX-License-Identifier: Apache-2.0
// An event as the hub tells it to a client.

public import EventModel

/// An event as the hub tells it to a client.
///
/// It is not an `Event`: the hub at the other end may be newer than this tool and know kinds that this one does not. What
/// the tool does not know it passes on.
public struct EventRecord: Hashable, Sendable {
  /// The line of JSON that it came in, without its end.
  public let line: String
  /// Whose sequence it has.
  public let instance: InstanceID?
  /// Its number.
  public let sequence: UInt64
  /// When it happened.
  public let time: Timestamp
  /// When the hub recorded it.
  public let recorded: Timestamp
  /// What happened, by its dotted name.
  public let kind: String
  /// How much it matters; what the tool does not know counts as `info`.
  public let severity: Severity
  /// How the hub came to know of it.
  public let origin: String
  /// The object path of what it is about.
  public let subject: String
  /// The subject's own name; may be empty.
  public let name: String
  /// The object path of what fed it.
  public let source: String
  /// What is known about it.
  public let data: Fields
  /// The text that the source gave.
  public let raw: String?

  /// An event from its parts.
  public init(
    line: String, instance: InstanceID?, sequence: UInt64, time: Timestamp, recorded: Timestamp, kind: String,
    severity: Severity, origin: String, subject: String, name: String, source: String, data: Fields, raw: String?
  ) {
    self.line = line
    self.instance = instance
    self.sequence = sequence
    self.time = time
    self.recorded = recorded
    self.kind = kind
    self.severity = severity
    self.origin = origin
    self.subject = subject
    self.name = name
    self.source = source
    self.data = data
    self.raw = raw
  }

  /// The category of the subject: `vm`, `link`, …; `hub` for the hub itself.
  public var category: String {
    let rest = subject.dropFirst(Subject.root.count).split(separator: "/")
    return rest.first.map(String.init) ?? "hub"
  }

  /// The subject's key, which its path was made from: a UUID, a syspath, an index.
  public var key: String { Subject(objectPath: subject)?.key ?? String(subject.split(separator: "/").last ?? "") }

  /// The name to show: the subject's own, else its key, else `hub`.
  public var label: String {
    if !name.isEmpty { return name }
    return category == "hub" ? "hub" : key
  }

  /// The cursor that says that this event was seen.
  public var cursor: Cursor? { instance.map { Cursor(instance: $0, sequence: sequence) } }
}

/// A stretch that may be missing, as the tool tells it.
public struct GapRecord: Hashable, Sendable {
  /// The first number that is missing; nil when the numbers are not known.
  public var first: UInt64?
  /// The last number that is missing.
  public var last: UInt64?
  /// Why: `retention`, `never-logged`, `journal-replaced`, or what the hub says.
  public var reason: String

  /// A gap.
  public init(first: UInt64?, last: UInt64?, reason: String) {
    self.first = first
    self.last = last
    self.reason = reason
  }
}

/// What comes in a stream of events.
public enum StreamItem: Hashable, Sendable {
  /// An event.
  case event(EventRecord)
  /// A stretch that may be missing.
  case gap(GapRecord)
}
