// SPDX-License-Identifier: Apache-2.0
// Migration, hot-plug, memory devices, ports and clocks (qapi/migration.json, qdev.json, acpi.json, machine.json, char.json).

import EventModel
import JSONText

extension QMPEventTable {
  static let migration: [QMPEventDefinition] = [
    // Neither the end of a migration nor its failure names the run state it leaves behind.
    .init(
      "MIGRATION", .vmMigrationStatus, [.init("status", "status", .string)], effect: .migration),
    .init("MIGRATION_PASS", .vmMigrationPass, [.init("pass", "pass", .int)]),
    .init(
      "VFIO_MIGRATION", .vmMigrationVFIO,
      [
        .init("device-id", "deviceID", .string),
        .init("qom-path", "qomPath", .string),
        .init("device-state", "deviceState", .string),
      ]),
    .init(
      "COLO_EXIT", .vmColoExit,
      [.init("mode", "mode", .string), .init("reason", "reason", .string)],
      effect: .uncertain),
    .init("UNPLUG_PRIMARY", .vmFailoverUnplugPrimary, [.init("device-id", "deviceID", .string)]),
    .init("FAILOVER_NEGOTIATED", .vmFailoverNegotiated, [.init("device-id", "deviceID", .string)]),
  ]

  private static let device: [QMPField] = [
    .optional("device", "device", .string),
    .init("path", "path", .string),
  ]

  static let devices: [QMPEventDefinition] = [
    .init("DEVICE_DELETED", .vmDeviceRemoved, device),
    .init("DEVICE_UNPLUG_GUEST_ERROR", .vmDeviceUnplugRefused, device),
    // Gone since QEMU 9.1.
    .init(
      "MEM_UNPLUG_ERROR", .vmMemoryUnplugError,
      [.init("device", "device", .string), .init("msg", "message", .string)]),
    .init(
      "ACPI_DEVICE_OST", .vmDeviceACPIOST,
      [
        .optional("device", "device", .string, in: "info"),
        .init("slot", "slot", .string, in: "info"),
        .init("slot-type", "slotType", .string, in: "info"),
        .init("source", "source", .int, in: "info"),
        .init("status", "status", .int, in: "info"),
      ]),
    .init(
      "MEMORY_DEVICE_SIZE_CHANGE", .vmMemoryDeviceSize,
      [
        .optional("id", "id", .string), .init("size", "size", .uint),
        .init("qom-path", "qomPath", .string),
      ]),
    .init("BALLOON_CHANGE", .vmMemoryBalloon, [.init("actual", "actual", .uint)]),
    .init(
      "HV_BALLOON_STATUS_REPORT", .vmMemoryHVBalloon,
      [.init("committed", "committed", .uint), .init("available", "available", .uint)]),
    .init(
      "VFU_CLIENT_HANGUP", .vmDeviceVFUHangup,
      [
        .init("vfu-id", "vfuID", .string),
        .init("vfu-qom-path", "vfuQOMPath", .string),
        .init("dev-id", "deviceID", .string),
        .init("dev-qom-path", "deviceQOMPath", .string),
      ]),
    .init(
      "CPU_POLARIZATION_CHANGE", .vmCPUPolarization,
      [.init("polarization", "polarization", .string)]),
    .init(
      "RTC_CHANGE", .vmRTCChanged,
      // The path is there since QEMU 6.2.
      [.init("offset", "offset", .int), .optional("qom-path", "qomPath", .string)]),
    .init(
      "VSERPORT_CHANGE", rule: .byTruth("open", whenTrue: .vmPortOpened, whenFalse: .vmPortClosed),
      [.init("id", "id", .string)]),
  ]
}
