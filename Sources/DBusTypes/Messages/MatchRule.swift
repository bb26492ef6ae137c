// SPDX-License-Identifier: Apache-2.0
// Which signals: a match rule.

/// Which signals one wants to have, in the terms of the specification's "Match Rules".
///
/// The bus filters by ``text``; ``matches(_:senderOwner:)`` says the same of a message in hand. What is nil does not
/// restrict.
public struct MatchRule: Hashable, Sendable {
  /// The longest rule that buses take, in bytes; ``text`` is nil past it.
  public static let maximumLength = 1024

  /// Who sends.
  ///
  /// A well-known name stands for whoever owns it at that moment.
  public var sender: BusName?
  /// The object that tells.
  public var path: ObjectPath?
  /// The object that tells, or any below it.
  ///
  /// Not together with ``path``.
  public var pathNamespace: ObjectPath?
  /// The interface of the signal.
  public var interface: InterfaceName?
  /// The signal.
  public var member: MemberName?
  /// The first argument, which must be a string.
  public var argument0: String?
  /// The first argument, or what follows it after a dot: `vm.state` for `vm.state.paused`.
  ///
  /// Not with ``argument0``.
  public var argument0Namespace: String?

  /// A rule of what is given.
  public init(
    sender: BusName? = nil, path: ObjectPath? = nil, pathNamespace: ObjectPath? = nil,
    interface: InterfaceName? = nil, member: MemberName? = nil, argument0: String? = nil,
    argument0Namespace: String? = nil
  ) {
    self.sender = sender
    self.path = path
    self.pathNamespace = pathNamespace
    self.interface = interface
    self.member = member
    self.argument0 = argument0
    self.argument0Namespace = argument0Namespace
  }

  /// The change of the owner of one name, whether it gets one, changes it or loses it.
  public static func ownerChange(of name: BusName) -> MatchRule {
    MatchRule(
      sender: .bus, path: "/org/freedesktop/DBus", interface: .bus, member: "NameOwnerChanged",
      argument0: name.rawValue)
  }

  /// The rule in the form that `AddMatch` takes; nil if it contradicts itself, holds U+0000 or is too long.
  public var text: String? {
    guard path == nil || pathNamespace == nil, argument0 == nil || argument0Namespace == nil else { return nil }
    var text = "type='signal'"
    func add(_ key: String, _ value: String?) {
      guard let value else { return }
      text += ",\(key)='"
      for character in value.unicodeScalars {
        // Within quotes nothing is special but the quote, which is written outside of them.
        if character == "'" { text += "'\\''" } else { text.unicodeScalars.append(character) }
      }
      text += "'"
    }
    add("sender", sender?.rawValue)
    add("path", path?.rawValue)
    add("path_namespace", pathNamespace?.rawValue)
    add("interface", interface?.rawValue)
    add("member", member?.rawValue)
    add("arg0", argument0)
    add("arg0namespace", argument0Namespace)
    guard text.utf8.count <= MatchRule.maximumLength, !text.utf8.contains(0) else { return nil }
    return text
  }

  /// Whether a signal is one of those wanted.
  ///
  /// A message bears its sender's unique name, so whoever calls says who owns a well-known ``sender`` now; anybody
  /// can send a signal that looks right otherwise.
  public func matches(_ message: BusMessage, senderOwner: BusName? = nil) -> Bool {
    guard message.kind == .signal else { return false }
    if let sender, message.sender != sender, senderOwner == nil || message.sender != senderOwner { return false }
    if let interface, message.interface != interface { return false }
    if let member, message.member != member { return false }
    if let path, message.path != path { return false }
    if let pathNamespace {
      guard let path = message.path, path == pathNamespace || path.isBelow(pathNamespace) else { return false }
    }
    let first = message.body.first?.string
    if let argument0, first != argument0 { return false }
    if let argument0Namespace {
      guard let first, first == argument0Namespace || first.hasPrefix(argument0Namespace + ".") else { return false }
    }
    return true
  }
}
