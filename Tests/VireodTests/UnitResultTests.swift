// SPDX-License-Identifier: Apache-2.0
// The result of a unit, from a systemd on the bus to the event about the end of its machine.

import Foundation
import Glibc
import TestSupport
import Testing

@Suite(
  "vireod: results of units", .timeLimit(.minutes(2)),
  .needs(
    all: UnitGroup.requirements, .qemu, .program("busctl"), .program("dbus-daemon"), .program("gdbus"),
    .probe("python3-dbus with its GLib", "/usr/bin/python3 -c 'import dbus, gi'")))
struct UnitResultTests {
  /// A systemd that knows one service, whose main process was killed for want of memory.
  private static let systemd = """
    import sys, dbus, dbus.service, dbus.mainloop.glib
    from gi.repository import GLib
    dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
    unit, process, hangs = sys.argv[1], int(sys.argv[2]), sys.argv[3] == 'hangs'
    label = ''.join(c if c.isalnum() else '_%02x' % ord(c) for c in unit)
    path = '/org/freedesktop/systemd1/unit/' + label
    class NoSuchUnit(dbus.DBusException):
        _dbus_error_name = 'org.freedesktop.systemd1.NoSuchUnit'
    class Manager(dbus.service.Object):
        @dbus.service.method('org.freedesktop.systemd1.Manager')
        def Subscribe(self): pass
        @dbus.service.method('org.freedesktop.systemd1.Manager')
        def Unsubscribe(self): pass
        @dbus.service.method('org.freedesktop.systemd1.Manager', in_signature='s', out_signature='o',
                             async_callbacks=('answer', 'fail'))
        def GetUnit(self, name, answer, fail):
            if hangs: return
            answer(path) if name == unit else fail(NoSuchUnit('Unit %s not loaded.' % name))
    class Unit(dbus.service.Object):
        @dbus.service.method('org.freedesktop.DBus.Properties', in_signature='ss', out_signature='v')
        def Get(self, interface, name):
            return {'Result': dbus.String('oom-kill'), 'ExecMainPID': dbus.UInt32(process),
                    'ExecMainCode': dbus.Int32(2), 'ExecMainStatus': dbus.Int32(9)}[name]
    bus = dbus.SystemBus()
    objects = [Manager(bus, '/org/freedesktop/systemd1'), Unit(bus, path)]
    name = dbus.service.BusName('org.freedesktop.systemd1', bus)
    GLib.MainLoop().run()
    """

  @Test(arguments: [true, false])
  func `an end is told with what systemd says of the unit, and without when it says nothing`(answers: Bool)
    async throws
  {
    let hub = try await RunningHub(policy: .open)
    let group = try UnitGroup()
    var options = TestQEMU.Options(name: "web01", monitors: [.dials(hub.qmpSocket)])
    options.executable = try group.qemu(in: hub.directory)
    let qemu = try await TestQEMU(options)
    let systemd = try ChildProcess(
      "/usr/bin/python3", ["-c", Self.systemd, group.unit, "\(qemu.pid)", answers ? "answers" : "hangs"],
      options: .init(environment: hub.bus.environment))
    let isThere = try await runTool(
      "gdbus", arguments: ["wait", "--address", hub.bus.address, "--timeout", "30", "org.freedesktop.systemd1"])
    try #require(isThere.isSuccess, "\(isThere) \(systemd.errorText)")
    let machine = RunningHub.root + "/vm/web01"
    try await hub.signal("vm.state.running", about: machine)
    #expect(kill(qemu.pid, SIGKILL) == 0)
    let stopped = try await hub.signal("vm.stopped", about: machine)
    let evidence = stopped[4]["evidence"]?["data"]?.array?.compactMap(\.string) ?? []
    let word = "systemd: \(group.unit) has the result oom-kill, main process ended by signal SIGKILL"
    #expect(evidence.contains(word) == answers, "\(evidence) \(systemd.errorText)")
    #expect(stopped[4]["cause"]?["data"]?.string == (answers ? "oom-kill" : "host-signal"))
    try await systemd.kill()
    #expect(try await hub.stop() == .exited(0))
  }
}
