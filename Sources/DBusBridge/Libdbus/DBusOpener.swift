// SPDX-License-Identifier: Apache-2.0
// Connecting without holding up the loop. Fence: libdbus, POSIX threads.
//
// `dbus_connection_open_private` connects before it returns. To a socket of this machine that is quick, except when the
// bus does not accept (it is stopped, or the machine is starting) and its backlog is full: then `connect(2)` waits
// without end, and nothing of libdbus's interface can change that. So each attempt gets a thread of its own, which ends
// with it. There is never more than one for a connection, it holds nothing but the attempt, and nobody ever waits for
// it: an attempt that was given up closes what it gets, whenever that is.

private import CDBus
import DBusTypes
private import Glibc

/// An open connection on its way from the thread that opened it; exactly one side must adopt it.
@safe struct OpenedConnection: Sendable {
  private let bits: UInt

  /// Takes over an open, private connection with one reference.
  init(_ connection: OpaquePointer) { bits = UInt(bitPattern: connection) }

  /// The connection, with the one reference that there is.
  ///
  /// Not null: it was made of a pointer.
  var pointer: OpaquePointer? { unsafe OpaquePointer(bitPattern: bits) }

  /// Closes the connection: nobody wants it any more.
  func discard() {
    guard let pointer = unsafe pointer else { return }
    unsafe dbus_connection_close(pointer)
    unsafe dbus_connection_unref(pointer)
  }
}

/// Opens private connections, each in a thread that ends with it.
enum DBusOpener {
  /// What came of an attempt.
  typealias Outcome = Result<OpenedConnection, BusError>

  private final class Attempt {
    let address: String
    let completion: @Sendable (Outcome) -> Void

    init(address: String, completion: @escaping @Sendable (Outcome) -> Void) {
      self.address = address
      self.completion = completion
    }
  }

  private static let stackBytes = 256 << 10

  /// Starts an attempt; `completion` is called once, in the attempt's thread, or at once if there can be no thread.
  static func open(_ address: String, completion: @escaping @Sendable (Outcome) -> Void) {
    let attempt = unsafe Unmanaged.passRetained(Attempt(address: address, completion: completion))
    // Signals are the business of the threads that were there before.
    var all = sigset_t()
    var former = sigset_t()
    unsafe sigfillset(&all)
    unsafe pthread_sigmask(SIG_SETMASK, &all, &former)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &former, nil) }
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    defer { unsafe pthread_attr_destroy(&attributes) }
    unsafe pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
    unsafe pthread_attr_setstacksize(&attributes, stackBytes)
    var thread = pthread_t()
    let code = unsafe pthread_create(
      &thread, &attributes,
      { data in
        guard let data = unsafe data else { return nil }
        let attempt = unsafe Unmanaged<Attempt>.fromOpaque(data).takeRetainedValue()
        attempt.completion(DBusOpener.connect(attempt.address))
        return nil
      }, attempt.toOpaque())
    guard code != 0 else { return }
    unsafe attempt.release()
    completion(.failure(BusError(.noMemory, "no thread to connect in (error \(code))", isLocal: true)))
  }

  private static func connect(_ address: String) -> Outcome {
    var error = unsafe DBusError()
    unsafe dbus_error_init(&error)
    guard let connection = unsafe dbus_connection_open_private(address, &error) else {
      defer { unsafe dbus_error_free(&error) }
      return .failure(unsafe BusError(name: error.name, text: error.message))
    }
    unsafe dbus_connection_set_exit_on_disconnect(connection, 0)
    return .success(unsafe OpenedConnection(connection))
  }
}
