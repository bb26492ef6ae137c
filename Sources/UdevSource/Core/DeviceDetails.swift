// SPDX-License-Identifier: Apache-2.0
// The typed fields of a device's capability, out of udev's properties and the files of sysfs.

import EventModel

/// Makes the fields of a device's capability.
struct DeviceDetails {
  private let device: DeviceRecord
  private var fields = Fields()

  /// The fields of the capability of a device; empty when it has none.
  static func fields(of device: DeviceRecord) -> Fields {
    guard let capability = device.capability else { return [:] }
    var details = DeviceDetails(device: device)
    details.fill(capability)
    return details.fields
  }

  private init(device: DeviceRecord) { self.device = device }

  private mutating func fill(_ capability: Capability) {
    switch capability {
    case .system: fillSystem()
    case .pci: fillPCI()
    case .usbDevice: fillUSBDevice()
    case .usbInterface: fillUSBInterface()
    case .net: fillNet()
    case .scsiHost: fillSCSIHost()
    case .scsiTarget: put("target", device.name)
    case .scsi: fillSCSI()
    case .storage, .partition: fillStorage()
    case .fcHost: fillFibreChannel("")
    case .scsiGeneric: put("node", device.node)
    case .drm: fillDRM()
    case .mdev: fillMdev()
    case .ccw, .css: fillChannel()
    case .vdpa: put("driver", device.driver)
    case .apCard, .apQueue: fillAP()
    case .tty: put("node", device.node)
    case .apMatrix, .mdevTypes, .vports, .vpd: break
    }
  }

  private mutating func fillSystem() {
    for (name, attribute) in [
      ("product", "product_name"), ("vendor", "sys_vendor"), ("version", "product_version"),
      ("serial", "product_serial"), ("uuid", "product_uuid"), ("firmwareVendor", "bios_vendor"),
      ("firmwareVersion", "bios_version"), ("firmwareDate", "bios_date"),
    ] { put(name, attribute: attribute) }
  }

  private mutating func fillPCI() {
    let address = device.properties["PCI_SLOT_NAME"] ?? device.name
    put("address", address)
    // domain:bus:slot.function
    let parts = address.split(whereSeparator: { $0 == ":" || $0 == "." })
    if parts.count == 4 {
      for (name, part) in zip(["domain", "bus", "slot", "function"], parts) {
        if let number = UInt64(part, radix: 16) { fields[name] = .uint(number) }
      }
    }
    put("class", hexadecimal: device.properties["PCI_CLASS"] ?? device.attributes?["class"])
    let identifiers = device.properties["PCI_ID"]?.split(separator: ":").map(String.init) ?? []
    put("vendorID", hexadecimal: identifiers.first ?? device.attributes?["vendor"])
    put("productID", hexadecimal: identifiers.last ?? device.attributes?["device"])
    put("vendor", property: "ID_VENDOR_FROM_DATABASE")
    put("product", property: "ID_MODEL_FROM_DATABASE")
    put("driver", device.driver)
    if let node = device.attributes?["numa_node"].flatMap(Int64.init), node >= 0 { fields["numaNode"] = .int(node) }
    put("iommuGroup", decimal: device.attributes?["iommu_group"])
    put("physicalFunction", attribute: "physfn")
    put("maxVirtualFunctions", decimal: device.attributes?["sriov_totalvfs"])
    put("virtualFunctions", decimal: device.attributes?["sriov_numvfs"])
    for (name, attribute) in [
      ("linkSpeed", "current_link_speed"), ("linkWidth", "current_link_width"), ("maxLinkSpeed", "max_link_speed"),
      ("maxLinkWidth", "max_link_width"),
    ] { put(name, attribute: attribute) }
  }

  private mutating func fillUSBDevice() {
    put("bus", decimal: device.properties["BUSNUM"])
    put("device", decimal: device.properties["DEVNUM"])
    // PRODUCT=1d6b/2/515 is the kernel's, without leading zeros; the two others are udev's.
    let product = device.properties["PRODUCT"]?.split(separator: "/").map(String.init) ?? []
    put("vendorID", hexadecimal: device.properties["ID_VENDOR_ID"] ?? product.first)
    put("productID", hexadecimal: device.properties["ID_MODEL_ID"] ?? product.dropFirst().first)
    put("vendor", device.properties["ID_VENDOR_FROM_DATABASE"] ?? device.properties["ID_VENDOR"] ?? "")
    put("product", device.properties["ID_MODEL_FROM_DATABASE"] ?? device.properties["ID_MODEL"] ?? "")
    put("serial", property: "ID_SERIAL_SHORT")
  }

  private mutating func fillUSBInterface() {
    // 1-2:1.0 is configuration 1, interface 0 of the device 1-2.
    if let dot = device.name.lastIndex(of: ".") {
      put("number", decimal: String(device.name[device.name.index(after: dot)...]))
    }
    // INTERFACE=3/1/2, in decimal.
    let parts = device.properties["INTERFACE"]?.split(separator: "/").map(String.init) ?? []
    for (name, part) in zip(["class", "subclass", "protocol"], parts) { put(name, decimal: part) }
    put("driver", device.driver)
  }

