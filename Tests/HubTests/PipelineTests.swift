// SPDX-License-Identifier: Apache-2.0
// The bounds between stamp and publication, and the registry's account of what changed.

import EventModel
import Testing

@testable import Hub

private func event(_ sequence: UInt64) -> Event {
  Event(
    sequence: sequence, time: Timestamp(microseconds: 1), recorded: Timestamp(microseconds: Int64(sequence)),
    kind: .vmReset, severity: .info, origin: .live, subject: Subject(.vm, "x"), name: "x", source: .hub, data: [:])
}

@Suite("Hub: pipeline")
struct PipelineTests {
  @Test func `what comes while a batch is under way gathers for the next`() {
    var pipeline = Pipeline()
    pipeline.admit(event(1))
    #expect(pipeline.next()?.map(\.sequence) == [1])
    pipeline.admit(event(2))
    pipeline.admit(event(3))
    #expect(pipeline.next() == nil)
    #expect(pipeline.finish().map(\.sequence) == [1])
    #expect(pipeline.next()?.map(\.sequence) == [2, 3])
    #expect(pipeline.finish().map(\.sequence) == [2, 3])
    #expect(pipeline.isIdle)
  }

  @Test func `a log that stands still costs the oldest, and the stretch is told`() {
    var pipeline = Pipeline(limits: .init(events: 80, bytes: .max))
    pipeline.admit(event(1))
    #expect(pipeline.next()?.count == 1)
    for sequence in 2...200 { pipeline.admit(event(UInt64(sequence))) }
    #expect(pipeline.count <= 81)
    let dropped = pipeline.takeDropped()
    #expect(dropped?.first == 2)
    _ = pipeline.finish()
    #expect(pipeline.next()?.first?.sequence == dropped.map { $0.last + 1 })
    #expect(pipeline.takeDropped() == nil)
  }

  @Test func `bytes bound the pipeline too`() {
    var pipeline = Pipeline(limits: .init(events: .max, bytes: 100 * event(1).footprint))
    for sequence in 1...1000 { pipeline.admit(event(UInt64(sequence))) }
    #expect(pipeline.count <= 100)
    #expect(pipeline.takeDropped()?.last == pipeline.next()?.first.map { $0.sequence - 1 })
  }

  @Test func `the newest event is never dropped`() {
    var pipeline = Pipeline(limits: .init(events: 0, bytes: 0))
    for sequence in 1...10 { pipeline.admit(event(UInt64(sequence))) }
    #expect(pipeline.next()?.map(\.sequence) == [10])
  }
}

@Suite("Hub: registry")
struct RegistryTests {
  private let subject = Subject(.vm, "web01")

  @Test func `a new state sets its moment, the same state does not`() {
    let registry = Registry()
    registry.insert(HubObject(subject, [.state: "running", .stateSince: .uint(5)]))
    registry.apply([.state: "running"], to: subject, at: Timestamp(microseconds: 9))
    #expect(registry[subject]?.stateSince.microseconds == 5)
    registry.apply([.state: "paused"], to: subject, at: Timestamp(microseconds: 9))
    #expect(registry[subject]?.stateSince.microseconds == 9)
  }

  @Test func `changes are told once, and only real ones`() {
    let registry = Registry()
    registry.insert(HubObject(subject, [.state: "running"]))
    #expect(registry.takeChanges().added.map(\.object.subject) == [subject])
    registry.apply([.name: "web01"], to: subject, at: .now())
    registry.apply([.name: "web01"], to: subject, at: .now())
    let changes = registry.takeChanges()
    #expect(changes.added.isEmpty)
    #expect(changes.changed.map(\.properties) == [[.name]])
    #expect(registry.takeChanges().isEmpty)
  }

  @Test func `an object that comes and goes within a turn leaves no trace`() {
    let registry = Registry()
    registry.insert(HubObject(subject))
    #expect(registry.remove(subject) != nil)
    #expect(registry.takeChanges().isEmpty)
    #expect(registry.all(.vm).isEmpty)
    #expect(registry.remove(subject) == nil)
  }

  @Test func `an object that goes and comes within a turn is one that changed`() {
    let registry = Registry()
    registry.insert(HubObject(subject))
    _ = registry.takeChanges()
    _ = registry.remove(subject)
    registry.insert(HubObject(subject, [.state: "running"]))
    let changes = registry.takeChanges()
    #expect(changes.removed.isEmpty && changes.added.isEmpty)
    #expect(changes.changed.first?.properties.contains(.state) == true)
  }

