// SPDX-License-Identifier: Apache-2.0
// Which events announce the state that a machine is in.

public import EventModel

/// The state that a machine is in.
public struct MachineState: Sendable {
  private let state: String
  private let agent: String

  /// A state, from the properties `State` and `AgentState`.
  public init(state: String, agent: String) {
    self.state = state
    self.agent = agent
  }

  /// The kinds of event that announce that state; those that announce a moment and no state are not among them.
  public var announcements: [EventKind] {
    var kinds: [EventKind] = [.vmAdded]
    switch VMState(rawValue: state) {
    case .stopped?: kinds.append(.vmStopped)
    case let state?: kinds.append(EventKind(state: state))
    case nil: break
    }
    switch agent {
    case "connected": kinds.append(.vmAgentConnected)
    case "disconnected": kinds.append(.vmAgentDisconnected)
    case "unresponsive": kinds.append(.vmAgentUnresponsive)
    default: break
    }
    return kinds
  }
}
