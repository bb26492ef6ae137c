// SPDX-License-Identifier: Apache-2.0
// What a guest does, played on a real QEMU through its ports: power, panic, watchdog, clock.

import EventModel
import QEMUSource
import TestSupport
import Testing

@Suite(.needs(.qemu)) struct RealGuestEventTests {
  @Test func `a guest that shuts down`() async throws {
    let machine = try await RealMachine(machine: "pc")
    try await machine.provoke(.vmShutdown) { try await machine.qemu.human("o /w 0x604 0x2000") }
    let stopped = try await machine.event(.vmStopped)
    #expect(machine.kinds == [.vmShutdown, .vmStopped])
    #expect(machine.published[0].data["guest"] == true)
    #expect(machine.published[0].data["reason"] == "guest-shutdown")
    #expect(stopped.data["cause"] == "guest-shutdown")
    #expect(stopped.data["exitCode"] == .uint(0))
  }

  @Test func `a guest that shuts down and stays`() async throws {
    let machine = try await RealMachine(machine: "pc", ["-no-shutdown"])
    try await machine.provoke(.vmShutdown) { try await machine.qemu.human("o /w 0x604 0x2000") }
    let state = try await machine.event(.vmStateShutdown)
    #expect(state.data["previous"] == "running")
    #expect(await machine.hub.machine("web")?[.reason] == "guest-shutdown")
    try await machine.qemu.execute("system_reset")
    // QEMU puts a reset machine to prelaunch and says nothing: the hub asked.
    let prelaunch = try await machine.event(.vmStatePrelaunch)
    #expect(prelaunch.origin == .derived)
    try await machine.qemu.execute("cont")
    try await machine.event(.vmStateRunning)
    // What the firmware does after that is its own affair.
    #expect(
      Array(machine.kinds.prefix(5)) == [.vmShutdown, .vmStateShutdown, .vmReset, .vmStatePrelaunch, .vmStateRunning])
    try await machine.agrees()
    try await machine.qemu.quit()
    #expect(try await machine.event(.vmStopped).data["cause"] == "qmp-quit")
  }

  @Test func `a guest that sleeps and is woken`() async throws {
    let machine = try await RealMachine(machine: "pc")
    try await machine.provoke(.vmSuspend) { try await machine.qemu.human("o /h 0x604 0x2400") }
    try await machine.event(.vmStateSuspended)
    #expect(await machine.hub.machine("web")?.state == "suspended")
    try await machine.qemu.execute("system_wakeup")
    try await machine.event(.vmStateRunning)
    try await machine.agrees()
    let kinds = machine.kinds
    let suspend = try #require(kinds.firstIndex(of: .vmSuspend))
    #expect(kinds[suspend + 1] == .vmStateSuspended)
    let wakeup = try #require(kinds.firstIndex(of: .vmWakeup))
    #expect(kinds[wakeup + 1] == .vmStateRunning)
    try await machine.qemu.quit()
  }

  @Test func `a guest that resets`() async throws {
    let machine = try await RealMachine(machine: "pc")
    try await machine.qemu.human("o /b 0xcf9 6")
    let reset = try await machine.event(.vmReset)
    #expect(reset.data["guest"] == true)
    #expect(reset.data["reason"] == "guest-reset")
    try await machine.qemu.execute("query-status")
    try await machine.agrees()
    try await machine.qemu.quit()
  }

  @Test func `a guest that is told to power down`() async throws {
    let machine = try await RealMachine(machine: "pc")
    try await machine.qemu.execute("system_powerdown")
    try await machine.event(.vmPowerdown)
    try await machine.agrees()
    try await machine.qemu.quit()
  }

  @Test func `a guest that panics pauses with that state and says why`() async throws {
    let machine = try await RealMachine(machine: "pc", ["-device", "pvpanic", "-action", "panic=pause"])
    try await machine.qemu.human("o /b 0x505 2")
    #expect(try await machine.event(.vmGuestCrashLoaded).severity == .critical)
    try await machine.qemu.human("o /b 0x505 1")
    let state = try await machine.event(.vmStateGuestPanicked)
    #expect(machine.kinds == [.vmGuestCrashLoaded, .vmGuestPanicked, .vmStateGuestPanicked])
    #expect(state.severity == .error)
    #expect(machine.published[1].data["action"] == "pause")
    #expect(await machine.hub.machine("web")?[.reason] == "guest panicked")
    try await machine.agrees()
    try await machine.qemu.process.kill()
    let stopped = try await machine.event(.vmStopped)
    #expect(stopped.data["evidence"]?.list?.contains("qmp: GUEST_PANICKED before") == true)
  }

  @Test func `a guest that panics and is shut down for it`() async throws {
    let machine = try await RealMachine(machine: "pc", ["-device", "pvpanic", "-action", "panic=shutdown"])
    try await machine.qemu.human("o /b 0x505 1")
    let stopped = try await machine.event(.vmStopped)
    #expect(stopped.data["cause"] == "guest-panic")
    #expect(stopped.severity == .error)
  }

  @Test func `a watchdog that fires pauses with that state`() async throws {
    let machine = try await RealMachine(machine: "pc", ["-device", "ib700", "-action", "watchdog=pause"])
    try await machine.qemu.human("o /b 0x443 0x0f")
    try await machine.event(.vmStateWatchdog)
    #expect(machine.kinds == [.vmWatchdog, .vmStateWatchdog])
    #expect(machine.published[0].data["action"] == "pause")
    try await machine.agrees()
    try await machine.qemu.quit()
  }

  @Test func `a guest that sets its clock`() async throws {
    let machine = try await RealMachine(machine: "pc")
    // The firmware uses the same index register, so it must not run between the two writes.
    try await machine.qemu.execute("stop")
    try await machine.qemu.human("o /b 0x70 4")
    try await machine.qemu.human("o /b 0x71 0x10")
    let changed = try await machine.event(.vmRTCChanged)
    #expect(changed.data["offset"]?.int != nil)
    #expect(changed.data["qomPath"]?.string?.hasPrefix("/machine/") == true)
    try await machine.agrees()
    try await machine.qemu.quit()
  }

  @Test func `a device that is taken out`() async throws {
    let machine = try await RealMachine(machine: "pc", ["-usb", "-device", "usb-tablet,id=tablet0"])
    try await machine.qemu.execute("device_del", ["id": "tablet0"])
    let removed = try await machine.event(.vmDeviceRemoved)
    #expect(removed.data["device"] == "tablet0")
    #expect(removed.data["path"] == "/machine/peripheral/tablet0")
    try await machine.agrees()
    try await machine.qemu.quit()
  }
}
