// SPDX-License-Identifier: Apache-2.0
// BusConnection: signals, answers and calls on their way out.

public import DBusTypes
import EventLoop

extension BusConnection {
  /// Sends a signal, an answer, or a call whose answer does not matter.
  ///
  /// The message is checked before libdbus sees it. Signals are withheld past `signalHighWater`, the rest past
  /// `replyHighWater`; what is withheld or rejected is not sent later by itself.
  @discardableResult
  public func send(_ message: BusMessage) -> SendOutcome {
    guard state.isConnected else { return .notConnected }
    return queue(message, message.kind == .signal ? .signal : .reply)
  }

  /// Calls a method; `completion` gets the answer, or the error, exactly once, and never before this returns.
  ///
  /// - Parameters:
  ///   - message: The call; a wish for no answer is not heard.
  ///   - timeout: How long to wait; nil waits for ever.
  ///   - completion: Called on the loop.
  public func call(
    _ message: BusMessage, timeout: Duration? = .seconds(25),
    completion: @escaping @Sendable (Result<BusMessage, BusError>) -> Void
  ) {
    guard state.isConnected else { return later { completion(.failure(.notConnected)) } }
    start(message, timeout: timeout, completion: completion)
  }

  /// Calls a method and waits for the answer, without holding up the loop.
  public func call(_ message: BusMessage, timeout: Duration? = .seconds(25)) async throws(BusError) -> BusMessage {
    let result = await withCheckedContinuation { continuation in
      call(message, timeout: timeout) { continuation.resume(returning: $0) }
    }
    return try result.get()
  }

  /// Sends a signal whose arguments are written as they come, for whoever sends the same one often.
  ///
  /// A signal whose arguments have other types than `signature` says, or whose writing throws, is rejected.
  @discardableResult
  public func send(
    _ path: ObjectPath, _ interface: InterfaceName, _ member: MemberName, _ signature: Signature,
    arguments write: (inout WireWriter) throws(WireError) -> Void
  ) -> SendOutcome {
    guard state.isConnected else { return .notConnected }
    return queue(.signal) { link, serial, isIdle throws(BusError) in
      try link.send(isIdle: isIdle) { writer throws(WireError) in
        try writer.beginSignal(path, interface, member, signature, serial: serial)
        try write(&writer)
        try writer.endSignal()
      }
    }
  }

  /// Queues a message if there is room for one of its kind.
  func queue(_ message: BusMessage, _ priority: OutgoingGauge.Priority) -> SendOutcome {
    queue(priority) { link, serial, isIdle throws(BusError) in
      try link.send(message, serial: serial, isIdle: isIdle)
    }
  }

  private func queue(
    _ priority: OutgoingGauge.Priority, _ send: (DBusLink, UInt32, Bool) throws(BusError) -> Bool
  ) -> SendOutcome {
    guard let link else { return .notConnected }
    let isIdle = link.isIdle
    guard gauge.admits(priority, outgoing: isIdle ? 0 : link.outgoingBytes) else {
      if priority == .signal { counts.signalsWithheld += 1 } else { counts.repliesWithheld += 1 }
      return .withheld
    }
    let isWithLibdbus: Bool
    do throws(BusError) {
      isWithLibdbus = try send(link, nextSerial(), isIdle)
    } catch {
      return .rejected(error)
    }
    counts.sent += 1
    // What the kernel took at once has changed nothing here.
    guard isWithLibdbus else { return .queued }
    noteOutgoing()
    settle()
    return .queued
  }

  /// Begins a call on the physical connection, which may not have been greeted yet.
  func start(
    _ message: BusMessage, timeout: Duration?, completion: @escaping @Sendable (Result<BusMessage, BusError>) -> Void
  ) {
    do throws(BusError) {
      try begin(message, timeout: timeout, completion: completion)
    } catch {
      later { completion(.failure(error)) }
    }
  }

  private func begin(
    _ message: BusMessage, timeout: Duration?, completion: @escaping @Sendable (Result<BusMessage, BusError>) -> Void
  ) throws(BusError) {
    guard let link else { throw .notConnected }
    guard message.kind == .methodCall else {
      throw BusError(.invalidArguments, "only a method can be called", isLocal: true)
    }
    guard pending.count < options.limits.pendingCalls else {
      throw limit("pendingCalls", options.limits.pendingCalls)
    }
    guard gauge.admits(.reply, outgoing: link.outgoingBytes) else {
      throw limit("replyHighWater", options.limits.replyHighWater)
    }
    var message = message
    message.flags.remove(.noReplyExpected)
    let serial = nextSerial()
    try link.call(message, serial: serial, milliseconds: timeout.map(milliseconds))
    pending[serial] = completion
    counts.sent += 1
    noteOutgoing()
    settle()
  }

  /// The call with this serial number has its answer, or never will.
  func finish(_ serial: UInt32, _ result: Result<ReceivedMessage, BusError>) {
    guard let completion = pending.removeValue(forKey: serial) else { return }
    switch result {
    case .failure(let error): completion(.failure(error))
    case .success(let received):
      do throws(WireError) {
        let reply = try received.decoded(limits: options.limits.incoming)
        completion(reply.kind == .error ? .failure(BusError(reply)) : .success(reply))
      } catch {
        counts.refused += 1
        completion(.failure(BusError(error)))
      }
    }
  }

  /// Runs something on the loop when whoever is calling now has returned.
  func later(_ body: @escaping @Sendable () -> Void) { loop.submit(body) }

  /// The next serial number: never 0, and not that of a call that still waits after four thousand million others.
  private func nextSerial() -> UInt32 {
    repeat { lastSerial &+= 1 } while lastSerial == 0 || pending[lastSerial] != nil
    return lastSerial
  }

  private func milliseconds(_ duration: Duration) -> CInt {
    let (seconds, attoseconds) = duration.components
    let total = Double(seconds) * 1000 + Double(attoseconds) / 1e15
    // The largest number means for ever to libdbus.
    return CInt(min(max(total.rounded(.up), 1), Double(CInt.max - 1)))
  }

  private func limit(_ name: String, _ value: Int) -> BusError {
    BusError(.limitsExceeded, "past the limit \(name) = \(value)", isLocal: true)
  }
}
