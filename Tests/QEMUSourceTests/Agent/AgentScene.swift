// SPDX-License-Identifier: Apache-2.0
// A machine with a fake monitor, and where its agent would be.

import EventModel
import Hub
import QEMUSource
import TestSupport

/// A machine with a fake monitor and the path of its agent.
struct AgentScene {
  let hub: LiveSource
  let monitor: QMPPeer
  let agentPath: String
  let subject = Subject(.vm, "web")

  init(_ change: @escaping (inout AgentOptions) -> Void = { _ in }) async throws {
    hub = try await LiveSource { options in
      options.agents.limits.firstRetry = .milliseconds(20)
      options.agents.limits.lastRetry = .milliseconds(200)
      change(&options.agents)
    }
    agentPath = hub.directory.file("agent")
    let path = hub.directory.file("monitor")
    monitor = try QMPPeer(.listens(path), QMPBehaviour(name: "web")).start()
  }

  /// Adds the machine with its agent.
  func add() async throws {
    let (source, path, agent) = (hub.source, hub.directory.file("monitor"), agentPath)
    _ = try await hub.onLoop { try source.addMachine(name: "web", monitorPath: path, agentPath: agent) }
  }

  func property(_ name: PropertyName) async -> Value? { await hub.machine("web")?[name] }
}
