// SPDX-License-Identifier: Apache-2.0
// The properties that each category of object has: the list behind the bus interfaces, their XML and the manual.

/// A property that the objects of a category have.
public struct PropertyDefinition: Sendable {
  /// How a change of a property is told on the bus (the annotation EmitsChangedSignal of the D-Bus specification).
  public enum Emission: String, Sendable {
    /// The signal carries the new value.
    case value = "true"
    /// The value never changes while the object lives.
    case constant = "const"
    /// Changes are not told: read it when it is needed.
    case silent = "false"
  }

  /// Its name.
  public let name: PropertyName
  /// Its D-Bus signature.
  public let signature: String
  /// How a change is told.
  public let emission: Emission
  /// What it holds, in one sentence.
  public let meaning: String
  /// The value of the property of an object of which it was never said.
  public let initialValue: Value

  init(_ name: PropertyName, _ signature: String, _ emission: Emission = .value, _ meaning: String) {
    self.name = name
    self.signature = signature
    self.emission = emission
    self.meaning = meaning
    initialValue =
      switch signature.first {
      case "s", "o": .string("")
      case "b": .bool(false)
      case "d": .double(0)
      case "x", "i", "n": .int(0)
      case "a": signature.hasPrefix("a{") ? .map([:]) : .list([])
      default: .uint(0)
      }
  }

  /// The properties of the objects of a category, in the order in which they are shown.
  public static func list(for category: Subject.Category) -> [PropertyDefinition] {
    switch category {
    case .hub: []
    case .vm: ofVMs
    case .device: ofDevices
    case .link: ofLinks
    case .source: ofSources
    }
  }

  /// The values of an object of which nothing was said yet, in the same order.
  static func initialValues(for category: Subject.Category) -> [Value] {
    switch category {
    case .hub: []
    case .vm: initialOfVMs
    case .device: initialOfDevices
    case .link: initialOfLinks
    case .source: initialOfSources
    }
  }

  // Put together once: thousands of objects may come at a time.
  private static let ofVMs = common + vm
  private static let ofDevices = common + device
  private static let ofLinks = common + link
  private static let ofSources = common + source
  private static let initialOfVMs = ofVMs.map(\.initialValue)
  private static let initialOfDevices = ofDevices.map(\.initialValue)
  private static let initialOfLinks = ofLinks.map(\.initialValue)
  private static let initialOfSources = ofSources.map(\.initialValue)

  /// Where the property stands in the list of its category.
  static func position(of name: PropertyName, in category: Subject.Category) -> Int? {
    let position = positions[category.ordinal][name.ordinal]
    return position >= 0 ? Int(position) : nil
  }

  /// By the ordinals of category and name; -1 where there is none.
  private static let positions: [[Int8]] = Subject.Category.allCases.map { category in
    var row = [Int8](repeating: -1, count: PropertyName.allCases.count)
    for (offset, definition) in list(for: category).enumerated() { row[definition.name.ordinal] = Int8(offset) }
    return row
  }

  private static let common: [PropertyDefinition] = [
    .init(.name, "s", "The name that people know it by."),
    .init(.state, "s", "The state it is in."),
    .init(.stateSince, "t", "When it entered that state, in microseconds since the epoch."),
    // Each event tells its own number, so a signal for this one would only double the traffic.
    .init(.lastEvent, "t", .silent, "The sequence of the last event about it."),
  ]

