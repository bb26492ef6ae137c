// SPDX-License-Identifier: Apache-2.0
// Between libdbus's messages and the bytes of the wire. Fence: libdbus.
//
// libdbus builds messages with functions that end the process when they are given bad input. None of them is used: a
// message is written by our own writer and handed over as bytes, which libdbus checks again and refuses with an error.

private import CDBus
import DBusTypes

/// Makes libdbus's messages of bytes, and bytes of them.
enum DBusMessageBytes {
  /// A message of what is in the writer; nil if there was no memory.
  ///
  /// The caller owns one reference. There must be no descriptors in it: libdbus does not take them together with bytes.
  static func message(_ writer: borrowing WireWriter) -> OpaquePointer? {
    unsafe writer.withBytes { bytes in
      unsafe dbus_message_demarshal(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), CInt(bytes.count), nil)
    }
  }

  /// The header of a message, with its body unless that is past the limit; nil if there was no memory.
  ///
  /// The message stays the caller's. Throws if the header breaks a rule of ours, which libdbus's own checks leave
  /// little room for. What is wrong with the rest shows when the body is read.
  static func received(_ message: OpaquePointer, limits: WireLimits) throws(WireError) -> ReceivedMessage? {
    var data: UnsafeMutablePointer<CChar>?
    var length: CInt = 0
    guard unsafe dbus_message_marshal(message, &data, &length) != 0, let data = unsafe data else { return nil }
    defer { unsafe dbus_free(data) }
    let whole = unsafe UnsafeRawBufferPointer(start: data, count: Int(length))
    guard whole.count <= limits.messageBytes else {
      let prefix = unsafe Array(whole.prefix(ReceivedMessage.prefixBytes))
      let header = ReceivedMessage.headerBytes(prefix: prefix) ?? 0
      return try ReceivedMessage(unsafe Array(whole.prefix(header)), length: whole.count, limits: limits)
    }
    do throws(WireError) {
      let descriptors = try unsafe descriptors(of: message, limit: limits.descriptors)
      return try ReceivedMessage(unsafe Array(whole), descriptors: descriptors, limits: limits)
    } catch {
      return try ReceivedMessage(unsafe Array(whole), refusal: error, limits: limits)
    }
  }

  /// Duplicates of the descriptors that came with a message, in the order in which its values name them.
  private static func descriptors(of message: OpaquePointer, limit: Int) throws(WireError) -> [BusDescriptor] {
    guard unsafe dbus_message_contains_unix_fds(message) != 0 else { return [] }
    var iterator = unsafe DBusMessageIter()
    guard unsafe dbus_message_iter_init(message, &iterator) != 0 else { return [] }
    var numbers = [CInt](repeating: -1, count: limit)
    var count: CInt = 0
    let isComplete = unsafe bridge_collect_fds(&iterator, &numbers, &count, CInt(limit)) != 0
    let descriptors = numbers.prefix(Int(count)).map(BusDescriptor.init(adopting:))
    guard isComplete else { throw .limit("descriptors", limit) }
    return descriptors
  }
}
