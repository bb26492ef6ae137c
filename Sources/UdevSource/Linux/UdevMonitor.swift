// SPDX-License-Identifier: Apache-2.0
// FENCE: libudev's monitor, a socket that events about devices come in by.

private import CUdev
import Glibc
import Hub

/// What can go wrong with libudev.
public struct UdevError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What was done.
  public let operation: String
  /// The error number of errno(3).
  public let errorNumber: CInt

  init(_ operation: String, errorNumber: CInt = errno) {
    self.operation = operation
    self.errorNumber = errorNumber
  }

  /// The operation with the system's text.
  public var description: String {
    var buffer = [CChar](repeating: 0, count: 128)
    guard unsafe strerror_r(errorNumber, &buffer, buffer.count) == 0 else {
      return "\(operation): error \(errorNumber)"
    }
    return "\(operation): " + String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

/// libudev's monitor: udev_monitor_new_from_netlink(3).
///
/// libudev takes only messages of the kernel, or of a process of root in udevd's group, and never waits in a read.
@safe final class UdevMonitor {
  /// Whose messages it receives.
  enum Group: String {
    /// Those of the kernel, as it sends them.
    case kernel
    /// Those of udevd, when its rules have run.
    case udev
  }

  /// What one read gave.
  enum Reception {
    /// An event about a device.
    case event(UdevEvent)
    /// A message that libudev or we refuse; the text says why. There may be more.
    case refused(String)
    /// Nothing is queued.
    case nothing
    /// The queue was full, and messages were thrown away. What was queued before is still there.
    case overrun
    /// The socket is of no more use.
    case failed(UdevError)
  }

  /// The bytes that the kernel lets wait in it.
  let receiveBuffer: Int
  /// The descriptor; it belongs to the monitor.
  let number: CInt
  private let limits: UdevLimits
  private let context: OpaquePointer
  private let monitor: OpaquePointer

  /// Whether udevd is there.
  static var isUdevRunning: Bool { unsafe access("/run/udev/control", F_OK) == 0 }

  /// Opens a monitor; the kernel filters by the subsystems of the list, where there is one.
  init(_ group: Group, subsystems: Set<String>?, options: UdevOptions) throws(UdevError) {
    limits = options.limits
    guard let context = unsafe udev_new() else { throw UdevError("udev_new") }
    guard let monitor = unsafe udev_monitor_new_from_netlink(context, group.rawValue) else {
      let error = UdevError("udev_monitor_new_from_netlink")
      unsafe udev_unref(context)
      throw error
    }
    unsafe self.context = context
    unsafe self.monitor = monitor
    number = unsafe udev_monitor_get_fd(monitor)
    // What the kernel gives in the end is what counts.
    _ = unsafe udev_monitor_set_receive_buffer_size(monitor, CInt(clamping: options.receiveBuffer))
    var given: CInt = 0
    var size = socklen_t(MemoryLayout<CInt>.size)
    receiveBuffer = unsafe getsockopt(number, SOL_SOCKET, SO_RCVBUF, &given, &size) == 0 ? Int(given) / 2 : 0
    for subsystem in subsystems ?? [] {
      let result = unsafe udev_monitor_filter_add_match_subsystem_devtype(monitor, subsystem, nil)
      guard result >= 0 else { throw UdevError("filter of \(subsystem)", errorNumber: -result) }
    }
    let result = unsafe udev_monitor_enable_receiving(monitor)
    guard result >= 0 else { throw UdevError("udev_monitor_enable_receiving", errorNumber: -result) }
  }

  deinit {
    unsafe udev_monitor_unref(monitor)
    unsafe udev_unref(context)
  }

  /// Reads one event.
  func receive() -> Reception {
    errno = 0
    guard let device = unsafe udev_monitor_receive_device(monitor) else {
      switch errno {
      // Of a message that it refuses libudev says the same as of none.
      case EAGAIN, 0: return isReadable ? .refused("a message that neither the kernel nor root sent") : .nothing
      case EINTR: return .nothing
      case ENOBUFS, ENOMEM: return .overrun
      case EINVAL, EBADMSG, EIO, ENODATA, EMSGSIZE: return .refused(UdevError("a message").description)
      default: return .failed(UdevError("udev_monitor_receive_device"))
      }
    }
    defer { unsafe udev_device_unref(device) }
    guard let event = UdevEvent(DeviceRecord(unsafe UdevDevice.properties(device), limits: limits)) else {
      return .refused("a message without an action or a path")
    }
    return .event(event)
  }

  private var isReadable: Bool {
    var entry = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&entry, 1, 0) > 0
  }
}

/// Reading libudev's devices.
enum UdevDevice {
  /// How many properties are looked at before those that are kept are chosen.
  private static let most = 4096

  /// The properties of a device, in no order.
  static func properties(_ device: OpaquePointer) -> [(name: String, value: String)] {
    var pairs: [(name: String, value: String)] = []
    var entry = unsafe udev_device_get_properties_list_entry(device)
    while let current = unsafe entry, pairs.count < most {
      if let name = unsafe udev_list_entry_get_name(current) {
        let value = unsafe udev_list_entry_get_value(current)
        pairs.append((unsafe String(cString: name), unsafe value.map { unsafe String(cString: $0) } ?? ""))
      }
      unsafe entry = udev_list_entry_get_next(current)
    }
    return pairs
  }
}
