// SPDX-License-Identifier: Apache-2.0
// The closed list of settings: key, type, default, meaning. The manual and the check of a file are made from it.

/// A setting: what a configuration file or the environment can say.
public struct SettingKey: Sendable {
  /// The type of a setting's value.
  public enum ValueType: Sendable, Equatable {
    /// Any text.
    case text
    /// An absolute path.
    case path
    /// A whole number from 0.
    case count
    /// A number of bytes: digits, and K, M or G for powers of 1024.
    case size
    /// A span: digits, and s, min, h or d.
    case duration
    /// true or false.
    case boolean
    /// One of these words.
    case choice([String])
    /// A list of texts.
    case list

    /// What the value must look like, for people.
    public var expectation: String {
      switch self {
      case .text: "a text"
      case .path: "an absolute path"
      case .count: "a whole number from 0 to 4294967295"
      case .size: "a size such as 512K, 64M or 2G"
      case .duration: "a span such as 30s, 10min, 2h or 7d"
      case .boolean: "true or false"
      case .choice(let words): "one of " + words.joined(separator: ", ")
      case .list: "a list of texts"
      }
    }
  }

  /// The name, with dots between the levels of the file.
  public let name: String
  /// The type of its value.
  public let type: ValueType
  /// The value when nothing is said, as it would stand in the file.
  public let standard: String
  /// What it does, in one sentence.
  public let meaning: String
  /// Whether a reload puts a new value into force; else it takes a restart.
  public let isReloadable: Bool

  init(_ name: String, _ type: ValueType, _ standard: String, reloadable: Bool = false, _ meaning: String) {
    self.name = name
    self.type = type
    self.standard = standard
    self.meaning = meaning
    isReloadable = reloadable
  }

  /// The name of the variable of the environment that says the same.
  public var environmentName: String {
    "VIREO_" + name.uppercased().map { $0 == "." || $0 == "-" ? "_" : $0 }
  }

  /// All settings but `monitors`, whose keys are names of machines.
  public static let all: [SettingKey] = [
    .init("bus", .text, "system", "The bus: system, session, private, or a D-Bus address."),
    .init("state-directory", .path, "/var/lib/vireo", "Where the journal lies."),
    .init("runtime-directory", .path, "/run/vireo", "Where the sockets lie."),
    .init(
      "log-level", .choice(["trace", "debug", "info", "notice", "warning", "error", "critical"]), "info",
      reloadable: true, "What the daemon writes to its log."),
    .init(
      "journal.durability", .choice(["crash", "power-loss"]), "crash",
      "What a commit survives: a crash of the daemon, or a loss of power too."),
    .init("journal.max-size", .size, "256M", "How large the journal grows before the oldest events go."),
    .init("journal.max-age", .duration, "30d", "How old an event grows before it goes."),
    .init("vm.keep-stopped", .duration, "1h", reloadable: true, "How long a stopped machine stays on the bus."),
    .init("monitor.max-line", .size, "16M", "The longest line that a monitor may send."),
    .init(
      "monitor.greeting-timeout", .duration, "5s", "How long a monitor may take to greet before it is called busy."),
    .init("monitor.burst", .count, "2000", "Events that one machine may send at once before the rest is folded."),
    .init("monitor.rate", .count, "200", "Events a second that one machine may send on and on."),
    .init("monitor.max-connections", .count, "8192", "Monitors and clients that may be connected at once."),
    .init("agent.enabled", .boolean, "true", "Whether guest agents are asked."),
    .init("agent.users", .boolean, "false", "Whether guests are asked who is logged in."),
    .init("agent.filesystem-threshold", .count, "90", "Percent in use from which a file system of a guest is told."),
    .init("agent.drift-threshold", .duration, "1s", "By how much a guest's clock must be wrong to be told."),
    .init("agent.answer-timeout", .duration, "10s", "How long an agent may take to answer before it is unresponsive."),
    .init(
      "agent.ping-interval", .duration, "60s",
      "How often an agent that is asked nothing else is asked whether it is there; 0s is never."),
    .init("agent.info-interval", .duration, "5min", "How often an agent is asked what it can do; 0s is never."),
    .init(
      "agent.identity-interval", .duration, "2min",
      "How often a guest is asked for its host name and operating system; 0s is never."),
    .init(
      "agent.addresses-interval", .duration, "2min",
      "How often a guest is asked for its addresses, after a beginning at doubling times from 10s; 0s is never."),
    .init(
      "agent.filesystems-interval", .duration, "5min", "How often a guest is asked for its file systems; 0s is never."),
    .init(
      "agent.users-interval", .duration, "10s",
      "How often a guest is asked who is logged in, where agent.users is true; 0s is never."),
    .init("agent.time-interval", .duration, "5min", "How often a guest is asked for its clock; 0s is never."),
    .init(
      "agent.freeze-interval", .duration, "60s",
      "How often a guest is asked whether its file systems are frozen; 0s is never."),
    .init("devices.enabled", .boolean, "true", "Whether devices are watched."),
    .init("devices.subsystems", .list, "", "The only subsystems to watch; none means all but the noisy virtual ones."),
    .init("links.enabled", .boolean, "true", "Whether network links are watched."),
    .init("links.neighbours", .boolean, "false", "Whether the addresses that bridges learn are told."),
    .init("subscriptions.max-per-user", .count, "64", "Subscriptions and streams that one user may hold."),
    .init("subscriptions.max", .count, "1024", "Subscriptions and streams in all."),
    .init("subscriptions.ack-timeout", .duration, "60s", "How long a subscriber may owe an acknowledgement."),
    .init("clients.enabled", .boolean, "true", "Whether the socket for Varlink clients is served."),
    .init("clients.max-per-user", .count, "128", "Connections to that socket that one user may hold."),
    .init("clients.max", .count, "1024", "Connections to that socket in all."),
  ]

  static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}
