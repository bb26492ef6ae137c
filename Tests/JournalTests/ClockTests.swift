// SPDX-License-Identifier: Apache-2.0
// From a moment to a cursor, also where the clock has been set back.

import EventModel
import TestSupport
import Testing

@testable import Journal

@Suite("Journal: from a moment to a cursor")
struct ClockTests {
  let directory: TemporaryDirectory
  var options: JournalOptions { JournalOptions(directory: directory.path) }

  init() throws {
    directory = try TemporaryDirectory()
  }

  private func moment(_ seconds: Int64) -> Timestamp { Samples.start.advanced(by: .seconds(seconds)) }

  /// What the cursor must be: that of the last event before the first one recorded at the moment or later.
  private func expected(_ moments: [Timestamp], _ time: Timestamp) -> UInt64 {
    UInt64(moments.firstIndex { $0 >= time } ?? moments.count)
  }

  private func fill(_ journal: Journal, _ moments: [Timestamp]) async {
    let events = moments.enumerated().map { Samples.event(UInt64($0) + 1, recorded: $1) }
    #expect(await journal.append(events).isAccepted)
  }

  @Test func `an empty journal has one cursor`() async throws {
    let journal = try Journal(options)
    #expect(try await journal.findCursor(Samples.start) == 0)
    await journal.close()
  }

  @Test func `every moment has the cursor from which everything since follows`() async throws {
    let journal = try Journal(options)
    let moments = (0..<500).map { moment(Int64($0 / 3) * 10) }
    await fill(journal, moments)
    for seconds in stride(from: Int64(-5), through: 1700, by: 5) {
      #expect(try await journal.findCursor(moment(seconds)) == expected(moments, moment(seconds)))
    }
    #expect(try await journal.findCursor(Timestamp(microseconds: .min)) == 0)
    #expect(try await journal.findCursor(Timestamp(microseconds: .max)) == 500)
    await journal.close()
  }

  @Test func `after the clock was set back by a day nothing since the moment is left out`() async throws {
    let journal = try Journal(options)
    // Two days, then the clock is set back by one, then a day and a half.
    let day: Int64 = 86_400
    let hours = (0..<48).map { Int64($0) * 3600 } + (0..<36).map { day + Int64($0) * 3600 + 60 }
    let moments = hours.map { moment($0) }
    await fill(journal, moments)
    for journal in [journal] {
      for hour in stride(from: Int64(0), through: 70, by: 1) {
        let time = moment(hour * 3600 + 30)
        let cursor = try await journal.findCursor(time)
        #expect(cursor == expected(moments, time))
        let missed = moments.prefix(Int(cursor)).filter { $0 >= time }
        #expect(missed.isEmpty, "since hour \(hour)")
      }
    }
    await journal.close()
    // It is the same when the journal learns of the step only from its own rows.
    let again = try Journal(options)
    let later = moment(day + 40 * 3600)
    #expect(await again.append([Samples.event(85, recorded: later)]).isAccepted)
    for hour in stride(from: Int64(0), through: 70, by: 1) {
      let time = moment(hour * 3600 + 30)
      #expect(try await again.findCursor(time) == expected(moments + [later], time))
    }
    await again.close()
  }

  @Test func `a clock that jumps at random misses nothing`() async throws {
    var generator = SplitMix(state: 11)
    var moments: [Timestamp] = []
    var now: Int64 = 0
    for _ in 0..<400 {
      now += Int64.random(in: 0...50, using: &generator)
      if Int.random(in: 0...20, using: &generator) == 0 { now += Int64.random(in: -3000...3000, using: &generator) }
      moments.append(moment(now))
    }
    let journal = try Journal(options)
    await fill(journal, moments)
    for seconds in stride(from: Int64(-4000), through: 12_000, by: 40) {
      #expect(try await journal.findCursor(moment(seconds)) == expected(moments, moment(seconds)))
    }
    await journal.close()
  }

  @Test func `a moment within a gap has the cursor before the gap`() async throws {
    let journal = try Journal(options)
    #expect(
      await journal.append([Samples.event(1, recorded: moment(1)), Samples.event(10, recorded: moment(10))]).isAccepted)
    // From 1 a reader is told of the gap; from 9 it would be hidden from him.
    #expect(try await journal.findCursor(moment(5)) == 1)
    await journal.close()
  }

  @Test func `a cursor is found with a few looks however many events there are`() async throws {
    let journal = try Journal(options)
    await fill(journal, (0..<20_000).map { moment(Int64($0)) })
    let before = journal.metrics.readSteps
    #expect(try await journal.findCursor(moment(7777)) == 7777)
    #expect(journal.metrics.readSteps - before < 1000)
    await journal.close()
  }
}
