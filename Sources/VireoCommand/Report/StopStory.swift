// SPDX-License-Identifier: Apache-2.0
// The story of a machine's last stop.

public import EventModel

/// What the hub knows about a machine now.
public struct MachineFacts: Sendable {
  /// Its name, or what it was asked for by.
  public var name: String
  /// Its state; empty when the hub has forgotten it.
  public var state: String
  /// Why it entered that state.
  public var reason: String
  /// When it entered that state.
  public var since: Timestamp?

  /// Facts.
  public init(name: String, state: String, reason: String, since: Timestamp?) {
    self.name = name
    self.state = state
    self.reason = reason
    self.since = since
  }
}

/// The story of a machine's last stop: what happened, why, by what evidence, and what came before.
public struct StopStory: Sendable {
  /// How much of what came before is told.
  public static let prologueLength = 12
  /// How far back it reaches, in microseconds.
  public static let prologueSpan: Int64 = 15 * 60 * 1_000_000

  private let machine: MachineFacts
  private let events: [EventRecord]
  private let zone: ZoneRules
  private let now: Timestamp
  private let style: Style

  /// A story from the events of one machine, in order.
  public init(
    of machine: MachineFacts, events: [EventRecord], now: Timestamp, zone: ZoneRules = .local,
    style: Style = Style(isColored: false)
  ) {
    self.machine = machine
    self.events = events
    self.now = now
    self.zone = zone
    self.style = style
  }

  /// The event that the story is about: the last end of its process, or the last time that it stood still.
  public var climax: EventRecord? { climaxIndex.map { events[$0] } }

  private var climaxIndex: Int? {
    let stopped = events.lastIndex(where: \.isStop)
    let halted = events.lastIndex { StopStory.halts.contains($0.kind) }
    // It stands still now: that is what is asked about, not an end long ago.
    if let halted, let state = EventKind(rawValue: events[halted].kind)?.state, machine.state == state.rawValue {
      return halted
    }
    return stopped ?? halted
  }

  /// States in which a machine does nothing though nobody ended its process.
  private static let halts: Set<String> = Set(
    [
      EventKind.vmStatePaused, .vmStateIOError, .vmStateInternalError, .vmStateGuestPanicked, .vmStateWatchdog,
      .vmStateShutdown, .vmStateUnknown,
    ].map(\.rawValue))

  /// The lines of the story.
  public var lines: [String] {
    var lines = [heading]
    guard let index = climaxIndex else { return lines + ["", "  The hub has not seen it stop."] }
    let climax = events[index]
    if hasGoneOn(since: climax) {
      let ago = TimeFormat.span(now.microseconds - climax.time.microseconds)
      lines.append("This is the story of the last time that it \(climax.isStop ? "ended" : "stood still"), \(ago) ago.")
    }
    lines += ["", "  \(style.paint(what(climax), .bold))"]
    lines.append(
      "  \(TimeFormat.full(climax.time, in: zone)), \(TimeFormat.span(now.microseconds - climax.time.microseconds)) ago\(runTime(before: index))"
    )
    let evidence = climax.data["evidence"]?.list ?? []
    if !evidence.isEmpty {
      lines += ["", "  Evidence:"] + evidence.map { "    \(DataText.plain($0))" }
    }
    if climax.origin == Origin.resync.rawValue {
      lines += ["", "  The hub did not see it happen: it found it so when it looked again."]
    }
    lines += told("Before that:", Array(prologue(before: index)))
    lines += told("After that:", Array(events[(index + 1)...].prefix(5)))
    return lines
  }

  private var heading: String {
    let name = SafeText.printable(machine.name)
    guard !machine.state.isEmpty else { return "\(name) is not known to the hub any more" }
    let state = style.paint(SafeText.printable(machine.state), Style.look(ofState: machine.state))
    let reason = machine.reason.isEmpty ? "" : " (\(SafeText.printable(machine.reason)))"
    let since = machine.since.map { ", for \(TimeFormat.span(now.microseconds - $0.microseconds))" } ?? ""
    let isPast = climax.map { hasGoneOn(since: $0) } ?? false
    return "\(name) is \(state)\(isPast ? " now" : "")\(reason)\(since)"
  }

