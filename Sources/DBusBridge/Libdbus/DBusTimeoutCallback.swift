// SPDX-License-Identifier: Apache-2.0
// From DBusTimeout to timer: libdbus's timeouts on the event loop. Fence: libdbus.
//
// The same shape as `DBusWatchCallback`: libdbus's callbacks, which come with its lock held, only write into a table,
// and `settle()` turns the table into timers. A timeout fires again after each interval until libdbus takes it away,
// which is what a timer of the loop does too, on the monotonic clock.

private import CDBus
import EventLoop

/// The timeouts of one connection, and their timers.
@safe final class DBusTimeoutCallback {
  /// A timeout's number; it is never used again.
  typealias Token = UInt

  @safe private struct Timeout {
    let timeout: OpaquePointer
    var interval: TimerInterval
    var timer: TimerID?
    var asked: TimerInterval = .off
  }

  private let loop: EventLoop
  private let fired: @Sendable (Token) -> Void
  private var timeouts: [Token: Timeout] = [:]
  private var changed: [Token] = []
  private var lastToken: Token = 0

  /// `fired` is called on the loop with the timeout that is over; it ends in ``handle(_:)``.
  init(loop: EventLoop, fired: @escaping @Sendable (Token) -> Void) {
    self.loop = loop
    self.fired = fired
  }

  /// The timeouts there are.
  var count: Int { timeouts.count }

  /// Takes over the timeouts of a connection; false if there was no memory, and then nothing was taken over.
  ///
  /// This object must live until ``uninstall(from:)``.
  func install(on connection: OpaquePointer) -> Bool {
    let me = unsafe Unmanaged.passUnretained(self).toOpaque()
    let isInstalled = unsafe dbus_connection_set_timeout_functions(
      connection,
      { timeout, data in
        guard let timeout = unsafe timeout, let data = unsafe data else { return 0 }
        unsafe DBusTimeoutCallback.from(data).add(timeout)
        return 1
      },
      { timeout, data in
        guard let timeout = unsafe timeout, let data = unsafe data else { return }
        unsafe DBusTimeoutCallback.from(data).remove(timeout)
      },
      { timeout, data in
        guard let timeout = unsafe timeout, let data = unsafe data else { return }
        unsafe DBusTimeoutCallback.from(data).toggle(timeout)
      }, me, nil)
    return isInstalled != 0
  }

  /// Gives the timeouts back: libdbus removes each of them by the callback.
  func uninstall(from connection: OpaquePointer) {
    // Only adding needs memory, so this cannot fail.
    _ = unsafe dbus_connection_set_timeout_functions(connection, nil, nil, nil, nil, nil)
  }

  /// Makes the timers agree with the timeouts.
  ///
  /// Not inside a call of libdbus.
  func settle() {
    guard !changed.isEmpty else { return }
    let tokens = changed
    changed = []
    for token in tokens {
      guard let timeout = timeouts[token], timeout.interval != timeout.asked else { continue }
      timeouts[token]?.asked = timeout.interval
      if let timer = timeout.timer {
        loop.updateTimeout(timer, interval: timeout.interval)
      } else {
        timeouts[token]?.timer = loop.addTimeout(timeout.interval) { [fired] _ in fired(token) }
      }
    }
  }

  /// Hands over that a timeout is over.
  ///
  /// If libdbus has no memory for it the timer comes again after the same interval, which is all that it asks for.
  func handle(_ token: Token) {
    guard let timeout = timeouts[token] else { return }
    _ = unsafe dbus_timeout_handle(timeout.timeout)
  }

  // MARK: What libdbus calls, with its lock held

  private func add(_ timeout: OpaquePointer) {
    lastToken += 1
    unsafe dbus_timeout_set_data(timeout, UnsafeMutableRawPointer(bitPattern: lastToken), nil)
    timeouts[lastToken] = unsafe Timeout(timeout: timeout, interval: interval(timeout))
    changed.append(lastToken)
  }

  private func remove(_ timeout: OpaquePointer) {
    let token = unsafe Token(bitPattern: dbus_timeout_get_data(timeout))
    guard let removed = timeouts.removeValue(forKey: token), let timer = removed.timer else { return }
    loop.removeTimeout(timer)
  }

  private func toggle(_ timeout: OpaquePointer) {
    let token = unsafe Token(bitPattern: dbus_timeout_get_data(timeout))
    timeouts[token]?.interval = unsafe interval(timeout)
    changed.append(token)
  }

  private func interval(_ timeout: OpaquePointer) -> TimerInterval {
    guard unsafe dbus_timeout_get_enabled(timeout) != 0 else { return .off }
    return .every(.milliseconds(Int(unsafe dbus_timeout_get_interval(timeout))))
  }

  private static func from(_ data: UnsafeMutableRawPointer) -> DBusTimeoutCallback {
    unsafe Unmanaged<DBusTimeoutCallback>.fromOpaque(data).takeUnretainedValue()
  }
}
