// SPDX-License-Identifier: Apache-2.0
// From a signal to whoever asked for it, without looking at all who asked for another.

import DBusTypes

/// Finds the rules that a signal may match, at a cost that does not grow with the number of rules.
///
/// Rules are kept by interface, member and first argument. A signal is looked up once for each combination of these
/// three that any rule uses: eight at most.
struct MatchIndex<ID: Hashable> {
  private struct Key: Hashable {
    let interface: InterfaceName?
    let member: MemberName?
    let argument0: String?
  }

  /// Which of the three parts a rule has.
  private struct Shape: Hashable {
    let interface: Bool
    let member: Bool
    let argument0: Bool

    init(_ rule: MatchRule) {
      interface = rule.interface != nil
      member = rule.member != nil
      argument0 = rule.argument0 != nil
    }
  }

  private var buckets: [Key: [(id: ID, rule: MatchRule)]] = [:]
  private var shapes: [Shape: Int] = [:]

  mutating func insert(_ id: ID, _ rule: MatchRule) {
    buckets[key(rule), default: []].append((id, rule))
    shapes[Shape(rule), default: 0] += 1
  }

  mutating func remove(_ id: ID, _ rule: MatchRule) {
    let key = key(rule)
    guard let index = buckets[key]?.firstIndex(where: { $0.id == id }) else { return }
    buckets[key]?.remove(at: index)
    if buckets[key]?.isEmpty == true { buckets[key] = nil }
    let shape = Shape(rule)
    shapes[shape] = shapes[shape].flatMap { $0 > 1 ? $0 - 1 : nil }
  }

  /// The rules that the signal matches, in no particular order; `owner` says who owns a well-known name now.
  func matches(_ signal: BusMessage, owner: (BusName) -> BusName?) -> [ID] {
    var found: [ID] = []
    for shape in shapes.keys {
      let key = Key(
        interface: shape.interface ? signal.interface : nil, member: shape.member ? signal.member : nil,
        argument0: shape.argument0 ? signal.body.first?.string : nil)
      for entry in buckets[key] ?? [] {
        let wellKnown = entry.rule.sender.flatMap { $0.isUnique || $0 == .bus ? nil : $0 }
        if entry.rule.matches(signal, senderOwner: wellKnown.flatMap(owner)) { found.append(entry.id) }
      }
    }
    return found
  }

  private func key(_ rule: MatchRule) -> Key {
    Key(interface: rule.interface, member: rule.member, argument0: rule.argument0)
  }
}
