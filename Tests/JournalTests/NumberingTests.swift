// SPDX-License-Identifier: Apache-2.0
// Where the numbers of a new run begin, whatever became of the last one.

import EventModel
import Testing

@testable import Journal

@Suite("Journal: where numbers begin")
struct NumberingTests {
  private func record(
    _ state: LockRecord.State, last: UInt64, reserved: UInt64 = 1000,
    durability: JournalOptions.Durability = .crash, boot: String = "this"
  ) -> LockRecord {
    LockRecord(
      processID: 1, bootID: boot, state: state, durability: durability, instance: .random(), reserved: reserved,
      last: last)
  }

  private func start(_ record: LockRecord?, held: UInt64 = 10, reserved: UInt64 = 1000, boot: String? = "this")
    -> Numbering
  {
    Numbering(held: held, reserved: reserved, record: record, bootID: boot)
  }

  @Test func `after a good end the next number follows`() {
    #expect(start(record(.closed, last: 10)).head == 10)
    #expect(start(record(.closed, last: 10)).gap == nil)
    #expect(start(record(.closed, last: 10, boot: "other")).gap == nil)
  }

  @Test func `after a good end with events that the disk did not take they are a gap`() {
    #expect(start(record(.closed, last: 14)).gap == Gap(first: 11, last: 14))
  }

  @Test func `after a kill the next number follows the newest row`() {
    #expect(start(record(.running, last: 10)).gap == nil)
    // The record lags when the kill came between the commit and its note.
    #expect(start(record(.running, last: 9)).head == 10)
    #expect(start(record(.running, last: 9)).gap == nil)
  }

  @Test func `after a kill while the disk took nothing the numbers given out are a gap`() {
    #expect(start(record(.stranded, last: 25)).gap == Gap(first: 11, last: 25))
    #expect(start(record(.running, last: 25)).gap == Gap(first: 11, last: 25))
  }

  @Test func `after a power cut numbers begin after the reservation`() {
    #expect(start(record(.running, last: 10, boot: "other")).gap == Gap(first: 11, last: 1000))
    #expect(start(record(.running, last: 10, reserved: 2000, boot: "other")).head == 2000)
    #expect(start(record(.running, last: 10), boot: nil).head == 1000)
    #expect(start(record(.running, last: 10, boot: ""), boot: "").head == 1000)
  }

  @Test func `after a power cut with power-loss durability nothing is skipped`() {
    #expect(start(record(.running, last: 10, durability: .powerLoss, boot: "other")).gap == nil)
    #expect(start(record(.stranded, last: 10, durability: .powerLoss, boot: "other")).head == 1000)
  }

  @Test func `without a record numbers begin after the reservation`() {
    #expect(start(nil).gap == Gap(first: 11, last: 1000))
    #expect(start(nil, held: 0, reserved: 0).head == 0)
    #expect(start(nil, held: 0, reserved: 0).gap == nil)
  }

  @Test func `a record that cannot be true is not believed`() {
    #expect(start(record(.closed, last: .max)).head == 1000)
    #expect(start(record(.running, last: 10, reserved: .max)).head == 1000)
  }

  @Test func `a record is text of one length and comes back as it was`() throws {
    for state in LockRecord.State.allCases {
      for last in [UInt64.zero, 7, .max] {
        let record = LockRecord(
          processID: 4_194_304, bootID: "0f3c1b1e-6d63-4ff1-a33c-8d4d6f6f8d2a", state: state, durability: .powerLoss,
          instance: .random(), reserved: .max, last: last)
        #expect(record.bytes.count == LockRecord.length)
        #expect(LockRecord(record.bytes) == record)
        #expect(Array(record.bytes[LockRecord.lastOffset...]) == LockRecord.digits(last))
      }
    }
  }

  @Test func `a damaged record is no record`() {
    let bytes = record(.running, last: 5).bytes
    #expect(LockRecord(Array(bytes.dropLast())) == nil)
    #expect(LockRecord([UInt8](repeating: 0, count: LockRecord.length)) == nil)
    var changed = bytes
    changed[LockRecord.lastOffset] = UInt8(ascii: "x")
    #expect(LockRecord(changed) == nil)
  }
}
