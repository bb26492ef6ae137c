// SPDX-License-Identifier: Apache-2.0
// A systemd on a private bus that knows one service.

import TestSupport
import Testing

/// A systemd on a private bus that knows one service, whose main process was killed for want of memory.
struct FakeSystemd {
  /// What the machine must have.
  static let requirements: [Requirement] = [
    .program("gdbus"), .probe("python3-dbus with its GLib", "/usr/bin/python3 -c 'import dbus, gi'"),
  ]

  let process: ChildProcess

  private static let script = """
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
                    'ExecMainStartTimestampMonotonic': dbus.UInt64(1),
                    'ExecMainCode': dbus.Int32(2), 'ExecMainStatus': dbus.Int32(9)}[name]
    bus = dbus.SystemBus()
    objects = [Manager(bus, '/org/freedesktop/systemd1'), Unit(bus, path)]
    name = dbus.service.BusName('org.freedesktop.systemd1', bus)
    GLib.MainLoop().run()
    """

  /// Starts it; when this returns, it has its name.
  ///
  /// One that does not answer hangs when it is asked for a unit.
  init(on bus: TestBus, _ unit: String, process: Int32, answers: Bool = true) async throws {
    self.process = try ChildProcess(
      "/usr/bin/python3", ["-c", Self.script, unit, "\(process)", answers ? "answers" : "hangs"],
      options: .init(environment: bus.environment))
    let isThere = try await runTool(
      "gdbus", arguments: ["wait", "--address", bus.address, "--timeout", "30", "org.freedesktop.systemd1"])
    try #require(isThere.isSuccess, "\(isThere) \(self.process.errorText)")
  }
}
