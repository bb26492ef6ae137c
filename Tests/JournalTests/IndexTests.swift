// SPDX-License-Identifier: Apache-2.0
// The indexes are filled from what this process wrote where it can, and from the file where it must.

import EventModel
import TestSupport
import Testing

@testable import Journal

@Suite("Journal: indexes")
struct IndexTests {
  private static let stride = 64
  private let directory: TemporaryDirectory
  private var path: String { directory.file("journal.db") }

  init() throws {
    directory = try TemporaryDirectory()
    try Store.create(path: path, instance: .random(), floor: 0)
  }

  private func write(_ numbers: ClosedRange<UInt64>, to store: Store) throws {
    _ = try store.write(Store.Transaction(events: Samples.mixed(numbers)[...]))
  }

  private func fill(_ store: Store) throws {
    while store.indexed < store.newest { try store.fillIndexes(stride: Self.stride) }
  }

  /// All that the indexes hold.
  private func indexes() throws -> [String] {
    try TestDatabase.rows(
      "SELECT key, last, hex(postings) FROM kind_index UNION ALL SELECT key, last, hex(postings) FROM subject_index",
      at: path)
  }

  @Test func `what is indexed as it was written is what another process would read back`() throws {
    var store = try Store(path: path, options: .init())
    // Transactions of every size around that of a statement, with strides that end inside them.
    var last: UInt64 = 0
    for size in 1...40 as ClosedRange<UInt64> {
      try write(last + 1...last + size, to: store)
      last += size
      if store.newest >= store.indexed + UInt64(Self.stride) { try store.fillIndexes(stride: Self.stride) }
    }
    try fill(store)
    store.close()
    let written = try indexes()
    #expect(written.count > 100)

    try TestDatabase.run(
      "DELETE FROM kind_index; DELETE FROM subject_index; DELETE FROM meta WHERE name = 'indexed'", at: path)
    store = try Store(path: path, options: .init())
    #expect(store.indexed == 0)
    try fill(store)
    store.close()
    #expect(try indexes() == written)
  }

  @Test func `a stride that begins with the events of an earlier process is whole`() throws {
    var store = try Store(path: path, options: .init())
    try write(1...100, to: store)
    store.close()
    store = try Store(path: path, options: .init())
    try write(101...200, to: store)
    try fill(store)
    for number in [1, 100, 101, 200] as [UInt64] {
      let key = Checksum.key(of: Subject(.vm, "vm\(number % 7)"))
      #expect(try store.sequences(.subject, key: key, from: number, through: number) == [number])
    }
    store.close()
  }

  @Test func `events that were removed before they were indexed are in no index`() throws {
    let store = try Store(path: path, options: .init())
    try write(1...100, to: store)
    #expect(try store.trim(limit: 70) == 70)
    try fill(store)
    for subject in 0..<7 {
      let key = Checksum.key(of: Subject(.vm, "vm\(subject)"))
      #expect(try store.sequences(.subject, key: key, from: 0, through: 100).allSatisfy { $0 > 70 })
    }
    store.close()
  }

  @Test func `a transaction that failed adds nothing to the indexes`() throws {
    let store = try Store(path: path, options: .init())
    try write(1...20, to: store)
    // Its second event has a number that is taken.
    let twice = [21, 20, 22, 23, 24, 25, 26, 27, 28].map { Samples.event(UInt64($0), subject: Subject(.vm, "no")) }
    #expect(throws: StoreFailure.self) { try store.write(Store.Transaction(events: twice[...])) }
    try write(21...30, to: store)
    try fill(store)
    #expect(
      try store.sequences(.subject, key: Checksum.key(of: Subject(.vm, "no")), from: 0, through: .max).isEmpty)
    #expect(try store.event(21)?.subject == Subject(.vm, "vm0"))
    store.close()
  }
}
