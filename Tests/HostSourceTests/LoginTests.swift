// SPDX-License-Identifier: Apache-2.0
// Shutdown and sleep as login1 announces them.

import EventModel
import Foundation
import Hub
import SourceTestSupport
import TestSupport
import Testing

@testable import HostSource

@Suite(
  "login1: shutdown and sleep", .timeLimit(.minutes(2)),
  .needs(
    .program("dbus-daemon"), .program("gdbus"),
    .probe("python3-dbusmock with its GLib", "/usr/bin/python3 -c 'import dbusmock, gi'")))
struct LoginTests {
  @Test(arguments: TestBus.Kind.allCases)
  func `sleep and waking are told, and sleep waits until that is public`(kind: TestBus.Kind) async throws {
    try #require(kind.requirement.isMet)
    let login = try await LoginRig(kind)
    try await login.rig.event(.sourceUp)
    try await login.waitForInhibitors(2)
    for what in ["shutdown", "sleep"] {
      #expect(try await login.inhibitors().contains(#""\#(what)" "Vireo" "Publishing the last events" "delay""#))
    }
    try await login.announce("PrepareForSleep", true)
    let pending = try await login.rig.event(.hostSleepPending)
    #expect(pending.source == LoginSource.subject)
    #expect(pending.origin == .live)
    try await login.waitForInhibitors(0)
    try await login.announce("PrepareForSleep", false)
    let resumed = try await login.rig.event(.hostResumed)
    #expect(resumed.data["seconds"]?.double != nil)
    // The next sleep waits too.
    try await login.waitForInhibitors(2)
    try await login.stop()
  }

  @Test func `a shutdown that is called off is told as such`() async throws {
    let login = try await LoginRig(.daemon)
    try await login.rig.event(.sourceUp)
    try await login.announce("PrepareForShutdown", true)
    #expect(try await login.rig.event(.hostShutdownPending).data["pending"] == true)
    try await login.waitForInhibitors(0)
    try await login.announce("PrepareForShutdown", false)
    try await login.rig.event(.hostShutdownPending) { $0.data["pending"] == false }
    try await login.waitForInhibitors(2)
    // Twice the same is once.
    try await login.announce("PrepareForShutdown", false)
    try await login.announce("PrepareForShutdown", true)
    try await login.rig.events.until("two warnings") { events in
      events.filter { $0.kind == .hostShutdownPending && $0.data["pending"] == true }.count == 2
    }
    #expect(login.rig.all(.hostShutdownPending).count == 3)
    try await login.stop()
  }

  @Test func `a journal that is stuck does not hold up a shutdown for longer than the limit`() async throws {
    var options = LoginOptions()
    options.longestHold = .milliseconds(200)
    let login = try await LoginRig(.daemon, options: options, isLogStuck: true)
    try await login.waitForInhibitors(2)
    try await login.announce("PrepareForShutdown", true)
    try await login.waitForInhibitors(0)
    #expect(login.rig.events.all.isEmpty)
    try await login.stop()
  }

  @Test func `a host without login1 is a source that is down, until login1 comes`() async throws {
    let login = try await LoginRig(.daemon, parameters: nil)
    let down = try await login.rig.event(.sourceDown)
    #expect(down.data["error"] == "org.freedesktop.login1 is not on the bus")
    try await login.startLogin1()
    try await login.rig.event(.sourceUp)
    try await login.announce("PrepareForSleep", true)
    try await login.rig.event(.hostSleepPending)
    try await login.stop()
  }

  @Test func `a login1 that goes and comes back is asked what was missed`() async throws {
    let login = try await LoginRig(.daemon)
    try await login.rig.event(.sourceUp)
    try await login.endLogin1()
    try await login.rig.event(.sourceDown)
    try await login.startLogin1(#"{"PreparingForShutdown": true}"#)
    try await login.rig.event(.sourceReconnected)
    let missed = try await login.rig.event(.hostShutdownPending)
    #expect(missed.origin == .resync)
    #expect(missed.data["pending"] == true)
    #expect(login.rig.all(.hubGap).map { $0.data["reason"] } == ["source-down"])
    #expect(await login.rig.object(LoginSource.subject)?[.reconnects] == .uint(1))
    try await login.stop()
  }

  @Test func `a bus that goes and comes back takes nothing away for good`() async throws {
    let login = try await LoginRig(.daemon)
    try await login.rig.event(.sourceUp)
    try await login.endLogin1()
    try await login.bus.restart()
    try await login.startLogin1()
    try await login.rig.event(.sourceReconnected)
    try await login.announce("PrepareForSleep", true)
    try await login.rig.event(.hostSleepPending)
    try await login.waitForInhibitors(0)
    try await login.stop()
  }

  @Test func `a login1 that refuses the inhibitor is heard all the same`() async throws {
    let login = try await LoginRig(.daemon, parameters: nil)
    let refusing = """
      import dbus, dbus.service, dbus.mainloop.glib
      from gi.repository import GLib
      dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
      M = 'org.freedesktop.login1.Manager'
      class Denied(dbus.DBusException):
          _dbus_error_name = 'org.freedesktop.DBus.Error.AccessDenied'
      class Manager(dbus.service.Object):
          @dbus.service.method(M, in_signature='ssss', out_signature='h')
          def Inhibit(self, what, who, why, mode):
              raise Denied('Permission denied')
          @dbus.service.signal(M, signature='b')
          def PrepareForSleep(self, pending): pass
          @dbus.service.method('org.example.Rig')
          def Sleep(self): self.PrepareForSleep(True)
      bus = dbus.SystemBus()
      manager = Manager(bus, '/org/freedesktop/login1')
      name = dbus.service.BusName('org.freedesktop.login1', bus)
      GLib.MainLoop().run()
      """
    let child = try ChildProcess(
      LoginRig.python, ["-c", refusing], options: .init(environment: login.bus.environment))
    let degraded = try await login.rig.event(.sourceDegraded)
    #expect(degraded.data["error"]?.string?.contains("Permission denied") == true, "\(child.errorText)")
    let asked = try await login.bus.call(
      "org.freedesktop.login1", "/org/freedesktop/login1", "org.example.Rig", "Sleep")
    #expect(asked.isSuccess, "\(asked)")
    try await login.rig.event(.hostSleepPending)
    try await child.kill()
    try await login.stop()
  }

  @Test func `nobody else's signal is taken for login1's`() async throws {
    let login = try await LoginRig(.daemon)
    try await login.rig.event(.sourceUp)
    let forged = try await runTool(
      "dbus-send",
      arguments: [
        "--bus=\(login.bus.address)", "--type=signal", "/org/freedesktop/login1",
        "org.freedesktop.login1.Manager.PrepareForShutdown", "boolean:true",
      ])
    #expect(forged.isSuccess, "\(forged)")
    try await login.announce("PrepareForSleep", true)
    try await login.rig.event(.hostSleepPending)
    #expect(login.rig.all(.hostShutdownPending).isEmpty)
    try await login.stop()
  }
}
