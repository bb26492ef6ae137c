// SPDX-License-Identifier: Apache-2.0
// BusConnection: the names that we own.

public import DBusTypes
import EventLoop

/// A name that was asked for.
struct OwnedName {
  enum Status {
    case none
    case queued
    case owned
  }

  let flags: NameFlags
  let handler: @Sendable (NameEvent) -> Void
  var status = Status.none
}

extension BusConnection {
  /// Asks for a name now and after each reconnection.
  ///
  /// - Parameters:
  ///   - name: A well-known name. Asked for already, the former handler and flags are replaced.
  ///   - flags: How to ask; the default refuses rather than waits.
  ///   - handler: Told on the loop what becomes of it, each time anew.
  public func own(
    _ name: BusName, flags: NameFlags = .doNotQueue, handler: @escaping @Sendable (NameEvent) -> Void = { _ in }
  ) {
    names[name] = OwnedName(flags: flags, handler: handler)
    if state.isConnected { request(name) }
  }

  /// Gives a name back; its handler hears nothing any more.
  public func release(_ name: BusName) {
    guard names.removeValue(forKey: name) != nil, state.isConnected else { return }
    var message = BusMessage.call(
      .bus, "/org/freedesktop/DBus", .bus, "ReleaseName", [.string(name.rawValue)])
    message.flags = .noReplyExpected
    _ = queue(message, .reply)
  }

  func requestNamesAgain() {
    for name in names.keys.sorted() { request(name) }
  }

  /// Forgets which names were owned, and gives back what tells the handlers so.
  func takeLostNames() -> [@Sendable () -> Void] {
    var ended: [@Sendable () -> Void] = []
    for (name, owned) in names.sorted(by: { $0.key < $1.key }) {
      if owned.status == .owned { ended.append { owned.handler(.lost) } }
      names[name]?.status = .none
    }
    return ended
  }

  /// The bus says that we have got a name, or no longer have it.
  func nameChanged(_ name: BusName, isOwned: Bool) {
    guard let owned = names[name], (owned.status == .owned) != isOwned else { return }
    names[name]?.status = isOwned ? .owned : .none
    owned.handler(isOwned ? .acquired : .lost)
  }

  private func request(_ name: BusName) {
    guard let flags = names[name]?.flags else { return }
    let message = BusMessage.call(
      .bus, "/org/freedesktop/DBus", .bus, "RequestName", [.string(name.rawValue), .uint32(flags.rawValue)])
    let asked = generation
    start(message, timeout: nil) { [self] result in
      assumeIsolated { if $0.generation == asked { $0.requested(name, result) } }
    }
  }

  private func requested(_ name: BusName, _ result: Result<BusMessage, BusError>) {
    guard let owned = names[name] else { return }
    switch result.map({ $0.body.first?.uint32 }) {
    case .success(1), .success(4): nameChanged(name, isOwned: true)
    case .success(2):
      guard owned.status == .none else { return }
      names[name]?.status = .queued
      owned.handler(.queued)
    case .success(3): owned.handler(.refused(BusError(.failed, "another owns the name \(name)", isLocal: true)))
    case .success: owned.handler(.refused(BusError(.failed, "the bus gave no usable answer", isLocal: true)))
    case .failure(let error): owned.handler(.refused(error))
    }
  }
}
