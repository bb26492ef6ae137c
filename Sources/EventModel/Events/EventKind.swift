// SPDX-License-Identifier: Apache-2.0
// The closed list of what can happen.

/// What happened: the closed list of kinds; the raw value is the dotted name that consumers see.
///
/// The meaning, severity and data of each kind stand in its `definition`; the manual, `ListKinds` and the tests are
/// made from this list.
public enum EventKind: String, CaseIterable, Sendable {
  // MARK: The hub itself

  /// The hub began its work.
  case hubStarted = "hub.started"
  /// The hub ends its work.
  case hubStopping = "hub.stopping"
  /// A stretch of events may be missing.
  case hubGap = "hub.gap"
  /// The configuration was read again.
  case hubConfigReloaded = "hub.config.reloaded"
  /// A new configuration was refused; the old one stays in force.
  case hubConfigRejected = "hub.config.rejected"
  /// Events are not kept on disk until further notice.
  case hubJournalDegraded = "hub.journal.degraded"
  /// Events are kept on disk again.
  case hubJournalRecovered = "hub.journal.recovered"
  /// The journal was corrupt; it was set aside and a new one began.
  case hubJournalReplaced = "hub.journal.replaced"

  // MARK: Sources

  /// A source delivers events.
  case sourceUp = "source.up"
  /// A source delivers no events.
  case sourceDown = "source.down"
  /// A source delivers events, but not all or not in full.
  case sourceDegraded = "source.degraded"
  /// A monitor was reached, but another client holds it.
  case sourceBusy = "source.busy"
  /// A source was compared with what was known.
  case sourceResynced = "source.resynced"
  /// A source was reached again after it was lost.
  case sourceReconnected = "source.reconnected"
  /// A source sent more than its allowance; the rest was counted, not kept.
  case sourceFlooded = "source.flooded"
  /// Something that a source sent was refused.
  case sourceRejected = "source.rejected"

  // MARK: Life of a machine

  /// A virtual machine became known.
  case vmAdded = "vm.added"
  /// A stopped virtual machine was forgotten.
  case vmRemoved = "vm.removed"
  /// Two machines run with one identity.
  case vmIdentityConflict = "vm.identity-conflict"
  /// The machine is stopped for debugging.
  case vmStateDebug = "vm.state.debug"
  /// The machine waits for an incoming migration.
  case vmStateInmigrate = "vm.state.inmigrate"
  /// The machine stopped on an internal error of the hypervisor.
  case vmStateInternalError = "vm.state.internal-error"
  /// The machine stopped on a disk error.
  case vmStateIOError = "vm.state.io-error"
  /// The machine is paused.
  case vmStatePaused = "vm.state.paused"
  /// The machine is paused after it was migrated away.
  case vmStatePostmigrate = "vm.state.postmigrate"
  /// The machine is ready and not started.
  case vmStatePrelaunch = "vm.state.prelaunch"
  /// The machine is paused while its migration ends.
  case vmStateFinishMigrate = "vm.state.finish-migrate"
  /// The machine is paused while its state is restored.
  case vmStateRestoreVM = "vm.state.restore-vm"
  /// The machine runs.
  case vmStateRunning = "vm.state.running"
  /// The machine is paused while its state is saved.
  case vmStateSaveVM = "vm.state.save-vm"
  /// The machine was shut down, its process stays.
  case vmStateShutdown = "vm.state.shutdown"
  /// The machine sleeps in memory.
  case vmStateSuspended = "vm.state.suspended"
  /// The machine was stopped by its watchdog.
  case vmStateWatchdog = "vm.state.watchdog"
  /// The machine was stopped because its guest panicked.
  case vmStateGuestPanicked = "vm.state.guest-panicked"
  /// The machine is paused for a fault-tolerance checkpoint.
  case vmStateColo = "vm.state.colo"
  /// The machine cannot be asked for its state; its process lives.
  case vmStateUnknown = "vm.state.unknown"
  /// The machine was reset.
  case vmReset = "vm.reset"
  /// The guest was asked to power down.
  case vmPowerdown = "vm.powerdown"
  /// The machine shuts down.
  case vmShutdown = "vm.shutdown"
  /// The process of the machine ended.
  case vmStopped = "vm.stopped"
  /// The guest sleeps in memory.
  case vmSuspend = "vm.suspend"
  /// The guest sleeps on disk.
  case vmSuspendDisk = "vm.suspend-disk"
  /// The guest woke up.
  case vmWakeup = "vm.wakeup"

  // MARK: Health of a machine

