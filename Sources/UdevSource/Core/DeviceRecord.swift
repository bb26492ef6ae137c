// SPDX-License-Identifier: Apache-2.0
// A device as the kernel and udev tell it.

import EventModel
import Hub

/// A device as the kernel and udev tell it: its path and its properties, bounded and printable.
struct DeviceRecord: Equatable, Sendable {
  /// The path in sysfs, with `/sys`.
  var path: String
  var properties: [String: String]
  /// What the files of its directory in sysfs say, by the names of `Capability.attributes`; nil when nobody looked.
  var attributes: [String: String]?
  /// Whether it was taken out of service.
  var isOffline = false

  var subsystem: String { properties["SUBSYSTEM"] ?? "" }
  var deviceType: String { properties["DEVTYPE"] ?? "" }
  var node: String { properties["DEVNAME"] ?? "" }
  var driver: String { properties["DRIVER"] ?? "" }
  var capability: Capability? { Capability(properties) }

  /// The kernel's name of the device: the last part of its path, in which `!` stands for `/`.
  var name: String {
    String(path[(path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex)...].map { $0 == "!" ? "/" : $0 })
  }

  /// `offline`, `bound` to a driver, or just `present`.
  var state: String { isOffline ? "offline" : driver.isEmpty ? "present" : "bound" }

  /// What is kept whatever else there is too much of.
  private static let essential: Set<String> = [
    "ACTION", "DEVPATH", "DEVPATH_OLD", "SUBSYSTEM", "SEQNUM", "DEVTYPE", "DEVNAME", "DRIVER",
  ]

  /// A device from properties; nil when they have no path.
  ///
  /// What is beyond the limits is left out, in the order of the names, so that it is always the same.
  init?(_ pairs: some Sequence<(name: String, value: String)>, limits: UdevLimits) {
    var properties: [String: String] = [:]
    var bytes = 0
    let ordered = pairs.sorted {
      let (left, right) = (Self.essential.contains($0.name), Self.essential.contains($1.name))
      return left == right ? $0.name < $1.name : left
    }
    for (name, value) in ordered.prefix(limits.properties) {
      let name = OutsideText.printable(name, limit: limits.nameBytes)
      let value = Self.normalized(name, OutsideText.printable(value, limit: limits.valueBytes))
      bytes += name.utf8.count + value.utf8.count
      guard bytes <= limits.deviceBytes else { break }
      properties[name] = value
    }
    guard let path = properties["DEVPATH"], path.hasPrefix("/") else { return nil }
    self.path = "/sys" + path
    self.properties = properties
  }

  init(path: String, properties: [String: String]) {
    self.path = path
    self.properties = properties
  }

  /// Lists in properties are sets, whose order says nothing and changes.
  private static func normalized(_ name: String, _ value: String) -> String {
    switch name {
    case "DEVLINKS": value.split(separator: " ").sorted().joined(separator: " ")
    case "TAGS", "CURRENT_TAGS": ":" + value.split(separator: ":").sorted().joined(separator: ":") + ":"
    default: value
    }
  }
}

/// Properties that are about an event and not about the device.
enum EventProperty {
  private static let names: Set<String> = [
    "ACTION", "SEQNUM", "DEVPATH_OLD", "SYNTH_UUID", "USEC_INITIALIZED", "UDEV_WORKER_FAILED", "DISK_MEDIA_CHANGE",
    "DISK_EJECT_REQUEST", "SDEV_MEDIA_CHANGE", "SDEV_UA", "RESIZE", "HOTPLUG", "CONNECTOR", "PROPERTY", "LEASE",
    "COLDPLUG", "DM_COOKIE", "DM_UDEV_RULES_VSN",
  ]
  /// Those whose every change is told with the event that brought it.
  private static let silent: Set<String> = [
    "ACTION", "SEQNUM", "DEVPATH_OLD", "SYNTH_UUID", "USEC_INITIALIZED", "UDEV_WORKER_FAILED",
  ]

  /// Whether a property belongs to an event alone.
  static func isTransient(_ name: String) -> Bool { names.contains(name) || name.hasPrefix("SYNTH_ARG_") }

  /// Whether a property of an event is worth telling.
  static func isTold(_ name: String) -> Bool { !silent.contains(name) }
}
