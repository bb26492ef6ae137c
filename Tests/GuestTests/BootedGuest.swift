// SPDX-License-Identifier: Apache-2.0
// A guest that was booted once for all tests, what the hub saw of it, and its state since, to begin with.

import EventModel
import Foundation
import TestSupport

/// A guest that was booted once, while a hub watched, and saved when its agent had told everything.
struct BootedGuest: Sendable {
  /// The hub that watched it.
  let hub: Watcher
  /// The file with its state.
  let saved: String

  /// Boots the guest at the first call; all others get the same.
  static func shared() async throws -> BootedGuest { try await booting.value }

  private static let booting = Task { () async throws -> BootedGuest in
    let hub = try await Watcher()
    let guest = try await LinuxGuest(monitor: hub.monitorSocket, agent: hub.agentSocket)
    for kind in [EventKind.vmAgentConnected, .vmPortOpened, .vmGuestHostname, .vmGuestOS] { try await hub.event(kind) }
    try await hub.event(.vmGuestAddresses) { $0.data["addresses"]?.list?.contains("10.9.8.1/24") == true }
    let saved = hub.directory.file("saved")
    try await guest.save(to: saved)
    try await hub.event(.vmStatePostmigrate)
    try await guest.qemu.quit()
    try await hub.event(.vmStopped)
    return BootedGuest(hub: hub, saved: saved)
  }
}
