// SPDX-License-Identifier: Apache-2.0
// The end of a real QEMU that nobody announced, explained by what the kernel tells of the process and of its group.

import EventModel
import Foundation
import Glibc
import QEMUSource
import TestSupport
import Testing

@Suite(.needs(.qemu)) struct ExplainedEndTests {
  /// A parent that never takes note of its child's end, as a manager that hangs.
  private func orphanage(_ hub: LiveSource) async throws -> (parent: ChildProcess, child: Int32) {
    let reconnect = try await TestQEMU.reconnectOption()
    let command =
      "qemu-system-x86_64 -M none -nodefaults -display none -name web "
      + "-chardev socket,id=vireo,path=\(hub.socket),\(reconnect) -mon chardev=vireo,mode=control"
    let program = "import signal, subprocess\np = subprocess.Popen('exec \(command)', shell=True)\nsignal.pause()\n"
    let parent = try ChildProcess("python3", ["-c", program])
    let added = try await hub.event(.vmAdded)
    try await hub.settled("web")
    return (parent, Int32(added.data["processID"]?.uint ?? 0))
  }

  @Test(.needs(.program("python3")), arguments: [(SIGKILL, "host-signal", "SIGKILL"), (SIGSEGV, "crash", "SIGSEGV")])
  func `an end is explained though the parent takes no note of it`(
    _ signal: Int32, _ cause: String, _ name: String
  ) async throws {
    let hub = try await LiveSource { $0.limits.aftermath = .seconds(3600) }
    let (parent, child) = try await orphanage(hub)
    #expect(kill(child, signal) == 0)
    let stopped = try await hub.event(.vmStopped)
    #expect(stopped.data["cause"] == .string(cause))
    #expect(stopped.data["signal"] == .string(name))
    #expect(stopped.data["evidence"]?.list?.contains(.string("proc: ended by signal \(name)")) == true)
    try await parent.kill()
  }

  /// A group of memory of our own, of whichever version the machine has; shell, for `.needs`.
  private static let canMakeGroup = """
    d=/sys/fs/cgroup/memory; [ -d $d ] || { d=/sys/fs/cgroup; grep -qw memory $d/cgroup.subtree_control; } \
    && mkdir $d/vireo-probe-$$ && rmdir $d/vireo-probe-$$
    """

  @Test(.needs(.root, .probe("control groups of memory", canMakeGroup)))
  func `a machine that the kernel ends for want of memory`() async throws {
    let hub = try await LiveSource()
    let isFirstVersion = FileManager.default.fileExists(atPath: "/sys/fs/cgroup/memory")
    let group = try ControlGroup(in: isFirstVersion ? "/sys/fs/cgroup/memory" : "/sys/fs/cgroup")
    try group.write("268435456", to: isFirstVersion ? "memory.limit_in_bytes" : "memory.max")
    if !isFirstVersion { try group.write("0", to: "memory.swap.max") }
    // It enters the group before it becomes QEMU, as a manager would have it.
    let reconnect = try await TestQEMU.reconnectOption()
    let (ours, theirs) = try UnixSocket.pair()
    let command =
      "echo $$ >\(group.path)/cgroup.procs && exec qemu-system-x86_64 -M none -nodefaults -display none -name web "
      + "-chardev socket,id=vireo,path=\(hub.socket),\(reconnect) -mon chardev=vireo,mode=control "
      + "-chardev socket,id=test,fd=3 -mon chardev=test,mode=control"
    let qemu = try ChildProcess("sh", ["-c", command], options: .init(descriptors: [3: theirs]))
    theirs.close()
    let monitor = try QMPMonitor(ours)
    try await monitor.negotiated()
    try await hub.settled("web")
    // All of it is touched at once, and there is not so much.
    monitor.send(
      "object-add", ["qom-type": "memory-backend-ram", "id": "much", "size": 1_073_741_824, "prealloc": true])
    let stopped = try await hub.event(.vmStopped)
    #expect(stopped.data["cause"] == "oom-kill")
    #expect(stopped.data["signal"] == "SIGKILL")
    #expect(stopped.severity == .error)
    #expect(stopped.data["evidence"]?.list?.contains("cgroup: 1 out-of-memory kills") == true)
    try await qemu.exit()
    withExtendedLifetime(group) {}
  }
}
