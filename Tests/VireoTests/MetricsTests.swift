// SPDX-License-Identifier: Apache-2.0
// vireo metrics: what a real daemon counts, held against Prometheus's own reader.

import Foundation
import TestSupport
import Testing

@Suite("vireo metrics", .needs(.root, .program("dbus-daemon"), .program("promtool")), .timeLimit(.minutes(5)))
struct MetricsTests {
  private func metrics(_ daemon: TestDaemon, _ arguments: String...) async throws -> String {
    let result = try await runTool(
      try Repository.program("vireo"), arguments: ["metrics"] + arguments, environment: daemon.bus.environment)
    try #require(result.isSuccess, "\(result)")
    return result.output
  }

  /// The value of a sample, named with its labels.
  private func value(_ text: String, _ sample: String) -> Double? {
    text.split(separator: "\n").first { $0.hasPrefix(sample + " ") }?.split(separator: " ").last.flatMap { Double($0) }
  }

  @Test func `promtool finds nothing wrong with them`() async throws {
    let daemon = try await TestDaemon(on: try await TestBus(.daemon, BusConfiguration(policy: .product)))
    let directory = try TemporaryDirectory()
    let file = try directory.write(try await metrics(daemon, "--prometheus"), to: "metrics.prom")
    let check = try await runTool("bash", "-c", "promtool check metrics <'\(file)'")
    #expect(check.isSuccess, "\(check)")
    #expect(check.output.isEmpty && check.errors.isEmpty, "\(check)")
    // What promtool says about a text that is wrong, so that its silence means something.
    let wrong = try await runTool("bash", "-c", "echo 'vireo_events 1' | promtool check metrics")
    #expect(!wrong.isSuccess)
  }

  @Test func `the names that dashboards and alerts rely on are there`() async throws {
    let daemon = try await TestDaemon(on: try await TestBus(.daemon, BusConfiguration(policy: .product)))
    let text = try await metrics(daemon)
    #expect(text.hasSuffix("# EOF\n"))
    let types = Dictionary(
      uniqueKeysWithValues: text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map { line in
        let words = line.split(separator: " ")
        return (String(words[2]), String(words[3]))
      })
    let expected = [
      "vireo_build": "info", "vireo_start_time_seconds": "gauge", "vireo_process_cpu_seconds": "counter",
      "vireo_process_resident_memory_bytes": "gauge", "vireo_process_open_fds": "gauge", "vireo_events": "counter",
      "vireo_events_dropped": "counter", "vireo_gaps": "counter", "vireo_last_sequence": "gauge",
      "vireo_source_up": "gauge", "vireo_source_events": "counter", "vireo_source_reconnects": "counter",
      "vireo_source_overruns": "counter", "vireo_source_resyncs": "counter", "vireo_consumer_lag": "gauge",
      "vireo_event_latency_seconds": "histogram", "vireo_loop_iteration_seconds": "histogram",
      "vireo_journal_write_duration_seconds": "histogram", "vireo_journal_commit_duration_seconds": "histogram",
      "vireo_journal_bytes": "gauge", "vireo_journal_errors": "counter", "vireo_dbus_signals_sent": "counter",
      "vireo_dbus_send_queue_bytes": "gauge", "vireo_dbus_events_withheld": "counter", "vireo_dbus_refused": "counter",
    ]
    for (name, type) in expected { #expect(types[name] == type, "\(name)") }
    #expect(types.keys.allSatisfy { $0.hasPrefix("vireo_") })
    #expect(value(text, #"vireo_events_dropped_total{stage="journal",reason="disk"}"#) == 0)
    #expect(value(text, #"vireo_source_up{source="bus"}"#) == 1)
    for name in ["event_latency", "loop_iteration", "journal_commit_duration"] {
      let count = try #require(value(text, "vireo_\(name)_seconds_count"), "\(name)")
      #expect(count > 0 && value(text, #"vireo_\#(name)_seconds_bucket{le="+Inf"}"#) == count, "\(name)")
    }
  }

  @Test func `a gap is counted, and the numbers go on`() async throws {
    let first = try await TestDaemon(on: try await TestBus(.daemon, BusConfiguration(policy: .product)))
    let gaps = #"vireo_gaps_total{reason="hub-down"}"#
    #expect(try await value(metrics(first), gaps) == 0)
    let head = try await first.head()
    try await first.stop()
    let second = try await TestDaemon(on: first.bus, directory: first.home)
    let text = try await metrics(second)
    #expect(value(text, gaps) == 1)
    #expect(value(text, #"vireo_events_total{kind="hub.gap",severity="warning"}"#) == 1)
    #expect((value(text, "vireo_last_sequence") ?? 0) > Double(head))
  }
}
