// SPDX-License-Identifier: Apache-2.0
// One connection of libdbus, from being open to being lost. Fence: libdbus.
//
// The rules that hold everywhere here:
// - libdbus is called on the loop only, and nothing of ours is called from inside libdbus but this file's callbacks,
//   which write down what came (`arrivals`) or what is to be done (`needsDispatch`) and return. Whoever called libdbus
//   looks at that afterwards, with libdbus off the stack. So no handler of a user can be in the middle of a dispatch,
//   no call can wait for a lock that its own caller holds, and dispatching is never entered twice.
// - Nothing that waits is called: no `…_and_block`, no `flush`, no `dbus_bus_get`.
// - A message is copied out and let go at once: libdbus stops reading while 63 MiB of them are held.

private import CDBus
import DBusTypes
import EventLoop

/// A private connection of libdbus that belongs to us.
///
/// Ownership: it owns the connection, and closes it when it goes.
/// Threading: on the loop only; it is not `Sendable`.
@safe final class DBusLink {
  /// What dispatching left.
  enum DispatchStatus {
    case complete
    case dataRemains
    case needsMemory
  }

  let watches: DBusWatchCallback
  let timeouts: DBusTimeoutCallback
  private let connection: OpaquePointer
  private let limits: WireLimits
  private var writer: WireWriter
  private var directWriter: DirectWriter?
  /// What came, for whoever called libdbus.
  var arrivals = DBusArrivals()
  private var isClosed = false
  /// Whether a message was put back for want of memory; libdbus itself says only that there is one.
  private var hasPutBack = false
  /// Whether there may be messages to dispatch.
  ///
  /// The status callback sets it; asking for the status settles it.
  private(set) var needsDispatch = false

  /// Takes over an open connection; nil if there was no memory, and then it is closed.
  init?(
    adopting opened: OpenedConnection, limits: BusLimits, watches: DBusWatchCallback, timeouts: DBusTimeoutCallback
  ) {
    guard let pointer = unsafe opened.pointer else { return nil }
    unsafe connection = pointer
    self.limits = limits.incoming
    writer = WireWriter(limits: limits.outgoing)
    self.watches = watches
    self.timeouts = timeouts
    let me = unsafe Unmanaged.passUnretained(self).toOpaque()
    unsafe dbus_connection_set_dispatch_status_function(
      connection,
      { _, status, data in
        guard let data = unsafe data, status != DBUS_DISPATCH_COMPLETE else { return }
        unsafe DBusLink.from(data).needsDispatch = true
      }, me, nil)
    let hasFilter = unsafe dbus_connection_add_filter(
      connection,
      { _, message, data in
        guard let message = unsafe message, let data = unsafe data else { return DBUS_HANDLER_RESULT_NOT_YET_HANDLED }
        return unsafe DBusLink.from(data).take(message)
      }, me, nil)
    guard hasFilter != 0, unsafe watches.install(on: connection), unsafe timeouts.install(on: connection) else {
      return nil
    }
    // Messages may have come before anybody watched; no callback tells of those.
    needsDispatch = status == .dataRemains
  }

  deinit { close() }

  /// The bytes that wait to go out, by libdbus's count of whole messages.
  var outgoingBytes: Int { unsafe dbus_connection_get_outgoing_size(connection) }

  /// Whether nothing waits to go out.
  var isIdle: Bool { unsafe dbus_connection_has_messages_to_send(connection) == 0 }

  /// Whether the other side takes descriptors; known once it has authenticated us.
  var canSendDescriptors: Bool { unsafe dbus_connection_can_send_type(connection, bridge_type_unix_fd) != 0 }

  /// Tells libdbus the name that the bus gave us; false if there was no memory.
  ///
  /// From now on small messages may go straight into the socket, if that is wanted.
  func setUniqueName(_ name: BusName, writesDirectly: Bool) -> Bool {
    guard unsafe dbus_bus_set_unique_name(connection, name.rawValue) != 0 else { return false }
    var descriptor: CInt = -1
    if writesDirectly, unsafe dbus_connection_get_unix_fd(connection, &descriptor) != 0 {
      directWriter = DirectWriter(descriptor)
    }
    return true
  }

  /// Sends a message; throws if no message can carry it, or there was no memory.
  ///
  /// `isIdle` says that nothing waits to go out, and libdbus has not been called since that was asked. Returns whether
  /// libdbus has the message now; if not, the kernel has it already.
  func send(_ message: BusMessage, serial: UInt32, isIdle: Bool) throws(BusError) -> Bool {
    let descriptors = try encode(message, serial: serial)
    if isIdle, descriptors.isEmpty, try sentDirectly() { return false }
    return try unsafe send(made(message, serial, descriptors))
  }

