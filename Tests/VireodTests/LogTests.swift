// SPDX-License-Identifier: Apache-2.0
// The daemon's own log, and a reader of it that stands still.

import EventModel
import Foundation
import Logging
import TestSupport
import Testing

@testable import vireod

@Suite("vireod: its log", .timeLimit(.minutes(5)))
struct LogTests {
  @Test func `a message is one line, with its moment or with its priority for the journal`() {
    let text = "a\nb"
    #expect(
      LogLine.text(text, level: .warning, at: .init(microseconds: 0), style: .plain)
        == "1970-01-01T00:00:00.000000Z warning vireod: a | b\n")
    #expect(LogLine.text(text, level: .warning, at: .now(), style: .journal) == "<4>a | b\n")
  }

  @Test func `the journal is asked for its priorities only where it is the reader`() {
    #expect(LogLine.Style(environment: [:]) { _ in true } == .plain)
    #expect(LogLine.Style(environment: ["JOURNAL_STREAM": "8:9"]) { $0 == "8:9" } == .journal)
    #expect(LogLine.Style(environment: ["JOURNAL_STREAM": "8:9"]) { _ in false } == .plain)
  }

  @Test func `what does not fit is left out, and its reader is told how much that was`() async throws {
    let written = Recorder<String>()
    let mayGoOn = DispatchSemaphore(value: 0)
    let queue = LogQueue(style: .journal, capacity: 20) { bytes in
      written.append(String(decoding: bytes, as: UTF8.self))
      mayGoOn.wait()
    }
    queue.append("first", level: .info)
    try await written.first("the reader stands still") { _ in true }
    for number in 1...5 { queue.append("then \(number)", level: .info) }
    for _ in 0..<3 { mayGoOn.signal() }
    queue.drain(within: .seconds(60))
    #expect(
      written.all == [
        "<6>first\n", "<6>then 1\n<6>then 2\n",
        "<4>3 lines were left out here: whoever reads the log was too slow\n",
      ])
  }

  @Test(.needs(.root, .program("busctl"), .program("dbus-daemon")))
  func `whoever does not read the log does not hold up the hub, nor its end`() async throws {
    let place = try TemporaryDirectory()
    let bus = try await TestBus(.daemon, BusConfiguration(policy: .product))
    // The shell keeps the pipe open for both and fills it, and nobody reads (pipe(7): 64 KiB).
    let pipe = place.file("log")
    let process = try ChildProcess(
      "sh",
      [
        "-c", "mkfifo \(pipe); exec 3<>\(pipe); head -c 65536 /dev/zero >&3; exec \"$@\" 2>&3 3>&-", "sh",
        Repository.program("vireod"), "--bus", bus.address, "--log-level", "trace", "--state-directory",
        place.file("state"), "--runtime-directory", place.file("run"),
      ])
    func sources() async throws -> ToolResult {
      try await runTool(
        "busctl",
        arguments: [
          "--address=\(bus.address)", "call", "org.vireo.Hub1", "/org/vireo/Hub1", "org.vireo.Hub1.Manager",
          "ListSources",
        ])
    }
    while try await !sources().isSuccess { try #require(process.isRunning) }
    for _ in 0..<10 {
      process.signal(SIGHUP)
      #expect(try await sources().isSuccess)
    }
    process.signal(SIGTERM)
    #expect(try await process.exit() == .exited(0))
  }
}
