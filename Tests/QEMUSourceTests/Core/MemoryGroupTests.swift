// SPDX-License-Identifier: Apache-2.0
// Where it is counted whom the kernel ended for want of memory.

import QEMUSource
import Testing

@Suite struct MemoryGroupTests {
  @Test(arguments: [
    ("0::/machine.slice/vm.scope\n", ["/sys/fs/cgroup/machine.slice/vm.scope/memory.events"]),
    (
      "9:name=systemd:/x\n4:memory:/vm\n0::/\n",
      ["/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/vm/memory.oom_control"]
    ),
    ("5:cpu,memory:/a:b\n", ["/sys/fs/cgroup/memory/a:b/memory.oom_control"]),
    ("0::/../outside\n", []), ("0::relative\n", []), ("nonsense", []), ("", []),
  ])
  func `the file that counts is found by what /proc says`(_ groups: String, _ files: [String]) {
    #expect(MemoryGroup.files(groups) == files)
  }

  @Test func `a process that is not there has no group`() { #expect(MemoryGroup(of: -1) == nil) }
}
