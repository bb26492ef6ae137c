// SPDX-License-Identifier: Apache-2.0
// The hub, as a client on the bus sees it.

import DBusBridge
import DBusTypes
import EventLoop
import Synchronization
import VireoCommand

/// The hub, as a client on the bus sees it.
///
/// Threading: lives on the loop.
actor HubClient: LoopActor {
  static let name: BusName = "org.vireo.Hub1"
  static let root: ObjectPath = "/org/vireo/Hub1"
  static let manager: InterfaceName = "org.vireo.Hub1.Manager"

  nonisolated let loop: EventLoop
  nonisolated let connection: BusConnection
  /// Whether the way to the hub can carry descriptors: not through ssh.
  nonisolated let passesDescriptors: Bool
  /// Whether a call may start a hub that is not there.
  ///
  /// Who follows one must not: it may have been stopped on purpose.
  private var startsHub = true

  init(address: BusAddress, loop: EventLoop) {
    self.loop = loop
    passesDescriptors = !address.rawValue.hasPrefix("unixexec:")
    connection = BusConnection(address: address, loop: loop)
  }

  /// Connects to the bus; there is one try.
  func connect() async throws(ToolError) {
    if await connection.state.isConnected { return }
    let failure: BusError? = await withCheckedContinuation { continuation in
      connection.assumeIsolated { connection in
        let once = Once(continuation)
        connection.onStateChange { state in
          switch state {
          case .connected: once.resume(nil)
          case .disconnected(let error):
            once.resume(error ?? BusError(.disconnected, "the bus closed the connection", isLocal: true))
          case .connecting: break
          }
        }
        connection.start()
      }
    }
    guard let failure else { return }
    await connection.stop()
    // What ssh itself said stands above already.
    let place = passesDescriptors ? "the bus at \(connection.address)" : "the bus of that host by ssh"
    throw ToolError("cannot reach \(place): \(SafeText.printable(failure.text))", cause: .away)
  }

  /// From now on calls do not start a hub that is not there.
  func startNothing() { startsHub = false }

  /// Goes on trying to reach the bus.
  func keepConnecting() async { await connection.start() }

  /// Calls a method of the hub and gives what it answers.
  func call(
    _ member: MemberName, _ arguments: [BusValue] = [], path: ObjectPath = HubClient.root,
    interface: InterfaceName = HubClient.manager
  ) async throws(ToolError) -> [BusValue] {
    try await call(HubClient.name, path, interface, member, arguments)
  }

  /// Calls a method of anyone on the bus.
  func call(
    _ destination: BusName, _ path: ObjectPath, _ interface: InterfaceName, _ member: MemberName,
    _ arguments: [BusValue] = []
  ) async throws(ToolError) -> [BusValue] {
    try await connect()
    do throws(BusError) {
      var message = BusMessage.call(destination, path, interface, member, arguments)
      if !startsHub { message.flags.insert(.noAutoStart) }
      return try await connection.call(message).body
    } catch {
      throw ToolError(error)
    }
  }
}

/// A continuation that the first who comes resumes.
private final class Once: Sendable {
  private let slot: Mutex<CheckedContinuation<BusError?, Never>?>

  init(_ continuation: CheckedContinuation<BusError?, Never>) { slot = Mutex(continuation) }

  func resume(_ error: BusError?) {
    let continuation = slot.withLock { slot in slot.take() }
    continuation?.resume(returning: error)
  }
}
