// SPDX-License-Identifier: Apache-2.0
// Being told that there is something new to read.

import DBusBridge
import DBusTypes
import EventLoop

/// Tells that there is something new to read, or that the hub went away or came back.
///
/// The hub's broadcast signals are only its rings: what is new is read from the hub by number. So nothing depends on all of
/// them arriving, many of them cost one reading, and a reader that is held up by its output holds nothing in memory.
///
/// Threading: lives on the loop.
actor Doorbell: LoopActor {
  /// More kinds than these, or first words of them, are not worth a match rule each.
  private static let ruleLimit = 16

  nonisolated let loop: EventLoop
  private let client: HubClient
  private var isRung = false
  private var waiter: CheckedContinuation<Void, Never>?
  /// Whether somebody owns the hub's name; nil until it is known.
  private var isHubThere: Bool?
  private var hasHubLeft = false
  private var isGivenUp = false

  init(client: HubClient) {
    self.client = client
    loop = client.loop
  }

  /// Begins to listen; what happens after this returns rings.
  ///
  /// `kinds` are those of the events that ring, none for all; nil is for the hub's coming and going alone.
  func listen(to kinds: [String]?) {
    client.connection.assumeIsolated { connection in
      connection.onStateChange { state in self.assumeIsolated { $0.busChanged(to: state) } }
      connection.addMatch(.ownerChange(of: HubClient.name)) { signal in
        let owner = signal.body.last?.string ?? ""
        self.assumeIsolated { $0.hubChanged(isThere: !owner.isEmpty) }
      }
      for rule in kinds.map(Doorbell.rules) ?? [] {
        connection.addMatch(rule) { _ in self.assumeIsolated { $0.ring() } }
      }
      let state = connection.state
      if state.isConnected { self.assumeIsolated { $0.busChanged(to: state) } }
    }
  }

  /// Waits for a ring; one that came before counts.
  func wait() async {
    if !isRung { await withCheckedContinuation { waiter = $0 } }
    isRung = false
  }

  /// Whether the hub has left since this was last asked; it may be back already.
  func takeDeparture() -> Bool {
    defer { hasHubLeft = false }
    return hasHubLeft
  }

  /// Waits until the hub is there, or for so long.
  func waitForHub(_ limit: Duration?) async -> Bool {
    await wait(limit) { $0.isHubThere == true }
    return isHubThere == true
  }

  /// Waits until the hub has left, or for so long; it may be back already.
  func waitForDeparture(_ limit: Duration) async {
    await wait(limit) { $0.hasHubLeft || $0.isHubThere != true }
  }

  private func wait(_ limit: Duration?, until isMet: (isolated Doorbell) -> Bool) async {
    isGivenUp = false
    let timer = limit.map { limit in
      loop.addTimeout(.every(limit)) { _ in
        self.assumeIsolated {
          $0.isGivenUp = true
          $0.ring()
        }
      }
    }
    while !isMet(self), !isGivenUp { await wait() }
    if let timer { loop.removeTimeout(timer) }
  }

  private func ring() {
    guard let waiter else {
      isRung = true
      return
    }
    self.waiter = nil
    waiter.resume()
  }

  private func hubChanged(isThere: Bool) {
    if !isThere || isHubThere == false { hasHubLeft = true }
    isHubThere = isThere
    ring()
  }

  private func busChanged(to state: BusState) {
    guard state.isConnected else {
      if isHubThere == true { hubChanged(isThere: false) }
      return
    }
    let question = BusMessage.call(
      .bus, "/org/freedesktop/DBus", .bus, "NameHasOwner", [.text(HubClient.name.rawValue)])
    client.connection.assumeIsolated { connection in
      connection.call(question) { result in
        guard case .success(let reply) = result, let isThere = reply.body.first?.boolean else { return }
        self.assumeIsolated { $0.hubChanged(isThere: isThere) }
      }
    }
  }

  private static func rules(_ kinds: [String]) -> [MatchRule] {
    func rule(_ member: MemberName, _ namespace: String? = nil) -> MatchRule {
      MatchRule(
        sender: HubClient.name, path: HubClient.root, interface: HubClient.manager, member: member,
        argument0Namespace: namespace)
    }
    let others = [rule("Gap"), rule("Heartbeat")]
    var namespaces = Set(kinds.map { $0.hasSuffix(".*") ? String($0.dropLast(2)) : $0 })
    // Of many kinds the first words ring: more often than need be, and never too seldom.
    if namespaces.count > ruleLimit { namespaces = Set(namespaces.map { String($0.prefix { $0 != "." }) }) }
    guard !kinds.isEmpty, namespaces.count <= ruleLimit, !kinds.contains("*") else { return others + [rule("Event")] }
    return others + namespaces.sorted().map { rule("Event", $0) }
  }
}
