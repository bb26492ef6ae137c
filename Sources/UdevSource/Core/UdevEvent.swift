// SPDX-License-Identifier: Apache-2.0
// One message about a device: a uevent of the kernel, or what udevd made of it.

/// One message about a device.
struct UdevEvent: Sendable {
  /// What the kernel says happened.
  enum Action: Equatable, Sendable {
    case add
    case remove
    case change
    case bind
    case unbind
    case move
    case online
    case offline
    /// One that the kernel's list (lib/kobject_uevent.c) did not have when this was written.
    case other(String)

    init(_ text: String) {
      switch text {
      case "add": self = .add
      case "remove": self = .remove
      case "change": self = .change
      case "bind": self = .bind
      case "unbind": self = .unbind
      case "move": self = .move
      case "online": self = .online
      case "offline": self = .offline
      default: self = .other(text)
      }
    }
  }

  var action: Action
  /// The kernel's number of the event, the same in udevd's message.
  var sequence: UInt64
  /// The path in sysfs before the device moved; empty when it did not.
  var oldPath: String
  /// The device without what is about the event alone.
  var device: DeviceRecord
  /// What is about the event alone and worth telling.
  var details: [String: String]

  /// The event that properties tell of; nil when they lack its action or its device.
  init?(_ device: DeviceRecord?) {
    guard var device, let action = device.properties["ACTION"] else { return nil }
    self.action = Action(action)
    sequence = device.properties["SEQNUM"].flatMap(UInt64.init) ?? 0
    oldPath = device.properties["DEVPATH_OLD"].map { "/sys" + $0 } ?? ""
    details = device.properties.filter { EventProperty.isTransient($0.key) && EventProperty.isTold($0.key) }
    device.properties = device.properties.filter { !EventProperty.isTransient($0.key) }
    self.device = device
  }
}
