// SPDX-License-Identifier: Apache-2.0
// What can happen to devices.

/// One thing that happened to a device.
enum DeviceChange: Equatable {
  case added(DeviceRecord)
  /// With what was known last: udev itself knows nothing any more.
  case removed(DeviceRecord)
  case changed(DeviceRecord, PropertyDifference)
  case bound(DeviceRecord, PropertyDifference)
  case unbound(DeviceRecord, PropertyDifference)
  case moved(DeviceRecord, from: DeviceRecord, isOwn: Bool)
  case online(DeviceRecord, PropertyDifference)
  case offline(DeviceRecord, PropertyDifference)
  /// What sysfs says was read.
  case learned(DeviceRecord)
}

/// How the properties of a device differ from those before.
struct PropertyDifference: Equatable {
  /// What is new or has another value.
  var now: [String: String] = [:]
  /// What it was before, or what is gone.
  var before: [String: String] = [:]

  var isEmpty: Bool { now.isEmpty && before.isEmpty }

  init(from old: [String: String] = [:], to new: [String: String] = [:]) {
    for (name, value) in new where old[name] != value { now[name] = value }
    for (name, value) in old where new[name] != value { before[name] = value }
  }
}