  @Test func `objects are listed in the order in which they came`() {
    let registry = Registry()
    let subjects = ["c", "a", "b"].map { Subject(.vm, $0) }
    for subject in subjects { registry.insert(HubObject(subject)) }
    #expect(registry.all(.vm).map(\.subject) == subjects)
    #expect(registry.count(.vm) == 3)
  }
}

@Suite("Hub: limits and metrics")
struct LimitTests {
  @Test func `a text is cut at a character`() {
    #expect(EventLimits.prefix(of: "aü", bytes: 2) == "a")
    #expect(EventLimits.prefix(of: "aü", bytes: 3) == "aü")
    #expect(EventLimits.prefix(of: "üü", bytes: 1) == "")
  }

  @Test func `an event that is too large is cut and says so`() {
    var draft = EventDraft(
      .vmQMP, subject: Subject(.vm, "x"), source: .hub,
      data: ["big": .string(String(repeating: "x", count: 40_000)), "a": 1],
      raw: String(repeating: "y", count: 20_000))
    EventLimits.fit(&draft)
    #expect(draft.raw?.utf8.count == EventLimits.rawBytes)
    #expect(draft.data["truncated"] == true)
    #expect(draft.data["a"] == 1)
    #expect(draft.data["big"] == nil)
  }

  @Test(arguments: ["x", "\"", "\n", "\u{1}", "ü", "\u{7F}"])
  func `an event stays below its limit as JSON, whatever its text is made of`(_ character: String) throws {
    func text(_ bytes: Int) -> String { String(repeating: character, count: bytes / character.utf8.count) }
    let source = Subject(.source, "qmp:" + text(256))
    let instance = try #require(InstanceID("0123456789abcdef0123456789abcdef"))
    var sizes: [Int] = []
    for size in [100, 1000, 5000, 10_000, 40_000] {
      var draft = EventDraft(
        .vmQMP, subject: Subject(.device, text(1024)), source: source,
        data: ["one": .string(text(size / 2)), "two": .list([.string(text(size / 2))]), "a": 1], raw: text(size))
      EventLimits.fit(&draft)
      let event = Event(
        sequence: .max, time: .now(), recorded: .now(), kind: draft.kind, severity: .critical, origin: .derived,
        subject: draft.subject, name: text(EventLimits.nameBytes), source: source, data: draft.data, raw: draft.raw)
      let json = event.json(instance: instance)
      sizes.append(json.utf8.count)
      #expect(draft.data["a"] == 1)
      // What is small enough as JSON is kept whole; what is not is told.
      #expect((draft.data["truncated"] == true) != (draft.data["two"] != nil && draft.raw == text(size)))
      #expect(draft.raw.map { text(size).hasPrefix($0) } == true && draft.raw?.isEmpty == false)
    }
    #expect(sizes.allSatisfy { $0 <= EventLimits.jsonBytes }, "\(sizes)")
  }

  @Test func `metrics read as OpenMetrics text`() {
    var gauge = MetricFamily(.machines)
    gauge.add(3, ["state": "a\"b\\c\nd"])
    var histogram = Histogram(bounds: [0.1, 1])
    for value in [0.05, 0.5, 0.5, 5] { histogram.observe(seconds: value) }
    var family = MetricFamily(.journalCommitDuration)
    family.add(histogram)
    #expect(
      OpenMetricsText.render([gauge, family, MetricFamily(.gaps), MetricFamily(.consumerEvents, 7)]) == #"""
        # TYPE vireo_vms gauge
        # HELP vireo_vms Virtual machines known, by state.
        vireo_vms{state="a\"b\\c\nd"} 3
        # TYPE vireo_journal_commit_duration_seconds histogram
        # HELP vireo_journal_commit_duration_seconds Time that the disk took for a transaction, in seconds.
        vireo_journal_commit_duration_seconds_bucket{le="0.1"} 1
        vireo_journal_commit_duration_seconds_bucket{le="1.0"} 3
        vireo_journal_commit_duration_seconds_bucket{le="+Inf"} 4
        vireo_journal_commit_duration_seconds_sum 6.05
        vireo_journal_commit_duration_seconds_count 4
        # TYPE vireo_consumer_events counter
        # HELP vireo_consumer_events Events handed to consumers.
        vireo_consumer_events_total 7
        # EOF

        """#)
  }
}
