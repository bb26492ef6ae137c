// SPDX-License-Identifier: Apache-2.0
// The closed list of what the daemon counts and measures.

/// What the daemon counts and measures: the closed list of its metrics.
///
/// The raw value is the name, without the suffix that the kind brings (`_total` for a counter, `_info` for facts). The kind,
/// the labels and the meaning of each stand in its `definition`; the text of `GetMetrics` and the manual are made from this
/// list. No label has a value for each machine, so that their number does not grow with the host.
public enum Metric: String, CaseIterable, Sendable {
  // MARK: Events

  case events = "vireo_events"
  case eventsSynthesized = "vireo_events_synthesized"
  case eventsDropped = "vireo_events_dropped"
  case eventsWaiting = "vireo_events_waiting"
  case eventLatency = "vireo_event_latency_seconds"
  case gaps = "vireo_gaps"
  case lastSequence = "vireo_last_sequence"
  case oldestSequence = "vireo_oldest_sequence"

  // MARK: Sources

  case sourceUp = "vireo_source_up"
  case sources = "vireo_sources"
  case sourceEvents = "vireo_source_events"
  case sourceReconnects = "vireo_source_reconnects"
  case sourceErrors = "vireo_source_errors"
  case sourceOverruns = "vireo_source_overruns"
  case sourceResyncs = "vireo_source_resyncs"
  case sourceResyncDuration = "vireo_source_resync_duration_seconds"

  // MARK: Virtual machines

  case machines = "vireo_vms"
  case monitors = "vireo_monitors"
  case qmpBytesRead = "vireo_qmp_bytes_read"
  case qmpCommands = "vireo_qmp_commands"
  case agentPollDuration = "vireo_qga_poll_duration_seconds"
  case agentTimeouts = "vireo_qga_timeouts"

  // MARK: The journal

  case journalWriteDuration = "vireo_journal_write_duration_seconds"
  case journalCommitDuration = "vireo_journal_commit_duration_seconds"
  case journalRows = "vireo_journal_rows"
  case journalErrors = "vireo_journal_errors"
  case journalStranded = "vireo_journal_stranded"
  case journalRemoved = "vireo_journal_removed"
  case journalReads = "vireo_journal_reads"
  case journalCheckpoints = "vireo_journal_checkpoints"
  case journalBytes = "vireo_journal_bytes"
  case journalOldest = "vireo_journal_oldest_timestamp_seconds"

  // MARK: The bus and other consumers

  case busSignalsSent = "vireo_dbus_signals_sent"
  case busEventsWithheld = "vireo_dbus_events_withheld"
  case busCalls = "vireo_dbus_calls"
  case busDenied = "vireo_dbus_denied"
  case busRefused = "vireo_dbus_refused"
  case busWithheld = "vireo_dbus_withheld"
  case busSendQueue = "vireo_dbus_send_queue_bytes"
  case busMessagesSent = "vireo_dbus_messages_sent"
  case busMessagesReceived = "vireo_dbus_messages_received"
  case busConnects = "vireo_dbus_connects"
  case consumers = "vireo_consumers"
  case consumerEvents = "vireo_consumer_events"
  case consumerLag = "vireo_consumer_lag"
  case consumerPages = "vireo_consumer_pages"
  case consumerTrouble = "vireo_consumer_trouble"
  case varlinkClients = "vireo_varlink_clients"
  case varlinkConnections = "vireo_varlink_connections"
  case varlinkCalls = "vireo_varlink_calls"

  // MARK: The daemon itself

  case build = "vireo_build"
  case startTime = "vireo_start_time_seconds"
  case processorTime = "vireo_process_cpu_seconds"
  case residentMemory = "vireo_process_resident_memory_bytes"
  case openDescriptors = "vireo_process_open_fds"
  case loopIteration = "vireo_loop_iteration_seconds"
  case loopLag = "vireo_loop_lag_seconds"
  case loopTurns = "vireo_loop_turns"
  case loopWakeUps = "vireo_loop_wakeups"

  /// The name as it stands before a sample.
  public var sampleName: String { rawValue + definition.kind.suffix }
}
