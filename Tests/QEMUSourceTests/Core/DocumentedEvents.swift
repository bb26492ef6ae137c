// SPDX-License-Identifier: Apache-2.0
// The events of QEMU 7.2 to 10.2 and their members, as QEMU's own schema files document them (qapi/*.json of both).

/// One event as QEMU documents it: its name, and its members as "name: type", where "?" marks those that may be absent.
struct DocumentedEvent: Sendable {
  let name: String
  let members: String

  static let all: [DocumentedEvent] = [
    .init(name: "SHUTDOWN", members: "guest: bool, reason: ShutdownCause"),
    .init(name: "POWERDOWN", members: ""),
    .init(name: "RESET", members: "guest: bool, reason: ShutdownCause"),
    .init(name: "STOP", members: ""),
    .init(name: "RESUME", members: ""),
    .init(name: "SUSPEND", members: ""),
    .init(name: "SUSPEND_DISK", members: ""),
    .init(name: "WAKEUP", members: ""),
    .init(name: "GUEST_PVSHUTDOWN", members: ""),
    .init(
      name: "GUEST_PANICKED", members: "action: GuestPanicAction, info: GuestPanicInformation?"),
    .init(
      name: "GUEST_CRASHLOADED", members: "action: GuestPanicAction, info: GuestPanicInformation?"),
    .init(name: "WATCHDOG", members: "action: WatchdogAction"),
    .init(
      name: "MEMORY_FAILURE",
      members:
        "recipient: MemoryFailureRecipient, action: MemoryFailureAction, flags: MemoryFailureFlags"),
    .init(
      name: "BLOCK_IO_ERROR",
      members:
        "qom-path: str, device: str, node-name: str?, operation: IoOperationType, action: BlockErrorAction, nospace: bool?, reason: str"
    ),
    .init(
      name: "BLOCK_IMAGE_CORRUPTED",
      members: "device: str, node-name: str?, msg: str, offset: int?, size: int?, fatal: bool"),
    .init(
      name: "BLOCK_WRITE_THRESHOLD",
      members: "node-name: str, amount-exceeded: uint64, write-threshold: uint64"),
    .init(name: "QUORUM_FAILURE", members: "reference: str, sector-num: int, sectors-count: int"),
    .init(
      name: "QUORUM_REPORT_BAD",
      members:
        "type: QuorumOpType, error: str?, node-name: str, sector-num: int, sectors-count: int"),
    .init(name: "PR_MANAGER_STATUS_CHANGED", members: "id: str, connected: bool"),
    .init(name: "DEVICE_TRAY_MOVED", members: "device: str, id: str, tray-open: bool"),
    .init(name: "BLOCK_EXPORT_DELETED", members: "id: str"),
    .init(name: "JOB_STATUS_CHANGE", members: "id: str, status: JobStatus"),
    .init(
      name: "BLOCK_JOB_COMPLETED",
      members: "type: JobType, device: str, len: int, offset: int, speed: int, error: str?"),
    .init(
      name: "BLOCK_JOB_CANCELLED",
      members: "type: JobType, device: str, len: int, offset: int, speed: int"),
    .init(
      name: "BLOCK_JOB_ERROR",
      members: "device: str, operation: IoOperationType, action: BlockErrorAction"),
    .init(
      name: "BLOCK_JOB_READY",
      members: "type: JobType, device: str, len: int, offset: int, speed: int"),
    .init(name: "BLOCK_JOB_PENDING", members: "type: JobType, id: str"),
    .init(name: "DUMP_COMPLETED", members: "result: DumpQueryResult, error: str?"),
    .init(name: "MIGRATION", members: "status: MigrationStatus"),
    .init(name: "MIGRATION_PASS", members: "pass: int"),
    .init(
      name: "VFIO_MIGRATION",
      members: "device-id: str, qom-path: str, device-state: QapiVfioMigrationState"),
    .init(name: "COLO_EXIT", members: "mode: COLOMode, reason: COLOExitReason"),
    .init(name: "UNPLUG_PRIMARY", members: "device-id: str"),
    .init(name: "FAILOVER_NEGOTIATED", members: "device-id: str"),
    .init(name: "DEVICE_DELETED", members: "device: str?, path: str"),
    .init(name: "DEVICE_UNPLUG_GUEST_ERROR", members: "device: str?, path: str"),
    .init(name: "MEM_UNPLUG_ERROR", members: "device: str, msg: str"),
    .init(name: "ACPI_DEVICE_OST", members: "info: ACPIOSTInfo"),
    .init(name: "MEMORY_DEVICE_SIZE_CHANGE", members: "id: str?, size: size, qom-path: str"),
    .init(name: "BALLOON_CHANGE", members: "actual: int"),
    .init(name: "HV_BALLOON_STATUS_REPORT", members: "committed: size, available: size"),
    .init(
      name: "VFU_CLIENT_HANGUP",
      members: "vfu-id: str, vfu-qom-path: str, dev-id: str, dev-qom-path: str"),
    .init(name: "CPU_POLARIZATION_CHANGE", members: "polarization: S390CpuPolarization"),
    .init(name: "SCLP_CPI_INFO_AVAILABLE", members: ""),
    .init(name: "RTC_CHANGE", members: "offset: int, qom-path: str"),
    .init(name: "VSERPORT_CHANGE", members: "id: str, open: bool"),
    .init(name: "NIC_RX_FILTER_CHANGED", members: "name: str?, path: str"),
    .init(name: "NETDEV_STREAM_CONNECTED", members: "netdev-id: str, addr: SocketAddress"),
    .init(name: "NETDEV_STREAM_DISCONNECTED", members: "netdev-id: str"),
    .init(name: "NETDEV_VHOST_USER_CONNECTED", members: "netdev-id: str, chardev-id: str"),
    .init(name: "NETDEV_VHOST_USER_DISCONNECTED", members: "netdev-id: str"),
    .init(
      name: "RDMA_GID_STATUS_CHANGED",
      members: "netdev: str, gid-status: bool, subnet-prefix: uint64, interface-id: uint64"),
    .init(name: "VNC_CONNECTED", members: "server: VncServerInfo, client: VncBasicInfo"),
    .init(name: "VNC_INITIALIZED", members: "server: VncServerInfo, client: VncClientInfo"),
    .init(name: "VNC_DISCONNECTED", members: "server: VncServerInfo, client: VncClientInfo"),
    .init(name: "SPICE_CONNECTED", members: "server: SpiceBasicInfo, client: SpiceBasicInfo"),
    .init(name: "SPICE_INITIALIZED", members: "server: SpiceServerInfo, client: SpiceChannel"),
    .init(name: "SPICE_DISCONNECTED", members: "server: SpiceBasicInfo, client: SpiceBasicInfo"),
    .init(name: "SPICE_MIGRATE_COMPLETED", members: ""),
  ]
}
