// SPDX-License-Identifier: Apache-2.0
// BusConnection: signals that come in, and the rules that ask for them.

public import DBusTypes
import EventLoop

/// The token of a match; it is never used again.
public struct MatchID: Hashable, Comparable, Sendable {
  let rawValue: UInt64
  /// The order in which they were made.
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// A rule with what it calls.
struct Match {
  let rule: MatchRule
  let text: String
  let handler: @Sendable (BusMessage) -> Void
  let failed: @Sendable (BusError) -> Void
}

/// Who needs a rule at the bus.
///
/// The bus counts rules against a limit, so equal ones are asked for once.
enum RuleUser: Hashable {
  case match(MatchID)
  case owner(BusName)
}

extension BusConnection {
  /// Asks for the signals that a rule describes, now and after each reconnection.
  ///
  /// A well-known sender in the rule is checked against who owns that name at the time, so nobody else can pass for it.
  ///
  /// - Parameters:
  ///   - rule: Which signals.
  ///   - failed: Told on the loop if the rule is refused: it contradicts itself, or the bus has a limit. The match
  ///     stays, and is asked for again after the next reconnection.
  ///   - handler: Gets each signal, on the loop, in the order in which they came.
  /// - Returns: The token to end it by.
  @discardableResult
  public func addMatch(
    _ rule: MatchRule, failed: @escaping @Sendable (BusError) -> Void = { _ in },
    handler: @escaping @Sendable (BusMessage) -> Void
  ) -> MatchID {
    let id = MatchID(rawValue: nextID())
    guard let text = rule.text else {
      later { failed(BusError(.invalidArguments, "the match rule contradicts itself or is too long", isLocal: true)) }
      return id
    }
    // Who owns the name must be known before the first signal comes: asked for first, answered first.
    if let sender = rule.ownedSender { watchOwner(of: sender) { $0.matches += 1 } }
    matches[id] = Match(rule: rule, text: text, handler: handler, failed: failed)
    matchIndex.insert(id, rule)
    addRule(text, for: .match(id))
    return id
  }

  /// Ends a match; its handler is not called again.
  public func removeMatch(_ id: MatchID) {
    guard let match = matches.removeValue(forKey: id) else { return }
    matchIndex.remove(id, match.rule)
    removeRule(match.text, for: .match(id))
    if let sender = match.rule.ownedSender { unwatchOwner(of: sender) { $0.matches -= 1 } }
  }

  /// Hands a signal to everybody whose rule it matches.
  func handOut(signal: BusMessage) {
    if signal.sender == .bus, signal.interface == .bus { handOut(busSignal: signal) }
    let found = matchIndex.matches(signal) { owners[$0]?.owner }.sorted()
    for id in found { matches[id]?.handler(signal) }
  }

  func addRule(_ text: String, for user: RuleUser) {
    let isNew = ruleUsers[text] == nil
    ruleUsers[text, default: []].insert(user)
    if isNew, state.isConnected { askForRule(text) }
  }

  func removeRule(_ text: String, for user: RuleUser) {
    ruleUsers[text]?.remove(user)
    guard ruleUsers[text]?.isEmpty == true else { return }
    ruleUsers[text] = nil
    guard state.isConnected else { return }
    var message = BusMessage.call(.bus, "/org/freedesktop/DBus", .bus, "RemoveMatch", [.string(text)])
    message.flags = .noReplyExpected
    _ = queue(message, .reply)
  }

  func addRulesAgain() {
    // Owners first, for the same reason as in `addMatch`.
    for name in owners.keys.sorted() { MatchRule.ownerChange(of: name).text.map(askForRule) }
    for name in owners.keys.sorted() { askForOwner(of: name) }
    for text in ruleUsers.keys.sorted() {
      let isOfMatch = ruleUsers[text]?.contains { if case .match = $0 { true } else { false } }
      if isOfMatch == true { askForRule(text) }
    }
  }

  private func askForRule(_ text: String) {
    let message = BusMessage.call(.bus, "/org/freedesktop/DBus", .bus, "AddMatch", [.string(text)])
    let asked = generation
    start(message, timeout: nil) { [self] result in
      guard case .failure(let error) = result else { return }
      assumeIsolated { if $0.generation == asked { $0.ruleRefused(text, error) } }
    }
  }

  private func ruleRefused(_ text: String, _ error: BusError) {
    for user in ruleUsers[text] ?? [] {
      switch user {
      case .match(let id): matches[id]?.failed(error)
      // Who cannot be watched counts as gone: nothing may be kept for a client whose end one would not notice.
      case .owner(let name): ownerChanged(of: name, to: nil)
      }
    }
  }
}

extension MatchRule {
  /// The sender, if it is a name whose owner changes.
  fileprivate var ownedSender: BusName? { sender.flatMap { $0.isUnique || $0 == .bus ? nil : $0 } }
}