  /// The guest panicked.
  case vmGuestPanicked = "vm.guest.panicked"
  /// The guest panicked and runs its crash kernel.
  case vmGuestCrashLoaded = "vm.guest.crash-loaded"
  /// The guest reported an orderly shutdown through its panic device.
  case vmGuestPvshutdown = "vm.guest.pvshutdown"
  /// The guest offers control program information.
  case vmGuestCPIAvailable = "vm.guest.cpi-available"
  /// The watchdog of the machine fired.
  case vmWatchdog = "vm.watchdog"
  /// A hardware memory error hit the machine.
  case vmMemoryFailure = "vm.memory.failure"

  // MARK: Storage of a machine

  /// A disk request of the machine failed.
  case vmBlockIOError = "vm.block.io-error"
  /// A disk image is corrupt.
  case vmBlockImageCorrupted = "vm.block.image-corrupted"
  /// A write passed the threshold set on a block node.
  case vmBlockWriteThreshold = "vm.block.write-threshold"
  /// The tray of a removable drive moved.
  case vmBlockTray = "vm.block.tray"
  /// A block export was removed.
  case vmBlockExportDeleted = "vm.block.export-deleted"
  /// The helper for persistent reservations came or went.
  case vmBlockPRManager = "vm.block.pr-manager"
  /// A quorum of disk replicas was not reached.
  case vmQuorumFailure = "vm.quorum.failure"
  /// One of several disk replicas disagrees.
  case vmQuorumReportBad = "vm.quorum.report-bad"
  /// A block job ended.
  case vmBlockJobCompleted = "vm.block-job.completed"
  /// A block job was cancelled.
  case vmBlockJobCancelled = "vm.block-job.cancelled"
  /// A block job met a disk error.
  case vmBlockJobError = "vm.block-job.error"
  /// A block job can be completed.
  case vmBlockJobReady = "vm.block-job.ready"
  /// A block job waits to be finalized.
  case vmBlockJobPending = "vm.block-job.pending"
  /// A block job came a tenth of its way further.
  case vmBlockJobProgress = "vm.block-job.progress"
  /// A job changed its state.
  case vmJobStatus = "vm.job.status"
  /// A dump of the guest memory ended.
  case vmDumpCompleted = "vm.dump.completed"
  /// A dump of the guest memory came a tenth of its way further.
  case vmDumpProgress = "vm.dump.progress"

  // MARK: Migration of a machine

  /// A migration changed its state.
  case vmMigrationStatus = "vm.migration.status"
  /// A migration began another pass over the memory.
  case vmMigrationPass = "vm.migration.pass"
  /// A migration came a tenth of its way further.
  case vmMigrationProgress = "vm.migration.progress"
  /// A passed-through device changed its migration state.
  case vmMigrationVFIO = "vm.migration.vfio"
  /// The guest can fail over between network cards.
  case vmFailoverNegotiated = "vm.failover.negotiated"
  /// The primary network card leaves for a migration.
  case vmFailoverUnplugPrimary = "vm.failover.unplug-primary"
  /// Fault-tolerant operation ended.
  case vmColoExit = "vm.colo.exit"

  // MARK: Devices of a machine

  /// A device left the machine.
  case vmDeviceRemoved = "vm.device.removed"
  /// A device joined the machine.
  case vmDeviceAdded = "vm.device.added"
  /// The guest refused to give up a device.
  case vmDeviceUnplugRefused = "vm.device.unplug-refused"
  /// The guest reported on a hot-plug request.
  case vmDeviceACPIOST = "vm.device.acpi-ost"
  /// The client of a device served to another process went away.
  case vmDeviceVFUHangup = "vm.device.vfu-hangup"
  /// The balloon changed the memory of the guest.
  case vmMemoryBalloon = "vm.memory.balloon"
  /// The guest reported on its memory.
  case vmMemoryHVBalloon = "vm.memory.hv-balloon"
  /// A memory device changed its size.
  case vmMemoryDeviceSize = "vm.memory.device-size"
  /// A memory device could not be unplugged.
  case vmMemoryUnplugError = "vm.memory.unplug-error"
  /// The guest changed the polarization of its processors.
  case vmCPUPolarization = "vm.cpu.polarization"
  /// The guest opened a serial port.
  case vmPortOpened = "vm.port.opened"
  /// The guest closed a serial port.
  case vmPortClosed = "vm.port.closed"
  /// The guest changed the receive filter of a network card.
  case vmNetRXFilter = "vm.net.rx-filter"
  /// A stream network back end was connected.
  case vmNetStreamConnected = "vm.net.stream-connected"
  /// A stream network back end lost its peer.
  case vmNetStreamDisconnected = "vm.net.stream-disconnected"
  /// A vhost-user network back end was connected.
  case vmNetVhostUserConnected = "vm.net.vhost-user-connected"
  /// A vhost-user network back end lost its peer.
  case vmNetVhostUserDisconnected = "vm.net.vhost-user-disconnected"
  /// An RDMA network card changed an address.
  case vmNetRDMAGID = "vm.net.rdma-gid"
  /// The guest set its clock.
  case vmRTCChanged = "vm.rtc.changed"