  private mutating func fillNet() {
    put("interface", device.properties["INTERFACE"] ?? device.name)
    put("index", decimal: device.properties["IFINDEX"] ?? device.attributes?["ifindex"])
    put("address", attribute: "address")
    put("subtype", device.deviceType == "wlan" ? "80211" : device.attributes?["type"] == "1" ? "80203" : "")
  }

  private mutating func fillStorage() {
    put("node", device.node)
    put("bus", property: "ID_BUS")
    put("driveType", device.properties["ID_TYPE"] ?? (device.deviceType == "disk" ? "disk" : ""))
    put("vendor", property: "ID_VENDOR")
    put("model", property: "ID_MODEL")
    put("serial", property: "ID_SERIAL")
    put("fileSystem", property: "ID_FS_TYPE")
    put("label", property: "ID_FS_LABEL")
    // The kernel counts in 512 bytes whatever the block size is.
    if let sectors = device.attributes?["size"].flatMap(UInt64.init) {
      fields["size"] = .uint(sectors.multipliedReportingOverflow(by: 512).partialValue)
    }
    put("logicalBlockSize", decimal: device.attributes?["queue/logical_block_size"])
    put("physicalBlockSize", decimal: device.attributes?["queue/physical_block_size"])
    put("removable", truth: device.attributes?["removable"])
    put("readOnly", truth: device.attributes?["ro"])
    put("rotational", truth: device.attributes?["queue/rotational"])
    put("partition", decimal: device.properties["PARTN"])
    if device.properties["ID_CDROM"] == "1" { fields["media"] = .bool(device.properties["ID_CDROM_MEDIA"] == "1") }
  }
}

// MARK: - The rarer ones

extension DeviceDetails {
  private mutating func fillSCSIHost() {
    if device.name.hasPrefix("host") { put("host", decimal: String(device.name.dropFirst(4))) }
    put("uniqueID", decimal: device.attributes?["scsi_host/%/unique_id"])
    fillFibreChannel("fc_host/%/")
  }

  private mutating func fillFibreChannel(_ prefix: String) {
    put("nodeName", attribute: prefix + "node_name")
    put("portName", attribute: prefix + "port_name")
    put("fabricName", attribute: prefix + "fabric_name")
  }

  private mutating func fillSCSI() {
    // 2:0:1:0 is host:bus:target:lun.
    for (name, part) in zip(["host", "bus", "target", "lun"], device.name.split(separator: ":")) {
      put(name, decimal: String(part))
    }
    put("type", attribute: "type")
    for name in ["vendor", "model"] { put(name, attribute: name) }
    put("revision", attribute: "rev")
  }

  private mutating func fillDRM() {
    let type = device.name.hasPrefix("card") ? "primary" : device.name.hasPrefix("render") ? "render" : "control"
    put("type", type)
    put("node", device.node)
  }

  private mutating func fillMdev() {
    put("uuid", device.name)
    put("type", attribute: "mdev_type")
    put("iommuGroup", decimal: device.attributes?["iommu_group"])
  }

  private mutating func fillChannel() {
    // 0.0.1a2b is cssid.ssid.devno, in hexadecimal.
    for (name, part) in zip(["cssid", "ssid", "devno"], device.name.split(separator: ".")) {
      if let number = UInt64(part, radix: 16) { fields[name] = .uint(number) }
    }
    put("driver", device.driver)
  }

  private mutating func fillAP() {
    // card0a, or 0a.0003: adapter and domain, in hexadecimal.
    let parts = device.name.replacing("card").split(separator: ".")
    for (name, part) in zip(["adapter", "domain"], parts) {
      if let number = UInt64(part, radix: 16) { fields[name] = .uint(number) }
    }
  }

  // MARK: Putting

  private mutating func put(_ name: String, _ text: String) {
    if !text.isEmpty { fields[name] = .string(text) }
  }

  private mutating func put(_ name: String, property: String) { put(name, device.properties[property] ?? "") }

  private mutating func put(_ name: String, attribute: String) { put(name, device.attributes?[attribute] ?? "") }

  private mutating func put(_ name: String, decimal text: String?) {
    if let number = text.flatMap({ UInt64($0) }) { fields[name] = .uint(number) }
  }

  private mutating func put(_ name: String, hexadecimal text: String?) {
    guard let text, let number = UInt64(text.hasPrefix("0x") ? String(text.dropFirst(2)) : text, radix: 16) else {
      return
    }
    fields[name] = .uint(number)
  }

  private mutating func put(_ name: String, truth text: String?) {
    if text == "0" || text == "1" { fields[name] = .bool(text == "1") }
  }
}

extension String {
  /// The text without a prefix, where it has it.
  fileprivate func replacing(_ prefix: String) -> String {
    hasPrefix(prefix) ? String(dropFirst(prefix.count)) : self
  }
}
