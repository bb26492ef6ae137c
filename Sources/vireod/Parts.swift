// SPDX-License-Identifier: Apache-2.0
// What the daemon is made of.

import BusService
import DBusBridge
import EventLoop
import EventModel
import Foundation
import Glibc
import Hub
import Logging
import Settings

/// What the daemon is made of: the log, the hub, its faces and its sources.
struct Parts: Sendable {
  private let hub: Hub
  private let log: any EventLog
  private let connection: BusConnection
  private let bus: BusService

  init(loop: EventLoop, settings: Settings, address: BusAddress, logger: Logger) throws {
    log = MemoryLog()
    hub = Hub(loop: loop, log: log)
    connection = BusConnection(address: address, loop: loop)
    bus = BusService(
      hub: hub, connection: connection,
      identity: HubIdentity(version: vireoVersion, hostname: Directories.hostname))
    hub.assumeIsolated { $0.addSink(LogSink(logger: logger)) }
  }

  /// Begins all parts, on the loop: first the hub says that it is there, then its faces, then what feeds it.
  func start(settings: Settings) {
    hub.assumeIsolated { $0.start(version: vireoVersion, processID: UInt32(getpid())) }
    bus.assumeIsolated { $0.start() }
  }

  /// Ends all parts in order, on the loop; calls back when the last event is in the log.
  func stop(reason: String, completion: @escaping @Sendable () -> Void) {
    hub.assumeIsolated { hub in
      hub.publish(EventDraft(.hubStopping, subject: .hub, source: .hub, data: ["reason": .string(reason)]))
      hub.whenIdle {
        bus.assumeIsolated { $0.stop() }
        log.close(completion: completion)
      }
    }
  }

  /// Puts a new configuration into force, on the loop.
  func apply(_ settings: Settings) {
  }

  /// Publishes an event of the daemon's own, on the loop.
  func tell(_ draft: EventDraft) {
    hub.assumeIsolated { _ = $0.publish(draft) }
  }
}
