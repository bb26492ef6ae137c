// SPDX-License-Identifier: Apache-2.0
// Who a machine is.

/// The identity of a machine: its UUID where QEMU was given one, else its name, else its process.
///
/// A QEMU that starts again with the same identity is the same machine.
package struct VMIdentity: Hashable, Sendable {
  /// The UUID in lower case; empty where QEMU was given none.
  package let uuid: String
  /// The name, made printable and bounded; empty where QEMU was given none.
  package let name: String
  /// The process; `nil` where it is not known.
  package let process: ProcessIdentity?

  /// The longest name, in bytes.
  package static let nameLimit = 255

  /// The identity from what QEMU says and the kernel knows.
  ///
  /// Both texts are the choice of whoever started QEMU and may be anything. A UUID is taken only in its one written form, and the
  /// one that is all zeros means that none was given.
  package init(uuid: String?, name: String?, process: ProcessIdentity?) {
    self.uuid = uuid.flatMap(Self.validUUID) ?? ""
    self.name = (name ?? "").printable(limit: Self.nameLimit)
    self.process = process
  }

  /// What tells it from others: the UUID, else the name, else process ID and start time; `nil` where nothing at all is known.
  package var key: String? {
    if !uuid.isEmpty { return uuid }
    if !name.isEmpty { return name }
    return process.map { "pid-\($0.id)-\($0.startTicks)" }
  }

  /// What people call it.
  package var label: String { name.isEmpty ? key ?? "" : name }

  private static func validUUID(_ text: String) -> String? {
    let bytes = Array(text.utf8)
    guard bytes.count == 36 else { return nil }
    var isZero = true
    for (place, byte) in bytes.enumerated() {
      switch place {
      case 8, 13, 18, 23: guard byte == UInt8(ascii: "-") else { return nil }
      default:
        switch byte {
        case UInt8(ascii: "0"): break
        case UInt8(ascii: "1")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
          UInt8(ascii: "A")...UInt8(ascii: "F"):
          isZero = false
        default: return nil
        }
      }
    }
    return isZero ? nil : text.lowercased()
  }
}

/// A process, beyond the reuse of its number.
package struct ProcessIdentity: Hashable, Sendable {
  /// The process ID.
  package let id: Int32
  /// When it began, in clock ticks since the start of the machine (proc(5), `stat` field 22).
  package let startTicks: UInt64

  /// A process.
  package init(id: Int32, startTicks: UInt64) {
    self.id = id
    self.startTicks = startTicks
  }
}
