// SPDX-License-Identifier: Apache-2.0
// What the hub counts, and how many series that makes.

import EventLoop
import EventModel
import Synchronization
import Testing

@testable import Hub

@Suite("Hub: metrics")
struct MetricsTests {
  private let loop: EventLoop
  private let hub: Hub

  init() throws {
    loop = try EventLoop()
    hub = Hub(loop: loop, log: MemoryLog())
  }

  /// Runs work inside the hub, on the loop, until everything is public.
  private func onHub(_ work: @escaping @Sendable (isolated Hub) -> Void) {
    loop.submit { [hub] in hub.assumeIsolated(work) }
    for _ in 0..<8 {
      loop.submit {}
      loop.runOnce()
    }
  }

  private var lines: [String] {
    let text = Mutex("")
    onHub { hub in text.withLock { $0 = hub.metrics() } }
    return text.withLock(\.self).split(separator: "\n").map(String.init)
  }

  private func value(_ sample: String) -> Double? {
    lines.first { $0.hasPrefix(sample + " ") }?.split(separator: " ").last.flatMap { Double($0) }
  }

  @Test func `the list says of each metric what it is, once`() {
    #expect(Set(Metric.allCases.map(\.rawValue)).count == Metric.allCases.count)
    for metric in Metric.allCases {
      #expect(metric.rawValue.wholeMatch(of: /vireo(_[a-z]+)+/) != nil, "\(metric)")
      #expect(!metric.rawValue.hasSuffix("_total") && !metric.rawValue.hasSuffix("_info"), "\(metric)")
      let meaning = metric.definition.meaning
      #expect(meaning.hasSuffix(".") && meaning.first?.isUppercase == true, "\(metric)")
      #expect(
        metric.definition.labels.allSatisfy { ["vm", "uuid", "name", "path", "pid"].contains($0) == false }, "\(metric)"
      )
    }
  }

  @Test func `events are counted by the severity that each has, and not by the usual one of their kind`() {
    onHub { hub in
      let vm = Subject(.vm, "web01")
      for grade in [EventGrade(.vmStopped), EventGrade(.vmStoppedByFault), EventGrade(.vmStopped)] {
        hub.publish(EventDraft(grade, subject: vm, source: Subject(.source, "qmp:web01")))
      }
    }
    #expect(value(#"vireo_events_total{kind="vm.stopped",severity="notice"}"#) == 2)
    #expect(value(#"vireo_events_total{kind="vm.stopped",severity="error"}"#) == 1)
    #expect(value(#"vireo_events_total{kind="vm.stopped",severity="warning"}"#) == nil)
  }

  @Test func `latency is told by source, and all monitors are one`() {
    onHub { hub in
      for number in 0..<100 {
        let vm = Subject(.vm, "vm\(number)")
        hub.publish(EventDraft(.vmReset, subject: vm, source: Subject(.source, "qmp:vm\(number)")))
      }
      hub.publish(EventDraft(.deviceAdded, subject: Subject(.device, "/x"), source: Subject(.source, "udev")))
      hub.publish(
        EventDraft(.deviceRemoved, subject: Subject(.device, "/x"), source: Subject(.source, "udev"), origin: .resync))
    }
    #expect(value(#"vireo_event_latency_seconds_count{source="qmp"}"#) == 100)
    #expect(value(#"vireo_event_latency_seconds_count{source="udev"}"#) == 1)
    #expect(value(#"vireo_event_latency_seconds_bucket{source="qmp",le="+Inf"}"#) == 100)
    #expect(lines.filter { $0.hasPrefix("vireo_event_latency_seconds_count") }.count == 2)
  }

  @Test func `however many machines there are, there are no more series`() {
    func add(_ numbers: Range<Int>) {
      onHub { hub in
        for number in numbers {
          hub.addObject(
            HubObject(Subject(.vm, "vm\(number)"), [.name: "x", .state: "running", .monitorState: "connected"]))
          for kind in ["qmp", "agent"] {
            let source = Subject(.source, "\(kind):vm\(number)")
            hub.addObject(HubObject(source, [.name: .string(source.key), .kind: .string(kind), .state: "connecting"]))
            hub.publish(EventDraft(.sourceUp, subject: source, source: source, changes: [.state: "up"]))
          }
        }
      }
    }
    add(0..<2)
    let few = lines.count
    add(2..<200)
    #expect(lines.count == few)
    #expect(value(#"vireo_sources{source="qmp",state="up"}"#) == 200)
    #expect(value(#"vireo_source_up{source="agent"}"#) == 1)
    onHub { $0.update(Subject(.source, "agent:vm7"), [.state: "degraded"]) }
    #expect(value(#"vireo_source_up{source="agent"}"#) == 0)
    #expect(value(#"vireo_sources{source="agent",state="degraded"}"#) == 1)
  }

  @Test func `what a source counted stays when it goes`() {
    let gone = Subject(.source, "qmp:a")
    onHub { hub in
      for source in [gone, Subject(.source, "qmp:b")] {
        hub.addObject(HubObject(source, [.name: .string(source.key), .state: "up", .reconnects: 3]))
        for _ in 0..<5 { hub.publish(EventDraft(.vmReset, subject: Subject(.vm, "x"), source: source)) }
      }
    }
    #expect(value(#"vireo_source_events_total{source="qmp"}"#) == 10)
    onHub { $0.removeObject(gone) }
    #expect(value(#"vireo_source_events_total{source="qmp"}"#) == 10)
    #expect(value(#"vireo_source_reconnects_total{source="qmp"}"#) == 6)
    #expect(value(#"vireo_sources{source="qmp",state="up"}"#) == 1)
  }

  @Test func `gaps and errors are counted by source and reason`() {
    let (udev, monitor) = (Subject(.source, "udev"), Subject(.source, "qmp:a"))
    onHub { hub in
      hub.publish(EventDraft(.hubGap, subject: .hub, source: udev, data: ["reason": "overrun"]))
      hub.publish(EventDraft(.hubGap, subject: Subject(.vm, "a"), source: monitor, data: ["reason": "monitor-down"]))
      hub.publish(EventDraft(.sourceBusy, subject: monitor, source: monitor))
      hub.publish(EventDraft(.sourceRejected, subject: monitor, source: monitor))
      hub.publish(EventDraft(.sourceRejected, subject: monitor, source: monitor))
    }
    #expect(value(#"vireo_gaps_total{source="udev",reason="overrun"}"#) == 1)
    #expect(value(#"vireo_gaps_total{source="qmp",reason="monitor-down"}"#) == 1)
    #expect(value(#"vireo_gaps_total{source="hub",reason="hub-down"}"#) == 0, "there before the first time")
    #expect(value(#"vireo_source_errors_total{source="qmp",reason="busy"}"#) == 1)
    #expect(value(#"vireo_source_errors_total{source="qmp",reason="rejected"}"#) == 2)
  }

  @Test func `comparisons are timed by source`() {
    onHub { hub in
      hub.noteComparison(of: Subject(.source, "qmp:a"), took: .milliseconds(20))
      hub.noteComparison(of: Subject(.source, "qmp:b"), took: .milliseconds(2))
    }
    #expect(value(#"vireo_source_resync_duration_seconds_count{source="qmp"}"#) == 2)
    #expect(value(#"vireo_source_resync_duration_seconds_bucket{source="qmp",le="0.003"}"#) == 1)
  }
}
