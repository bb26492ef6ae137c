// SPDX-License-Identifier: Apache-2.0
// The interfaces that the bridge answers by itself, described for introspection.

import DBusTypes

/// The standard interfaces as descriptions.
enum StandardInterfaces {
  /// Those that an object has; a point on the way to objects has Peer and Introspectable only.
  static func described(for object: BusObject?) -> [BusInterface] {
    guard let object else { return [peer, introspectable] }
    return [peer, introspectable, properties] + (object.isObjectManager ? [objectManager] : [])
  }

  private static let peer = BusInterface(
    name: .peer,
    methods: [method("Ping"), method("GetMachineId", outputs: [BusArgument("machine_uuid", "s")])])

  private static let introspectable = BusInterface(
    name: .introspectable, methods: [method("Introspect", outputs: [BusArgument("xml_data", "s")])])

  private static let properties = BusInterface(
    name: .properties,
    methods: [
      method(
        "Get", inputs: [BusArgument("interface_name", "s"), BusArgument("property_name", "s")],
        outputs: [BusArgument("value", "v")]),
      method(
        "GetAll", inputs: [BusArgument("interface_name", "s")], outputs: [BusArgument("properties", "a{sv}")]),
      method(
        "Set",
        inputs: [
          BusArgument("interface_name", "s"), BusArgument("property_name", "s"), BusArgument("value", "v"),
        ]),
    ],
    signals: [
      BusSignal(
        name: "PropertiesChanged",
        arguments: [
          BusArgument("interface_name", "s"), BusArgument("changed_properties", "a{sv}"),
          BusArgument("invalidated_properties", "as"),
        ])
    ])

  private static let objectManager = BusInterface(
    name: .objectManager,
    methods: [
      method("GetManagedObjects", outputs: [BusArgument("objects", "a{oa{sa{sv}}}")])
    ],
    signals: [
      BusSignal(
        name: "InterfacesAdded",
        arguments: [BusArgument("object", "o"), BusArgument("interfaces_and_properties", "a{sa{sv}}")]),
      BusSignal(
        name: "InterfacesRemoved", arguments: [BusArgument("object", "o"), BusArgument("interfaces", "as")]),
    ])

  /// A method for description only; calls of it never come to a handler.
  private static func method(
    _ name: MemberName, inputs: [BusArgument] = [], outputs: [BusArgument] = []
  ) -> BusMethod {
    BusMethod(name: name, inputs: inputs, outputs: outputs) { _ in }
  }
}
