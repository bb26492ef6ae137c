// SPDX-License-Identifier: Apache-2.0
// What tests do behind the bridge's back: blocking calls of libdbus, broken sockets. Fence: libdbus, Glibc.

private import CDBus
import DBusTypes
private import Glibc

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
