// SPDX-License-Identifier: Apache-2.0
// What each part of the daemon takes from the configuration.

import Hub
import Journal
import QEMUSource
import Settings
import StreamService

extension Settings {
  /// How the journal is kept.
  var journalOptions: JournalOptions {
    var options = JournalOptions(directory: text("state-directory"))
    options.durability = text("journal.durability") == "power-loss" ? .powerLoss : .crash
    options.bytes = size("journal.max-size")
    options.age = duration("journal.max-age")
    return options
  }

  /// How many consumers there may be.
  var deliveryLimits: DeliveryLimits {
    var limits = DeliveryLimits()
    limits.perUser = count("subscriptions.max-per-user")
    limits.total = count("subscriptions.max")
    return limits
  }

  /// How the client socket is served; nil when it is not.
  var streamOptions: StreamOptions? {
    guard boolean("clients.enabled") else { return nil }
    var options = StreamOptions(path: text("runtime-directory") + "/org.vireo.Hub1")
    options.connections = count("clients.max")
    options.connectionsPerUser = count("clients.max-per-user")
    return options
  }

  /// Where monitors are found, and how much each may take.
  var qemuOptions: QEMUOptions {
    let runtime = text("runtime-directory")
    var options = QEMUOptions(socketPath: runtime + "/qmp.sock", monitorsDirectory: runtime + "/monitors")
    options.retention = duration("vm.keep-stopped")
    options.limits.lineBytes = size("monitor.max-line")
    options.limits.greeting = duration("monitor.greeting-timeout")
    options.limits.strangers = count("monitor.max-connections")
    options.limits.eventBurst = count("monitor.burst")
    options.limits.eventsPerSecond = count("monitor.rate")
    options.agents.isEnabled = boolean("agent.enabled")
    options.agents.socketPath = runtime + "/agent.sock"
    options.agents.asksForUsers = boolean("agent.users")
    options.agents.thresholds.fileSystemPercent = count("agent.filesystem-threshold")
    options.agents.thresholds.drift = max(1, duration("agent.drift-threshold") / .seconds(1))
    options.agents.limits.answer = max(.seconds(1), duration("agent.answer-timeout"))
    options.agents.intervals = agentIntervals
    return options
  }

  /// How often guest agents are asked what.
  private var agentIntervals: AgentIntervals {
    var intervals = AgentIntervals()
    intervals.ping = duration("agent.ping-interval")
    intervals.info = duration("agent.info-interval")
    intervals.identity = duration("agent.identity-interval")
    intervals.addresses = duration("agent.addresses-interval")
    intervals.fileSystems = duration("agent.filesystems-interval")
    intervals.users = duration("agent.users-interval")
    intervals.time = duration("agent.time-interval")
    intervals.freezeStatus = duration("agent.freeze-interval")
    return intervals
  }
}
