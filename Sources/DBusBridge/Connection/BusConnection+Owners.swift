// SPDX-License-Identifier: Apache-2.0
// BusConnection: who is on the bus, for those names that somebody here cares about.
//
// One rule for each name, never one for all: a bus where many come and go would wake us for each of them.

public import DBusTypes
import EventLoop

/// The token of a tracked client; it is never used again.
public struct TrackID: Hashable, Comparable, Sendable {
  let rawValue: UInt64
  /// The order in which they were made.
  public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// Who owns a name, and for whom that is watched.
struct NameOwner {
  var owner: BusName?
  /// Matches whose sender is this name.
  var matches = 0
  var trackers: [TrackID: @Sendable () -> Void] = [:]
  var isNeeded: Bool { matches > 0 || !trackers.isEmpty }
}

extension BusConnection {
  /// Watches a client, and tells once when it is gone.
  ///
  /// `lost` is called on the loop when the client leaves the bus, if it had left already, if the bus will not tell
  /// about it, and when the bus itself is lost: unique names do not outlive it.
  @discardableResult
  public func track(_ client: BusName, lost: @escaping @Sendable () -> Void) -> TrackID {
    let id = TrackID(rawValue: nextID())
    guard state.isConnected else {
      later(lost)
      return id
    }
    tracks[id] = client
    watchOwner(of: client) { $0.trackers[id] = lost }
    return id
  }

  /// Stops watching a client; nothing is told any more.
  public func untrack(_ id: TrackID) {
    guard let client = tracks.removeValue(forKey: id) else { return }
    unwatchOwner(of: client) { $0.trackers[id] = nil }
  }

  func watchOwner(of name: BusName, _ change: (inout NameOwner) -> Void) {
    guard owners[name] == nil else { return change(&owners[name, default: NameOwner()]) }
    var owner = NameOwner()
    change(&owner)
    owners[name] = owner
    guard let text = MatchRule.ownerChange(of: name).text else { return }
    addRule(text, for: .owner(name))
    if state.isConnected { askForOwner(of: name) }
  }

  func unwatchOwner(of name: BusName, _ change: (inout NameOwner) -> Void) {
    guard var owner = owners[name] else { return }
    change(&owner)
    owners[name] = owner
    forgetOwnerIfUnneeded(name)
  }

  func askForOwner(of name: BusName) {
    let message = BusMessage.call(.bus, "/org/freedesktop/DBus", .bus, "GetNameOwner", [.string(name.rawValue)])
    let asked = generation
    start(message, timeout: nil) { [self] result in
      assumeIsolated { connection in
        guard connection.generation == asked else { return }
        let owner = try? result.get().body.first?.string.flatMap(BusName.init(_:))
        connection.ownerChanged(of: name, to: owner)
      }
    }
  }

  func ownerChanged(of name: BusName, to owner: BusName?) {
    guard var entry = owners[name] else { return }
    entry.owner = owner
    guard owner == nil else {
      owners[name] = entry
      return
    }
    let lost = entry.trackers.sorted { $0.key < $1.key }
    entry.trackers = [:]
    owners[name] = entry
    for (id, _) in lost { tracks[id] = nil }
    forgetOwnerIfUnneeded(name)
    for (_, handler) in lost { handler() }
  }

  /// What the bus itself tells: owners of names, and our own names.
  func handOut(busSignal signal: BusMessage) {
    guard let name = signal.body.first?.string.flatMap(BusName.init(_:)) else { return }
    switch signal.member {
    case "NameOwnerChanged": ownerChanged(of: name, to: signal.body.last?.string.flatMap(BusName.init(_:)))
    case "NameAcquired": nameChanged(name, isOwned: true)
    case "NameLost": nameChanged(name, isOwned: false)
    default: break
    }
  }

  /// The bus is gone: forgets every owner, and gives back what tells that the tracked clients are gone.
  func takeLostClients() -> [@Sendable () -> Void] {
    let lost = owners.values.flatMap(\.trackers).sorted { $0.key < $1.key }
    tracks = [:]
    for name in owners.keys {
      owners[name]?.trackers = [:]
      owners[name]?.owner = nil
      forgetOwnerIfUnneeded(name)
    }
    return lost.map(\.value)
  }

  private func forgetOwnerIfUnneeded(_ name: BusName) {
    guard owners[name]?.isNeeded == false else { return }
    owners[name] = nil
    if let text = MatchRule.ownerChange(of: name).text { removeRule(text, for: .owner(name)) }
  }
}
