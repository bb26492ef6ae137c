// SPDX-License-Identifier: Apache-2.0
// BusConnection: signals to one client, and the bus's refusal to take them.

public import DBusTypes

extension BusConnection {
  /// Sends a signal to one client, and hears about it if the bus refuses it.
  ///
  /// dbus-daemon answers a signal that it cannot deliver (the client's queue is full, the policy forbids it, there is
  /// no such client) with an error; dbus-broker drops it without a word. So `refused` is a help, never a proof of
  /// delivery.
  ///
  /// - Parameters:
  ///   - message: A signal with a destination.
  ///   - refused: Called on the loop, at most once, and only while the message is one of the last `watchedSignals`.
  /// - Returns: What became of it on our side.
  public func send(_ message: BusMessage, refused: @escaping @Sendable (BusError) -> Void) -> SendOutcome {
    let outcome = send(message)
    if outcome == .queued { watchedSignals.watch(lastSerial, refused) }
    return outcome
  }

  /// An error that answers none of our calls: the bus may speak of a signal.
  func refused(_ received: ReceivedMessage) {
    // Only the bus itself can say so: anybody may send an error with any number.
    guard received.header.sender == .bus, let handler = watchedSignals.take(received.header.replySerial) else { return }
    do throws(WireError) {
      handler(BusError(try received.decoded(limits: options.limits.incoming)))
    } catch {
      handler(BusError(received.header.errorName ?? .failed, ""))
    }
  }
}
