// SPDX-License-Identifier: Apache-2.0
// The states of a machine.

/// The state of a machine: QEMU's run states by their own names, and two of ours.
///
/// The names are those of `RunState` in QEMU's qapi/run-state.json.
public enum VMState: String, CaseIterable, Sendable {
  /// It is stopped for debugging.
  case debug
  /// It waits for an incoming migration.
  case inmigrate
  /// It stopped on an internal error of the hypervisor.
  case internalError = "internal-error"
  /// It stopped on a disk error.
  case ioError = "io-error"
  /// It is paused.
  case paused
  /// It is paused after it was migrated away.
  case postmigrate
  /// It is ready and not started.
  case prelaunch
  /// It is paused while its migration ends.
  case finishMigrate = "finish-migrate"
  /// It is paused while its state is restored.
  case restoreVM = "restore-vm"
  /// It runs.
  case running
  /// It is paused while its state is saved.
  case saveVM = "save-vm"
  /// It was shut down, its process stays.
  case shutdown
  /// It sleeps in memory.
  case suspended
  /// It was stopped by its watchdog.
  case watchdog
  /// It was stopped because its guest panicked.
  case guestPanicked = "guest-panicked"
  /// It is paused for a fault-tolerance checkpoint.
  case colo
  /// Its process is gone. Ours; announced by `vm.stopped`.
  case stopped
  /// It cannot be asked, its process lives. Ours.
  case unknown
}

extension VMState: Ordinal {
  /// Hashes which case it is, and not its text.
  public func hash(into hasher: inout Hasher) { hasher.combine(ordinal) }
}
