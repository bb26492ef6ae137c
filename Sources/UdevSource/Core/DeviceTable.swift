// SPDX-License-Identifier: Apache-2.0
// The devices as they are known, and what each event changes about them.

/// The devices as they are known: each event put in gives what it changed.
struct DeviceTable {
  private let limits: UdevLimits
  private(set) var devices: [String: DeviceRecord] = [:]
  private var isFull = false

  init(limits: UdevLimits) { self.limits = limits }

  /// Whether devices were left out since it was last asked.
  mutating func takeExcess() -> Bool {
    defer { isFull = false }
    return isFull
  }

  /// The path of the nearest device above another; empty when there is none.
  func parent(of path: String) -> String {
    var rest = path[...]
    while let slash = rest.lastIndex(of: "/"), slash > rest.startIndex {
      rest = rest[..<slash]
      if devices[String(rest)] != nil { return String(rest) }
    }
    return ""
  }

  /// Takes what an earlier run knew.
  mutating func restore(_ device: DeviceRecord) {
    if devices.count < limits.devices { devices[device.path] = device }
  }

  /// Takes an event.
  mutating func apply(_ event: UdevEvent) -> [DeviceChange] {
    let path = event.device.path
    switch event.action {
    case .remove: return remove(path, last: event.device)
    case .move where !event.oldPath.isEmpty && event.oldPath != path: return move(event)
    default: break
    }
    guard let old = devices[path] else { return add(event.device) }
    var device = event.device
    device.attributes = old.attributes
    device.isOffline = event.action == .offline || old.isOffline && event.action != .online
    devices[path] = device
    var difference = PropertyDifference(from: old.properties, to: device.properties)
    difference.now.merge(event.details) { $1 }
    switch event.action {
    case .bind: return [.bound(device, difference)]
    case .unbind: return [.unbound(device, difference)]
    case .online: return [.online(device, difference)]
    case .offline: return [.offline(device, difference)]
    // A second coming, as `udevadm trigger` makes, is a change of the device that is there.
    case .add, .change, .move, .remove: return [.changed(device, difference)]
    case .other(let action):
      difference.now["ACTION"] = action
      return [.changed(device, difference)]
    }
  }

  private mutating func add(_ device: DeviceRecord) -> [DeviceChange] {
    guard devices.count < limits.devices else {
      isFull = true
      return []
    }
    devices[device.path] = device
    return [.added(device)]
  }

  private mutating func remove(_ path: String, last: DeviceRecord) -> [DeviceChange] {
    guard var known = devices.removeValue(forKey: path) else { return [] }
    known.properties.merge(last.properties) { old, new in new.isEmpty ? old : new }
    return [.removed(known)]
  }

  /// A device has another path, and all below it too: the kernel says so only of the device itself.
  private mutating func move(_ event: UdevEvent) -> [DeviceChange] {
    guard let old = devices.removeValue(forKey: event.oldPath) else { return add(event.device) }
    var device = event.device
    device.attributes = old.attributes
    devices[device.path] = device
    var changes: [DeviceChange] = [.moved(device, from: old, isOwn: true)]
    let prefix = event.oldPath + "/"
    for path in devices.keys.filter({ $0.hasPrefix(prefix) }).sorted() {
      guard let child = devices.removeValue(forKey: path) else { continue }
      var moved = child
      moved.path = device.path + path.dropFirst(event.oldPath.count)
      moved.properties["DEVPATH"] = String(moved.path.dropFirst("/sys".count))
      devices[moved.path] = moved
      changes.append(.moved(moved, from: child, isOwn: false))
    }
    return changes
  }

  /// Takes what the files of sysfs say about a device.
  mutating func learn(_ attributes: [String: String], about path: String) -> [DeviceChange] {
    guard var device = devices[path], device.attributes != attributes else { return [] }
    device.attributes = attributes
    devices[path] = device
    return [.learned(device)]
  }

  /// Compares with a list of all devices, all but those that events told of since it was begun: they are newer.
  mutating func reconcile(_ listed: [DeviceRecord], touched: Set<String>) -> [DeviceChange] {
    var changes: [DeviceChange] = []
    let paths = Set(listed.map(\.path))
    // Children before their parents, as the kernel removes them.
    for path in devices.keys.sorted(by: >) where !paths.contains(path) && !touched.contains(path) {
      if let gone = devices.removeValue(forKey: path) { changes.append(.removed(gone)) }
    }
    for device in listed.sorted(by: { $0.path < $1.path }) where !touched.contains(device.path) {
      guard let old = devices[device.path] else {
        changes += add(device)
        continue
      }
      var new = device
      new.isOffline = old.isOffline
      devices[device.path] = new
      let difference = PropertyDifference(from: old.properties, to: new.properties)
      if !difference.isEmpty {
        changes.append(.changed(new, difference))
      } else if old.attributes != new.attributes {
        changes.append(.learned(new))
      }
    }
    return changes
  }
}
