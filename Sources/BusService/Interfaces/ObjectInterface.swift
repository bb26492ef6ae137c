// SPDX-License-Identifier: Apache-2.0
// The interfaces of machines, devices, links and sources: made from the list of properties of their category.

internal import DBusBridge
internal import DBusTypes
internal import EventModel
internal import Hub

extension Subject.Category {
  /// The interface that the objects of the category have; nil for the hub, whose interface is the Manager.
  var interfaceName: InterfaceName? {
    switch self {
    case .hub: nil
    case .vm: "org.vireo.Hub1.VM"
    case .device: "org.vireo.Hub1.Device"
    case .link: "org.vireo.Hub1.Link"
    case .source: "org.vireo.Hub1.Source"
    }
  }
}

/// Makes the interface of a category: once, for all its objects.
struct ObjectInterface {
  /// The interface's name.
  let name: InterfaceName
  /// The interface; its readers find the object by its path.
  let interface: BusInterface
  /// The properties whose changes are told, by their names in the model.
  let told: [PropertyName: MemberName]

  init?(category: Subject.Category, hub: Hub, methods: [BusMethod] = []) {
    guard let name = category.interfaceName else { return nil }
    self.name = name
    told = PropertyDefinition.list(for: category).reduce(into: [:]) { told, definition in
      if definition.emission == .value { told[definition.name] = MemberName(definition.name.rawValue) }
    }
    interface = BusInterface(
      name: name, methods: methods, signals: [],
      properties: PropertyDefinition.list(for: category).compactMap { definition in
        guard let member = MemberName(definition.name.rawValue), let signature = Signature(definition.signature) else {
          return nil
        }
        return BusProperty(name: member, signature: signature, emits: definition.emission.bus) { path in
          let value = hub.assumeIsolated { $0.object(at: path.rawValue)?[definition.name] }
          return (value ?? definition.initialValue).bus(as: definition.signature)
        }
      })
  }
}

extension PropertyDefinition.Emission {
  var bus: BusProperty.EmitsChangedSignal {
    switch self {
    case .value: .true
    case .constant: .const
    case .silent: .false
    }
  }
}
