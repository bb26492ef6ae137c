// SPDX-License-Identifier: Apache-2.0
// The stream of notifications.

import EventModel
import Hub

extension NetlinkSource {
  /// Reads what is queued, at most an allowance of a turn; what is left wakes the loop again.
  func drain() {
    for _ in 0..<options.datagramsPerTurn {
      guard let socket else { return }
      switch socket.receive() {
      case .datagram(let bytes): take(bytes)
      case .nothing: return caughtUp()
      case .overrun: overrun()
      case .foreign(let port): health.rejected("a message that process or port \(port) sent, not the kernel")
      case .failed(let error): return lost(error)
      }
    }
  }

  /// Everything that was queued has been read.
  private func caughtUp() {
    switch listing {
    case .waiting(let snapshot):
      listing = .none
      needsListing ? requestListing() : compare(with: snapshot)
    case .none where needsListing: requestListing()
    case .none: lastComplete = .now()
    case .underWay: break
    }
  }

  /// The kernel threw notifications away: what the lists say that are under way is not the newest any more either.
  private func overrun() {
    health.overrun()
    blind = blind ?? (lastComplete, "overrun")
    needsListing = true
  }

  /// Takes all messages of a datagram.
  private func take(_ datagram: [UInt8]) {
    let (messages, isBroken) = NetlinkMessage.parse(datagram[...])
    for message in messages { take(message) }
    if isBroken { health.rejected("a datagram of the kernel that ends in the middle of a message") }
    tellExcess()
  }

  private func take(_ message: NetlinkMessage) {
    switch message.type {
    case MessageType.newLink:
      guard let link = LinkRecord(message, limits: options.limits) else { return }
      touched.note(link: link.index)
      put(link)
    case MessageType.deleteLink:
      guard let index = LinkRecord.index(of: message) else { return }
      touched.note(link: index)
      let changes = table.removeLink(index)
      emit(changes, origin: .live)
      if case .removed(let link) = changes.first, !link.parent.isEmpty { askAllCards() }
      // There is room again for those that were left out.
      if leavesOut, table.links.count < options.limits.links - options.limits.links / 16 {
        leavesOut = false
        requestListing()
      }
    case MessageType.newAddress, MessageType.deleteAddress:
      guard let address = AddressRecord(message) else { return }
      touched.note(address)
      let isNew = message.type == MessageType.newAddress
      emit(isNew ? table.put(address) : table.remove(address), origin: .live)
    case MessageType.newNeighbour, MessageType.deleteNeighbour:
      guard options.watchesNeighbours, let neighbour = NeighbourRecord(message) else { return }
      touched.note(neighbour)
      let isNew = message.type == MessageType.newNeighbour
      emit(isNew ? table.put(neighbour) : table.remove(neighbour), origin: .live)
    case MessageType.overrun: overrun()
    default: break
    }
  }

  private func put(_ link: LinkRecord) {
    let changes = table.put(link)
    if !link.parent.isEmpty { if isNew(changes) { askAllCards() } else { ask(cards: [link.index]) } }
    emit(changes, origin: .live)
  }

  private func isNew(_ changes: [LinkChange]) -> Bool {
    if case .added = changes.first { true } else { false }
  }

  /// Hands changes to the hub.
  func emit(_ changes: [LinkChange], origin: Origin) {
    guard !changes.isEmpty else { return }
    let report = LinkReport(source: Self.subject, origin: origin, table: table)
    for change in changes {
      if isFirstRun, isFirstListing, case .added(let link) = change {
        // It may have been there all the time: which of the two, the lists would not tell either.
        feed.send(.add(report.object(link), nil))
      } else if origin == .live {
        for operation in report.operations(change) { feed.send(operation) }
      } else {
        // Of a comparison there may be thousands. They share the table as it is now, which is copied once for that.
        feed.send(.later { report.operations(change) })
      }
    }
  }

  /// Says what was left out because of a limit.
  func tellExcess() {
    for excess in table.takeExcess().sorted(by: { $0.rawValue < $1.rawValue }) {
      if excess == .links { leavesOut = true }
      health.degraded(excess.rawValue)
    }
  }
}
