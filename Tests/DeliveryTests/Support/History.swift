// SPDX-License-Identifier: Apache-2.0
// The history as GetEvents tells it.

import DBusBridge
import DBusTypes
import Testing

/// An event as `GetEvents` gives it.
struct PastEvent: Hashable, Sendable {
  let sequence: UInt64
  /// In microseconds since the epoch.
  let recorded: UInt64
  let kind: String
  let origin: String
  let subject: String
  let data: BusValue

  init?(_ value: BusValue) {
    guard let fields = value.structure, fields.count == 9, let sequence = fields[0].uint64,
      let recorded = fields[2].uint64, let kind = fields[3].string, let origin = fields[5].string,
      let subject = fields[6].objectPath
    else { return nil }
    (self.sequence, self.recorded, self.kind, self.origin) = (sequence, recorded, kind, origin)
    self.subject = subject.rawValue
    data = fields[8]
  }
}

extension Client {
  /// One page of the history, and the head that came with it.
  func page(
    after: UInt64, max: UInt32 = 0, kinds: [String] = [], subject: String = ""
  ) async throws(BusError) -> (events: [PastEvent], head: UInt64) {
    let reply = try await call("GetEvents", .uint64(after), .uint32(max), .strings(kinds), .string(subject))
    return ((reply.body[0].array ?? []).compactMap { PastEvent($0) }, reply.body[1].uint64 ?? 0)
  }

  /// Everything from after a number through another that passes a filter.
  func history(
    after: UInt64, through end: UInt64, kinds: [String] = [], subject: String = ""
  ) async throws -> [PastEvent] {
    var (all, next) = ([PastEvent](), after)
    while next < end {
      let (events, head) = try await page(after: next, kinds: kinds, subject: subject)
      all += events.filter { $0.sequence <= end }
      // An empty page always means the end.
      next = events.last?.sequence ?? max(head, end)
    }
    return all
  }

  /// A property of the Manager.
  func number(_ property: String) async throws -> UInt64 {
    let message = BusMessage.call(
      Subscriber.hub, Subscriber.root, "org.freedesktop.DBus.Properties", "Get",
      [.string(Subscriber.manager.rawValue), .string(property)])
    return try #require(try await bus.call(message).body.first?.variant?.uint64)
  }
}
