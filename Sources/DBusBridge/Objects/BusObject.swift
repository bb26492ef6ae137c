// SPDX-License-Identifier: Apache-2.0
// What can be exported on a bus: objects, their interfaces and their members, as values.

public import DBusTypes

/// An object to be exported: a path and what can be done there.
///
/// The standard interfaces (Peer, Introspectable, Properties, ObjectManager) are not listed: the bridge makes them.
public struct BusObject: Sendable {
  /// Where the object is.
  public var path: ObjectPath
  /// What it can do.
  ///
  /// A call without an interface takes the first method of that name in this order.
  public var interfaces: [BusInterface]
  /// Whether it answers `GetManagedObjects` for everything below it and tells what comes and goes there.
  public var isObjectManager: Bool

  /// Describes an object.
  public init(path: ObjectPath, interfaces: [BusInterface], isObjectManager: Bool = false) {
    self.path = path
    self.interfaces = interfaces
    self.isObjectManager = isObjectManager
  }
}

/// An interface of an object.
public struct BusInterface: Sendable {
  /// Its name.
  public var name: InterfaceName
  /// What can be called.
  public var methods: [BusMethod]
  /// What it tells; only for introspection.
  public var signals: [BusSignal]
  /// What can be read, and perhaps written.
  public var properties: [BusProperty] { didSet { propertyKeys = properties.keys } }

  /// Gives the values of all properties of the object at the path at once, in their order, on the loop.
  ///
  /// For objects whose state is with somebody else, who is then asked once instead of for each property. It must give
  /// what the properties themselves give. Nil: each property is read by itself.
  public var readAll: (@Sendable (ObjectPath) -> [BusValue])?

  /// The names and types of the properties, as `GetAll` needs them.
  private(set) var propertyKeys: VariantKeys

  /// Describes an interface.
  public init(
    name: InterfaceName, methods: [BusMethod] = [], signals: [BusSignal] = [], properties: [BusProperty] = [],
    readAll: (@Sendable (ObjectPath) -> [BusValue])? = nil
  ) {
    self.name = name
    self.methods = methods
    self.signals = signals
    self.properties = properties
    self.readAll = readAll
    propertyKeys = properties.keys
  }
}

extension [BusProperty] {
  fileprivate var keys: VariantKeys { VariantKeys(map { ($0.name, $0.signature) }) }
}

/// A method and what it does.
public struct BusMethod: Sendable {
  /// Its name.
  public var name: MemberName
  /// What the caller gives.
  ///
  /// A call with other types is answered with `InvalidArgs` and does not reach the handler.
  public var inputs: [BusArgument] { didSet { inputSignature = inputs.signature } }
  /// What the caller gets.
  ///
  /// An answer with other types is an error of the program and becomes `Failed`.
  public var outputs: [BusArgument] { didSet { outputSignature = outputs.signature } }
  /// Does it, on the loop, and answers once, at once or later.
  public var handler: @Sendable (BusCall) -> Void

  /// The types of the inputs together.
  private(set) var inputSignature: Signature
  /// The types of the outputs together.
  private(set) var outputSignature: Signature

  /// Describes a method.
  ///
  /// Traps if the inputs or the outputs together are no signature: each must be one complete type, 255 letters in all.
  public init(
    name: MemberName, inputs: [BusArgument] = [], outputs: [BusArgument] = [],
    handler: @escaping @Sendable (BusCall) -> Void
  ) {
    self.name = name
    self.inputs = inputs
    self.outputs = outputs
    inputSignature = inputs.signature
    outputSignature = outputs.signature
    self.handler = handler
  }
}

/// An argument of a method or a signal.
public struct BusArgument: Hashable, Sendable {
  /// Its name, for people and generated bindings.
  public var name: String
  /// Its type: one complete type.
  public var signature: Signature

  /// Describes an argument.
  public init(_ name: String, _ signature: Signature) {
    self.name = name
    self.signature = signature
  }
}

extension [BusArgument] {
  /// The types of the arguments together.
  fileprivate var signature: Signature { Signature(stringLiteral: map(\.signature.rawValue).joined()) }
}

/// A signal, for introspection; it is sent with `BusConnection.send(_:)`.
public struct BusSignal: Hashable, Sendable {
  /// Its name.
  public var name: MemberName
  /// What it carries.
  public var arguments: [BusArgument]

  /// Describes a signal.
  public init(name: MemberName, arguments: [BusArgument] = []) {
    self.name = name
    self.arguments = arguments
  }
}
