// SPDX-License-Identifier: Apache-2.0
// A real QEMU with something in it, watched by the hub and by the test at the same time.

import EventModel
import Hub
import QEMUSource
import TestSupport
import Testing

/// A real QEMU that dials the hub; what the test's own monitor hears, the hub must have published.
struct RealMachine {
  let hub: LiveSource
  let qemu: TestQEMU
  let subject: Subject
  private let seenBefore: Int
  private let publishedBefore: Int

  /// Starts one and waits until the hub knows it well.
  init(
    _ name: String = "web", machine: String = "none", paused: Bool = false, hub: LiveSource? = nil,
    _ arguments: [String] = []
  ) async throws {
    let hub = if let hub { hub } else { try await LiveSource() }
    self.hub = hub
    qemu = try await TestQEMU(
      .init(
        name: name, machine: machine, startsPaused: paused, monitors: [.dials(hub.socket, id: "vireo")],
        arguments: arguments))
    subject = Subject(.vm, name)
    try await hub.settled(name)
    // A round trip on the test's own monitor: every event before it is here.
    try await qemu.execute("query-status")
    seenBefore = qemu.events.count
    publishedBefore = hub.events.count
  }

  /// The events that were published about the machine since the beginning.
  var published: [Event] { hub.events.all[publishedBefore...].filter { $0.subject == subject } }

  /// Their kinds.
  var kinds: [EventKind] { published.map(\.kind) }

  /// Waits for an event of the machine.
  @discardableResult
  func event(_ kind: EventKind, where matches: @escaping @Sendable (Event) -> Bool = { _ in true }) async throws
    -> Event
  {
    try await hub.event(kind, from: publishedBefore) { [subject] in $0.subject == subject && matches($0) }
  }

  /// Does something again and again until an event follows: the firmware must have set a port up before it does anything.
  @discardableResult
  func provoke(_ kind: EventKind, by action: @Sendable () async throws -> Void) async throws -> Event {
    let deadline = ContinuousClock.now + Patience.standard
    while ContinuousClock.now < deadline {
      try await action()
      let place = publishedBefore
      let found = try? await hub.events.first(kind.rawValue, from: place, within: .milliseconds(300)) { [subject] in
        $0.subject == subject && $0.kind == kind
      }
      if let found { return found }
    }
    return try await event(kind)
  }

  /// Each event that QEMU sent was published as its kind, with its time and its data, in QEMU's order.
  func agrees() async throws {
    // A round trip: what QEMU sent before is here.
    try await qemu.execute("query-status")
    let sent = Array(qemu.events.all[seenBefore...])
    let (subject, place) = (subject, publishedBefore)
    let live = try await hub.events.until("\(sent.count) live events") { events in
      events[place...].filter { $0.subject == subject && $0.origin == .live }.count >= sent.count
    }[publishedBefore...].filter { $0.subject == subject && $0.origin == .live }
    for (event, original) in zip(live, sent) {
      let row = try #require(QMPEventTable.definition(of: original.name))
      #expect(row.kinds.contains(event.kind), "\(original.name) became \(event.kind.rawValue)")
      let stamp = try #require(try TestJSON(parsing: original.line)["timestamp"])
      #expect(event.time.microseconds == (stamp["seconds"]?.int ?? 0) * 1_000_000 + (stamp["microseconds"]?.int ?? 0))
      #expect(event.raw == nil, "\(original.name) is read without loss")
      for field in row.fields {
        guard case .string = field.type, field.parent == nil, let text = original.data[field.name]?.string else {
          continue
        }
        #expect(event.data[field.field] == .string(text))
      }
    }
    let rejected = hub.events.all.filter { $0.kind == .sourceRejected }
    #expect(rejected.isEmpty)
  }
}
