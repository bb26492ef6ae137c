// SPDX-License-Identifier: Apache-2.0
// Why the tool could not do what it was asked.

import DBusBridge
import DBusTypes
import VireoCommand

/// Why the tool could not do what it was asked: a text for people and an exit status for scripts.
struct ToolError: Error, CustomStringConvertible {
  /// What kind of trouble it is, where the tool itself acts on it.
  enum Cause: Equatable {
    /// Nobody answers for the hub, or no longer: it may come back.
    case away
    /// The events after a cursor are not held; the oldest behind it that is held, where the hub names it.
    case expired(oldest: UInt64?)
    /// The cursor is one of another journal.
    case foreign
    /// There is no such object.
    case noSuchObject
    /// The hub has no such method: it is older than this tool.
    case unknownMethod
    /// Anything else.
    case other
  }

  let cause: Cause
  let status: EndStatus
  let description: String

  init(_ text: String, cause: Cause = .other, status: EndStatus = .failure) {
    description = text
    self.cause = cause
    self.status = status
  }

  /// An error of the bus or the hub, in words that say what to do.
  init(_ error: BusError) {
    let text = SafeText.printable(error.text)
    switch error.name {
    case "org.vireo.Hub1.Error.CursorExpired":
      // The number comes last in the text, and alone.
      self.init(text, cause: .expired(oldest: text.split(separator: " ").last.flatMap { UInt64($0) }))
    case "org.vireo.Hub1.Error.CursorForeign": self.init(text, cause: .foreign)
    case "org.vireo.Hub1.Error.NoSuchObject", .unknownObject: self.init(text, cause: .noSuchObject)
    case .unknownMethod: self.init("the hub is older than this tool: \(text)", cause: .unknownMethod)
    case .disconnected: self.init("the connection to the bus was lost", cause: .away)
    case .serviceUnknown, .nameHasNoOwner:
      self.init("the hub is away: vireod is not on the bus (systemctl status vireod)", cause: .away)
    case .noReply: self.init("the hub went away or does not answer", cause: .away)
    case .accessDenied:
      self.init("not allowed: the hub answers root and the members of the group vireo only")
    case let name where name.rawValue.hasPrefix("org.freedesktop.DBus.Error.Spawn"):
      self.init("the hub is away and cannot be started: \(text)", cause: .away)
    case let name where name.rawValue.hasPrefix("org.freedesktop.systemd1."):
      self.init("the hub is away and cannot be started: \(text)", cause: .away)
    default: self.init(text.isEmpty ? error.name.rawValue : text)
    }
  }
}
