// SPDX-License-Identifier: Apache-2.0
// Whether a text has the form of an address. Fence: libdbus.

private import CDBus

/// The form of addresses, by the judgement of the library that is to connect to them.
enum DBusAddressSyntax {
  /// Whether a text without U+0000 has the form `transport:key=value,…`, or is several of those with semicolons between.
  static func isMet(by text: String) -> Bool {
    var entries: UnsafeMutablePointer<OpaquePointer?>?
    var count: CInt = 0
    guard unsafe dbus_parse_address(text, &entries, &count, nil) != 0 else { return false }
    unsafe dbus_address_entries_free(entries)
    return count > 0
  }
}
