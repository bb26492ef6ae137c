// SPDX-License-Identifier: Apache-2.0
// Run state, power, and the guest's health (qapi/run-state.json, qapi/machine*.json).

import EventModel
import JSONText

extension QMPEventTable {
  private static let resetOrShutdown: [QMPField] = [
    .init("guest", "guest", .bool),
    // Since QEMU 4.0.
    .optional("reason", "reason", .string),
  ]

  private static let panic: [QMPField] = [
    .init("action", "action", .string),
    .optional("info", "info", .map),
  ]

  static let life: [QMPEventDefinition] = [
    .init("STOP", rule: .ofState, effect: .stopped),
    .init("RESUME", rule: .ofState, effect: .resumed),
    .init("SHUTDOWN", .vmShutdown, resetOrShutdown, effect: .announces(.shutdown, action: nil)),
    .init("POWERDOWN", .vmPowerdown),
    // A machine that does not run goes to prelaunch on reset, and no event says so.
    .init("RESET", .vmReset, resetOrShutdown, effect: .uncertain),
    .init("SUSPEND", .vmSuspend, effect: .suspended),
    .init("SUSPEND_DISK", .vmSuspendDisk),
    .init("WAKEUP", .vmWakeup, effect: .resumed),
    .init("GUEST_PVSHUTDOWN", .vmGuestPvshutdown),
    .init(
      "GUEST_PANICKED", .vmGuestPanicked, panic, effect: .announces(.guestPanicked, action: "pause")
    ),
    .init("GUEST_CRASHLOADED", .vmGuestCrashLoaded, panic),
    .init(
      "WATCHDOG", .vmWatchdog, [.init("action", "action", .string)],
      effect: .announces(.watchdog, action: "pause")),
    .init(
      "MEMORY_FAILURE", .vmMemoryFailure,
      [
        .init("recipient", "recipient", .string),
        .init("action", "action", .string),
        .init("action-required", "actionRequired", .bool, in: "flags"),
        .init("recursive", "recursive", .bool, in: "flags"),
      ]),
    .init("SCLP_CPI_INFO_AVAILABLE", .vmGuestCPIAvailable),
  ]
}
