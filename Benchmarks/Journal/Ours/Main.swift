// SPDX-License-Identifier: Apache-2.0
// The journal, written in batches, each when the one before is durable: `journal-ours DIRECTORY BATCH ROWS`.

import EventModel
import Glibc
import Journal
import Measure
import Synchronization

@main enum Main {
  static func main() throws {
    let words = CommandLine.arguments
    guard words.count > 3, let batch = Int(words[2]), let rows = Int(words[3]), batch > 0, rows >= batch else {
      exit(2)
    }
    var options = JournalOptions(directory: words[1])
    options.durability = .powerLoss
    Writer(try Journal(options), batch: batch, batches: rows / batch).writeNext()
    while true { pause() }
  }
}

/// Writes from the journal's own thread, where the answers come.
final class Writer: Sendable {
  private struct Progress {
    var number: Int
    var head: UInt64
    var start = measure_now()
    var times: [Double] = []
  }

  private static let templates = (0..<1000).map(event)

  private let journal: Journal
  private let batch: Int
  private let batches: Int
  private let progress: Mutex<Progress>

  init(_ journal: Journal, batch: Int, batches: Int) {
    self.journal = journal
    self.batch = batch
    self.batches = batches
    // Half as much goes first: by then the WAL has come round, and grows no more.
    progress = Mutex(Progress(number: -batches / 2 - 1, head: journal.contents.head))
  }

  func writeNext() {
    let head = progress.withLock { progress in
      if progress.number == 0 { measure_begin() }
      progress.start = measure_now()
      return progress.head
    }
    var events: [Event] = []
    events.reserveCapacity(batch)
    for sequence in head + 1...head + UInt64(batch) {
      events.append(Writer.templates[Int(sequence % 1000)])
      events[events.count - 1].sequence = sequence
    }
    journal.append(LogBatch(events: events)) { outcome in
      guard case .accepted = outcome else { exit(1) }
      self.written()
    }
  }

  private func written() {
    let times: [Double]? = progress.withLock { progress in
      if progress.number >= 0 { progress.times.append(Double(measure_now() - progress.start) / 1000) }
      progress.number += 1
      progress.head += UInt64(batch)
      return progress.number == batches ? progress.times.sorted() : nil
    }
    guard let times else { return writeNext() }
    unsafe measure_end("row", CLong(batches * batch))
    unsafe measure_report("p50", times[times.count / 2])
    unsafe measure_report("p99", times[times.count * 99 / 100])
    exit(0)
  }

  /// An event whose row has some 300 bytes.
  private static func event(_ number: Int) -> Event {
    let time = Timestamp(microseconds: 1_795_305_600_000_000 + Int64(number))
    return Event(
      sequence: 0, time: time, recorded: time, kind: EventKind.allCases[number % 20], severity: .info, origin: .live,
      subject: Subject(.vm, "6f2c1f0e-7d53-4f0d-9e0b-0f1b5a2b7a\(number % 20)"), name: "web1",
      source: Subject(.source, "qmp:web1"),
      data: [
        "state": "running", "previous": "paused", "number": .uint(UInt64(number)),
        "detail": .string(String(repeating: "x", count: 120)),
      ])
  }
}
