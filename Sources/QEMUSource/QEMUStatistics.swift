// SPDX-License-Identifier: Apache-2.0
// What the source counts about its talk with monitors and agents.

import EventModel
import Hub

/// What the source counts about its talk with monitors and agents, all machines together.
struct QEMUStatistics {
  /// What became of a question to a monitor.
  enum Outcome: String {
    case ok
    case error
    case timeout
  }

  private struct Asked: Hashable {
    var command: String
    var outcome: Outcome
  }

  /// Bytes that came from monitors.
  var bytesRead: UInt64 = 0
  // Both are bounded by the allow-lists of commands.
  private var commands: [Asked: UInt64] = [:]
  private var polls: [AgentCommand: Histogram] = [:]
  private var timeouts: [String: UInt64] = [:]

  /// A question to a monitor came to its end.
  mutating func count(_ command: QMPCommand, _ outcome: Outcome) {
    commands[Asked(command: command.name, outcome: outcome), default: 0] += 1
  }

  /// An agent answered, be it that it refuses.
  mutating func observe(_ command: AgentCommand, took duration: Duration) {
    polls[command, default: Histogram()].observe(seconds: duration.seconds)
  }

  /// An agent did not answer in time; `nil` is for a synchronization.
  mutating func countTimeout(_ command: AgentCommand?) {
    timeouts[command?.rawValue ?? AgentCommand.synchronizationName, default: 0] += 1
  }

  var families: [MetricFamily] {
    var asked = MetricFamily(.qmpCommands)
    for (key, count) in commands.sorted(by: {
      ($0.key.command, $0.key.outcome.rawValue) < ($1.key.command, $1.key.outcome.rawValue)
    }) {
      asked.add(Double(count), ["command": key.command, "result": key.outcome.rawValue])
    }
    var durations = MetricFamily(.agentPollDuration)
    for (command, histogram) in polls.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
      durations.add(histogram, ["command": command.rawValue])
    }
    var silent = MetricFamily(.agentTimeouts)
    for (command, count) in timeouts.sorted(by: { $0.key < $1.key }) { silent.add(Double(count), ["command": command]) }
    return [MetricFamily(.qmpBytesRead, Double(bytesRead)), asked, durations, silent]
  }
}
