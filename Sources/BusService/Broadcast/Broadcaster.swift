// SPDX-License-Identifier: Apache-2.0
// The signals Event, Gap and Heartbeat.

internal import DBusBridge
internal import DBusTypes
internal import EventModel
internal import Hub

/// Sends the signals `Event`, `Gap` and `Heartbeat` to whoever listens, and says what it withheld.
struct Broadcaster {
  static let root: ObjectPath = "/org/vireo/Hub1"

  private(set) var withheld = WithheldEvents()
  private(set) var sent: UInt64 = 0

  /// Sends events, in order; withholds them while an earlier stretch has not been told.
  mutating func broadcast(_ events: [Event], isNamed: Bool, on connection: isolated BusConnection) {
    for place in events.indices { broadcast(events[place], isNamed: isNamed, on: connection) }
  }

  private mutating func broadcast(_ event: Event, isNamed: Bool, on connection: isolated BusConnection) {
    guard isNamed else { return withheld.withhold(event.sequence, because: .busDown) }
    guard !withheld.isWithholding else { return withheld.withhold(event.sequence, because: withheld.reason) }
    let outcome = connection.send(Broadcaster.root, Manager.interfaceName, .event, .event) { signal throws(WireError) in
      try signal.argument(.string(event.kind.rawValue))
      try signal.argument(.objectPath(event.subject.busPath))
      try signal.argument(.uint64(event.sequence))
      try signal.argument(.uint64(event.time.unsigned))
      try signal.beginVariants()
      for entry in event.data { try signal.entry(entry.name, entry.value.bus) }
      try signal.endVariants()
    }
    switch outcome {
    case .queued: sent += 1
    case .withheld: withheld.withhold(event.sequence, because: .busBehind)
    case .notConnected: withheld.withhold(event.sequence, because: .busDown)
    case .rejected:
      withheld.withhold(event.sequence, because: .tooLarge)
      tellWithheld(on: connection)
    }
  }

  /// Tells a stretch that nobody gets; it joins one that has not been told yet.
  mutating func tell(_ gap: PublishedGap, isNamed: Bool, on connection: isolated BusConnection) {
    let isSendable = isNamed && !withheld.isWithholding
    guard !isSendable || connection.send(gapSignal(gap.first, gap.last, gap.reason)) != .queued else { return }
    let reason = isNamed ? WithheldEvents.Reason.busBehind : .busDown
    withheld.withhold(gap.first, because: reason)
    withheld.withhold(gap.last, because: reason)
  }

  /// Tells what was withheld, as soon as the bus takes messages again.
  ///
  /// - Returns: whether it was told now, or there was nothing to tell.
  @discardableResult
  mutating func tellWithheld(on connection: isolated BusConnection) -> Bool {
    guard let stretch = withheld.stretch else { return true }
    guard
      connection.send(gapSignal(stretch.lowerBound, stretch.upperBound, withheld.reason.rawValue)) == .queued
    else { return false }
    withheld.told()
    return true
  }

  /// Tells the newest number, so that a consumer notices when the last events did not reach it.
  func heartbeat(head: UInt64, on connection: isolated BusConnection) {
    guard !withheld.isWithholding else { return }
    _ = connection.send(
      .signal(Broadcaster.root, Manager.interfaceName, "Heartbeat", [.uint64(head)]))
  }

  private func gapSignal(_ first: UInt64, _ last: UInt64, _ reason: String) -> BusMessage {
    .signal(
      Broadcaster.root, Manager.interfaceName, "Gap",
      [.uint64(first), .uint64(last), .text(reason)])
  }
}

extension MemberName {
  fileprivate static let event: MemberName = "Event"
}

extension Signature {
  fileprivate static let event: Signature = "sotta{sv}"
}
