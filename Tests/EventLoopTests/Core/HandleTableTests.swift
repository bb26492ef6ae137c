// SPDX-License-Identifier: Apache-2.0
// The handles without a kernel: what it would have been told.

import Synchronization
import Testing

@testable import EventLoop

/// A kernel that writes down what it is told, and refuses some descriptors.
private final class Kernel: InterestList, Sendable {
  private let notes = Mutex<[String]>([])
  private let refuses: Set<CInt>

  init(refusing refuses: Set<CInt> = []) { self.refuses = refuses }

  func add(_ descriptor: CInt, _ events: HandleEvents, token: UInt64) -> Bool {
    note("add \(descriptor) \(events) as \(token & 0xFFFF_FFFF)", descriptor)
  }

  func modify(_ descriptor: CInt, _ events: HandleEvents, token: UInt64) -> Bool {
    note("modify \(descriptor) \(events) as \(token & 0xFFFF_FFFF)", descriptor)
  }

  func remove(_ descriptor: CInt) { _ = note("remove \(descriptor)", descriptor) }

  /// What was told since the last look.
  func told() -> [String] {
    notes.withLock { notes in
      defer { notes = [] }
      return notes
    }
  }

  private func note(_ text: String, _ descriptor: CInt) -> Bool {
    notes.withLock { $0.append(text) }
    return !refuses.contains(descriptor)
  }
}

private func insert(_ table: inout HandleTable, _ number: UInt64, _ descriptor: CInt, _ events: HandleEvents) {
  let id = HandleID(rawValue: number)
  table.prepare(id.slot)
  table.insert(
    id, descriptor: descriptor, events: events, calls: HandleCalls(callback: { _, _, _ in }, free: nil))
}

private func id(_ number: UInt64) -> HandleID { HandleID(rawValue: number) }

@Suite struct HandleTableTests {
  @Test func `the kernel gets the union of the interests, once`() {
    var table = HandleTable()
    let kernel = Kernel()
    insert(&table, 1, 7, .readable)
    insert(&table, 2, 7, [])
    insert(&table, 3, 8, .writable)
    table.settle(turn: 1, in: kernel)
    #expect(kernel.told() == ["add 7 readable as 1", "add 8 writable as 3"])
    table.update(id(2), events: .writable)
    table.update(id(2), events: [.writable, .readable])
    table.settle(turn: 2, in: kernel)
    #expect(kernel.told() == ["modify 7 readable|writable as 1"])
    table.settle(turn: 3, in: kernel)
    #expect(kernel.told() == [])
  }

  @Test func `an interest that goes and comes back within a turn is not told`() {
    var table = HandleTable()
    let kernel = Kernel()
    insert(&table, 1, 7, .readable)
    table.settle(turn: 1, in: kernel)
    _ = kernel.told()
    table.update(id(1), events: [])
    table.update(id(1), events: .readable)
    table.settle(turn: 2, in: kernel)
    #expect(kernel.told() == [])
    table.update(id(1), events: [])
    table.settle(turn: 3, in: kernel)
    #expect(kernel.told() == ["remove 7"])
  }

  @Test func `a handle that comes and goes within a turn is not told`() {
    var table = HandleTable()
    let kernel = Kernel()
    insert(&table, 1, 7, .readable)
    table.remove(id(1), turn: 1, in: kernel)
    _ = table.release(slot: 1)
    // Its slot has another handle before the kernel is told.
    insert(&table, 1 << 32 | 1, 9, .writable)
    table.settle(turn: 2, in: kernel)
    #expect(kernel.told() == ["add 9 writable as 1"])
    let isFirstThere = table.update(id(1), events: .readable)
    let isSecondThere = table.update(id(1 << 32 | 1), events: .readable)
    #expect(!isFirstThere && isSecondThere)
  }

  @Test func `the end of the last interest is told at once, any other in its time`() {
    var table = HandleTable()
    let kernel = Kernel()
    insert(&table, 1, 7, .readable)
    insert(&table, 2, 7, .writable)
    table.settle(turn: 1, in: kernel)
    _ = kernel.told()
    table.remove(id(1), turn: 2, in: kernel)
    #expect(kernel.told() == [])
    _ = table.release(slot: 1)
    table.settle(turn: 3, in: kernel)
    #expect(kernel.told() == ["modify 7 writable as 2"], "and the token is that of the one that is left")
    table.remove(id(2), turn: 4, in: kernel)
    #expect(kernel.told() == ["remove 7"])
    _ = table.release(slot: 2)
    insert(&table, 3, 7, .readable)
    table.settle(turn: 5, in: kernel)
    #expect(kernel.told() == ["add 7 readable as 3"])
  }

  @Test func `the chain of a descriptor stays whole, whichever of its handles goes`() {
    for gone in 1...3 as ClosedRange<UInt64> {
      var table = HandleTable()
      let kernel = Kernel()
      for number in 1...3 as ClosedRange<UInt64> { insert(&table, number, 5, .readable) }
      table.settle(turn: 1, in: kernel)
      table.remove(id(gone), turn: 2, in: kernel)
      _ = table.release(slot: Int(gone))
      table.settle(turn: 3, in: kernel)
      var chain: [UInt64] = []
      var index = Int(table.descriptors[5].head)
      while index != 0 {
        chain.append(UInt64(index))
        index = Int(table.slots[index].next)
      }
      #expect(chain == [1, 2, 3].filter { $0 != gone })
    }
  }

  @Test func `a wild descriptor costs no memory, and its handle is on the list of the refused`() {
    var table = HandleTable()
    let kernel = Kernel(refusing: [CInt.max, 3])
    insert(&table, 1, CInt.max, .readable)
    insert(&table, 2, -5, .readable)
    insert(&table, 3, CInt.max - 1, [])
    insert(&table, 4, 3, .readable)
    table.settle(turn: 1, in: kernel)
    #expect(table.refused.sorted() == [1, 2, 4])
    #expect(table.descriptors.count < 100)
    table.refused = []
    table.update(id(1), events: .writable)
    table.settle(turn: 2, in: kernel)
    #expect(table.refused == [1], "tried again")
  }

  @Test func `an event of a registration that should not exist is told from one that is merely late`() {
    var table = HandleTable()
    let kernel = Kernel()
    func ghost(_ token: UInt64, _ turn: UInt32) -> Bool { table.isGhost(token, turn: turn) }
    insert(&table, 1, 7, .readable)
    table.settle(turn: 1, in: kernel)
    #expect(ghost(1, 2) == false)
    table.remove(id(1), turn: 2, in: kernel)
    #expect(ghost(1, 2) == false)
    #expect(ghost(1, 3) == true)
    _ = table.release(slot: 1)
    #expect(ghost(1, 2) == true)
    #expect(ghost(1 << 40, 2) == true)
    #expect(ghost(UInt64.max, 2) == true)
  }

  @Test func `a kernel that has forgotten everything is told everything again`() {
    var table = HandleTable()
    let kernel = Kernel()
    insert(&table, 1, 7, .readable)
    insert(&table, 2, 7, .writable)
    insert(&table, 3, 9, .readable)
    insert(&table, 4, 4, [])
    table.settle(turn: 1, in: kernel)
    _ = kernel.told()
    table.forgetKernel()
    table.settle(turn: 2, in: kernel)
    #expect(kernel.told() == ["add 7 readable|writable as 1", "add 9 readable as 3"])
  }
}
