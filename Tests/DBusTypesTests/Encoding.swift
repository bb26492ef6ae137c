// SPDX-License-Identifier: Apache-2.0
// A message to bytes by a writer of its own, for tests of single messages.

import DBusTypes

/// A message in the form of the wire.
struct EncodedMessage {
  let bytes: [UInt8]
  let descriptors: [BusDescriptor]
}

extension BusMessage {
  /// The message in the form of the wire, with the given serial number.
  func encoded(serial: UInt32, limits: WireLimits = .init()) throws(WireError) -> EncodedMessage {
    var writer = WireWriter(limits: limits)
    let descriptors = try writer.write(self, serial: serial)
    return EncodedMessage(bytes: writer.bytes, descriptors: descriptors)
  }
}
