// SPDX-License-Identifier: Apache-2.0
// What the kinds of the hub, its sources and the host mean.

extension EventKind {
  var hubDefinition: KindDefinition? {
    switch self {
    case .hubStarted:
      KindDefinition(
        .notice, "The hub began its work.",
        fields: [
          .init("version", .string, "version of the hub"),
          .init("processID", .uint, "process ID of the hub"),
        ])
    case .hubStopping:
      KindDefinition(
        .notice, "The hub ends its work.",
        fields: [
          .init("reason", .string, "what asked for it: signal or request")
        ])
    case .hubGap:
      KindDefinition(
        .warning, "A stretch of events may be missing.",
        fields: [
          .init("from", .string, "last moment known to be complete, RFC 3339"),
          .init("to", .string, "first moment known to be complete again, RFC 3339"),
          .init("reason", .string, "why: monitor-down, source-down, overrun, hub-down, journal-behind, bus-behind"),
          .init("first", .uint, "first sequence withheld, where the events had numbers"),
          .init("last", .uint, "last sequence withheld, where the events had numbers"),
        ])
    case .hubConfigReloaded:
      KindDefinition(
        .notice, "The configuration was read again.",
        fields: [
          .init("changed", .list, "keys whose value changed")
        ])
    case .hubConfigRejected:
      KindDefinition(
        .error, "A new configuration was refused; the old one stays in force.",
        fields: [
          .init("error", .string, "file, key and what was expected")
        ])
    case .hubJournalDegraded:
      KindDefinition(
        .error, "Events are not kept on disk until further notice.",
        fields: [
          .init("error", .string, "what the disk or the database said")
        ])
    case .hubJournalRecovered:
      KindDefinition(
        .notice, "Events are kept on disk again.",
        fields: [
          .init("first", .uint, "first sequence that is durable again")
        ])
    case .hubJournalReplaced:
      KindDefinition(
        .error, "The journal was corrupt; it was set aside and a new one began.",
        fields: [
          .init("kept", .string, "file name of the old journal"),
          .init("error", .string, "what was wrong with it"),
        ])
    case .sourceUp:
      KindDefinition(
        .info, "A source delivers events.")
    case .sourceDown:
      KindDefinition(
        .warning, "A source delivers no events.",
        fields: [
          .init("error", .string, "why")
        ])
    case .sourceDegraded:
      KindDefinition(
        .warning, "A source delivers events, but not all or not in full.",
        fields: [
          .init("error", .string, "why")
        ])
    case .sourceBusy:
      KindDefinition(
        .warning, "A monitor was reached, but another client holds it.",
        fields: [
          .init("error", .string, "what was observed")
        ])
    case .sourceResynced:
      KindDefinition(
        .info, "A source was compared with what was known.",
        fields: [
          .init("differences", .uint, "how many differences became events")
        ])
    case .sourceReconnected:
      KindDefinition(
        .info, "A source was reached again after it was lost.",
        fields: [
          .init("attempts", .uint, "tries that it took"),
          .init("seconds", .double, "how long it was away"),
        ])
    case .sourceFlooded:
      KindDefinition(
        .warning, "A source sent more than its allowance; the rest was counted, not kept.",
        fields: [
          .init("folded", .map, "how many events were folded, by kind"),
          .init("total", .uint, "how many events were folded in all"),
          .init("ended", .bool, "whether the flood is over"),
        ])
    case .sourceRejected:
      KindDefinition(
        .warning, "Something that a source sent was refused.",
        fields: [
          .init("error", .string, "what was wrong with it"),
          .init("sample", .string, "the beginning of it, made printable"),
        ])
    case .hostShutdownPending:
      KindDefinition(
        .warning, "The host is about to shut down or restart.",
        fields: [
          .init("pending", .bool, "false when it was called off")
        ])
    case .hostSleepPending:
      KindDefinition(
        .notice, "The host is about to sleep.")
    case .hostResumed:
      KindDefinition(
        .notice, "The host woke up.",
        fields: [
          .init("seconds", .double, "how long it slept")
        ])
    case .hostClockChanged:
      KindDefinition(
        .notice, "The wall clock of the host was set.",
        fields: [
          .init("offset", .double, "seconds it moved, positive is forward")
        ])
    default: nil
    }
  }
}
