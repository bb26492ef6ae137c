// SPDX-License-Identifier: Apache-2.0
// How a fake monitor answers, and how it misbehaves.

import Foundation

/// What a fake monitor says, and what it does instead of that when a test asks for it.
public struct QMPBehaviour: Sendable {
  /// The first line of a connection.
  public enum Greeting: Sendable {
    /// What QEMU 7.2 says.
    case standard
    /// Nothing, ever: a monitor that is connected but not served.
    case never
    /// Some other line.
    case line(String)
  }

  /// What follows a command.
  public enum Answer: Sendable {
    /// A return with this value.
    case returns(TestJSON)
    /// An error.
    case fails(errorClass: String, text: String)
    /// These lines as they are, `@ID@` replaced by the command's id: garbage, doubled replies, events in between.
    case lines([String])
    /// Nothing, ever: a wedged QEMU.
    case silence
    /// The connection closes in the middle of the reply.
    case closesInTheMiddle
  }

  /// The first line of a connection.
  public var greeting: Greeting = .standard
  /// `query-name`; nil is a QEMU without `-name`.
  public var name: String?
  /// `query-uuid`; nil is a QEMU without `-uuid`, which says a UUID of zeroes.
  public var uuid: String?
  /// What `query-status` says.
  public var status = "running"
  /// Answers that take the place of the standard ones, by command.
  public var answers: [String: Answer] = [:]

  /// A healthy running VM.
  public init(name: String? = nil, uuid: String? = nil, status: String = "running") {
    self.name = name
    self.uuid = uuid
    self.status = status
  }

  static let version: TestJSON = [
    "qemu": ["major": 7, "minor": 2, "micro": 22], "package": "Debian 1:7.2+dfsg-7+deb12u18+b3",
  ]

  /// The greeting's line, nil for none.
  var greetingLine: String? {
    switch greeting {
    case .standard: TestJSON.object(["QMP": ["version": Self.version, "capabilities": ["oob"]]]).text
    case .never: nil
    case .line(let line): line
    }
  }

  /// The answer to a command: the test's own, else the standard one, else what QEMU says to a command it does not know.
  func answer(to command: String) -> Answer {
    if let answer = answers[command] { return answer }
    if let value = standardAnswer(to: command) { return .returns(value) }
    return .fails(errorClass: "CommandNotFound", text: "The command \(command) has not been found")
  }

  /// What QEMU 7.2 returns for a VM with one disk, one network card and an agent port.
  private func standardAnswer(to command: String) -> TestJSON? {
    switch command {
    case "qmp_capabilities", "query-migrate", "migrate-set-capabilities": [:]
    case "query-version": Self.version
    case "query-name": name.map { ["name": .string($0)] } ?? [:]
    case "query-uuid": ["UUID": .string(uuid ?? "00000000-0000-0000-0000-000000000000")]
    case "query-status": ["status": .string(status), "running": .bool(status == "running"), "singlestep": false]
    case "query-kvm": ["enabled": true, "present": true]
    case "query-target": ["arch": "x86_64"]
    case "query-current-machine": ["wakeup-suspend-support": true]
    case "query-qmp-schema": .array(Self.events.map { ["name": .string($0), "meta-type": "event", "arg-type": "0"] })
    default: Self.deviceAnswers[command]
    }
  }

  private static let deviceAnswers: [String: TestJSON] = [
    "query-block": [
      [
        "device": "d0", "qdev": "/machine/peripheral/blk0/virtio-backend", "type": "unknown", "io-status": "ok",
        "locked": false, "removable": false,
        "inserted": [
          "node-name": "disk0", "drv": "qcow2", "file": "/var/lib/images/disk0.qcow2", "ro": false,
          "image": ["filename": "/var/lib/images/disk0.qcow2", "format": "qcow2", "virtual-size": 1_073_741_824],
        ],
      ]
    ],
    "query-named-block-nodes": [["node-name": "disk0", "drv": "qcow2", "file": "/var/lib/images/disk0.qcow2"]],
    "query-blockstats": [["device": "d0", "node-name": "disk0", "stats": ["rd_bytes": 0, "wr_bytes": 0]]],
    "query-jobs": [], "query-block-jobs": [], "query-block-exports": [], "query-memory-devices": [],
    "query-iothreads": [], "query-vnc-servers": [], "query-pr-managers": [], "query-yank": [],
    "query-dump": ["status": "none", "total": 0, "completed": 0],
    "query-migrate-capabilities": [["capability": "events", "state": false]],
    "query-balloon": ["actual": 67_108_864],
    "query-memory-size-summary": ["base-memory": 67_108_864, "plugged-memory": 0],
    "query-hotpluggable-cpus": [],
    "query-chardev": [
      ["label": "vireo", "filename": "unix:", "frontend-open": true],
      ["label": "agent", "filename": "unix:/run/agent,server=on", "frontend-open": false],
    ],
    "query-rx-filter": [
      [
        "name": "net0", "promiscuous": false, "main-mac": "52:54:00:12:34:56", "unicast": "normal",
        "multicast": "normal",
      ]
    ],
    "query-vnc": ["enabled": false],
    "query-spice": ["enabled": false, "migrated": false, "mouse-mode": "client"],
    "query-cpus-fast": [
      ["cpu-index": 0, "thread-id": 1, "target": "x86_64", "qom-path": "/machine/unattached/device[0]"]
    ],
    "qom-list": [["name": "type", "type": "string"], ["name": "blk0", "type": "child<virtio-blk-pci>"]],
  ]

  /// The events of QEMU 7.2, from its own schema.
  public static let events = """
    ACPI_DEVICE_OST BALLOON_CHANGE BLOCK_EXPORT_DELETED BLOCK_IMAGE_CORRUPTED BLOCK_IO_ERROR BLOCK_JOB_CANCELLED \
    BLOCK_JOB_COMPLETED BLOCK_JOB_ERROR BLOCK_JOB_PENDING BLOCK_JOB_READY BLOCK_WRITE_THRESHOLD COLO_EXIT \
    DEVICE_DELETED DEVICE_TRAY_MOVED DEVICE_UNPLUG_GUEST_ERROR DUMP_COMPLETED FAILOVER_NEGOTIATED GUEST_CRASHLOADED \
    GUEST_PANICKED JOB_STATUS_CHANGE MEMORY_DEVICE_SIZE_CHANGE MEMORY_FAILURE MEM_UNPLUG_ERROR MIGRATION \
    MIGRATION_PASS NETDEV_STREAM_CONNECTED NETDEV_STREAM_DISCONNECTED NIC_RX_FILTER_CHANGED POWERDOWN \
    PR_MANAGER_STATUS_CHANGED QUORUM_FAILURE QUORUM_REPORT_BAD RDMA_GID_STATUS_CHANGED RESET RESUME RTC_CHANGE \
    SHUTDOWN SPICE_CONNECTED SPICE_DISCONNECTED SPICE_INITIALIZED SPICE_MIGRATE_COMPLETED STOP SUSPEND SUSPEND_DISK \
    UNPLUG_PRIMARY VFU_CLIENT_HANGUP VNC_CONNECTED VNC_DISCONNECTED VNC_INITIALIZED VSERPORT_CHANGE WAKEUP WATCHDOG
    """.split(separator: " ").map(String.init)
}
