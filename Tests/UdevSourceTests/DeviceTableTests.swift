// SPDX-License-Identifier: Apache-2.0
// The table of devices, the backlog and the filter by themselves.

import Testing

@testable import UdevSource

@Suite("The table of devices")
struct DeviceTableTests {
  private func event(_ action: String, _ path: String, _ more: [String: String] = [:], sequence: Int = 1) throws
    -> UdevEvent
  {
    var pairs = ["ACTION": action, "DEVPATH": path, "SUBSYSTEM": "net", "SEQNUM": String(sequence)]
    pairs.merge(more) { $1 }
    return try #require(UdevEvent(DeviceRecord(pairs.map { (name: $0.key, value: $0.value) }, limits: UdevLimits())))
  }

  @Test func `a device that goes takes what was known of it along`() throws {
    var table = DeviceTable(limits: UdevLimits())
    _ = table.apply(try event("add", "/devices/a", ["ID_MODEL": "disk", "DRIVER": "sd"]))
    guard case .removed(let device) = table.apply(try event("remove", "/devices/a")).first else {
      Issue.record("not removed")
      return
    }
    #expect(device.properties["ID_MODEL"] == "disk")
    #expect(device.driver == "sd")
    #expect(table.apply(try event("remove", "/devices/a")).isEmpty)
  }

  @Test func `a device that moves takes those below it along`() throws {
    var table = DeviceTable(limits: UdevLimits())
    for path in ["/devices/net/v0", "/devices/net/v0/below", "/devices/net/v00"] {
      _ = table.apply(try event("add", path))
    }
    let changes = table.apply(try event("move", "/devices/net/up", ["DEVPATH_OLD": "/devices/net/v0"]))
    #expect(changes.count == 2)
    #expect(
      table.devices.keys.sorted() == ["/sys/devices/net/up", "/sys/devices/net/up/below", "/sys/devices/net/v00"])
    #expect(table.parent(of: "/sys/devices/net/up/below") == "/sys/devices/net/up")
    #expect(table.devices["/sys/devices/net/up/below"]?.properties["DEVPATH"] == "/devices/net/up/below")
  }

  @Test func `a second coming is a change, and the order of lists is none`() throws {
    var table = DeviceTable(limits: UdevLimits())
    _ = table.apply(try event("add", "/devices/a", ["DEVLINKS": "/dev/b /dev/a", "TAGS": ":y:x:"]))
    let again = table.apply(
      try event("add", "/devices/a", ["DEVLINKS": "/dev/a /dev/b", "TAGS": ":x:y:"], sequence: 2))
    guard case .changed(_, let difference) = again.first else {
      Issue.record("not changed")
      return
    }
    #expect(difference.isEmpty)
  }

  @Test func `an action that nobody knows yet is a change that names it`() throws {
    var table = DeviceTable(limits: UdevLimits())
    _ = table.apply(try event("add", "/devices/a"))
    guard case .changed(_, let difference) = table.apply(try event("levitate", "/devices/a")).first else {
      Issue.record("not changed")
      return
    }
    #expect(difference.now == ["ACTION": "levitate"])
  }

  @Test func `what an event touched is not overridden by an older list`() throws {
    var table = DeviceTable(limits: UdevLimits())
    for path in ["/devices/a", "/devices/b"] { _ = table.apply(try event("add", path)) }
    let old = table.devices.values.map(\.self)
    _ = table.apply(try event("remove", "/devices/a"))
    _ = table.apply(try event("add", "/devices/c"))
    #expect(table.reconcile(old, touched: ["/sys/devices/a", "/sys/devices/c"]).isEmpty)
    #expect(table.devices.keys.sorted() == ["/sys/devices/b", "/sys/devices/c"])
    #expect(table.reconcile(old, touched: []).count == 2)
  }

  @Test func `properties are bounded in number, size and sum`() throws {
    var limits = UdevLimits()
    (limits.properties, limits.valueBytes, limits.deviceBytes) = (5, 10, 60)
    let pairs = [("DEVPATH", "/a")] + (0..<20).map { ("P\($0)", String(repeating: "ä", count: 100)) }
    let device = try #require(DeviceRecord(pairs.map { (name: $0.0, value: $0.1) }, limits: limits))
    #expect(device.properties.count <= 5)
    #expect(device.properties.values.allSatisfy { $0.utf8.count <= 10 })
    #expect(device.properties.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count } <= 60)
  }

  @Test func `an event waits for udevd, no longer than patience lasts, and in order`() throws {
    var backlog = KernelBacklog(limit: 3)
    let begin = ContinuousClock.now
    for number in 1...3 {
      #expect(
        backlog.add(try event("add", "/devices/\(number)", sequence: number), now: begin + .seconds(number)) == nil)
    }
    #expect(backlog.add(try event("add", "/devices/4", sequence: 4), now: begin + .seconds(4))?.sequence == 1)
    backlog.answered(2)
    #expect(backlog.takeOverdue(.seconds(10), now: begin + .seconds(13)).map(\.sequence) == [3])
    #expect(!backlog.isEmpty)
    backlog.answered(4)
    #expect(backlog.isEmpty)
    #expect(backlog.takeAll().isEmpty)
  }

  @Test func `noise is left out unless it is asked for`() {
    var options = UdevOptions()
    let usual = SubsystemFilter(options)
    #expect(!usual.admits(path: "/sys/devices/virtual/net/v0/queues/rx-0", subsystem: "queues"))
    #expect(!usual.admits(path: "/sys/devices/virtual/tty/tty1", subsystem: "tty"))
    #expect(usual.admits(path: "/sys/devices/pci0000:00/usb1/1-2/ttyUSB0", subsystem: "tty"))
    #expect(usual.admits(path: "/sys/devices/virtual/net/v0", subsystem: "net"))
    #expect(!usual.admits(path: "/sys/devices/nothing", subsystem: ""))
    options.subsystems = ["queues"]
    let chosen = SubsystemFilter(options)
    #expect(chosen.admits(path: "/sys/devices/virtual/net/v0/queues/rx-0", subsystem: "queues"))
    #expect(!chosen.admits(path: "/sys/devices/virtual/net/v0", subsystem: "net"))
  }
}
