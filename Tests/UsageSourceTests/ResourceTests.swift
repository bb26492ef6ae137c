// SPDX-License-Identifier: Apache-2.0
// What open files say, and what of the host that is.

import EventModel
import Testing

@testable import UsageSource

@Suite("Usage: what an open file is")
struct ResourceTests {
  @Test(arguments: [
    ("/dev/net/tun", "pos:\t0\nflags:\t02104002\nmnt_id:\t24\nino:\t105\niff:\tvnet3\n", Resource.link("vnet3")),
    ("/dev/tap7", "pos:\t0\n", .linkIndex(7)), ("/dev/vfio/14", "pos:\t0\n", .group(14)),
    (
      "anon_inode:[vfio-device]", "vfio-device-syspath:\t/sys/devices/pci0000:00/0000:03:10.0\n",
      .path("/sys/devices/pci0000:00/0000:03:10.0")
    ),
    ("/dev/bus/usb/001/004", "pos:\t0\n", .file(isBlock: true, major: 8, minor: 1)),
    // A tap that has not been given a link yet, and names that only look like one.
    ("/dev/net/tun", "pos:\t0\niff:\t\n", .file(isBlock: true, major: 8, minor: 1)),
    ("/dev/tape", "", .file(isBlock: true, major: 8, minor: 1)),
    ("/dev/vfio/vfio", "", .file(isBlock: true, major: 8, minor: 1)),
    ("anon_inode:[vfio-device]", "vfio-device-syspath:\t../../etc\n", .file(isBlock: true, major: 8, minor: 1)),
  ])
  func `an open file is known by what the kernel says of it`(target: String, information: String, resource: Resource) {
    #expect(Resource.isWorthLook(target))
    #expect(Resource.of(target: target, numbers: (true, 8, 1), information: information) == resource)
  }

  @Test func `a file on a server is not touched`() {
    #expect(!Resource.isWorthLook("/srv/images/web01.qcow2"))
    #expect(!Resource.isWorthLook("socket:[4711]"))
    #expect(Resource.of(target: "/dev/tty", numbers: nil, information: "") == nil)
  }
}

@Suite("Usage: who uses what")
struct UsageTableTests {
  private let machine = HubObject(Subject(.vm, "web01"), [.name: "web01", .processID: .uint(7)])
  private let link = HubObject(Subject(.link, "5"), [.name: "vnet3", .index: .uint(5)])

  private func card(_ address: String, group: UInt64, vms: [String] = []) -> HubObject {
    let path = "/sys/devices/pci0000:00/\(address)"
    return HubObject(
      Subject(.device, path),
      [.sysPath: .string(path), .details: .map(["iommuGroup": .uint(group)]), .vms: .strings(vms)])
  }

  @Test func `machine, link and device name each other, and a group brings all its devices`() {
    var table = UsageTable(limits: UsageLimits())
    let disk = HubObject(
      Subject(.device, "/sys/block/sda"),
      [.sysPath: "/sys/block/sda", .subsystem: "block", .properties: .map(["MAJOR": "8", "MINOR": "0"])])
    let (first, second, other) = (
      card("0000:03:00.0", group: 14), card("0000:03:00.1", group: 14), card("0000:04:00.0", group: 15)
    )
    table.put(
      [
        .link("vnet3"), .group(14), .file(isBlock: true, major: 8, minor: 0), .file(isBlock: false, major: 8, minor: 0),
      ],
      of: machine.subject)
    let corrections = table.corrections(
      UsageTable.Registry(machines: [machine], devices: [first, second, other, disk], links: [link]))
    let used = [first, second, disk, link].map(\.subject)
    #expect(
      corrections.first
        == UsageTable.Correction(
          subject: machine.subject, property: .hostDevices, paths: used.map(\.objectPath).sorted()))
    #expect(Set(corrections.dropFirst().map(\.subject)) == Set(used))
    #expect(corrections.dropFirst().allSatisfy { $0.property == .vms && $0.paths == [machine.subject.objectPath] })
  }

  @Test func `a link is a device as well, known by the same name and index`() {
    var table = UsageTable(limits: UsageLimits())
    let path = "/sys/devices/virtual/net/vnet3"
    let device = HubObject(
      Subject(.device, path),
      [.name: "vnet3", .sysPath: .string(path), .subsystem: "net", .properties: .map(["IFINDEX": "5"])])
    for resource in [Resource.link("vnet3"), .linkIndex(5)] {
      table.put([resource], of: machine.subject)
      let corrections = table.corrections(
        UsageTable.Registry(machines: [machine], devices: [device], links: [link]))
      #expect(corrections.first?.paths == [device, link].map(\.subject.objectPath).sorted())
      #expect(Set(corrections.dropFirst().map(\.subject)) == [device.subject, link.subject])
    }
  }

  @Test func `what is said already is not said again, and what is no longer true is taken back`() {
    var table = UsageTable(limits: UsageLimits())
    table.put([.group(14)], of: machine.subject)
    var said = machine
    let used = card("0000:03:00.0", group: 14, vms: [machine.subject.objectPath])
    let free = card("0000:04:00.0", group: 15, vms: [machine.subject.objectPath])
    said.set(.hostDevices, .strings([used.subject.objectPath]))
    let corrections = table.corrections(UsageTable.Registry(machines: [said], devices: [used, free], links: []))
    #expect(corrections == [UsageTable.Correction(subject: free.subject, property: .vms, paths: [])])
    // Its process is gone.
    said.set(.processID, .uint(0))
    table.retain([said])
    let rest = table.corrections(UsageTable.Registry(machines: [said], devices: [used], links: []))
    #expect(rest.map(\.paths) == [[], []])
  }
}
