// SPDX-License-Identifier: Apache-2.0
// BusService: the bus comes and goes.

internal import DBusBridge
internal import DBusTypes
internal import EventLoop
internal import EventModel
internal import Hub

extension BusService {
  func connectionChanged(to state: BusState) {
    guard case .disconnected(let error) = state else { return }
    isNamed = false
    guard wasNamed, lostSince == nil else { return }
    lostSince = .now
    trouble(.sourceDown, state: "down", printable(error?.description ?? "the connection was closed"))
  }

  /// The hub speaks once the name is its own: a hub without its name is invisible, however well connected.
  func nameChanged(_ event: NameEvent) {
    switch event {
    case .acquired: nameAcquired()
    case .lost: isNamed = false
    case .queued:
      trouble(.sourceDegraded, state: "degraded", "another hub owns \(BusService.busName) on this bus")
    case .refused(let error):
      let text = "the bus refuses the name \(BusService.busName): \(printable(error.description))"
      trouble(.sourceDegraded, state: "degraded", text)
    }
  }

  private func nameAcquired() {
    isNamed = true
    drained()
    guard wasNamed else {
      wasNamed = true
      publish(EventDraft(.sourceUp, subject: subject, source: subject, changes: [.state: "up"]))
      return
    }
    let away = lostSince.map { (ContinuousClock.now - $0).seconds } ?? 0
    lostSince = nil
    let reconnects = hub.assumeIsolated { $0.object(subject)?[.reconnects]?.uint } ?? 0
    publish(
      EventDraft(
        .sourceReconnected, subject: subject, source: subject, data: ["seconds": .double(away)],
        changes: [.state: "up", .reconnects: .uint(reconnects + 1)]))
  }

  private func trouble(_ kind: EventKind, state: String, _ text: String) {
    publish(
      EventDraft(
        kind, subject: subject, source: subject, data: ["error": .string(text)],
        changes: [
          .state: .string(state), .lastError: .string(text), .lastErrorTime: .uint(Timestamp.now().unsigned),
        ]))
  }

  private func publish(_ draft: EventDraft) {
    hub.assumeIsolated { _ = $0.publish(draft) }
  }

  /// The bus takes messages again: what was withheld is told.
  func drained() {
    guard isNamed else { return }
    var broadcaster = broadcaster
    connection.assumeIsolated { _ = broadcaster.tellWithheld(on: $0) }
    self.broadcaster = broadcaster
  }

  func beat() {
    guard isNamed else { return }
    let head = hub.assumeIsolated { $0.head }
    let broadcaster = broadcaster
    connection.assumeIsolated { broadcaster.heartbeat(head: head, on: $0) }
  }
}
