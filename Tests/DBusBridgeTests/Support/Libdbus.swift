// SPDX-License-Identifier: Apache-2.0
// What tests do behind the bridge's back: blocking calls of libdbus, broken sockets. Fence: libdbus, Glibc.

import CDBus
import DBusTypes
private import Glibc
private import TestSupport

@testable import DBusBridge

/// Waits in libdbus until a call has its answer.
func waitForCompletion(_ call: OpaquePointer) -> Bool {
  unsafe dbus_pending_call_block(call)
  return unsafe dbus_pending_call_get_completed(call) != 0
}

/// Breaks a socket without closing it.
func shutDown(_ number: CInt) { _ = shutdown(number, CInt(SHUT_RDWR)) }

/// A connection that was greeted by blocking calls, so that the bus's first signal waits in it already.
func openGreeted(_ address: String) throws -> OpenedConnection {
  guard let connection = unsafe dbus_connection_open_private(address, nil) else { throw TestFailure("no connection") }
  unsafe dbus_connection_set_exit_on_disconnect(connection, 0)
  guard unsafe dbus_bus_register(connection, nil) != 0 else { throw TestFailure("not greeted") }
  // The bus sends NameAcquired right behind its answer; it is read here and not dispatched.
  while unsafe dbus_connection_get_dispatch_status(connection) != DBUS_DISPATCH_DATA_REMAINS {
    guard unsafe dbus_connection_read_write(connection, 10_000) != 0 else { throw TestFailure("not greeted") }
  }
  return unsafe OpenedConnection(connection)
}

/// A variable of the environment.
func environment(_ name: String) -> String? {
  unsafe getenv(name).map { unsafe String(cString: $0) }
}

/// Takes a variable out of the environment, which a child of a test inherits from it.
func forgetEnvironment(_ name: String) { unsafe unsetenv(name) }

/// Gives libdbus a string that is not UTF-8, by the function that ends the process for it; true if it took it.
func appendBadTextBehindTheBridge() -> Bool {
  guard let message = unsafe dbus_message_new_signal("/a", "a.b", "C") else { return true }
  defer { unsafe dbus_message_unref(message) }
  var iterator = unsafe DBusMessageIter()
  unsafe dbus_message_iter_init_append(message, &iterator)
  let text: [CChar] = [-1, -2, 0]
  return unsafe text.withUnsafeBufferPointer { buffer in
    var pointer = buffer.baseAddress
    return unsafe dbus_message_iter_append_basic(&iterator, CInt(UInt8(ascii: "s")), &pointer) != 0
  }
}

/// A descriptor of its own for /dev/null.
func openNull() -> CInt { unsafe open("/dev/null", O_RDWR | O_CLOEXEC) }

/// How many descriptors this process has open.
func openDescriptors() -> Int { (0..<4096).count { fcntl($0, F_GETFD) >= 0 } }

/// The two ends of a pipe.
func pipeEnds() throws -> (CInt, [BusDescriptor]) {
  var ends: [CInt] = [-1, -1]
  guard unsafe pipe(&ends) == 0 else { throw TestFailure("no pipe") }
  return (ends[1], ends.map(BusDescriptor.init(adopting:)))
}

/// Makes a number, which must be free, another name of a descriptor.
func give(_ descriptor: CInt, theNumber number: CInt) throws {
  guard fcntl(number, F_GETFD) < 0 else { throw TestFailure("the socket is still open") }
  guard dup2(descriptor, number) == number else { throw TestFailure("the number cannot be had") }
}

/// Closes a number.
func closeNumber(_ number: CInt) { _ = close(number) }
