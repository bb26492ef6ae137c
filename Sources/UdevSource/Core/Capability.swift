// SPDX-License-Identifier: Apache-2.0
// What kind of device a device is.

/// What kind of device a device is: libvirt's names of node device capabilities, and two more.
enum Capability: String, CaseIterable, Sendable {
  case system
  case pci
  case usbDevice = "usb_device"
  case usbInterface = "usb"
  case net
  case scsiHost = "scsi_host"
  case scsiTarget = "scsi_target"
  case scsi
  case storage
  case fcHost = "fc_host"
  case vports
  case scsiGeneric = "scsi_generic"
  case drm
  case mdevTypes = "mdev_types"
  case mdev
  case ccw
  case css
  case vdpa
  case apCard = "ap_card"
  case apQueue = "ap_queue"
  case apMatrix = "ap_matrix"
  case vpd
  // Ours.
  case partition
  case tty

  /// The kind of the device with those properties; nil when it is of none.
  init?(_ properties: [String: String]) {
    if let type = properties["DEVTYPE"], let known = Self.byType[type] {
      self = known
    } else if properties["PCI_CLASS"] != nil {
      self = .pci
    } else if properties["SUBSYSTEM"] == "net" || properties["INTERFACE"] != nil && properties["SUBSYSTEM"] == nil {
      self = .net
    } else if let subsystem = properties["SUBSYSTEM"], let known = Self.bySubsystem[subsystem] {
      self = known
    } else {
      return nil
    }
  }

  private static let byType: [String: Capability] = [
    "usb_device": .usbDevice, "usb_interface": .usbInterface, "scsi_host": .scsiHost, "scsi_target": .scsiTarget,
    "scsi_device": .scsi, "disk": .storage, "partition": .partition, "wlan": .net, "drm_minor": .drm,
    "ap_card": .apCard, "ap_queue": .apQueue,
  ]

  private static let bySubsystem: [String: Capability] = [
    "dmi": .system, "pci": .pci, "scsi_generic": .scsiGeneric, "fc_host": .fcHost, "fc_vports": .vports, "mdev": .mdev,
    "mdev_bus": .mdevTypes, "mtty": .mdevTypes, "ccw": .ccw, "css": .css, "vdpa": .vdpa, "matrix": .apMatrix,
    "vfio_ap": .apMatrix, "tty": .tty, "block": .storage,
  ]

  /// The files and links below the device's directory that say more about it.
  ///
  /// Only those that a driver answers from memory: none that asks the hardware, as `vpd` does.
  var attributes: [String] {
    switch self {
    case .system:
      [
        "product_name", "product_serial", "product_uuid", "product_version", "sys_vendor", "bios_vendor",
        "bios_version",
        "bios_date",
      ]
    case .pci:
      [
        "class", "vendor", "device", "numa_node", "iommu_group", "physfn", "sriov_totalvfs", "sriov_numvfs",
        "current_link_speed", "current_link_width", "max_link_speed", "max_link_width",
      ]
    case .net: ["address", "ifindex", "iflink", "type"]
    case .storage:
      ["size", "ro", "removable", "queue/logical_block_size", "queue/physical_block_size", "queue/rotational"]
    case .partition: ["size", "ro", "start"]
    case .scsi: ["type", "vendor", "model", "rev"]
    case .scsiHost: ["scsi_host/%/unique_id", "fc_host/%/node_name", "fc_host/%/port_name", "fc_host/%/fabric_name"]
    case .fcHost: ["node_name", "port_name", "fabric_name"]
    case .mdev: ["mdev_type", "iommu_group"]
    case .mdevTypes, .vpd, .vports, .usbDevice, .usbInterface, .scsiTarget, .scsiGeneric, .drm, .ccw, .css, .vdpa,
      .apCard, .apQueue, .apMatrix, .tty:
      []
    }
  }
}
