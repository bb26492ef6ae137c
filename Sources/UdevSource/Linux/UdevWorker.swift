// SPDX-License-Identifier: Apache-2.0
// FENCE: libudev's enumeration and the files of sysfs, off the loop.

private import CUdev
private import Dispatch

/// Lists devices and reads what sysfs says about them, one after the other, on a thread that may wait for a driver.
///
/// Threading: every function from any thread; completions come on the worker's thread.
struct UdevWorker: Sendable {
  private let queue = DispatchQueue(label: "udev")
  private let filter: SubsystemFilter
  private let limits: UdevLimits

  init(_ options: UdevOptions) {
    filter = SubsystemFilter(options)
    limits = options.limits
  }

  /// Lists all devices that are watched, with what sysfs says about them.
  func list(completion: @escaping @Sendable (Result<[DeviceRecord], UdevError>) -> Void) {
    queue.async { completion(Result { () throws(UdevError) in try enumerate() }) }
  }

  /// Reads what sysfs says about devices.
  func attributes(
    of devices: [(path: String, capability: Capability)],
    completion: @escaping @Sendable ([String: [String: String]]) -> Void
  ) {
    queue.async {
      var attributes: [String: [String: String]] = [:]
      for (path, capability) in devices {
        attributes[path] = SysfsReader.attributes(capability, of: path, limits: limits)
      }
      completion(attributes)
    }
  }

  private func enumerate() throws(UdevError) -> [DeviceRecord] {
    guard let context = unsafe udev_new() else { throw UdevError("udev_new") }
    defer { unsafe udev_unref(context) }
    guard let enumeration = unsafe udev_enumerate_new(context) else { throw UdevError("udev_enumerate_new") }
    defer { unsafe udev_enumerate_unref(enumeration) }
    for subsystem in filter.list ?? [] { unsafe udev_enumerate_add_match_subsystem(enumeration, subsystem) }
    let result = unsafe udev_enumerate_scan_devices(enumeration)
    guard result >= 0 else { throw UdevError("udev_enumerate_scan_devices", errorNumber: -result) }
    var devices: [DeviceRecord] = []
    var entry = unsafe udev_enumerate_get_list_entry(enumeration)
    while let current = unsafe entry, devices.count < limits.devices {
      // A device that went meanwhile gives nil; its removal is told by an event.
      if let path = unsafe udev_list_entry_get_name(current),
        let device = unsafe udev_device_new_from_syspath(context, path)
      {
        if let record = unsafe record(device) { devices.append(record) }
        unsafe udev_device_unref(device)
      }
      unsafe entry = udev_list_entry_get_next(current)
    }
    return devices
  }

  private func record(_ device: OpaquePointer) -> DeviceRecord? {
    guard var record = DeviceRecord(unsafe UdevDevice.properties(device), limits: limits), filter.admits(record)
    else { return nil }
    record.properties = record.properties.filter { !EventProperty.isTransient($0.key) }
    record.attributes = record.capability.map { SysfsReader.attributes($0, of: record.path, limits: limits) } ?? [:]
    return record
  }
}
