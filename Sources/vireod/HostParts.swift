// SPDX-License-Identifier: Apache-2.0
// The sources of the host itself.

import DBusBridge
import EventLoop
import EventModel
import HostSource
import Hub
import NetlinkSource
import Settings
import UdevSource
import UsageSource

/// The sources of the host itself, those that the configuration wants; all used on the loop alone.
struct HostParts {
  private let links: NetlinkSource?
  private let devices: UdevSource?
  private let login: LoginSource
  private let clock: ClockSource
  private let usage: UsageSource
  private let hub: Hub

  /// Makes the sources; they watch nothing until `start`, and login1 is looked for on the bus of that connection.
  init(hub: Hub, connection: BusConnection, settings: Settings) {
    self.hub = hub
    links = settings.boolean("links.enabled") ? NetlinkSource(hub: hub, options: settings.netlinkOptions) : nil
    devices = settings.boolean("devices.enabled") ? UdevSource(hub: hub, options: settings.udevOptions) : nil
    login = LoginSource(hub: hub, connection: connection)
    clock = ClockSource(hub: hub)
    usage = UsageSource(hub: hub)
  }

  /// Begins to watch.
  func start() {
    if links == nil { forget(.link) }
    if devices == nil { forget(.device) }
    links?.assumeIsolated { $0.start() }
    devices?.assumeIsolated { $0.start() }
    login.assumeIsolated { $0.start() }
    clock.assumeIsolated { $0.start() }
    usage.assumeIsolated { $0.start() }
  }

  /// Takes away what an earlier run knew and nobody watches any more; nothing happened to it, so it is no event.
  private func forget(_ category: Subject.Category) {
    hub.assumeIsolated { hub in for object in hub.objects(category) { hub.removeObject(object.subject) } }
  }

  /// Ends the watch.
  func stop() {
    links?.assumeIsolated { $0.stop() }
    devices?.assumeIsolated { $0.stop() }
    login.assumeIsolated { $0.stop() }
    clock.assumeIsolated { $0.stop() }
    usage.assumeIsolated { $0.stop() }
  }
}

extension Settings {
  /// What the settings say about links.
  fileprivate var netlinkOptions: NetlinkOptions {
    var options = NetlinkOptions()
    options.watchesNeighbours = boolean("links.neighbours")
    return options
  }

  /// What the settings say about devices.
  fileprivate var udevOptions: UdevOptions {
    var options = UdevOptions()
    options.subsystems = Set(list("devices.subsystems"))
    return options
  }
}
