// SPDX-License-Identifier: Apache-2.0
// Which devices are watched.

/// Which devices are watched.
struct SubsystemFilter: Sendable {
  private let only: Set<String>
  private let noisy: Set<String>
  private let noisyVirtual: Set<String>

  init(_ options: UdevOptions) {
    only = options.subsystems
    noisy = options.noisySubsystems
    noisyVirtual = options.noisyVirtualSubsystems
  }

  /// The subsystems that the kernel may filter by; nil when it takes more than a list.
  var list: Set<String>? { only.isEmpty ? nil : only }

  /// Whether a device is watched.
  func admits(path: String, subsystem: String) -> Bool {
    guard only.isEmpty else { return only.contains(subsystem) }
    // What has no subsystem is a directory rather than a device.
    guard !subsystem.isEmpty, !noisy.contains(subsystem) else { return false }
    return !(noisyVirtual.contains(subsystem) && path.hasPrefix("/sys/devices/virtual/"))
  }

  func admits(_ device: DeviceRecord) -> Bool { admits(path: device.path, subsystem: device.subsystem) }
}