  /// Sends a message without descriptors that `write` puts into the writer.
  func send(isIdle: Bool, _ write: (inout WireWriter) throws(WireError) -> Void) throws(BusError) -> Bool {
    do throws(WireError) {
      try write(&writer)
    } catch {
      throw BusError(error)
    }
    if isIdle, try sentDirectly() { return false }
    return try unsafe send(DBusMessageBytes.message(writer))
  }

  /// Puts what is in the writer straight into the socket, if that takes it now.
  private func sentDirectly() throws(BusError) -> Bool {
    guard let directWriter, hasSocket else { return false }
    switch directWriter.write(writer) {
    case .written: return true
    case .refused: return false
    case .broken: throw .connectionLost
    }
  }

  /// Gives libdbus a message that the caller owns, nil if there was no memory for it.
  private func send(_ message: OpaquePointer?) throws(BusError) -> Bool {
    guard let pointer = unsafe message else { throw .noMemory }
    defer { unsafe dbus_message_unref(pointer) }
    guard unsafe dbus_connection_send(connection, pointer, nil) != 0 else { throw .noMemory }
    return true
  }

  /// Whether libdbus has the socket open.
  ///
  /// It closes a broken socket as soon as it sees that, which is before anybody hears of it; the number may be another's
  /// then.
  private var hasSocket: Bool { unsafe dbus_connection_get_is_connected(connection) != 0 }

  /// Puts a message into the writer and gives its descriptors.
  private func encode(_ message: BusMessage, serial: UInt32) throws(BusError) -> [BusDescriptor] {
    let descriptors: [BusDescriptor]
    do throws(WireError) {
      descriptors = try writer.write(message, serial: serial)
    } catch {
      throw BusError(error)
    }
    guard descriptors.isEmpty || canSendDescriptors else {
      throw BusError(.notSupported, "the bus takes no descriptors", isLocal: true)
    }
    return descriptors
  }

  /// The message that was encoded last, as libdbus has it; nil if there was no memory.
  ///
  /// The caller owns one reference.
  private func made(_ message: BusMessage, _ serial: UInt32, _ descriptors: [BusDescriptor]) -> OpaquePointer? {
    descriptors.isEmpty
      ? unsafe DBusMessageBytes.message(writer) : unsafe DBusMessageBuilder.message(message, serial: serial)
  }

  /// Dispatches one message at most.
  func dispatch() -> DispatchStatus {
    needsDispatch = false
    hasPutBack = false
    let status = unsafe DispatchStatus(dbus_connection_dispatch(connection))
    needsDispatch = status != .complete
    return hasPutBack ? .needsMemory : status
  }

  /// Whether there is something to dispatch.
  var status: DispatchStatus { unsafe DispatchStatus(dbus_connection_get_dispatch_status(connection)) }

  /// Makes handles and timers agree with what libdbus wants.
  ///
  /// Not inside a call of libdbus.
  func settle() {
    watches.settle()
    timeouts.settle()
  }

  /// Ends the connection, if it has not ended by itself, and lets go of everything of libdbus's.
  ///
  /// What waited to go out is dropped, and so is what came and was not dispatched. Nothing arrives after this.
  func close() {
    guard !isClosed else { return }
    isClosed = true
    arrivals.removeAll()
    if unsafe dbus_connection_get_is_connected(connection) != 0 { unsafe dbus_connection_close(connection) }
    // libdbus wants to be asked until it has said that the connection is gone, and no more can come in: this ends.
    while unsafe dbus_connection_dispatch(connection) == DBUS_DISPATCH_DATA_REMAINS {}
    unsafe watches.uninstall(from: connection)
    unsafe timeouts.uninstall(from: connection)
    unsafe dbus_connection_set_dispatch_status_function(connection, nil, nil, nil)
    unsafe dbus_connection_unref(connection)
  }

  // MARK: Calls

  /// Queues a call; its answer arrives, once, as a `reply`.
  ///
  /// `milliseconds` is nil for a call that may take for ever. Throws if nothing will arrive.
  func call(_ message: BusMessage, serial: UInt32, milliseconds: CInt?) throws(BusError) {
    let pending = try unsafe begin(message, serial: serial, milliseconds: milliseconds)
    guard unsafe follow(pending, serial: serial) else { throw .noMemory }
  }

