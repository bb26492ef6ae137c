// SPDX-License-Identifier: Apache-2.0
// What is told about machines and the hub.

import EventModel
import Testing
import VireoCommand

@Suite struct ReportTests {
  private let zone = ZoneRules.utc

  private func event(
    _ kind: EventKind, at minute: Int, data: String = "{}", severity: String = "info"
  ) throws -> EventRecord {
    let line = Sample.line(kind: kind.rawValue, severity: severity, data: data)
    let time = "03:\(minute < 10 ? "0" : "")\(minute):07"
    return try Sample.event(
      line.split(separator: "03:12:07", omittingEmptySubsequences: false).joined(separator: time))
  }

  private func story(_ facts: MachineFacts, _ events: [EventRecord]) -> StopStory {
    let now = Timestamp(rfc3339: "2026-11-22T09:00:00Z") ?? Timestamp(microseconds: 0)
    return StopStory(of: facts, events: events, now: now, zone: zone)
  }

  @Test func `the story has the cause, the time, the evidence and what came before`() throws {
    let events = try [
      event(.vmStateRunning, at: 0), event(.vmPowerdown, at: 11),
      event(
        .vmStopped, at: 12,
        data: #"{"cause":"crash","evidence":["pidfd: ended by signal SIGSEGV"],"signal":"SIGSEGV"}"#, severity: "error"),
      event(.vmAdded, at: 13),
    ]
    let story = story(MachineFacts(name: "web01", state: "stopped", reason: "", since: nil), events)
    let text = story.lines
    #expect(text[0] == "web01 is stopped")
    #expect(text[2] == "  Its QEMU crashed: crash (signal SIGSEGV)")
    #expect(text[3] == "  Sun 2026-11-22 03:12:07.005691 UTC, 5h 47min ago, after running 12min")
    #expect(text.contains("    pidfd: ended by signal SIGSEGV"))
    #expect(text.contains { $0.contains("vm.powerdown") } && text.contains("  After that:"))
  }

  @Test func `a machine that runs again says so, and that the story is one of the past`() throws {
    let events = try [
      event(.vmStateRunning, at: 0), event(.vmStopped, at: 12, data: #"{"cause":"migrated-away"}"#),
      event(.vmStateRunning, at: 13),
    ]
    let since = Timestamp(rfc3339: "2026-11-22T03:13:07Z")
    let text = story(MachineFacts(name: "web01", state: "running", reason: "cont", since: since), events).lines
    #expect(text[0] == "web01 is running now (cont), for 5h 46min")
    #expect(text[1] == "This is the story of the last time that it ended, 5h 47min ago.")
    #expect(text[3] == "  It went on elsewhere: it was migrated away: migrated-away")
    let unknown = story(MachineFacts(name: "web01", state: "running", reason: "", since: nil), events).lines
    #expect(unknown[0] == "web01 is running now" && unknown[1] == text[1])
  }

  @Test(arguments: [
    (EventKind.vmStatePaused, "The machine is paused", "The machine was paused"),
    (.vmStateUnknown, "The machine cannot be asked", "The machine could not be asked"),
    (.vmStateShutdown, "shut down, its process stays", "shut down, its process stayed"),
    (.vmStateIOError, "The machine stopped on a disk error", "The machine stopped on a disk error"),
  ])
  func `a machine that stood still and goes on is told of in the past tense`(
    halt: EventKind, present: String, past: String
  ) throws {
    let events = [try event(halt, at: 12)]
    let state = try #require(halt.state?.rawValue)
    let now = story(MachineFacts(name: "db1", state: state, reason: "", since: nil), events).lines
    #expect(now[0] == "db1 is \(state)" && now[2].contains(present), "\(now)")
    let later = story(MachineFacts(name: "db1", state: "running", reason: "", since: nil), events).lines
    #expect(later[1] == "This is the story of the last time that it stood still, 5h 47min ago.")
    #expect(later[0] == "db1 is running now" && later[3].contains(past), "\(later)")
    let forgotten = story(MachineFacts(name: "db1", state: "", reason: "", since: nil), events).lines
    #expect(forgotten[0] == "db1 is not known to the hub any more" && forgotten[2].contains(past), "\(forgotten)")
  }

  @Test func `a machine that never stopped has no story`() throws {
    let story = story(
      MachineFacts(name: "web01", state: "running", reason: "", since: nil), [try event(.vmAdded, at: 1)])
    #expect(story.climax == nil)
    #expect(story.lines.last == "  The hub has not seen it stop.")
  }

  @Test func `a stop that was found and not seen says so`() throws {
    let line = Sample.line(origin: "resync", data: #"{"cause":"unknown"}"#)
    let story = story(MachineFacts(name: "web01", state: "", reason: "", since: nil), [try Sample.event(line)])
    #expect(story.lines.contains("  The hub did not see it happen: it found it so when it looked again."))
  }

  @Test func `how long one ran that was only found ended is not told`() throws {
    let line = Sample.line(origin: "resync", data: #"{"cause":"host-reboot"}"#)
    let events = [try event(.vmStateRunning, at: 0), try Sample.event(line)]
    let story = story(MachineFacts(name: "web01", state: "stopped", reason: "", since: nil), events)
    #expect(story.lines[2] == "  The host was started anew, and nobody saw how it ended before: host-reboot")
    #expect(story.lines[3] == "  Sun 2026-11-22 03:12:07.005691 UTC, 5h 47min ago")
  }

  @Test(arguments: StopCauses.all)
  func `every cause has a sentence`(cause: String) throws {
    let line = Sample.line(data: #"{"cause":"\#(cause)"}"#)
    let story = story(MachineFacts(name: "web01", state: "stopped", reason: "", since: nil), [try Sample.event(line)])
    #expect(!story.lines[2].contains("It stopped"))
  }

  enum StopCauses {
    /// As the data of `vm.stopped` is documented.
    static let all: [String] = {
      let field = EventKind.vmStopped.definition.fields.first { $0.name == "cause" }
      return (field?.meaning ?? "").split(separator: ",").map { String($0.drop { $0 == " " }) }
    }()
  }

  @Test(arguments: VMState.allCases)
  func `every state is announced by an event that wait can wait for`(state: VMState) {
    let kinds = MachineState(state: state.rawValue, agent: "connected").announcements
    #expect(kinds.contains(state == .stopped ? .vmStopped : EventKind(state: state)))
    #expect(kinds.contains(.vmAgentConnected))
  }

  @Test func `metrics in the older form have their types and help under the names of their samples`() {
    let text = """
      # TYPE vireo_events counter
      # UNIT vireo_events events
      # HELP vireo_events Events numbered.
      vireo_events_total{kind="vm.stopped"} 3
      # TYPE vireo_build info
      # HELP vireo_build The build.
      vireo_build_info{version="1"} 1
      # TYPE vireo_vms gauge
      # HELP vireo_vms Machines.
      vireo_vms 2
      # EOF

      """
    #expect(
      MetricsText.prometheus(text) == """
        # TYPE vireo_events_total counter
        # HELP vireo_events_total Events numbered.
        vireo_events_total{kind="vm.stopped"} 3
        # TYPE vireo_build_info gauge
        # HELP vireo_build_info The build.
        vireo_build_info{version="1"} 1
        # TYPE vireo_vms gauge
        # HELP vireo_vms Machines.
        vireo_vms 2

        """)
  }

  @Test(arguments: [
    (0, "0 B"), (999, "999 B"), (1024, "1.0 KiB"), (2_254_857_830, "2.1 GiB"), (-5, "0 B"), (1e30, "867361737988 EiB"),
  ])
  func `bytes are told in powers of 1024`(count: Double, text: String) {
    #expect(Units.bytes(count) == text)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity, -1, 1e300])
  func `a number that is none does no harm`(number: Double) {
    #expect(Units.bytes(number).hasSuffix("B"))
    #expect(["0%", "100%"].contains(Units.percent(number)))
    #expect(Units.milliseconds(number).hasSuffix(" ms"))
  }
}
