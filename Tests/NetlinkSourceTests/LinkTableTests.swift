// SPDX-License-Identifier: Apache-2.0
// The table of links by itself: what changes what.

import EventModel
import Testing

@testable import NetlinkSource

@Suite("The table of links")
struct LinkTableTests {
  private func link(_ index: UInt32, _ name: String, _ change: (inout LinkRecord) -> Void = { _ in }) -> LinkRecord {
    var link = LinkRecord(index: index, name: name)
    link.kind = "veth"
    link.mtu = 1500
    change(&link)
    return link
  }

  private func table(_ links: LinkRecord...) -> LinkTable {
    var table = LinkTable(limits: NetlinkLimits())
    for link in links { _ = table.put(link) }
    return table
  }

  @Test func `a notification that changes nothing is no event`() {
    var table = table(link(2, "a"))
    #expect(table.put(link(2, "a")) == [])
  }

  @Test func `a link that is switched on with its carrier tells both, one that is switched off tells one`() {
    var table = table(link(2, "a"))
    let on = link(2, "a") {
      $0.isUp = true
      $0.hasCarrier = true
      $0.state = .up
    }
    #expect(table.put(on) == [.up(on), .carrierGained(on)])
    let off = link(2, "a") { $0.state = .down }
    #expect(table.put(off) == [.down(off)])
    let testing = link(2, "a") { $0.state = .testing }
    #expect(table.put(testing) == [.state(testing, previous: .down)])
  }

  @Test func `what a notification touched is not overridden by an older list`() {
    var table = table(link(2, "a"), link(3, "b"))
    let newer = link(2, "a") { $0.mtu = 9000 }
    _ = table.put(newer)
    _ = table.removeLink(3)
    let old = Snapshot(links: [link(2, "a"), link(3, "b"), link(4, "c")])
    var touched = Touched.listing
    touched.note(link: 2)
    touched.note(link: 3)
    let changes = table.reconcile(old, touched: touched)
    #expect(changes == [.added(link(4, "c"))])
    #expect(table.links[2]?.mtu == 9000)
    #expect(table.links[3] == nil)
  }

  @Test func `what notifications tell of between two listings is not kept`() {
    var touched = Touched.none
    touched.note(link: 2)
    touched.note(functionsOf: 2)
    #expect(touched.links.isEmpty && touched.functions.isEmpty)
  }

  @Test func `a list that changed while it was made proves no absence`() {
    var table = table(link(2, "a"))
    var snapshot = Snapshot(links: [link(3, "b")])
    snapshot.isConsistent = false
    #expect(table.reconcile(snapshot, touched: .listing) == [.added(link(3, "b"))])
    snapshot.isConsistent = true
    #expect(table.reconcile(snapshot, touched: .listing) == [.removed(link(2, "a"))])
  }

  @Test func `functions of a card come, change and go one by one`() {
    var table = table(link(2, "a"))
    var (first, second) = (VirtualFunction(number: 0), VirtualFunction(number: 1))
    let came = table.put(functions: [first, second], of: 2)
    #expect(came.count == 2)
    let before = second
    second.vlan = 10
    first.isTrusted = nil
    let now = link(2, "a") { $0.functions = [first, second] }
    #expect(
      table.put(functions: [first, second], of: 2) == [.function(now, number: 1, previous: before, now: second)])
    // A notification says nothing of them; they stay.
    #expect(table.put(link(2, "a")) == [])
    #expect(table.put(functions: [], of: 2).count == 2)
  }

  @Test func `an address is told once, and goes with its link`() {
    var table = table(link(2, "a"))
    let address = AddressRecord(index: 2, text: "192.0.2.1/24", scope: "global")
    #expect(table.put(address) == [.addressAdded(address)])
    #expect(table.put(address) == [])
    _ = table.removeLink(2)
    #expect(table.addresses(of: 2) == [])
    #expect(table.put(address) == [])
  }

  @Test func `limits leave out what is beyond them, and say so once`() {
    var limits = NetlinkLimits()
    limits.links = 1
    limits.addressesPerLink = 1
    limits.neighbours = 1
    var table = LinkTable(limits: limits)
    _ = table.put(link(2, "a"))
    #expect(table.put(link(3, "b")) == [])
    _ = table.put(AddressRecord(index: 2, text: "192.0.2.1/24"))
    #expect(table.put(AddressRecord(index: 2, text: "192.0.2.2/24")) == [])
    _ = table.put(NeighbourRecord(index: 2, address: "52:54:00:00:00:01"))
    #expect(table.put(NeighbourRecord(index: 2, address: "52:54:00:00:00:02")) == [])
    #expect(table.takeExcess() == [.links, .addresses, .neighbours])
    #expect(table.takeExcess().isEmpty)
  }
}
