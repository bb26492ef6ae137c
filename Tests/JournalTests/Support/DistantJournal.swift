// SPDX-License-Identifier: Apache-2.0
// A journal on a disk that only another process sees.

import EventModel
import TestSupport
import Testing

/// A journal on a disk that only another process sees; each call is a line to it and a line back.
final class DistantJournal: Sendable {
  private let process: ChildProcess

  let instance: String
  let head: UInt64
  let objects: Int
  /// The kinds of the remarks, with the stretch of each.
  let remarks: [String]

  /// Why it could not be opened.
  struct Refused: Error {
    let text: String
  }

  init(on disk: SmallDisk, strandedEvents: Int = 100_000) async throws {
    process = try disk.process("serve")
    let answer = try await DistantJournal.ask("open \(strandedEvents)", process)
    let words = answer.split(separator: " ").map(String.init)
    guard words[0] != "refused" else { throw Refused(text: answer) }
    instance = words[0]
    head = try #require(UInt64(words[1]))
    objects = try #require(Int(words[2]))
    remarks = Array(words[3...])
  }

  /// Appends events; nil when they were accepted, else why not.
  func append(_ numbers: ClosedRange<UInt64>) async throws -> String? {
    let answer = try await ask("append \(numbers.lowerBound) \(numbers.upperBound)")
    return answer == "accepted" ? nil : answer
  }

  /// Appends ten events at a time until a batch is answered as wanted; the last sequence.
  func append(after head: UInt64, untilAccepted: Bool) async throws -> UInt64 {
    var head = head
    repeat { head += 10 } while (try await append(head - 9...head) == nil) != untilAccepted && head < 1_000_000
    #expect(head < 1_000_000, "it never came")
    return head
  }

  /// Reads a page: the sequences, and up to where it was searched.
  func read(after: UInt64, subject: String = "") async throws -> (sequences: [UInt64], searched: UInt64) {
    let words = try await ask("read \(after) \(subject)").split(separator: " ")
    if words[0] == "expired" { throw LogError.expired(oldest: try #require(UInt64(words[1]))) }
    try #require(words[0] == "page", "\(words)")
    return (words[2...].compactMap { UInt64($0) }, try #require(UInt64(words[1])))
  }

  /// Reads everything up to a sequence.
  func readAll(through head: UInt64, subject: String = "") async throws -> [UInt64] {
    var (sequences, cursor): ([UInt64], UInt64) = ([], try await metrics().oldest - 1)
    while cursor < head {
      let page = try await read(after: cursor, subject: subject)
      try #require(page.searched > cursor)
      sequences += page.sequences
      cursor = page.searched
    }
    return sequences
  }

  func metrics() async throws -> (stranded: UInt64, lost: UInt64, errors: UInt64, oldest: UInt64) {
    let numbers = try await ask("metrics").split(separator: " ").compactMap { UInt64($0) }
    try #require(numbers.count == 4)
    return (numbers[0], numbers[1], numbers[2], numbers[3])
  }

  /// Waits until nothing is held in memory any more.
  func recovery() async throws {
    try await eventually { try await self.metrics().stranded == 0 }
  }

  /// Closes the journal and ends its process.
  func close() async throws {
    _ = try await ask("close")
    process.closeInput()
    try await process.exit()
  }

  /// Ends its process without a word to the journal.
  func kill() async throws { try await process.kill() }

  private func ask(_ line: String) async throws -> String {
    try await DistantJournal.ask(line, process)
  }

  private static func ask(_ line: String, _ process: ChildProcess) async throws -> String {
    let count = process.output.count
    try process.write(line + "\n")
    return try await process.output.first("an answer to \(line)", from: count) { _ in true }
  }
}
