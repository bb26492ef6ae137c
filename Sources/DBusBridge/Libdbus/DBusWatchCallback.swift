// SPDX-License-Identifier: Apache-2.0
// From DBusWatch to handle: libdbus's watches on the event loop. Fence: libdbus.
//
// libdbus says which descriptors it wants watched by three callbacks: a watch comes, goes, or changes between enabled
// and disabled. It makes them at any moment inside any of its functions (nearly every toggle comes from inside
// `dbus_connection_send`), with the connection's lock held, so nothing of libdbus may be called in them. Here they only
// write into a table of ours. `settle()`, called when libdbus is off the stack, turns what the table says now into
// handles, so that a watch which was enabled and disabled again in between costs nothing.
//
// Each connection has two watches on one descriptor, one to read and one to write. Each becomes a handle of its own;
// the loop gives the kernel the union and each handle its own part. A disabled watch is out of the kernel's list: with
// an empty interest it would still hear of hang-ups, for ever. Errors and hang-ups reach every enabled watch unasked.
//
// The loop is level-triggered, and must be: one call of `dbus_watch_handle` moves a few kilobytes and leaves the rest.
//
// A watch is known by a number that is never used twice. libdbus may free one watch and make another at the same
// address; a pointer would then mean the wrong one, a number means none.

private import CDBus
import EventLoop

/// The watches of one connection, and their handles.
@safe final class DBusWatchCallback {
  /// A watch's number; it is never used again.
  typealias Token = UInt

  @safe private struct Watch {
    let watch: OpaquePointer
    let descriptor: CInt
    let interest: HandleEvents
    var isEnabled: Bool
    var handle: HandleID?
    var asked: HandleEvents = []
  }

  private let loop: EventLoop
  private let ready: @Sendable (Token, HandleEvents) -> Void
  private var watches: [Token: Watch] = [:]
  private var changed: [Token] = []
  private var lastToken: Token = 0

  /// Whether no watch is served: libdbus is short of memory, and waiting is all that helps.
  var isSuspended = false { didSet { if isSuspended != oldValue { changed = Array(watches.keys) } } }
  /// Whether nothing is read: there are more answers waiting to go out than is good.
  var isReadingPaused = false { didSet { if isReadingPaused != oldValue { changed = Array(watches.keys) } } }

  /// `ready` is called on the loop with the watch that has something to do; it ends in ``handle(_:_:)``.
  init(loop: EventLoop, ready: @escaping @Sendable (Token, HandleEvents) -> Void) {
    self.loop = loop
    self.ready = ready
  }

  /// The watches that libdbus wants served now.
  var enabledCount: Int { watches.values.count { $0.isEnabled } }
  /// The watches there are: enabled or not.
  var count: Int { watches.count }
  /// The descriptors of the watches, each named once for each watch on it.
  var descriptors: [CInt] { watches.values.map(\.descriptor) }

  /// Takes over the watches of a connection; false if there was no memory, and then nothing was taken over.
  ///
  /// This object must live until ``uninstall(from:)``.
  func install(on connection: OpaquePointer) -> Bool {
    let me = unsafe Unmanaged.passUnretained(self).toOpaque()
    let isInstalled = unsafe dbus_connection_set_watch_functions(
      connection,
      { watch, data in
        guard let watch = unsafe watch, let data = unsafe data else { return 0 }
        unsafe DBusWatchCallback.from(data).add(watch)
        return 1
      },
      { watch, data in
        guard let watch = unsafe watch, let data = unsafe data else { return }
        unsafe DBusWatchCallback.from(data).remove(watch)
      },
      { watch, data in
        guard let watch = unsafe watch, let data = unsafe data else { return }
        unsafe DBusWatchCallback.from(data).toggle(watch)
      }, me, nil)
    return isInstalled != 0
  }

  /// Gives the watches back: libdbus removes each of them by the callback.
  func uninstall(from connection: OpaquePointer) {
    // Only adding needs memory, so this cannot fail.
    _ = unsafe dbus_connection_set_watch_functions(connection, nil, nil, nil, nil, nil)
  }

  /// Makes the handles agree with the watches.
  ///
  /// Not inside a call of libdbus.
  func settle() {
    guard !changed.isEmpty else { return }
    let tokens = changed
    changed = []
    for token in tokens { settle(token) }
  }

  /// Hands over what happened to a watch; false if libdbus had no memory for it and wants to be asked later.
  ///
  /// A watch that is gone or disabled by now is passed over: its readiness was seen before another callback of the
  /// same turn took it away.
  func handle(_ token: Token, _ events: HandleEvents) -> Bool {
    guard let watch = watches[token], watch.isEnabled, !isSuspended else { return true }
    var flags: CUnsignedInt = 0
    if events.contains(.readable) { flags |= DBUS_WATCH_READABLE.rawValue }
    if events.contains(.writable) { flags |= DBUS_WATCH_WRITABLE.rawValue }
    if events.contains(.error) { flags |= DBUS_WATCH_ERROR.rawValue }
    if events.contains(.hangup) { flags |= DBUS_WATCH_HANGUP.rawValue }
    return unsafe dbus_watch_handle(watch.watch, flags) != 0
  }

  private func settle(_ token: Token) {
    guard let watch = watches[token] else { return }
    var wanted: HandleEvents = watch.isEnabled && !isSuspended ? watch.interest : []
    if isReadingPaused { wanted.remove(.readable) }
    guard wanted != watch.asked else { return }
    watches[token]?.asked = wanted
    if let handle = watch.handle {
      loop.updateHandle(handle, events: wanted)
    } else {
      watches[token]?.handle = loop.addHandle(watch.descriptor, events: wanted) { [ready] _, _, events in
        ready(token, events)
      }
    }
  }

  // MARK: What libdbus calls, with its lock held

  private func add(_ watch: OpaquePointer) {
    lastToken += 1
    unsafe dbus_watch_set_data(watch, UnsafeMutableRawPointer(bitPattern: lastToken), nil)
    let flags = unsafe dbus_watch_get_flags(watch)
    var interest: HandleEvents = []
    if flags & DBUS_WATCH_READABLE.rawValue != 0 { interest.insert(.readable) }
    if flags & DBUS_WATCH_WRITABLE.rawValue != 0 { interest.insert(.writable) }
    watches[lastToken] = unsafe Watch(
      watch: watch, descriptor: dbus_watch_get_unix_fd(watch), interest: interest,
      isEnabled: dbus_watch_get_enabled(watch) != 0)
    changed.append(lastToken)
  }

  private func remove(_ watch: OpaquePointer) {
    let token = unsafe Token(bitPattern: dbus_watch_get_data(watch))
    guard let removed = watches.removeValue(forKey: token), let handle = removed.handle else { return }
    // Not left to `settle()`: libdbus may close the descriptor next.
    loop.removeHandle(handle)
  }

  private func toggle(_ watch: OpaquePointer) {
    let token = unsafe Token(bitPattern: dbus_watch_get_data(watch))
    watches[token]?.isEnabled = unsafe dbus_watch_get_enabled(watch) != 0
    changed.append(token)
  }

  private static func from(_ data: UnsafeMutableRawPointer) -> DBusWatchCallback {
    unsafe Unmanaged<DBusWatchCallback>.fromOpaque(data).takeUnretainedValue()
  }
}
