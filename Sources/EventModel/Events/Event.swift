// SPDX-License-Identifier: Apache-2.0
// One record of the stream.

/// One record of the stream.
public struct Event: Hashable, Sendable {
  /// The number of the event; one higher than that of the event before it, never used twice.
  public var sequence: UInt64
  /// When it happened, by the source's clock where it has one.
  public var time: Timestamp
  /// When the hub recorded it.
  public var recorded: Timestamp
  /// What happened.
  public var kind: EventKind
  /// How much it matters.
  public var severity: Severity
  /// How the hub came to know of it.
  public var origin: Origin
  /// What it is about.
  public var subject: Subject
  /// The subject's own name at that time; may be empty.
  public var name: String
  /// What fed it.
  public var source: Subject
  /// What is known about it, with the state of the subject after it.
  public var data: Fields
  /// The text that the source gave, where it gave text.
  public var raw: String?

  /// An event from its parts.
  public init(
    sequence: UInt64, time: Timestamp, recorded: Timestamp, kind: EventKind, severity: Severity, origin: Origin,
    subject: Subject, name: String, source: Subject, data: Fields, raw: String? = nil
  ) {
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

  /// About how many bytes of memory the event holds; what bounds on queues are counted in.
  public var footprint: Int { Event.footprint(name: name, data: data, raw: raw) }

  /// The same from its parts: to take a whole event out of an array costs more than the answer.
  package static func footprint(name: String, data: Fields, raw: String?) -> Int {
    160 + name.utf8.count + data.footprint + (raw?.utf8.count ?? 0)
  }
}
