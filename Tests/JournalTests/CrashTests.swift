// SPDX-License-Identifier: Apache-2.0
// A journal whose process is killed at any moment.

import EventModel
import Foundation
import TestSupport
import Testing

@testable import Journal

@Suite("Journal: killed at any moment")
struct CrashTests {
  /// What one round of a writer said before it was killed.
  struct Round {
    /// The newest sequence that it found; nil when it was killed before it had opened the journal.
    var found: UInt64?
    /// The newest sequence that was acknowledged to it.
    var acknowledged: UInt64
  }

  /// Runs a writer until it has said so many lines, and kills it.
  private func round(_ directory: TemporaryDirectory, lines: Int, acknowledged: UInt64) async throws -> Round {
    let writer = try ChildProcess(Repository.program("JournalProcess"), ["fill", directory.path])
    if lines > 0 { try await writer.output.atLeast(lines) }
    try await writer.kill()
    var round = Round(acknowledged: acknowledged)
    for line in try await writer.output.end() {
      let words = line.split(separator: " ")
      let number = try #require(words.last.flatMap { UInt64($0) }, "it said \(line)")
      if words.first == "open" { round.found = number } else { round.acknowledged = number }
    }
    return round
  }

  @Test(.timeLimit(.minutes(5)))
  func `200 times killed, every acknowledged sequence is there once, and none is missing`() async throws {
    let directory = try TemporaryDirectory()
    var generator = SplitMix(state: 200)
    var (acknowledged, verified, instance): (UInt64, UInt64, InstanceID?) = (0, 0, nil)
    for number in 1...200 {
      let before = acknowledged
      let round = try await round(
        directory, lines: Int.random(in: 0...12, using: &generator), acknowledged: acknowledged)
      acknowledged = round.acknowledged
      if let found = round.found { #expect(found >= before, "round \(number) opened an older journal") }
      // Two in three are opened next by another writer, on top of what the kill left.
      guard number.isMultiple(of: 3) || number == 200 else { continue }
      let journal = try Journal(JournalOptions(directory: directory.path))
      let head = journal.contents.head
      #expect(head >= acknowledged, "round \(number)")
      #expect(journal.contents.oldest == 1)
      #expect(journal.contents.remarks.isEmpty)
      if let instance, head > 0 { #expect(journal.contents.instance == instance) }
      if acknowledged > 0 { instance = journal.contents.instance }
      let (events, _) = try await journal.readAll(after: verified, through: head)
      #expect(events.map(\.sequence) == (verified..<head).map { $0 + 1 })
      #expect(events.allSatisfy { $0.data["number"]?.uint == $0.sequence })
      #expect(journal.contents.objects.first?.lastEvent ?? 0 == head)
      verified = head
      await journal.close()
    }
    #expect(acknowledged > 200)
    let journal = try Journal(JournalOptions(directory: directory.path))
    #expect(try await journal.readAll(through: verified).events.map(\.sequence) == Array(1...verified))
    await journal.close()
  }

  @Test func `a journal that a kill left behind is not set aside and not cut`() async throws {
    let directory = try TemporaryDirectory()
    _ = try await round(directory, lines: 30, acknowledged: 0)
    #expect(directory.size("journal.db-wal") > 0)
    let journal = try Journal(JournalOptions(directory: directory.path))
    #expect(journal.contents.head >= 29)
    #expect(directory.names.filter { $0.contains("damaged") }.isEmpty)
    await journal.close()
  }
}