  /// Sends a call; the caller owns one reference to what libdbus knows of it.
  func begin(_ message: BusMessage, serial: UInt32, milliseconds: CInt?) throws(BusError) -> OpaquePointer {
    let descriptors = try encode(message, serial: serial)
    guard let pointer = unsafe made(message, serial, descriptors) else { throw .noMemory }
    defer { unsafe dbus_message_unref(pointer) }
    var pending: OpaquePointer?
    guard unsafe dbus_connection_send_with_reply(connection, pointer, &pending, milliseconds ?? CInt.max) != 0 else {
      throw .noMemory
    }
    // libdbus takes a call on a lost connection, and gives nothing for it.
    guard let pending = unsafe pending else { throw .notConnected }
    return unsafe pending
  }

  /// Waits for the answer of a call that was begun, and gives up our reference to it; false if there was no memory.
  ///
  /// An answer that is there already is never announced by libdbus. It is taken here, and handed out where all others
  /// are, not to whoever is calling now.
  func follow(_ pending: OpaquePointer, serial: UInt32) -> Bool {
    defer { unsafe dbus_pending_call_unref(pending) }
    let note = unsafe Unmanaged.passRetained(PendingNote(serial: serial, link: self))
    let isFollowed = unsafe dbus_pending_call_set_notify(
      pending,
      { pending, data in
        guard let pending = unsafe pending, let data = unsafe data else { return }
        let note = unsafe Unmanaged<PendingNote>.fromOpaque(data).takeUnretainedValue()
        unsafe note.link?.takeReply(of: pending, serial: note.serial)
      }, note.toOpaque(),
      { data in if let data = unsafe data { unsafe Unmanaged<PendingNote>.fromOpaque(data).release() } })
    guard isFollowed != 0 else {
      unsafe note.release()
      unsafe dbus_pending_call_cancel(pending)
      return false
    }
    if unsafe dbus_pending_call_get_completed(pending) != 0 {
      unsafe takeReply(of: pending, serial: serial)
      needsDispatch = true
    }
    return true
  }

  /// What libdbus hands back when a call has its answer.
  private final class PendingNote {
    let serial: UInt32
    weak let link: DBusLink?

    init(serial: UInt32, link: DBusLink) {
      self.serial = serial
      self.link = link
    }
  }

  private func takeReply(of pending: OpaquePointer, serial: UInt32) {
    guard !isClosed, let message = unsafe dbus_pending_call_steal_reply(pending) else { return }
    defer { unsafe dbus_message_unref(message) }
    do throws(WireError) {
      guard let received = try unsafe DBusMessageBytes.received(message, limits: limits) else {
        return arrivals.append(.reply(serial, .failure(.noMemory)))
      }
      arrivals.append(.reply(serial, .success(received)))
    } catch {
      arrivals.append(.reply(serial, .failure(BusError(error))))
    }
  }

  // MARK: What libdbus calls

  /// Takes every message that is not the answer to a call.
  ///
  /// libdbus answers the Peer interface before that.
  private func take(_ message: OpaquePointer) -> DBusHandlerResult {
    guard !isClosed else { return DBUS_HANDLER_RESULT_HANDLED }
    if unsafe dbus_message_is_signal(message, "org.freedesktop.DBus.Local", "Disconnected") != 0 {
      arrivals.append(.disconnected)
      return DBUS_HANDLER_RESULT_HANDLED
    }
    do throws(WireError) {
      // Without memory libdbus keeps the message and comes again; nothing has been noted yet, so nothing comes twice.
      guard let received = try unsafe DBusMessageBytes.received(message, limits: limits) else {
        hasPutBack = true
        return DBUS_HANDLER_RESULT_NEED_MEMORY
      }
      arrivals.append(.message(received))
    } catch {
      arrivals.append(.refused(error))
    }
    return DBUS_HANDLER_RESULT_HANDLED
  }

  private static func from(_ data: UnsafeMutableRawPointer) -> DBusLink {
    unsafe Unmanaged<DBusLink>.fromOpaque(data).takeUnretainedValue()
  }
}

extension DBusLink.DispatchStatus {
  fileprivate init(_ status: DBusDispatchStatus) {
    self =
      switch status {
      case DBUS_DISPATCH_DATA_REMAINS: .dataRemains
      case DBUS_DISPATCH_NEED_MEMORY: .needsMemory
      default: .complete
      }
  }
}
