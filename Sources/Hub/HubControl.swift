// SPDX-License-Identifier: Apache-2.0
// What the hub can be asked to change, and who does it.

public import EventModel

/// Why a request to change something was refused.
public enum ControlError: Error, Hashable, Sendable {
  /// There is no such object.
  case noSuchObject(String)
  /// There is one already.
  case alreadyExists(String)
  /// An argument cannot be used; the text names it and what was expected.
  case invalidArgument(String)
  /// A limit was reached; the text names it.
  case limitExceeded(String)
  /// The kernel or the machine refused; the text is theirs.
  case refused(String)
}

/// Adds and removes machines at the request of an administrator; the QEMU source is one.
public protocol MachineControl: AnyObject, Sendable {
  /// Begins to watch the machine whose monitor has that socket. Called on the loop.
  ///
  /// - Returns: the machine's subject.
  nonisolated func addMachine(name: String, monitorPath: String, agentPath: String) throws(ControlError) -> Subject
  /// Ends the watch over a machine and forgets it. Called on the loop.
  nonisolated func removeMachine(_ subject: Subject) throws(ControlError)
}

/// Sets up virtual functions of network cards; the rtnetlink source is one.
public protocol LinkControl: AnyObject, Sendable {
  /// Sets the VLAN of a virtual function; 0 takes it away. The completion comes on the loop.
  nonisolated func setVLAN(
    link: Subject, function: UInt32, vlan: UInt32, qos: UInt32,
    completion: @escaping @Sendable (Result<Void, ControlError>) -> Void)
  /// Sets the hardware address of a virtual function. The completion comes on the loop.
  nonisolated func setAddress(
    link: Subject, function: UInt32, address: String,
    completion: @escaping @Sendable (Result<Void, ControlError>) -> Void)
}
