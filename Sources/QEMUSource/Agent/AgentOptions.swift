// SPDX-License-Identifier: Apache-2.0
// Whether and how guest agents are asked.

/// Whether and how guest agents are asked, and how much each may take.
public struct AgentOptions: Hashable, Sendable {
  /// Whether they are asked at all.
  public var isEnabled = true
  /// The socket that QEMUs dial with the agent's channel; `nil` for none.
  public var socketPath: String?
  /// How the files in the directory of monitors are named that are taken for agents; the rest of the name is that of the monitor's
  /// file, or of the machine.
  public var suffix = ".agent"
  /// Whether guests are asked who is logged in.
  public var asksForUsers = false
  /// How often what is asked.
  public var intervals = AgentIntervals()
  /// What is worth an event.
  public var thresholds = GuestThresholds()
  /// What a guest may take.
  public var limits = AgentLimits()

  /// The default options.
  public init() {}
}

/// What a guest may take through its agent's channel.
public struct AgentLimits: Hashable, Sendable {
  /// The longest line, in bytes.
  public var lineBytes = 1 << 20
  /// The deepest nesting of a line.
  public var depth = 32
  /// How long a synchronization may take.
  public var synchronization: Duration = .seconds(5)
  /// How long an answer may take.
  public var answer: Duration = .seconds(10)
  /// The first wait before an agent that is silent is tried again; it doubles.
  public var firstRetry: Duration = .seconds(5)
  /// The longest wait before an agent that is silent is tried again.
  public var lastRetry: Duration = .seconds(60)
  /// How many bytes a guest may send in `window`; then it is not read until the window is over.
  public var bytesPerWindow = 4 << 20
  /// The window of `bytesPerWindow`.
  public var window: Duration = .seconds(10)
  /// How long a channel that was dialled may belong to no machine.
  public var stranger: Duration = .seconds(30)

  /// The default limits.
  public init() {}
}