  // MARK: Console of a machine

  /// A client connected to the console.
  case vmConsoleConnected = "vm.console.connected"
  /// A client of the console was let in.
  case vmConsoleInitialized = "vm.console.initialized"
  /// A client left the console.
  case vmConsoleDisconnected = "vm.console.disconnected"
  /// The console moved with the machine.
  case vmConsoleMigrateCompleted = "vm.console.migrate-completed"

  // MARK: Guest agent, and what no table knows

  /// The guest agent answers.
  case vmAgentConnected = "vm.agent.connected"
  /// The guest agent is gone.
  case vmAgentDisconnected = "vm.agent.disconnected"
  /// The guest agent does not answer.
  case vmAgentUnresponsive = "vm.agent.unresponsive"
  /// The host name of the guest changed.
  case vmGuestHostname = "vm.guest.hostname"
  /// The operating system of the guest changed.
  case vmGuestOS = "vm.guest.os"
  /// The network addresses of the guest changed.
  case vmGuestAddresses = "vm.guest.addresses"
  /// The file systems of the guest changed.
  case vmGuestFilesystem = "vm.guest.filesystem"
  /// The users logged in to the guest changed.
  case vmGuestUsers = "vm.guest.users"
  /// The clock of the guest drifts from that of the host.
  case vmGuestTimeDrift = "vm.guest.time-drift"
  /// The file systems of the guest are frozen.
  case vmGuestFrozen = "vm.guest.frozen"
  /// The file systems of the guest work again.
  case vmGuestThawed = "vm.guest.thawed"
  /// QEMU sent an event that no table knows.
  case vmQMP = "vm.qmp"

  // MARK: Devices of the host

  /// A device appeared.
  case deviceAdded = "device.added"
  /// A device went; its last known properties come along.
  case deviceRemoved = "device.removed"
  /// A device changed.
  case deviceChanged = "device.changed"
  /// A driver took a device.
  case deviceBound = "device.bound"
  /// A driver let go of a device.
  case deviceUnbound = "device.unbound"
  /// A device has another path.
  case deviceMoved = "device.moved"
  /// A device went into service.
  case deviceOnline = "device.online"
  /// A device went out of service.
  case deviceOffline = "device.offline"

  // MARK: Links of the host

  /// A network link appeared.
  case linkAdded = "link.added"
  /// A network link went.
  case linkRemoved = "link.removed"
  /// A network link has another name.
  case linkRenamed = "link.renamed"
  /// A network link was switched on.
  case linkUp = "link.up"
  /// A network link was switched off.
  case linkDown = "link.down"
  /// A network link has a carrier.
  case linkCarrierGained = "link.carrier-gained"
  /// A network link lost its carrier.
  case linkCarrierLost = "link.carrier-lost"
  /// A network link has another MTU.
  case linkMTUChanged = "link.mtu-changed"
  /// A network link has another hardware address.
  case linkAddressChanged = "link.address-changed"
  /// A network link joined or left a bridge or bond.
  case linkMasterChanged = "link.master-changed"
  /// A network link changed its operational state otherwise.
  case linkStateChanged = "link.state-changed"
  /// A virtual function of a network card was set up anew.
  case linkVFChanged = "link.vf-changed"
  /// A network link got an address.
  case addressAdded = "address.added"
  /// A network link lost an address.
  case addressRemoved = "address.removed"
  /// A bridge learned where an address is.
  case neighbourAdded = "neighbour.added"
  /// A bridge forgot where an address is.
  case neighbourRemoved = "neighbour.removed"

  // MARK: The host

  /// The host is about to shut down or restart.
  case hostShutdownPending = "host.shutdown-pending"
  /// The host is about to sleep.
  case hostSleepPending = "host.sleep-pending"
  /// The host woke up.
  case hostResumed = "host.resumed"
  /// The wall clock of the host was set.
  case hostClockChanged = "host.clock-changed"
}

extension EventKind: Ordinal {
  /// Hashes which case it is, and not its text.
  public func hash(into hasher: inout Hasher) { hasher.combine(ordinal) }
}