  /// Whether the machine is there, and no longer in the state that an event brought it into.
  private func hasGoneOn(since event: EventRecord) -> Bool {
    !machine.state.isEmpty && machine.state != StopStory.state(after: event)?.rawValue
  }

  private static func state(after event: EventRecord) -> VMState? {
    event.isStop ? .stopped : EventKind(rawValue: event.kind)?.state
  }

  private func what(_ event: EventRecord) -> String {
    guard event.isStop else {
      let meaning = meaning(of: event)
      let reason = DataText.pairs(event.data)
      return meaning + (reason.isEmpty ? "" : " (\(reason))")
    }
    let cause = event.data["cause"]?.string ?? "unknown"
    let sentence = StopStory.sentences[cause] ?? "It stopped"
    let details = ["signal", "exitCode"].compactMap { key in
      event.data[key].map { "\(key == "signal" ? "signal" : "exit code") \(DataText.plain($0))" }
    }
    let tail = details.isEmpty ? "" : " (\(details.joined(separator: ", ")))"
    return "\(sentence): \(SafeText.printable(cause))\(tail)"
  }

  /// What the kind of an event means; in the past tense when it is over.
  private func meaning(of event: EventRecord) -> String {
    guard let kind = EventKind(rawValue: event.kind) else { return event.kind }
    let isOver = StopStory.state(after: event)?.rawValue != machine.state
    return isOver ? StopStory.past[kind] ?? kind.definition.meaning : kind.definition.meaning
  }

  /// What the kinds meant whose meaning is in the present tense.
  private static let past: [EventKind: String] = [
    .vmStatePaused: "The machine was paused.",
    .vmStateShutdown: "The machine was shut down, its process stayed.",
    .vmStateUnknown: "The machine could not be asked for its state; its process lived.",
  ]

  private static let sentences = [
    "guest-shutdown": "The guest shut itself down",
    "guest-reset": "The guest was reset, and its QEMU was told to end then",
    "guest-panic": "The guest panicked, and its QEMU was told to end then",
    "qmp-quit": "Somebody told QEMU to quit through a monitor",
    "host-reset": "Somebody reset it through a monitor, and its QEMU was told to end then",
    "host-signal": "A signal from the host ended its QEMU",
    "host-ui": "The window of the machine was closed",
    "oom-kill": "The kernel ended its QEMU because the host ran out of memory",
    "crash": "Its QEMU crashed",
    "host-error": "Its QEMU gave up with an error",
    "migrated-away": "It went on elsewhere: it was migrated away",
    "host-reboot": "The host was started anew, and nobody saw how it ended before",
    "unknown": "Its QEMU ended, and nothing says why",
  ]

  /// `, after running 41d`, where its beginning and its end are known.
  private func runTime(before index: Int) -> String {
    // When one ended that was only found so is not known.
    guard events[index].origin != Origin.resync.rawValue else { return "" }
    let start = events[..<index].last {
      $0.kind == EventKind.vmStateRunning.rawValue && $0.data["previous"]?.string != "paused"
    }
    guard let start else { return "" }
    return ", after running \(TimeFormat.span(events[index].time.microseconds - start.time.microseconds))"
  }

  private func prologue(before index: Int) -> ArraySlice<EventRecord> {
    let earliest = events[index].time.microseconds - StopStory.prologueSpan
    let near = events[..<index].drop { $0.time.microseconds < earliest }
    return (near.isEmpty ? events[..<index].suffix(1) : near).suffix(StopStory.prologueLength)
  }

  private func told(_ title: String, _ events: [EventRecord]) -> [String] {
    guard !events.isEmpty else { return [] }
    return ["", "  \(title)"]
      + events.map { event in
        let look = Style.look(of: event.severity)
        let kind = style.paint(SafeText.printable(event.kind), look)
        let line = "    \(TimeFormat.short(event.time, in: zone)) \(kind) \(EventRenderer.details(event))"
        return style.isColored ? line : DisplayWidth.fit(line, EventRenderer.standardWidth)
      }
  }
}

extension EventRecord {
  /// Whether it tells of the end of a machine's process.
  fileprivate var isStop: Bool { kind == EventKind.vmStopped.rawValue }
}
