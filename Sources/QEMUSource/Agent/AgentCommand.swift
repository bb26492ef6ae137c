// SPDX-License-Identifier: Apache-2.0
// What may be asked of a guest agent: the allow-list, as a type.

package import EventModel
import JSONText

/// A command to a guest agent.
///
/// An agent can shut its guest down, run programs in it and write its files, and a command that is sent while it is away is
/// carried out when it comes back. So nothing but questions can be made.
package enum AgentCommand: String, CaseIterable, Hashable, Sendable {
  /// Whether it is there.
  case ping = "guest-ping"
  /// Its version and what it supports.
  case info = "guest-info"
  /// The host name of the guest.
  case hostName = "guest-get-host-name"
  /// The operating system of the guest.
  case osInfo = "guest-get-osinfo"
  /// The network interfaces of the guest and their addresses.
  case interfaces = "guest-network-get-interfaces"
  /// The file systems of the guest.
  case fileSystems = "guest-get-fsinfo"
  /// Who is logged in to the guest.
  case users = "guest-get-users"
  /// The clock of the guest.
  case time = "guest-get-time"
  /// Whether the file systems of the guest are frozen.
  case freezeStatus = "guest-fsfreeze-status"

  /// Whether an agent may answer it while the file systems are frozen.
  package var isAllowedWhileFrozen: Bool { self == .ping || self == .info || self == .freezeStatus }

  /// The property of the machine's object that shows the answer; `nil` for one that shows in none.
  package var property: PropertyName? {
    switch self {
    case .ping: nil
    case .info: .agentVersion
    case .hostName: .guestHostname
    case .osInfo: .guestOS
    case .interfaces: .guestAddresses
    case .fileSystems: .guestFilesystems
    case .users: .guestUsers
    case .time: .guestTimeOffset
    case .freezeStatus: .guestFrozen
    }
  }

  /// The command as one line.
  ///
  /// It carries no ID: agents before QEMU 4.0 refuse one.
  package var line: [UInt8] { Array("{\"execute\":\"\(rawValue)\"}\n".utf8) }

  /// The name of the question that a synchronization asks.
  package static let synchronizationName = "guest-sync-delimited"

  /// The line that brings a channel to a known state: a byte that no text holds, which resets the agent's reader, and a question
  /// whose answer comes behind such a byte, too.
  package static func synchronization(id: UInt32) -> [UInt8] {
    [AgentSession.sentinel]
      + Array("{\"execute\":\"\(synchronizationName)\",\"arguments\":{\"id\":\(id)}}\n".utf8)
  }
}
