// SPDX-License-Identifier: Apache-2.0
// The sources of the host itself.

import DBusBridge
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

  /// Makes the sources; they watch nothing until `start`, and login1 is looked for on the bus of that connection.
  init(hub: Hub, connection: BusConnection, settings: Settings) {
    links = settings.boolean("links.enabled") ? NetlinkSource(hub: hub, options: settings.netlinkOptions) : nil
    devices = settings.boolean("devices.enabled") ? UdevSource(hub: hub, options: settings.udevOptions) : nil
    login = LoginSource(hub: hub, connection: connection)
    clock = ClockSource(hub: hub)
    usage = UsageSource(hub: hub)
  }

  /// Begins to watch.
  func start() {
    links?.assumeIsolated { $0.start() }
    devices?.assumeIsolated { $0.start() }
    login.assumeIsolated { $0.start() }
    clock.assumeIsolated { $0.start() }
    usage.assumeIsolated { $0.start() }
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
