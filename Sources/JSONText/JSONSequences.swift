// SPDX-License-Identifier: Apache-2.0
// Walking over arrays and objects.

/// A name and a value of an object.
public struct JSONMember: Sendable {
  let key: JSONValue
  /// The value.
  public let value: JSONValue

  /// The name.
  public var name: String { key.string ?? "" }

  /// Whether the name is `text`, without making a `String`.
  public func isNamed(_ text: String) -> Bool { key.isString(text) }
}

/// The elements of an array, in order.
public struct JSONElements: Sequence, IteratorProtocol, Sendable {
  private let base: JSONValue
  private var position: Int
  private let end: Int

  init(_ value: JSONValue) {
    base = value
    guard Tag(value.tape[value.index]) == .array else {
      position = 0
      end = 0
      return
    }
    position = value.index + 1
    end = value.tape[value.index].end - 1
  }

  /// The next element.
  public mutating func next() -> JSONValue? {
    guard position < end else { return nil }
    defer { position = base.tape.after(position) }
    return base.at(position)
  }
}

/// The members of an object, in the order they were written; a name may come twice.
public struct JSONMembers: Sequence, IteratorProtocol, Sendable {
  private let base: JSONValue
  private var position: Int
  private let end: Int

  init(_ value: JSONValue) {
    base = value
    guard Tag(value.tape[value.index]) == .object else {
      position = 0
      end = 0
      return
    }
    position = value.index + 1
    end = value.tape[value.index].end - 1
  }

  /// The next member.
  public mutating func next() -> JSONMember? {
    guard position < end else { return nil }
    let name = position
    position = base.tape.after(name + 1)
    return JSONMember(key: base.at(name), value: base.at(name + 1))
  }
}

extension JSONValue {
  /// The elements, if this is an array; else nothing.
  public var elements: JSONElements { JSONElements(self) }

  /// The members, if this is an object; else nothing.
  public var members: JSONMembers { JSONMembers(self) }
}