  private static let vm: [PropertyDefinition] = [
    .init(.uuid, "s", "The UUID that QEMU was given; empty when it was given none."),
    .init(.reason, "s", "Why it entered its state, where that is known."),
    .init(.processID, "u", "The process ID of its QEMU; 0 when the process is gone."),
    .init(.startTime, "t", "When its process began, in microseconds since the epoch."),
    .init(.unit, "s", "The service or scope of systemd that its process is in, or was in last; empty for none."),
    .init(.qemuVersion, "s", "The version of its QEMU."),
    .init(.machine, "s", "The machine type by its QEMU name."),
    .init(.architecture, "s", "The architecture of the guest."),
    .init(.accelerated, "b", "Whether hardware virtualization is in use."),
    .init(.processors, "u", "How many virtual processors it has."),
    .init(.memory, "t", "Its memory in bytes."),
    .init(.balloon, "t", "The memory that its balloon leaves it, in bytes; 0 without a balloon."),
    .init(.monitorState, "s", "The monitor: connecting, negotiating, connected, busy, lost or gone."),
    .init(.monitorPath, "s", .constant, "The socket of the monitor; empty when QEMU dialled the hub."),
    .init(.agentState, "s", "The guest agent: unknown, disconnected, connected or unresponsive."),
    .init(.agentVersion, "s", "The version of the guest agent."),
    .init(.guestHostname, "s", "The host name that the guest reported."),
    .init(.guestOS, "a{sv}", "The operating system that the guest reported: id, name, version, kernel."),
    .init(.guestAddresses, "as", "The network addresses that the guest reported."),
    .init(.guestFilesystems, "aa{sv}", "The file systems that the guest reported: mountpoint, type, used, total."),
    .init(.guestUsers, "as", "The users that the guest reported, where that is switched on."),
    .init(.guestTimeOffset, "d", .silent, "Guest clock minus host clock, in seconds."),
    .init(.guestFrozen, "b", "Whether the file systems of the guest are frozen."),
    .init(.guestUpdated, "t", .silent, "When the guest last answered, in microseconds since the epoch."),
    .init(
      .guestTimes, "a{sv}", .silent,
      "When the guest last told each of its properties, by the property's name, in microseconds since the epoch."),
    .init(.cause, "s", "Why it stopped; empty while it lives."),
    .init(.evidence, "as", "The facts behind the cause and where each came from."),
    .init(.drives, "aa{sv}", "Its drives: device, node, file, tray, status."),
    .init(.hostDevices, "as", "Object paths of the host's devices and links that it uses."),
    .init(.migration, "s", "The state of its migration by its QEMU name; empty when there is none."),
    .init(.jobs, "aa{sv}", "Long work under way: id, type, status, percent, remaining, total, rate, expectedDowntime."),
  ]

  private static let device: [PropertyDefinition] = [
    .init(.subsystem, "s", .constant, "The kernel subsystem."),
    .init(.deviceType, "s", .constant, "The device type within the subsystem; may be empty."),
    .init(.capability, "s", .constant, "What kind of device it is: pci, usb_device, net, storage, …."),
    .init(.sysPath, "s", .constant, "The path in sysfs."),
    .init(.deviceNode, "s", "The device node; may be empty."),
    .init(.driver, "s", "The driver bound to it; may be empty."),
    .init(.parent, "s", .constant, "The path of its parent in sysfs; may be empty."),
    .init(.details, "a{sv}", "The fields of its capability."),
    .init(.properties, "a{sv}", "The properties that udev holds for it."),
    .init(.vms, "as", "Object paths of the machines that use it."),
  ]

  private static let link: [PropertyDefinition] = [
    .init(.index, "u", .constant, "The interface index."),
    .init(.kind, "s", .constant, "The kind of link: veth, bridge, tun, …; empty for hardware."),
    .init(.address, "s", "The hardware address."),
    .init(.alternativeNames, "as", "Further names."),
    .init(.isUp, "b", "Whether it is switched on."),
    .init(.carrier, "b", "Whether it has a carrier."),
    .init(.mtu, "u", "The largest payload, in bytes."),
    .init(.master, "s", "The name of the bridge or bond it belongs to; may be empty."),
    .init(.addresses, "as", "Its network addresses with their prefix lengths."),
    .init(
      .virtualFunctions, "aa{sv}", "Its virtual functions: vf, mac, vlan, qos, spoofCheck, trust, linkState, rate."),
    .init(.vms, "as", "Object paths of the machines that use it."),
  ]

  private static let source: [PropertyDefinition] = [
    .init(
      .kind, "s", .constant,
      "What kind of source it is: qmp, agent, udev, rtnetlink, login1, clock, usage, bus, varlink, journal, hub."),
    .init(.lastError, "s", "The last error; empty when there was none."),
    .init(.lastErrorTime, "t", "When the last error came, in microseconds since the epoch; 0 for never."),
    .init(.events, "t", .silent, "How many events it delivered."),
    .init(.reconnects, "u", "How often it was reached again after it was lost."),
    .init(.overruns, "u", "How often it lost events."),
    .init(.resyncs, "u", "How often it was compared with what was known."),
  ]
}

extension PropertyDefinition {
  init(_ name: PropertyName, _ signature: String, _ meaning: String) {
    self.init(name, signature, .value, meaning)
  }
}
