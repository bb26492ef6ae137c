// SPDX-License-Identifier: Apache-2.0
// Appends until it is killed.

import EventModel
import Glibc
import Journal

/// Appends batches of random size, each when the one before it is answered.
enum Filler {
  /// What each batch changes, so that the registry can be held against the events.
  private static let subject = Subject(.vm, "writer")

  static func run(_ directory: String) {
    do throws(JournalError) {
      let journal = try Journal(JournalOptions(directory: directory))
      JournalProcess.say("open \(journal.contents.head)")
      append(to: journal, after: journal.contents.head)
      while true { pause() }
    } catch {
      JournalProcess.say("refused \(error)")
    }
  }

  private static func append(to journal: Journal, after head: UInt64) {
    let numbers = head + 1...head + UInt64.random(in: 1...20)
    let now = Timestamp.now()
    let events = numbers.map { number in
      Event(
        sequence: number, time: now, recorded: now, kind: .vmReset, severity: .info, origin: .live, subject: subject,
        name: "writer", source: .hub,
        data: ["number": .uint(number), "fill": .string(String(repeating: "x", count: 200))])
    }
    let object = HubObject(subject, [.lastEvent: .uint(numbers.upperBound)])
    journal.append(LogBatch(events: events, objects: [object])) { outcome in
      let word = if case .accepted = outcome { "ack" } else { "stranded" }
      JournalProcess.say("\(word) \(numbers.upperBound)")
      append(to: journal, after: numbers.upperBound)
    }
  }
}
