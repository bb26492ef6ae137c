// SPDX-License-Identifier: Apache-2.0
// What the daemon is made of.

import BusService
import DBusBridge
import EventLoop
import EventModel
import Foundation
import Glibc
import HostSource
import Hub
import Journal
import Logging
import QEMUSource
import Settings
import StreamService

/// What the daemon is made of: the log, the hub, its faces and its sources; all used on the loop alone.
struct Parts {
  private let logger: Logger
  private let hub: Hub
  private let journal: Journal
  private let desk: DeliveryDesk
  private let bus: BusService
  private let clients: StreamService?
  private let host: HostParts
  private let machines: QEMUSource
  private var configuredMachines = ConfiguredMachines()

  /// Makes all parts; nothing is watched and nobody is told anything until `start`.
  init(loop: EventLoop, settings: Settings, address: BusAddress, logger: Logger) throws {
    self.logger = logger
    journal = try Parts.openJournal(settings)
    hub = Hub(loop: loop, log: journal)
    desk = DeliveryDesk(hub: hub, limits: settings.deliveryLimits)
    let connection = BusConnection(address: address, loop: loop)
    bus = BusService(
      hub: hub, desk: desk, connection: connection,
      identity: HubIdentity(version: Release.version, hostname: Directories.hostname),
      acknowledgementTimeout: settings.duration("subscriptions.ack-timeout"))
    clients = settings.streamOptions.map { [hub, desk] options in
      StreamService(hub: hub, desk: desk, options: options, identity: ServiceIdentity(version: Release.version))
    }
    host = HostParts(hub: hub, connection: connection, settings: settings)
    machines = try QEMUSource(
      hub: hub, options: settings.qemuOptions, units: SystemdUnits(connection: connection))
    let metrics = DaemonMetrics(loop: loop)
    hub.assumeIsolated { [journal] hub in
      hub.addSink(LogSink(logger: logger))
      hub.addMetrics { journal.metrics.families }
      hub.addMetrics { metrics.families }
    }
  }

  private static func openJournal(_ settings: Settings) throws -> Journal {
    _ = try Directories.make(settings.text("state-directory"), mode: 0o750)
    do throws(JournalError) {
      return try Journal(settings.journalOptions)
    } catch {
      throw StartError(ExitStatus(error), "\(error)")
    }
  }

  /// Begins all parts: first the hub says that it is there, then its faces, then what feeds it.
  mutating func start(settings: Settings) {
    desk.assumeIsolated { $0.start() }
    hub.assumeIsolated { $0.start(version: Release.version, processID: UInt32(getpid())) }
    bus.assumeIsolated { $0.start() }
    clients?.assumeIsolated { $0.start() }
    host.start()
    machines.assumeIsolated { $0.start() }
    apply(settings)
  }

  /// Ends all parts in order; calls back when the last event is in the log.
  func stop(reason: String, completion: @escaping @Sendable () -> Void) {
    host.stop()
    machines.assumeIsolated { $0.stop() }
    let (bus, clients, journal) = (bus, clients, journal)
    hub.assumeIsolated { hub in
      hub.publish(EventDraft(.hubStopping, subject: .hub, source: .hub, data: ["reason": .string(reason)]))
      hub.whenIdle {
        bus.assumeIsolated { $0.stop() }
        clients?.assumeIsolated { $0.stop() }
        journal.close(completion: completion)
      }
    }
  }

  /// Puts a new configuration into force.
  mutating func apply(_ settings: Settings) {
    machines.assumeIsolated { $0.setRetention(settings.duration("vm.keep-stopped")) }
    configuredMachines.apply(settings.monitors, to: machines, logger: logger)
  }

  /// Publishes an event of the daemon's own.
  func tell(_ draft: EventDraft) {
    hub.assumeIsolated { _ = $0.publish(draft) }
  }
}
