// SPDX-License-Identifier: Apache-2.0
// What the source counts about its talk with monitors and agents.

import EventModel
import Hub

/// What the source counts about its talk with monitors and agents, all machines together.
struct QEMUStatistics {
  /// What became of a question to a monitor.
  enum Outcome: String, CaseIterable {
    case error
    case ok
    case timeout
  }

  /// How often a question came to which end.
  private struct Outcomes {
    var error: UInt64 = 0
    var ok: UInt64 = 0
    var timeout: UInt64 = 0

    subscript(outcome: Outcome) -> UInt64 {
      get {
        switch outcome {
        case .error: error
        case .ok: ok
        case .timeout: timeout
        }
      }
      set {
        switch outcome {
        case .error: error = newValue
        case .ok: ok = newValue
        case .timeout: timeout = newValue
        }
      }
    }
  }

  /// Bytes that came from monitors.
  var bytesRead: UInt64 = 0
  // Both are bounded by the allow-lists of commands.
  private var commands: [QMPCommand: Outcomes] = [:]
  private var polls: [AgentCommand: Histogram] = [:]
  private var timeouts: [String: UInt64] = [:]

  /// A question to a monitor came to its end.
  mutating func count(_ command: QMPCommand, _ outcome: Outcome) {
    commands[command, default: Outcomes()][outcome] += 1
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
    for (command, outcomes) in commands.sorted(by: { $0.key.name < $1.key.name }) {
      for outcome in Outcome.allCases where outcomes[outcome] > 0 {
        asked.add(Double(outcomes[outcome]), ["command": command.name, "result": outcome.rawValue])
      }
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

extension QMPQuery: Ordinal {
  /// Hashes which case it is, and not its text.
  package func hash(into hasher: inout Hasher) { hasher.combine(ordinal) }
}
