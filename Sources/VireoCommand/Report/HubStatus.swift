// SPDX-License-Identifier: Apache-2.0
// How the hub is doing, on one screen.

public import EventModel

/// How the hub is doing, on one screen.
public struct HubStatus: Sendable {
  /// A row of a list with its state.
  public struct Item: Sendable {
    let name: String
    let kind: String
    let state: String

    /// A row.
    public init(name: String, kind: String, state: String) {
      self.name = name
      self.kind = kind
      self.state = state
    }
  }

  /// The version of the hub.
  public var version = ""
  /// The host of the hub.
  public var host = ""
  /// The identity of the journal.
  public var instance = ""
  /// The newest sequence.
  public var head: UInt64 = 0
  /// The oldest sequence held.
  public var oldest: UInt64 = 0
  /// When the oldest event held was recorded.
  public var oldestTime: Timestamp?
  /// When the hub was started.
  public var started: Timestamp?
  /// The machines.
  public var machines: [Item] = []
  /// How many devices there are.
  public var devices = 0
  /// How many links there are.
  public var links = 0
  /// The sources.
  public var sources: [Item] = []
  /// The last events that matter.
  public var trouble: [EventRecord] = []

  /// A status to be filled in.
  public init() {}

  /// Whether every source delivers.
  public var isHealthy: Bool { sources.allSatisfy { $0.state == "up" } }

  /// The lines of the screen.
  public func lines(now: Timestamp, zone: ZoneRules, style: Style, width: Int) -> [String] {
    let dot = style.paint("●", isHealthy ? .green : .red)
    var lines = ["\(dot) vireod \(SafeText.printable(version)) on \(SafeText.printable(host))"]
    func fact(_ name: String, _ text: String) {
      let label = String(repeating: " ", count: max(0, 10 - name.utf8.count)) + name
      lines.append(DisplayWidth.fit("\(label): \(text)", width))
    }
    if let started {
      fact(
        "Started",
        "\(TimeFormat.full(started, in: zone)), \(TimeFormat.span(now.microseconds - started.microseconds)) ago")
    }
    fact("Instance", SafeText.printable(instance))
    let count = head >= oldest && oldest > 0 ? head - oldest + 1 : 0
    let reach = oldestTime.map { ", back to \(TimeFormat.full($0, in: zone))" } ?? ""
    fact("Journal", "\(count) events, \(oldest) to \(head)\(reach)")
    fact("VMs", HubStatus.summary(machines))
    fact("Devices", String(devices))
    fact("Links", String(links))
    fact("Sources", HubStatus.summary(sources))
    for source in sources where source.state != "up" {
      let state = style.paint(SafeText.printable(source.state), Style.look(ofState: source.state))
      lines.append("            \(SafeText.printable(source.name)) \(state)")
    }
    if !trouble.isEmpty {
      lines.append("")
      let renderer = EventRenderer(format: .short, style: style, zone: zone, width: width)
      lines += trouble.map { String(renderer.text($0).dropLast()) }
    }
    return lines
  }

  /// `12 (9 running, 3 stopped)`, the most frequent state first.
  private static func summary(_ items: [Item]) -> String {
    guard !items.isEmpty else { return "0" }
    let counts = Dictionary(grouping: items, by: \.state).mapValues(\.count)
    let order = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let states = order.map { "\($0.value) \(SafeText.printable($0.key.isEmpty ? "unknown" : $0.key))" }
    return "\(items.count) (\(states.joined(separator: ", ")))"
  }
}
