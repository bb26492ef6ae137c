// SPDX-License-Identifier: Apache-2.0
// Waiting ends with the event itself, with the end of all events, or with the deadline.

import TestSupport
import Testing

@Suite struct RecorderTests {
  @Test func `a waiter is woken by the element it waits for`() async throws {
    let recorder = Recorder<Int>()
    async let found = recorder.first { $0 > 2 }
    for number in 1...4 { recorder.append(number) }
    #expect(try await found == 3)
    #expect(try await recorder.first(from: 3) { $0 > 2 } == 4)
    #expect(try await recorder.atLeast(4) == [1, 2, 3, 4])
  }

  @Test func `a wait that nothing answers ends at its deadline and says what came instead`() async throws {
    let recorder = Recorder<String>()
    recorder.append("something else")
    let error = await #expect(throws: WaitError.self) {
      try await recorder.first("the event", within: .milliseconds(20)) { $0 == "event" }
    }
    #expect("\(try #require(error))".contains("something else"))
  }

  @Test func `a wait ends at once when nothing more will come`() async throws {
    let recorder = Recorder<Int>()
    recorder.append(1)
    let waiting = Task { try await recorder.atLeast(2) }
    recorder.finish()
    await #expect(throws: WaitError.self) { try await waiting.value }
    #expect(try await recorder.end() == [1])
  }
}
