// SPDX-License-Identifier: Apache-2.0
// The interfaces of machines, devices, links and sources: made from the list of properties of their category.

internal import DBusBridge
internal import DBusTypes
internal import EventLoop
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
  /// The interface alone, in a list that all the objects share; its readers find the object by its path.
  let interfaces: [BusInterface]
  /// The properties whose changes are told.
  private let told: PropertySet
  /// Where a property stands in the interface's list, and its type, by the ordinals of the names.
  private let columns: [(index: Int, signature: String)?]

  init?(category: Subject.Category, hub: Hub, methods: [BusMethod] = []) {
    guard let name = category.interfaceName else { return nil }
    self.name = name
    let definitions = PropertyDefinition.list(for: category).filter {
      MemberName($0.name.rawValue) != nil && Signature($0.signature) != nil
    }
    told = PropertySet(definitions.filter { $0.emission == .value }.map(\.name))
    let interface = BusInterface(
      name: name, methods: methods, signals: [],
      properties: definitions.compactMap { definition in
        guard let member = MemberName(definition.name.rawValue), let signature = Signature(definition.signature) else {
          return nil
        }
        return BusProperty(name: member, signature: signature, emits: definition.emission.bus) { path in
          definition.value(in: hub.assumeIsolated { $0.object(at: path.rawValue) })
        }
      },
      readAll: { path in
        let object = hub.assumeIsolated { $0.object(at: path.rawValue) }
        return definitions.map { $0.value(in: object) }
      })
    interfaces = [interface]
    let members = interface.properties.map(\.name.rawValue)
    columns = PropertyName.allCases.map { name in
      guard let index = members.firstIndex(of: name.rawValue) else { return nil }
      return (index, interface.properties[index].signature.rawValue)
    }
  }

  /// Tells what changed in an object, as far as changes of it are told.
  func tell(_ changed: PropertySet, of object: HubObject, on connection: isolated BusConnection) {
    let names = changed.intersection(told)
    guard !names.isEmpty else { return }
    var values: [(index: Int, value: BusValue)] = []
    values.reserveCapacity(names.count)
    for name in names {
      guard let column = columns[name.ordinal], let value = object[name] else { continue }
      values.append((column.index, value.bus(as: column.signature)))
    }
    connection.tell(object.subject.busPath, self.name, values)
  }
}

extension PropertyDefinition {
  /// What an object says of the property, or what holds as long as it said nothing.
  fileprivate func value(in object: HubObject?) -> BusValue { (object?[name] ?? initialValue).bus(as: signature) }
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
