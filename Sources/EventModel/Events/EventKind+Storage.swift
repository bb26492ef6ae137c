// SPDX-License-Identifier: Apache-2.0
// What the kinds of a machine's storage and migration mean.

private typealias Field = KindDefinition.Field

extension KindDefinition.Field {
  /// What an event tells of the end of a block job, or of one that can end.
  fileprivate static let blockJob: [Self] = [
    .init("type", .string, "kind of job"),
    .init("device", .string, "the job"),
    .init("length", .int, "end of the work, bytes"),
    .init("offset", .int, "work done, bytes"),
    .init("speed", .int, "limit, bytes a second; 0 is none"),
  ]

  /// How far long work is.
  fileprivate static let progress: [Self] = [
    .init("percent", .double, "how much is done, 0 to 100"),
    .init("remaining", .uint, "bytes to do"),
    .init("total", .uint, "bytes in all"),
    .init("rate", .double, "bytes a second"),
  ]
}

extension EventKind {
  var storageDefinition: KindDefinition? {
    switch self {
    case .vmBlockIOError:
      KindDefinition(
        .error, "A disk request of the machine failed.",
        fields: [
          .init("device", .string, "device name, may be empty"),
          .init("nodeName", .string, "block node"),
          .init("qomPath", .string, "device object"),
          .init("operation", .string, "read or write"),
          .init("action", .string, "ignore, report or stop"),
          .init("noSpace", .bool, "whether the host ran out of space"),
          .init("reason", .string, "error text of the host"),
        ])
    case .vmBlockImageCorrupted:
      KindDefinition(
        .critical, "A disk image is corrupt.",
        fields: [
          .init("device", .string, "device name"),
          .init("nodeName", .string, "block node"),
          .init("message", .string, "what was found"),
          .init("offset", .int, "where, in bytes"),
          .init("size", .int, "how much, in bytes"),
          .init("fatal", .bool, "whether the image can no longer be used"),
        ])
    case .vmBlockWriteThreshold:
      KindDefinition(
        .warning, "A write passed the threshold set on a block node.",
        fields: [
          .init("nodeName", .string, "block node"),
          .init("amountExceeded", .uint, "bytes past the threshold"),
          .init("writeThreshold", .uint, "the threshold in bytes"),
        ])
    case .vmBlockTray:
      KindDefinition(
        .info, "The tray of a removable drive moved.",
        fields: [
          .init("device", .string, "device name"),
          .init("id", .string, "device ID"),
          .init("open", .bool, "whether it is open now"),
        ])
    case .vmBlockExportDeleted:
      KindDefinition(
        .info, "A block export was removed.",
        fields: [
          .init("id", .string, "the export")
        ])
    case .vmBlockPRManager:
      KindDefinition(
        .warning, "The helper for persistent reservations came or went.",
        fields: [
          .init("id", .string, "the helper"),
          .init("connected", .bool, "whether it is there"),
        ])
    case .vmQuorumFailure:
      KindDefinition(
        .critical, "A quorum of disk replicas was not reached.",
        fields: [
          .init("reference", .string, "device or node"),
          .init("sectorNumber", .int, "first sector"),
          .init("sectorsCount", .int, "how many sectors"),
        ])
    case .vmQuorumReportBad:
      KindDefinition(
        .error, "One of several disk replicas disagrees.",
        fields: [
          .init("type", .string, "read, write or flush"),
          .init("error", .string, "error text"),
          .init("nodeName", .string, "block node"),
          .init("sectorNumber", .int, "first sector"),
          .init("sectorsCount", .int, "how many sectors"),
        ])
    case .vmBlockJobCompleted:
      KindDefinition(
        .info, "A block job ended.",
        fields: Field.blockJob + [.init("error", .string, "why it failed, when it did")])
    case .vmBlockJobCancelled:
      KindDefinition(.notice, "A block job was cancelled.", fields: Field.blockJob)
    case .vmBlockJobError:
      KindDefinition(
        .error, "A block job met a disk error.",
        fields: [
          .init("device", .string, "the job"),
          .init("operation", .string, "read or write"),
          .init("action", .string, "ignore, report or stop"),
        ])
    case .vmBlockJobReady:
      KindDefinition(.info, "A block job can be completed.", fields: Field.blockJob)
    case .vmBlockJobPending:
      KindDefinition(
        .info, "A block job waits to be finalized.",
        fields: [
          .init("type", .string, "kind of job"),
          .init("id", .string, "the job"),
        ])
    case .vmBlockJobProgress:
      KindDefinition(
        .info, "A block job came a tenth of its way further.",
        fields: [.init("id", .string, "the job")] + Field.progress)
    case .vmJobStatus:
      KindDefinition(
        .info, "A job changed its state.",
        fields: [
          .init("id", .string, "the job"),
          .init("status", .string, "state by its QEMU name"),
          .init("error", .string, "why it failed, when it did"),
        ])
    case .vmDumpCompleted:
      KindDefinition(
        .notice, "A dump of the guest memory ended.",
        fields: [
          .init("status", .string, "completed or failed"),
          .init("completed", .int, "bytes written"),
          .init("total", .int, "bytes in all"),
          .init("error", .string, "why it failed, when it did"),
        ])
    case .vmDumpProgress:
      KindDefinition(.info, "A dump of the guest memory came a tenth of its way further.", fields: Field.progress)
    case .vmMigrationStatus:
      KindDefinition(
        .notice, "A migration changed its state.",
        fields: [
          .init("status", .string, "state by its QEMU name")
        ])
    case .vmMigrationPass:
      KindDefinition(
        .info, "A migration began another pass over the memory.",
        fields: [
          .init("pass", .int, "number of the pass")
        ])
    case .vmMigrationProgress:
      KindDefinition(
        .info, "A migration came a tenth of its way further.",
        fields: Field.progress + [.init("expectedDowntime", .uint, "milliseconds")])
    case .vmMigrationVFIO:
      KindDefinition(
        .info, "A passed-through device changed its migration state.",
        fields: [
          .init("deviceID", .string, "device ID"),
          .init("qomPath", .string, "device object"),
          .init("deviceState", .string, "state by its QEMU name"),
        ])
    case .vmFailoverNegotiated:
      KindDefinition(
        .info, "The guest can fail over between network cards.",
        fields: [
          .init("deviceID", .string, "the standby device")
        ])
    case .vmFailoverUnplugPrimary:
      KindDefinition(
        .info, "The primary network card leaves for a migration.",
        fields: [
          .init("deviceID", .string, "the primary device")
        ])
    case .vmColoExit:
      KindDefinition(
        .error, "Fault-tolerant operation ended.",
        fields: [
          .init("mode", .string, "primary or secondary"),
          .init("reason", .string, "none, request, error or processing"),
        ])
    default: nil
    }
  }
}
