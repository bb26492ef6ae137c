// SPDX-License-Identifier: Apache-2.0
// The names of the properties of the hub's objects.

/// The name of a property of an object of the hub, as it stands on the bus.
public enum PropertyName: String, CaseIterable, Sendable {
  // Of every object
  /// The subject's own name.
  case name = "Name"
  /// The state.
  case state = "State"
  /// When the state was entered.
  case stateSince = "StateSince"
  /// The last event about the object.
  case lastEvent = "LastEvent"
  /// The machines that use a device or link.
  case vms = "VMs"

  // Of machines
  /// UUID.
  case uuid = "UUID"
  /// Why the state was entered.
  case reason = "Reason"
  /// Process ID.
  case processID = "ProcessID"
  /// When the process began.
  case startTime = "StartTime"
  /// The unit of the host's service manager.
  case unit = "Unit"
  /// Version of QEMU.
  case qemuVersion = "QEMUVersion"
  /// Machine type.
  case machine = "Machine"
  /// Architecture.
  case architecture = "Architecture"
  /// Whether hardware virtualization is on.
  case accelerated = "Accelerated"
  /// Processors.
  case processors = "Processors"
  /// Memory.
  case memory = "Memory"
  /// Memory after ballooning.
  case balloon = "Balloon"
  /// State of the monitor.
  case monitorState = "MonitorState"
  /// Where the monitor is.
  case monitorPath = "MonitorPath"
  /// State of the guest agent.
  case agentState = "AgentState"
  /// Version of the guest agent.
  case agentVersion = "AgentVersion"
  /// Host name of the guest.
  case guestHostname = "GuestHostname"
  /// Operating system of the guest.
  case guestOS = "GuestOS"
  /// Addresses of the guest.
  case guestAddresses = "GuestAddresses"
  /// File systems of the guest.
  case guestFilesystems = "GuestFilesystems"
  /// Users of the guest.
  case guestUsers = "GuestUsers"
  /// Clock of the guest minus that of the host.
  case guestTimeOffset = "GuestTimeOffset"
  /// Whether the file systems are frozen.
  case guestFrozen = "GuestFrozen"
  /// When the guest last answered.
  case guestUpdated = "GuestUpdated"
  /// When the guest last told what.
  case guestTimes = "GuestTimes"
  /// Why the machine stopped.
  case cause = "Cause"
  /// The facts behind the cause.
  case evidence = "Evidence"
  /// Drives.
  case drives = "Drives"
  /// Host devices in use.
  case hostDevices = "HostDevices"
  /// State of the migration.
  case migration = "Migration"
  /// Long work under way.
  case jobs = "Jobs"

  // Of devices
  /// Subsystem.
  case subsystem = "Subsystem"
  /// Device type within the subsystem.
  case deviceType = "DeviceType"
  /// Kind by capability.
  case capability = "Capability"
  /// Path in sysfs.
  case sysPath = "SysPath"
  /// Device node.
  case deviceNode = "DeviceNode"
  /// Driver.
  case driver = "Driver"
  /// Parent in sysfs.
  case parent = "Parent"
  /// Fields of the capability.
  case details = "Details"
  /// Properties of udev.
  case properties = "Properties"

  // Of links
  /// Interface index.
  case index = "Index"
  /// Kind of link or source.
  case kind = "Kind"
  /// Hardware address.
  case address = "Address"
  /// Alternative names.
  case alternativeNames = "AlternativeNames"
  /// Whether the link is switched on.
  case isUp = "Up"
  /// Whether the link has a carrier.
  case carrier = "Carrier"
  /// Largest payload.
  case mtu = "MTU"
  /// Master.
  case master = "Master"
  /// Network addresses.
  case addresses = "Addresses"
  /// Virtual functions.
  case virtualFunctions = "VirtualFunctions"

  // Of sources
  /// Last error.
  case lastError = "LastError"
  /// When the last error came.
  case lastErrorTime = "LastErrorTime"
  /// Events delivered.
  case events = "Events"
  /// Times it was reached again.
  case reconnects = "Reconnects"
  /// Times it lost events.
  case overruns = "Overruns"
  /// Times it was compared anew.
  case resyncs = "Resyncs"
}

extension PropertyName: Ordinal {
  /// Hashes which case it is, and not its text.
  public func hash(into hasher: inout Hasher) { hasher.combine(ordinal) }
}
