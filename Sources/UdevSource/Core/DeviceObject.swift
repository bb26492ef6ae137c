// SPDX-License-Identifier: Apache-2.0
// Devices as objects of the registry, and back.

import EventModel

extension DeviceRecord {
  /// The subject of the device.
  var subject: Subject { Subject(.device, path) }

  /// The device as an object of the registry.
  func object(parent: String) -> HubObject {
    var properties = changeable
    properties[.name] = .string(name)
    properties[.subsystem] = .string(subsystem)
    properties[.deviceType] = .string(deviceType)
    properties[.capability] = .string(capability?.rawValue ?? "")
    properties[.sysPath] = .string(path)
    properties[.parent] = .string(parent)
    return HubObject(subject, properties)
  }

  /// The properties of the object that can change.
  var changeable: PropertyChanges {
    [
      .state: .string(state), .deviceNode: .string(node), .driver: .string(driver),
      .details: .map(DeviceDetails.fields(of: self)), .properties: .map(Self.fields(properties)),
    ]
  }

  /// What every event about the device says.
  var data: Fields {
    [
      "subsystem": .string(subsystem), "deviceType": .string(deviceType), "node": .string(node),
      "properties": .map(Self.fields(properties)),
    ]
  }

  /// Properties in the order of their names.
  static func fields(_ properties: [String: String]) -> Fields {
    var fields = Fields()
    fields.reserveCapacity(properties.count)
    for (name, value) in properties.sorted(by: { $0.key < $1.key }) { fields.append(new: name, .string(value)) }
    return fields
  }

  /// The device that an object of an earlier run shows.
  init?(_ object: HubObject) {
    guard let path = object[.sysPath]?.string, path.hasPrefix("/sys/"), let map = object[.properties]?.map else {
      return nil
    }
    let pairs = map.compactMap { entry in entry.value.string.map { (entry.name, $0) } }
    self.init(path: path, properties: Dictionary(pairs, uniquingKeysWith: { $1 }))
    isOffline = object.state == "offline"
  }
}
