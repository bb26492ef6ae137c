// SPDX-License-Identifier: Apache-2.0
// What the control groups of a process say: where its deaths are counted, and which unit it is in.

import Hub
import QEMUSource
import Testing

@Suite struct ControlGroupsTests {
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
    #expect(ControlGroups(groups).memoryFiles == files)
  }

  @Test func `a process that is not there has no groups`() { #expect(ControlGroups(of: -1) == nil) }

  @Test(arguments: [
    // As libvirt and machined make it, with what QEMU and libvirt make below it.
    (
      #"0::/machine.slice/machine-qemu\x2d1\x2dweb01.scope/libvirt/emulator"#,
      #"machine-qemu\x2d1\x2dweb01.scope"#
    ),
    ("0::/system.slice/system-qemu.slice/qemu@web01.service", "qemu@web01.service"),
    ("0::/qemu.slice/100.scope", "100.scope"),
    // The kernel's own files begin so.
    ("0::/system.slice/_cpu.service", "cpu.service"), ("0::/_cgroup.slice/__x.service", "_x.service"),
    // Version 1, and both versions beside each other.
    ("4:memory:/elsewhere.service\n1:name=systemd:/system.slice/vm.service", "vm.service"),
    ("1:name=systemd:/system.slice/vm.service\n0::/system.slice/vm.service", "vm.service"),
    ("1:name=systemd:/system.slice/vm.service\n0::/", "vm.service"),
    // A login session; a machine in a container is the container's to the host.
    ("0::/user.slice/user-1000.slice/session-3.scope", "session-3.scope"),
    ("0::/machine.slice/systemd-nspawn@box.service/payload/system.slice/qemu.service", "systemd-nspawn@box.service"),
  ])
  func `the unit is found by the group`(_ groups: String, _ unit: String) {
    #expect(ControlGroups(groups).unit(of: nil)?.unit.rawValue == unit)
    let manager = ControlGroups("0::/init.scope\n1:name=systemd:/init.scope")
    #expect(ControlGroups(groups).unit(of: manager)?.unit.rawValue == unit)
  }

  @Test(arguments: [
    "0::/", "0::/system.slice", "0::/init.scope/..", "0::/system.slice/x.mount", "0::/user@.service",
    "0::/user.slice/user-1000.slice/user@1000.service/app.slice/app-qemu.scope",
    "0::/user.slice/user-1000.slice/user@1000.service/init.scope", "0::/docker/0123abc", "0::/sys tem.service",
    "4:memory:/system.slice/vm.service", "0::/@x.service", "0::/x@.service", "0::/.service",
  ])
  func `a group that is of no unit of the system's manager has none`(_ groups: String) {
    #expect(ControlGroups(groups).unit(of: nil) == nil)
  }

  @Test func `the manager need not be at the top`() {
    let manager = ControlGroups("1:name=systemd:/machine/box/init.scope\n0::/box/init.scope")
    #expect(ControlGroups("0::/box/system.slice/vm.service").unit(of: manager)?.unit.rawValue == "vm.service")
    #expect(ControlGroups("1:name=systemd:/machine/box/vm.scope").unit(of: manager)?.unit.rawValue == "vm.scope")
    #expect(ControlGroups("0::/boxes/system.slice/vm.service").unit(of: manager) == nil)
    #expect(ControlGroups("0::/system.slice/vm.service").unit(of: manager) == nil)
  }

  @Test func `the group of the unit is known where the kernel tells who is left in it`() {
    let group = #"/machine.slice/machine-qemu\x2d1\x2dweb.scope"#
    #expect(ControlGroups("0::\(group)/libvirt/emulator").unit(of: nil)?.group == group)
    #expect(ControlGroups("0::/a.slice/vm.scope").unit(of: nil)?.group == "/a.slice/vm.scope")
    #expect(ControlGroups("1:name=systemd:\(group)").unit(of: nil)?.group == nil)
    let manager = ControlGroups("0::/box/init.scope")
    #expect(ControlGroups("0::/box/vm.scope").unit(of: manager)?.group == "/box/vm.scope")
  }

  @Test func `a name is one of a service or a scope, and bounded`() {
    let long = String(repeating: "n", count: UnitName.lengthLimit - ".service".utf8.count) + ".service"
    #expect(UnitName(long)?.kind == .service)
    #expect(UnitName("n" + long) == nil)
    #expect(UnitName("a.b.scope")?.kind == .scope)
    for text in ["", "x", "x.", ".scope", "x.slice", "x.SERVICE", "a/b.scope", "é.scope", "x@.service", "@a.service"] {
      #expect(UnitName(text) == nil, "\(text)")
    }
    #expect(UnitName("a@b@c.service") != nil)
  }
}
