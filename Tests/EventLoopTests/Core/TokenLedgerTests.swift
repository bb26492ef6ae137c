// SPDX-License-Identifier: Apache-2.0
// Tokens: alive or not, and never twice.

import Synchronization
import Testing

@testable import EventLoop

@Suite struct TokenLedgerTests {
  @Test func `slots begin at 1 and are given out once`() {
    let ledger = TokenLedger()
    #expect(ledger.takeSlots(1) == 1..<2)
    #expect(ledger.takeSlots(64) == 2..<66)
    #expect(ledger.takeSlots(1) == 66..<67)
  }

  @Test func `a token lives from its beginning until it is retired once`() {
    let ledger = TokenLedger()
    // Across the borders of the first chunks, and with a slot far away.
    for slot in ledger.takeSlots(5000) {
      let token = UInt64(slot)
      #expect(!ledger.retire(token), "not yet")
      ledger.begin(token)
      #expect(ledger.retire(token))
      #expect(!ledger.retire(token))
    }
  }

  @Test func `the next token of a slot is another one`() throws {
    let ledger = TokenLedger()
    var token = UInt64(ledger.takeSlots(1).lowerBound)
    for generation in 0..<10 as Range<UInt64> {
      #expect(token == generation << 32 | 1)
      ledger.begin(token)
      #expect(!ledger.retire(token + (1 << 32)), "of the future")
      #expect(generation == 0 || !ledger.retire(token - (1 << 32)), "of the past")
      #expect(ledger.retire(token))
      token = try #require(TokenLedger.next(after: token))
    }
  }

  @Test func `a slot whose generations are used up is not used again`() {
    let last = UInt64(TokenLedger.lastGeneration) << 32 | 7
    #expect(TokenLedger.next(after: last) == nil)
    #expect(TokenLedger.next(after: last - (1 << 32)) == last)
    let ledger = TokenLedger()
    _ = ledger.takeSlots(10)
    ledger.begin(last)
    #expect(ledger.retire(last))
  }

  @Test(arguments: [0, 1 << 63, .max, 1 << 32 | 99, 4_000_000_000] as [UInt64])
  func `a number that is no token is refused`(_ number: UInt64) {
    let ledger = TokenLedger()
    _ = ledger.takeSlots(64)
    #expect(!ledger.retire(number))
  }

  @Test func `of eight threads that retire a token one succeeds`() {
    let ledger = TokenLedger()
    let slots = ledger.takeSlots(2000)
    for slot in slots { ledger.begin(UInt64(slot)) }
    let successes = Atomic<Int>(0)
    let workers = (0..<8).map { _ in
      Background {
        for slot in slots where ledger.retire(UInt64(slot)) { successes.add(1, ordering: .relaxed) }
        // Chunks that several make at once.
        for slot in ledger.takeSlots(3000) { ledger.begin(UInt64(slot)) }
      }
    }
    for worker in workers { worker.join() }
    #expect(successes.load(ordering: .relaxed) == 2000)
    for slot in slots.upperBound..<slots.upperBound + 24_000 { #expect(ledger.retire(UInt64(slot))) }
  }

  @Test func `free tokens are given out before fresh ones, and the surplus is shared`() {
    var supply = TokenSupply()
    #expect(supply.isEmpty == true)
    supply.add(1..<3)
    #expect(supply.take() == 1)
    supply.add(1 << 32 | 1)
    #expect(supply.take() == 1 << 32 | 1)
    #expect(supply.take() == 2)
    #expect(supply.isEmpty == true)
    for token in 1...UInt64(TokenSupply.largestSpare) { supply.add(token) }
    #expect(supply.surplus() == [])
    supply.add(5000)
    #expect(supply.isPlentiful == true)
    #expect(supply.surplus().count == TokenSupply.largestSpare / 2 + 1)
    #expect(supply.isPlentiful == false)
  }
}
