// SPDX-License-Identifier: Apache-2.0
// What can be chosen about the source of devices.

/// What can be chosen about the source of devices.
public struct UdevOptions: Sendable {
  /// The only subsystems to watch; none, the default, means all but the noisy ones.
  public var subsystems: Set<String> = []
  /// Subsystems that are not watched unless `subsystems` names them: parts of the kernel rather than of the machine, and
  /// so many that they hide the rest.
  public var noisySubsystems: Set<String> = [
    "acpi", "bdi", "clockevents", "clocksource", "container", "cpuid", "devlink", "drivers", "event_source", "i2c",
    "machinecheck", "mem", "memory", "memory_tiering", "module", "msr", "node", "platform", "pci_bus", "pnp",
    "powercap", "queues",
    "regulator", "serial-base", "slab", "thermal", "vc", "vtconsole", "wakeup", "workqueue",
  ]
  /// Subsystems of which only those devices are watched that are not virtual.
  public var noisyVirtualSubsystems: Set<String> = ["graphics", "input", "misc", "tty"]
  /// Bytes of the sockets' receive buffers; default 128 MiB, since a card can bring hundreds of devices at once.
  ///
  /// The kernel uses memory only for what waits.
  public var receiveBuffer = 128 << 20
  /// Datagrams that are read in one turn of the loop; default 32.
  public var datagramsPerTurn = 32
  /// How long udevd may take for an event before the kernel's own word is published; default 30 s.
  public var patience = Duration.seconds(30)
  /// How often it is looked whether udevd is there while it is not; default 2 s.
  public var lookInterval = Duration.seconds(2)
  /// What one host may cost.
  public var limits = UdevLimits()

  /// The defaults.
  public init() {}
}

/// The limits of the source of devices; what is beyond one is left out, and the source says so.
public struct UdevLimits: Sendable {
  /// Devices; default 65,536.
  public var devices = 65_536
  /// Properties of one device; default 256.
  public var properties = 256
  /// Bytes of the name of a property or a device; default 128.
  public var nameBytes = 128
  /// Bytes of a path or of the value of a property; default 1024.
  public var valueBytes = 1024
  /// Bytes of all properties of one device; default 16 KiB.
  public var deviceBytes = 16 << 10
  /// Events of the kernel that wait for udevd's; default 8192.
  public var pendingEvents = 8192
  /// Bytes read of a file in sysfs; default 4096, which is all that such a file has.
  public var attributeBytes = 4096

  /// The defaults.
  public init() {}
}
