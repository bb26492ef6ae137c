// SPDX-License-Identifier: Apache-2.0
// A property of an interface.

public import DBusTypes

/// A property and how to read it.
public struct BusProperty: Sendable {
  /// What `PropertiesChanged` says when the property changes (specification, "Introspection Data Format").
  public enum EmitsChangedSignal: String, Sendable {
    /// The new value is told.
    case `true`
    /// That it changed is told, the new value is not: it is large or costly.
    case invalidates
    /// It never changes while the object lives.
    case const
    /// Nothing is told.
    case `false`
  }

  /// Its name.
  public var name: MemberName
  /// Its type: one complete type.
  public var signature: Signature
  /// What is told when it changes.
  public var emits: EmitsChangedSignal
  /// Gives the value that the object at the path has now, on the loop.
  ///
  /// It must have the type of ``signature``.
  public var read: @Sendable (ObjectPath) -> BusValue
  /// Takes a new value, which has the right type, on the loop; it answers the call, with nothing or an error, at once
  /// or later.
  ///
  /// Nil: the property is read-only.
  public var write: (@Sendable (BusValue, BusCall) -> Void)?

  /// Describes a property.
  public init(
    name: MemberName, signature: Signature, emits: EmitsChangedSignal = .true,
    write: (@Sendable (BusValue, BusCall) -> Void)? = nil, read: @escaping @Sendable (ObjectPath) -> BusValue
  ) {
    self.name = name
    self.signature = signature
    self.emits = emits
    self.write = write
    self.read = read
  }
}
