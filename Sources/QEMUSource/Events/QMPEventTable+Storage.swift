// SPDX-License-Identifier: Apache-2.0
// Disks, block jobs and dumps (qapi/block*.json, qapi/job.json, qapi/dump.json).

import EventModel
import JSONText

extension QMPEventTable {
  static let storage: [QMPEventDefinition] = [
    .init(
      "BLOCK_IO_ERROR", .vmBlockIOError,
      [
        .init("device", "device", .string),
        .optional("node-name", "nodeName", .string),
        // Since QEMU 9.2.
        .optional("qom-path", "qomPath", .string),
        .init("operation", "operation", .string),
        .init("action", "action", .string),
        .optional("nospace", "noSpace", .bool),
        .init("reason", "reason", .string),
      ],
      effect: .announces(.ioError, action: "stop")),
    .init(
      "BLOCK_IMAGE_CORRUPTED", .vmBlockImageCorrupted,
      [
        .init("device", "device", .string),
        .optional("node-name", "nodeName", .string),
        .init("msg", "message", .string),
        .optional("offset", "offset", .int),
        .optional("size", "size", .int),
        .init("fatal", "fatal", .bool),
      ]),
    .init(
      "BLOCK_WRITE_THRESHOLD", .vmBlockWriteThreshold,
      [
        .init("node-name", "nodeName", .string),
        .init("amount-exceeded", "amountExceeded", .uint),
        .init("write-threshold", "writeThreshold", .uint),
      ]),
    .init(
      "QUORUM_FAILURE", .vmQuorumFailure,
      [
        .init("reference", "reference", .string),
        .init("sector-num", "sectorNumber", .int),
        .init("sectors-count", "sectorsCount", .int),
      ]),
    .init(
      "QUORUM_REPORT_BAD", .vmQuorumReportBad,
      [
        .init("type", "type", .string),
        .optional("error", "error", .string),
        .init("node-name", "nodeName", .string),
        .init("sector-num", "sectorNumber", .int),
        .init("sectors-count", "sectorsCount", .int),
      ]),
    .init(
      "PR_MANAGER_STATUS_CHANGED", .vmBlockPRManager,
      [.init("id", "id", .string), .init("connected", "connected", .bool)]),
    .init(
      "DEVICE_TRAY_MOVED", .vmBlockTray,
      [
        .init("device", "device", .string), .init("id", "id", .string),
        .init("tray-open", "open", .bool),
      ]),
    .init("BLOCK_EXPORT_DELETED", .vmBlockExportDeleted, [.init("id", "id", .string)]),
  ]

  private static let blockJob: [QMPField] = [
    .init("type", "type", .string),
    .init("device", "device", .string),
    .init("len", "length", .int),
    .init("offset", "offset", .int),
    .init("speed", "speed", .int),
  ]

  static let jobs: [QMPEventDefinition] = [
    .init(
      "JOB_STATUS_CHANGE", .vmJobStatus,
      [.init("id", "id", .string), .init("status", "status", .string)]),
    .init(
      "BLOCK_JOB_COMPLETED", .vmBlockJobCompleted, blockJob + [.optional("error", "error", .string)]
    ),
    .init("BLOCK_JOB_CANCELLED", .vmBlockJobCancelled, blockJob),
    .init(
      "BLOCK_JOB_ERROR", .vmBlockJobError,
      [
        .init("device", "device", .string),
        .init("operation", "operation", .string),
        .init("action", "action", .string),
      ]),
    .init("BLOCK_JOB_READY", .vmBlockJobReady, blockJob),
    .init(
      "BLOCK_JOB_PENDING", .vmBlockJobPending,
      [.init("type", "type", .string), .init("id", "id", .string)]),
    .init(
      "DUMP_COMPLETED", .vmDumpCompleted,
      [
        .init("status", "status", .string, in: "result"),
        .init("completed", "completed", .int, in: "result"),
        .init("total", "total", .int, in: "result"),
        .optional("error", "error", .string),
      ]),
  ]
}
