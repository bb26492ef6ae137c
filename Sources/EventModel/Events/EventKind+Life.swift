// SPDX-License-Identifier: Apache-2.0
// What the kinds of a machine's life and health mean.

extension EventKind {
  var lifeDefinition: KindDefinition? {
    switch self {
    case .vmAdded:
      KindDefinition(
        .info, "A virtual machine became known.",
        fields: [
          .init("processID", .uint, "process ID of its QEMU"),
          .init("monitor", .string, "how its monitor was found: dialled, directory, request, configuration"),
        ])
    case .vmRemoved:
      KindDefinition(
        .info, "A stopped virtual machine was forgotten.")
    case .vmIdentityConflict:
      KindDefinition(
        .warning, "Two machines run with one identity.",
        fields: [
          .init("other", .string, "object path of the other machine")
        ])
    case .vmStateDebug:
      KindDefinition(
        .notice, "The machine is stopped for debugging.",
        fields: [
          .init("previous", .string, "the state before")
        ])
    case .vmStateInmigrate:
      KindDefinition(
        .info, "The machine waits for an incoming migration.",
        fields: [
          .init("previous", .string, "the state before")
        ])
    case .vmStateInternalError:
      KindDefinition(
        .error, "The machine stopped on an internal error of the hypervisor.",
        fields: [
          .init("previous", .string, "the state before")
        ])
    case .vmStateIOError:
      KindDefinition(
        .error, "The machine stopped on a disk error.",
        fields: [
          .init("previous", .string, "the state before")
        ])
    case .vmStatePaused:
      KindDefinition(
        .notice, "The machine is paused.",
        fields: [
          .init("previous", .string, "the state before")
        ])
    case .vmStatePostmigrate:
      KindDefinition(
        .info, "The machine is paused after it was migrated away.",
        fields: [
          .init("previous", .string, "the state before")
        ])
    case .vmStatePrelaunch:
      KindDefinition(
        .info, "The machine is ready and not started.",
        fields: [
          .init("previous", .string, "the state before")
        ])
    case .vmStateFinishMigrate:
      KindDefinition(
        .info, "The machine is paused while its migration ends.",
        fields: [
          .init("previous", .string, "the state before")
        ])
    case .vmStateRestoreVM:
      KindDefinition(
        .info, "The machine is paused while its state is restored.",
        fields: [
          .init("previous", .string, "the state before")
        ])
    case .vmStateRunning:
      KindDefinition(
        .info, "The machine runs.",
        fields: [
          .init("previous", .string, "the state before")
        ])
    case .vmStateSaveVM:
      KindDefinition(
        .info, "The machine is paused while its state is saved.",
        fields: [
          .init("previous", .string, "the state before")
        ])
    case .vmStateShutdown:
      KindDefinition(
        .notice, "The machine was shut down, its process stays.",
        fields: [
          .init("previous", .string, "the state before")
        ])
    case .vmStateSuspended:
      KindDefinition(
        .info, "The machine sleeps in memory.",
        fields: [
          .init("previous", .string, "the state before")
        ])
    case .vmStateWatchdog:
      KindDefinition(
        .error, "The machine was stopped by its watchdog.",
        fields: [
          .init("previous", .string, "the state before")
        ])
    case .vmStateGuestPanicked:
      KindDefinition(
        .error, "The machine was stopped because its guest panicked.",
        fields: [
          .init("previous", .string, "the state before")
        ])
    case .vmStateColo:
      KindDefinition(
        .info, "The machine is paused for a fault-tolerance checkpoint.",
        fields: [
          .init("previous", .string, "the state before")
        ])
    case .vmStateUnknown:
      KindDefinition(
        .warning, "The machine cannot be asked for its state; its process lives.",
        fields: [
          .init("previous", .string, "the state before")
        ])
    case .vmReset:
      KindDefinition(
        .notice, "The machine was reset.",
        fields: [
          .init("guest", .bool, "whether the guest asked for it"),
          .init("reason", .string, "cause by its QEMU name"),
        ])
    case .vmPowerdown:
      KindDefinition(
        .notice, "The guest was asked to power down.")
    case .vmShutdown:
      KindDefinition(
        .notice, "The machine shuts down.",
        fields: [
          .init("guest", .bool, "whether the guest asked for it"),
          .init("reason", .string, "cause by its QEMU name"),
        ])
    case .vmStopped:
      KindDefinition(
        .notice, "The process of the machine ended.",
        fields: [
          .init(
            "cause", .string,
            "guest-shutdown, guest-reset, guest-panic, qmp-quit, host-reset, host-signal, host-ui, oom-kill, crash, "
              + "host-error, migrated-away, host-reboot, unknown"
          ),
          .init(
            "evidence", .list,
            "the facts behind the cause, each after where it came from: qmp, pidfd or proc (the kernel about the process), "
              + "cgroup (its count of those that it ended for want of memory), systemd (the result of the unit), kernel (that "
              + "it was started anew), hub (how its own last run ended)"
          ),
          .init("exitCode", .uint, "exit code, where the kernel or systemd told it"),
          .init("signal", .string, "signal that ended the process, where the kernel or systemd told it"),
        ])
    case .vmSuspend:
      KindDefinition(
        .info, "The guest sleeps in memory.")
    case .vmSuspendDisk:
      KindDefinition(
        .info, "The guest sleeps on disk.")
    case .vmWakeup:
      KindDefinition(
        .info, "The guest woke up.")
    case .vmGuestPanicked:
      KindDefinition(
        .critical, "The guest panicked.",
        fields: [
          .init("action", .string, "what QEMU does: pause, poweroff, run"),
          .init("info", .map, "registers or codes, by hypervisor interface"),
        ])
    case .vmGuestCrashLoaded:
      KindDefinition(
        .critical, "The guest panicked and runs its crash kernel.",
        fields: [
          .init("action", .string, "what QEMU does"),
          .init("info", .map, "registers or codes, by hypervisor interface"),
        ])
    case .vmGuestPvshutdown:
      KindDefinition(
        .notice, "The guest reported an orderly shutdown through its panic device.")
    case .vmGuestCPIAvailable:
      KindDefinition(
        .info, "The guest offers control program information.")
    case .vmWatchdog:
      KindDefinition(
        .error, "The watchdog of the machine fired.",
        fields: [
          .init("action", .string, "what QEMU does: reset, shutdown, poweroff, pause, debug, none, inject-nmi")
        ])
    case .vmMemoryFailure:
      KindDefinition(
        .critical, "A hardware memory error hit the machine.",
        fields: [
          .init("recipient", .string, "hypervisor or guest"),
          .init("action", .string, "ignore, inject, fatal or reset"),
          .init("actionRequired", .bool, "whether the fault was consumed"),
          .init("recursive", .bool, "whether it came while another was handled"),
        ])
    default: nil
    }
  }
}
