// SPDX-License-Identifier: Apache-2.0
// What happens to disks, jobs and network back ends of a real QEMU.

import EventModel
import Glibc
import QEMUSource
import TestSupport
import Testing

@Suite(.needs(.qemu)) struct RealStorageEventTests {
  @Test func `a mirror from its beginning to its end`() async throws {
    let machine = try await RealMachine()
    for node in ["source", "target"] {
      try await machine.qemu.execute(
        "blockdev-add", ["driver": "null-co", "node-name": .string(node), "size": 1_048_576, "read-zeroes": true])
    }
    try await machine.qemu.execute(
      "blockdev-mirror", ["job-id": "copy", "device": "source", "target": "target", "sync": "full"])
    let ready = try await machine.event(.vmBlockJobReady)
    #expect(ready.data["device"] == "copy")
    #expect(ready.data["type"] == "mirror")
    #expect(ready.data["length"]?.int != nil)
    try await machine.qemu.execute("job-complete", ["id": "copy"])
    let completed = try await machine.event(.vmBlockJobCompleted)
    #expect(completed.data["error"] == nil)
    try await machine.event(.vmJobStatus) { $0.data["status"] == "null" }
    let statuses = machine.published.filter { $0.kind == .vmJobStatus }.compactMap { $0.data["status"]?.string }
    #expect(statuses.first == "created" && statuses.contains("ready") && statuses.contains("concluded"))
    try await machine.agrees()
    try await machine.qemu.quit()
  }

  @Test func `a job that waits to be finalized, and one that is cancelled`() async throws {
    let machine = try await RealMachine()
    for node in ["source", "target"] {
      try await machine.qemu.execute(
        "blockdev-add", ["driver": "null-co", "node-name": .string(node), "size": 1_048_576, "read-zeroes": true])
    }
    try await machine.qemu.execute(
      "blockdev-backup",
      ["job-id": "copy", "device": "source", "target": "target", "sync": "full", "auto-finalize": false])
    #expect(try await machine.event(.vmBlockJobPending).data["id"] == "copy")
    try await machine.qemu.execute("job-cancel", ["id": "copy"])
    let cancelled = try await machine.event(.vmBlockJobCancelled)
    #expect(cancelled.severity == .notice)
    try await machine.event(.vmJobStatus) { $0.data["status"] == "null" }
    try await machine.agrees()
    try await machine.qemu.quit()
  }

  @Test func `a job that fails says why`() async throws {
    let machine = try await RealMachine()
    let file = machine.hub.directory.file("disk")
    #expect(try await runTool("qemu-img", "create", "-f", "raw", file, "1M").isSuccess)
    try await machine.qemu.execute(
      "blockdev-add",
      [
        "driver": "blkdebug", "node-name": "source",
        "inject-error": [["event": "none", "iotype": "read", "errno": 5, "once": false]],
        "image": ["driver": "file", "filename": .string(file)],
      ])
    try await machine.qemu.human("qemu-io source \"write 0 64k\"")
    try await machine.qemu.execute("blockdev-add", ["driver": "null-co", "node-name": "target", "size": 1_048_576])
    try await machine.qemu.execute(
      "blockdev-backup", ["job-id": "copy", "device": "source", "target": "target", "sync": "full"])
    let error = try await machine.event(.vmBlockJobError)
    #expect(error.data["operation"] == "read")
    let completed = try await machine.event(.vmBlockJobCompleted)
    #expect(completed.data["error"] == "Input/output error")
    try await machine.event(.vmJobStatus) { $0.data["status"] == "null" }
    try await machine.agrees()
    try await machine.qemu.quit()
  }

  @Test func `a disk error that stops the machine is told before its state, with its reason`() async throws {
    let hub = try await LiveSource()
    let file = hub.directory.file("disk")
    #expect(try await runTool("qemu-img", "create", "-f", "raw", file, "1M").isSuccess)
    let drive =
      "driver=blkdebug,image.driver=file,image.filename=\(file),inject-error.0.event=none,inject-error.0.errno=5,inject-error.0.once=off"
    // The firmware reads the disk to boot from it: that is the error.
    let machine = try await RealMachine(
      machine: "pc", paused: true, hub: hub,
      [
        "-m", "16", "-drive", "\(drive),if=none,id=d0,werror=stop,rerror=stop", "-device",
        "virtio-blk-pci,drive=d0,bootindex=1",
      ])
    try await machine.qemu.execute("cont")
    let state = try await machine.event(.vmStateIOError)
    let error = try await machine.event(.vmBlockIOError)
    #expect(error.sequence == state.sequence - 1)
    #expect(error.data["operation"] == "read")
    #expect(error.data["action"] == "stop")
    #expect(error.data["reason"] == "Input/output error")
    #expect(await hub.machine("web")?[.reason]?.string?.hasSuffix("Input/output error") == true)
    try await machine.agrees()
    try await machine.qemu.quit()
  }

  @Test func `a write threshold, an export and a tray`() async throws {
    let machine = try await RealMachine(machine: "pc", ["-device", "ide-cd,id=cd0"])
    let qemu = machine.qemu
    try await qemu.execute("blockdev-add", ["driver": "null-co", "node-name": "disk", "size": 16_777_216])
    try await qemu.execute("block-set-write-threshold", ["node-name": "disk", "write-threshold": 4096])
    try await qemu.human("qemu-io disk \"write 0 64k\"")
    let threshold = try await machine.event(.vmBlockWriteThreshold)
    #expect(threshold.data["writeThreshold"] == .uint(4096))
    #expect(threshold.data["amountExceeded"] == .uint(61440))

    let socket = machine.hub.directory.file("nbd")
    try await qemu.execute("nbd-server-start", ["addr": ["type": "unix", "data": ["path": .string(socket)]]])
    try await qemu.execute("block-export-add", ["type": "nbd", "id": "export0", "node-name": "disk"])
    try await qemu.execute("block-export-del", ["id": "export0"])
    #expect(try await machine.event(.vmBlockExportDeleted).data["id"] == "export0")

    try await qemu.execute("blockdev-open-tray", ["id": "cd0"])
    let tray = try await machine.event(.vmBlockTray)
    #expect(tray.data["open"] == true)
    #expect(tray.data["id"] == "cd0")
    try await machine.agrees()
    try await qemu.quit()
  }

  @Test func `a dump, a console and a stream network`() async throws {
    let hub = try await LiveSource()
    let vnc = hub.directory.file("vnc")
    let machine = try await RealMachine(machine: "pc", hub: hub, ["-m", "2", "-vnc", "unix:\(vnc)"])
    let qemu = machine.qemu
    try await qemu.execute(
      "dump-guest-memory", ["paging": false, "protocol": .string("file:\(hub.directory.file("dump"))"), "detach": true])
    let dump = try await machine.event(.vmDumpCompleted)
    #expect(dump.data["status"] == "completed")
    #expect(dump.data["total"]?.int ?? 0 > 0)

    let client = try UnixSocket.connect(to: vnc)
    let connected = try await machine.event(.vmConsoleConnected)
    #expect(connected.data["protocol"] == "vnc")
    #expect(connected.data["client"]?.map?["family"] == "unix")
    #expect(connected.data["authentication"] == "none")
    client.close()
    try await machine.event(.vmConsoleDisconnected)

    let path = hub.directory.file("net")
    let peer = try UnixSocket.listen(at: path)
    try await qemu.execute(
      "netdev_add",
      ["type": "stream", "id": "net0", "server": false, "addr": ["type": "unix", "path": .string(path)]])
    let stream = try await machine.event(.vmNetStreamConnected)
    #expect(stream.data["netdevID"] == "net0")
    #expect(stream.data["address"]?.map?["type"] == "unix")
    peer.waitUntilReadable(within: Patience.standard)
    try UnixSocket.accept(from: peer)?.close()
    try await machine.event(.vmNetStreamDisconnected)
    try await machine.agrees()
    try await qemu.quit()
  }
}
