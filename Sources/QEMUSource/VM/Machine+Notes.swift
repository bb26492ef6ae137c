// SPDX-License-Identifier: Apache-2.0
// What a machine remembers of its events: for its end, and for its object.

import EventModel

extension Machine {
  /// Remembers what may explain the machine's end, or the state that comes next.
  func note(_ event: QMPEvent, _ fields: Fields) {
    switch event.name {
    case "SHUTDOWN":
      facts.shutdownReason = fields["reason"]?.string ?? ""
      facts.shutdownByGuest = fields["guest"]?.bool ?? false
      reason = fields["reason"]?.string ?? ""
    case "RESET", "RESUME":
      // Whatever it was about to do, it goes on.
      facts = StopFacts()
      reason = ""
    case "GUEST_PANICKED":
      facts.panicked = true
      reason = "guest panicked"
    case "WATCHDOG": reason = "watchdog, action \(fields["action"]?.string ?? "unknown")"
    case "BLOCK_IO_ERROR" where fields["action"] == "stop":
      let place =
        [fields["device"]?.string, fields["nodeName"]?.string].compactMap { $0 }.first { !$0.isEmpty } ?? "a disk"
      reason = "\(place): \(fields["reason"]?.string ?? "disk error")"
    case "STOP" where state.state == .paused: reason = ""
    case "MIGRATION":
      // What comes in ends here with "completed" too.
      if state.state != .inmigrate { facts.migration = fields["status"]?.string }
    default: break
    }
  }

  /// What changes on the machine's object with an event of that kind.
  func changes(for kind: EventKind, _ fields: Fields) -> PropertyChanges {
    switch kind {
    case .vmMemoryBalloon: fields["actual"].map { [.balloon: $0] } ?? [:]
    case .vmMigrationStatus: fields["status"].map { [.migration: $0] } ?? [:]
    default: [:]
    }
  }
}
