// SPDX-License-Identifier: Apache-2.0
// The sources of the host itself.

import Hub
import NetlinkSource
import Settings

/// The sources of the host itself, those that the configuration wants; all used on the loop alone.
struct HostParts {
  private let links: NetlinkSource?

  /// Makes the sources; they watch nothing until `start`.
  init(hub: Hub, settings: Settings) {
    links = settings.boolean("links.enabled") ? NetlinkSource(hub: hub, options: settings.netlinkOptions) : nil
  }

  /// Begins to watch.
  func start() {
    links?.assumeIsolated { $0.start() }
  }

  /// Ends the watch.
  func stop() {
    links?.assumeIsolated { $0.stop() }
  }
}

extension Settings {
  /// What the settings say about links.
  fileprivate var netlinkOptions: NetlinkOptions {
    var options = NetlinkOptions()
    options.watchesNeighbours = boolean("links.neighbours")
    return options
  }
}
