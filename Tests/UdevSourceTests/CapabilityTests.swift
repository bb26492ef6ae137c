// SPDX-License-Identifier: Apache-2.0
// What kind of device a device is, and the fields of its kind, from properties as hosts have them.

import EventModel
import Foundation
import TestSupport
import Testing

@testable import UdevSource

@Suite("Kinds of devices")
struct CapabilityTests {
  private static func device(
    _ path: String, _ properties: [String: String], _ attributes: [String: String] = [:]
  ) -> DeviceRecord {
    var device = DeviceRecord(path: path, properties: properties)
    device.attributes = attributes
    return device
  }

  @Test func `a PCI device tells its address, its identifiers and its group`() {
    let device = Self.device(
      "/sys/devices/pci0000:00/0000:00:1c.0/0000:03:00.1",
      [
        "SUBSYSTEM": "pci", "PCI_CLASS": "20000", "PCI_ID": "8086:10C9", "PCI_SLOT_NAME": "0000:03:00.1",
        "DRIVER": "igb", "ID_VENDOR_FROM_DATABASE": "Intel Corporation",
      ],
      [
        "numa_node": "-1", "iommu_group": "14", "sriov_totalvfs": "7", "sriov_numvfs": "2",
        "current_link_speed": "5.0 GT/s PCIe",
      ])
    #expect(device.capability == .pci)
    #expect(device.state == "bound")
    #expect(
      DeviceDetails.fields(of: device) == [
        "address": "0000:03:00.1", "domain": .uint(0), "bus": .uint(3), "slot": .uint(0), "function": .uint(1),
        "class": .uint(0x20000), "vendorID": .uint(0x8086), "productID": .uint(0x10C9), "vendor": "Intel Corporation",
        "driver": "igb", "iommuGroup": .uint(14), "maxVirtualFunctions": .uint(7), "virtualFunctions": .uint(2),
        "linkSpeed": "5.0 GT/s PCIe",
      ])
  }

  @Test func `a virtual function tells the card that it belongs to`() {
    let device = Self.device(
      "/sys/devices/pci0000:00/0000:03:10.0", ["SUBSYSTEM": "pci", "PCI_CLASS": "20000"], ["physfn": "0000:03:00.0"])
    #expect(DeviceDetails.fields(of: device)["physicalFunction"] == "0000:03:00.0")
  }

  @Test func `a USB device and its interface are two kinds`() {
    let stick = Self.device(
      "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2",
      [
        "SUBSYSTEM": "usb", "DEVTYPE": "usb_device", "BUSNUM": "001", "DEVNUM": "004", "PRODUCT": "bda/8153/3000",
        "ID_MODEL": "USB_10_100_1000_LAN", "ID_SERIAL_SHORT": "000001",
      ])
    #expect(stick.capability == .usbDevice)
    #expect(
      DeviceDetails.fields(of: stick) == [
        "bus": .uint(1), "device": .uint(4), "vendorID": .uint(0x0BDA), "productID": .uint(0x8153),
        "product": "USB_10_100_1000_LAN", "serial": "000001",
      ])
    let interface = Self.device(
      stick.path + "/1-2:1.0",
      ["SUBSYSTEM": "usb", "DEVTYPE": "usb_interface", "INTERFACE": "255/255/0", "DRIVER": "r8152"])
    #expect(interface.capability == .usbInterface)
    #expect(
      DeviceDetails.fields(of: interface) == [
        "number": .uint(0), "class": .uint(255), "subclass": .uint(255), "protocol": .uint(0), "driver": "r8152",
      ])
  }

  @Test func `a disk tells its size in bytes, and a medium that it may lack`() {
    let drive = Self.device(
      "/sys/devices/pci0000:00/0000:00:1f.2/ata2/host1/target1:0:0/1:0:0:0/block/sr0",
      [
        "SUBSYSTEM": "block", "DEVTYPE": "disk", "DEVNAME": "/dev/sr0", "ID_BUS": "ata", "ID_TYPE": "cd",
        "ID_CDROM": "1", "ID_CDROM_MEDIA": "1", "ID_FS_LABEL": "Debian",
      ],
      ["size": "2097152", "ro": "0", "removable": "1", "queue/logical_block_size": "2048"])
    #expect(drive.capability == .storage)
    #expect(
      DeviceDetails.fields(of: drive) == [
        "node": "/dev/sr0", "bus": "ata", "driveType": "cd", "label": "Debian", "size": .uint(1 << 30),
        "logicalBlockSize": .uint(2048), "removable": true, "readOnly": false, "media": true,
      ])
  }

  @Test(arguments: [
    (Capability.system, ["SUBSYSTEM": "dmi"]), (.net, ["SUBSYSTEM": "net", "INTERFACE": "eth0"]),
    (.net, ["SUBSYSTEM": "net", "DEVTYPE": "wlan"]), (.net, ["SUBSYSTEM": "net", "DEVTYPE": "bridge"]),
    (.scsiHost, ["SUBSYSTEM": "scsi", "DEVTYPE": "scsi_host"]),
    (.scsiTarget, ["SUBSYSTEM": "scsi", "DEVTYPE": "scsi_target"]),
    (.scsi, ["SUBSYSTEM": "scsi", "DEVTYPE": "scsi_device"]), (.fcHost, ["SUBSYSTEM": "fc_host"]),
    (.vports, ["SUBSYSTEM": "fc_vports"]), (.scsiGeneric, ["SUBSYSTEM": "scsi_generic"]),
    (.drm, ["SUBSYSTEM": "drm", "DEVTYPE": "drm_minor"]), (.mdevTypes, ["SUBSYSTEM": "mdev_bus"]),
    (.mdev, ["SUBSYSTEM": "mdev"]), (.ccw, ["SUBSYSTEM": "ccw"]), (.css, ["SUBSYSTEM": "css"]),
    (.vdpa, ["SUBSYSTEM": "vdpa"]), (.apCard, ["SUBSYSTEM": "ap", "DEVTYPE": "ap_card"]),
    (.apQueue, ["SUBSYSTEM": "ap", "DEVTYPE": "ap_queue"]), (.apMatrix, ["SUBSYSTEM": "matrix"]),
    (.partition, ["SUBSYSTEM": "block", "DEVTYPE": "partition"]), (.tty, ["SUBSYSTEM": "tty"]),
  ])
  func `every kind is known by its properties`(kind: Capability, properties: [String: String]) {
    #expect(Capability(properties) == kind)
  }

  @Test(arguments: [
    (
      "/sys/devices/platform/host3/target3:0:1/3:0:1:2", ["SUBSYSTEM": "scsi", "DEVTYPE": "scsi_device"], "lun",
      Value.uint(2)
    ),
    ("/sys/devices/platform/host3", ["SUBSYSTEM": "scsi", "DEVTYPE": "scsi_host"], "host", .uint(3)),
    ("/sys/devices/pci/drm/renderD128", ["SUBSYSTEM": "drm", "DEVTYPE": "drm_minor"], "type", "render"),
    ("/sys/devices/css0/0.0.1a2b", ["SUBSYSTEM": "ccw"], "devno", .uint(0x1A2B)),
    ("/sys/devices/ap/card0a/0a.0003", ["SUBSYSTEM": "ap", "DEVTYPE": "ap_queue"], "domain", .uint(3)),
    ("/sys/devices/ap/card0a", ["SUBSYSTEM": "ap", "DEVTYPE": "ap_card"], "adapter", .uint(10)),
    (
      "/sys/devices/pci/83b8f4f2-509f-382f-3c1e-e6bfe0fa1001", ["SUBSYSTEM": "mdev"], "uuid",
      "83b8f4f2-509f-382f-3c1e-e6bfe0fa1001"
    ),
  ])
  func `the rarer kinds tell their fields`(path: String, properties: [String: String], field: String, value: Value) {
    #expect(DeviceDetails.fields(of: Self.device(path, properties))[field] == value)
  }

  @Test func `files and links of sysfs are read, and what is not there is left out`() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.directory("host7")
    _ = try directory.directory("host7/scsi_host/host7")
    try directory.write("9\n", to: "host7/scsi_host/host7/unique_id")
    _ = try directory.directory("host7/fc_host/host7")
    try directory.write("0x100000109b\u{1B}34c5c3 \n", to: "host7/fc_host/host7/port_name")
    #expect(
      SysfsReader.attributes(.scsiHost, of: path, limits: UdevLimits()) == [
        "scsi_host/%/unique_id": "9", "fc_host/%/port_name": "0x100000109b\u{FFFD}34c5c3",
      ])
    _ = try directory.directory("groups/14")
    let card = try directory.directory("card")
    try FileManager.default.createSymbolicLink(atPath: card + "/iommu_group", withDestinationPath: "../groups/14")
    try directory.write(String(repeating: "x", count: 10_000), to: "card/vendor")
    let attributes = SysfsReader.attributes(.pci, of: card, limits: UdevLimits())
    #expect(attributes["iommu_group"] == "14")
    #expect(attributes["vendor"]?.utf8.count == 1024)
  }
}
