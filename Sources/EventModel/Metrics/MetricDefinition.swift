// SPDX-License-Identifier: Apache-2.0
// What a metric means: the entry of the closed list behind GetMetrics and the manual.

/// What kind of metric something is (OpenMetrics 1.0, section 5).
public enum MetricKind: String, Sendable {
  /// Only grows.
  case counter
  /// Goes up and down.
  case gauge
  /// Observations in buckets.
  case histogram
  /// Facts as labels; the value is 1.
  case info

  /// What stands behind the name of a sample.
  public var suffix: String {
    switch self {
    case .counter: "_total"
    case .info: "_info"
    case .gauge, .histogram: ""
    }
  }
}

/// What a metric counts or measures.
public struct MetricDefinition: Sendable {
  /// The kind.
  public let kind: MetricKind
  /// The names of its labels.
  public let labels: [String]
  /// What it counts or measures, in one sentence.
  public let meaning: String

  init(_ kind: MetricKind, _ labels: [String], _ meaning: String) {
    self.kind = kind
    self.labels = labels
    self.meaning = meaning
  }

  init(_ kind: MetricKind, _ meaning: String) { self.init(kind, [], meaning) }
}

extension Metric {
  /// What the metric means.
  public var definition: MetricDefinition {
    eventDefinition ?? machineDefinition ?? journalDefinition ?? consumerDefinition ?? daemonDefinition
  }

  private var eventDefinition: MetricDefinition? {
    switch self {
    case .events: .init(.counter, ["kind", "severity"], "Events numbered, by kind and severity.")
    case .eventsSynthesized: .init(.counter, ["reason"], "Events not seen as they happened, by origin.")
    case .eventsDropped: .init(.counter, ["stage", "reason"], "Events dropped, by stage and reason.")
    case .eventsWaiting: .init(.gauge, "Events that wait for the log.")
    case .eventLatency:
      .init(
        .histogram, ["source"], "Time from an event to its publication, in seconds, for events seen as they happened.")
    case .gaps: .init(.counter, ["source", "reason"], "Gaps told, by reason and by whose events may be missing.")
    case .lastSequence: .init(.gauge, "The newest number that is public.")
    case .oldestSequence: .init(.gauge, "The oldest number that is held.")
    case .sourceUp: .init(.gauge, ["source"], "Whether every source of that name delivers events.")
    case .sources: .init(.gauge, ["source", "state"], "Sources, by state.")
    case .sourceEvents: .init(.counter, ["source"], "Events that a source delivered.")
    case .sourceReconnects: .init(.counter, ["source"], "Times that a source was reached again after it was lost.")
    case .sourceErrors:
      .init(.counter, ["source", "reason"], "Times that a source was down, degraded, busy or flooded, or was refused.")
    case .sourceOverruns:
      .init(.counter, ["source"], "Times that a source lost events or sent what had to be refused.")
    case .sourceResyncs: .init(.counter, ["source"], "Times that a source was compared with what was known.")
    case .sourceResyncDuration:
      .init(
        .histogram, ["source"], "Time from asking a source for all it has to the end of the comparison, in seconds.")
    default: nil
    }
  }

  private var machineDefinition: MetricDefinition? {
    switch self {
    case .machines: .init(.gauge, ["state"], "Virtual machines known, by state.")
    case .monitors: .init(.gauge, ["state"], "Monitors of virtual machines, by state.")
    case .qmpBytesRead: .init(.counter, "Bytes that came from monitors.")
    case .qmpCommands:
      .init(.counter, ["command", "result"], "Questions to monitors, by what became of them: ok, error or timeout.")
    case .agentPollDuration:
      .init(.histogram, ["command"], "Time from a question to a guest agent to its answer, in seconds.")
    case .agentTimeouts: .init(.counter, ["command"], "Questions that a guest agent did not answer in time.")
    default: nil
    }
  }

  private var journalDefinition: MetricDefinition? {
    switch self {
    case .journalWriteDuration: .init(.histogram, "Time that the log took for a batch, in seconds.")
    case .journalCommitDuration: .init(.histogram, "Time that the disk took for a transaction, in seconds.")
    case .journalRows: .init(.counter, "Events that were committed.")
    case .journalErrors: .init(.counter, "Times that the disk refused something.")
    case .journalStranded: .init(.gauge, "Events that wait in memory for the disk.")
    case .journalRemoved: .init(.counter, "Events that retention removed.")
    case .journalReads: .init(.counter, "Questions to the journal answered.")
    case .journalCheckpoints: .init(.counter, "Times that the log of writes was moved into the database file.")
    case .journalBytes: .init(.gauge, "Size of the database file, in bytes.")
    case .journalOldest:
      .init(.gauge, "When the oldest event that is held was recorded, in seconds since the epoch.")
    default: nil
    }
  }

  private var consumerDefinition: MetricDefinition? {
    switch self {
    case .busSignalsSent: .init(.counter, "Event signals sent.")
    case .busEventsWithheld: .init(.counter, "Events not broadcast, and told by Gap instead.")
    case .busCalls: .init(.counter, ["method"], "Calls of methods of the hub.")
    case .busDenied: .init(.counter, ["method"], "Calls of somebody who may not make them.")
    case .busRefused: .init(.counter, ["what"], "Messages and calls that a limit or a rule refused.")
    case .busWithheld: .init(.counter, ["what"], "Messages withheld from a bus that takes none.")
    case .busSendQueue: .init(.gauge, "Bytes that wait for the bus.")
    case .busMessagesSent: .init(.counter, "Messages sent.")
    case .busMessagesReceived: .init(.counter, "Messages that came.")
    case .busConnects: .init(.counter, "Connections to the bus, the first one included.")
    case .consumers: .init(.gauge, ["state"], "Subscriptions, streams and monitors, by state.")
    case .consumerEvents: .init(.counter, "Events handed to consumers.")
    case .consumerLag: .init(.gauge, "Events that the slowest consumer is behind.")
    case .consumerPages: .init(.counter, ["from"], "Pages read for consumers, by where from.")
    case .consumerTrouble: .init(.counter, ["what"], "What befell consumers that did not keep up.")
    case .varlinkClients: .init(.gauge, "Clients connected.")
    case .varlinkConnections: .init(.counter, ["outcome"], "Connections of clients, by outcome.")
    case .varlinkCalls: .init(.counter, "Calls of clients.")
    default: nil
    }
  }

  private var daemonDefinition: MetricDefinition {
    switch self {
    case .build: .init(.info, ["version", "swift"], "The build of the daemon.")
    case .startTime: .init(.gauge, "When the daemon began, in seconds since the epoch.")
    case .processorTime: .init(.counter, "Processor time that the daemon used, in seconds.")
    case .residentMemory: .init(.gauge, "Memory that the daemon holds, in bytes.")
    case .openDescriptors: .init(.gauge, "Descriptors that the daemon holds.")
    case .loopIteration:
      .init(.histogram, "Work of one turn of the event loop, without its wait, in seconds.")
    case .loopLag: .init(.histogram, "How long after its time a timer of the event loop was called, in seconds.")
    case .loopTurns: .init(.counter, "Turns of the event loop.")
    case .loopWakeUps: .init(.counter, "Waits that another thread ended.")
    default: .init(.gauge, "")
    }
  }
}
