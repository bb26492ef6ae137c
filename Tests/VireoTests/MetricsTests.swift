// SPDX-License-Identifier: Apache-2.0
// vireo metrics: what a real daemon counts, held against Prometheus's own reader.

import EventModel
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
    // Some have no sample before something happens.
    let rare: Set<Metric> = [
      .eventsSynthesized, .sourceErrors, .qmpCommands, .agentPollDuration, .agentTimeouts, .consumers, .monitors,
      .machines,
    ]
    let expected = Metric.allCases.filter { !rare.contains($0) }
    for metric in expected { #expect(types[metric.rawValue] == metric.definition.kind.rawValue, "\(metric)") }
    #expect(types.keys.allSatisfy { $0.hasPrefix("vireo_") })
    #expect(value(text, #"vireo_events_dropped_total{stage="journal",reason="disk"}"#) == 0)
    #expect(value(text, #"vireo_source_up{source="bus"}"#) == 1)
    for (name, label) in [("event_latency", "source=\"bus\""), ("loop_iteration", ""), ("journal_commit_duration", "")]
    {
      let braces = label.isEmpty ? "" : "{\(label)}"
      let count = try #require(value(text, "vireo_\(name)_seconds_count\(braces)"), "\(name)")
      let bucket = (label.isEmpty ? "" : label + ",") + "le=\"+Inf\""
      #expect(count > 0 && value(text, "vireo_\(name)_seconds_bucket{\(bucket)}") == count, "\(name)")
    }
    // Of the last minutes, since the journal is new.
    let oldest = try #require(value(text, "vireo_journal_oldest_timestamp_seconds"))
    #expect(oldest >= (value(text, "vireo_start_time_seconds") ?? .infinity) - 1)
    #expect(oldest <= Double(Timestamp.now().microseconds) / 1e6)
    #expect(value(text, #"vireo_dbus_calls_total{method="GetMetrics"}"#) == 1)
    #expect(value(text, #"vireo_dbus_denied_total{method="AddVM"}"#) == 0)
  }

  @Test func `a gap is counted, and the numbers go on`() async throws {
    let first = try await TestDaemon(on: try await TestBus(.daemon, BusConfiguration(policy: .product)))
    let gaps = #"vireo_gaps_total{source="hub",reason="hub-down"}"#
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
