// SPDX-License-Identifier: Apache-2.0
// A message to the bytes of the wire (D-Bus specification, "Message Format").

/// A message in the form of the wire, known to be valid.
public struct EncodedMessage: Sendable {
  /// The number that the message bears.
  public let serial: UInt32
  /// The header and the body.
  public let bytes: [UInt8]
  /// What the `h` values stand for, in order.
  public let descriptors: [BusDescriptor]
}

extension BusMessage {
  /// The codes of the header's fields.
  enum Field: UInt8 {
    case path = 1
    case interface = 2
    case member = 3
    case errorName = 4
    case replySerial = 5
    case destination = 6
    case sender = 7
    case signature = 8
    case descriptors = 9
  }

  /// The message in the form of the wire, with the given serial number, which must not be 0.
  ///
  /// Throws if a value must not be sent, a field is missing or a limit is passed; nothing has happened then.
  public func encoded(serial: UInt32, limits: WireLimits = .init()) throws(WireError) -> EncodedMessage {
    try checkFields()
    var types = ""
    for value in body { value.appendSignature(to: &types) }
    guard let signature = Signature(types) else { throw .invalid("“\(types)” is not the type of a message") }

    var writer = WireWriter(limits: limits, capacity: 512)
    writer.byte(UInt8(ascii: "l"))
    writer.byte(kind.rawValue)
    writer.byte(flags.rawValue)
    writer.byte(1)
    writer.number(0 as UInt32)
    writer.number(serial)
    writer.number(0 as UInt32)
    try writer.field(.path, TypeCode.objectPath, path?.rawValue)
    try writer.field(.interface, TypeCode.string, interface?.rawValue)
    try writer.field(.member, TypeCode.string, member?.rawValue)
    try writer.field(.errorName, TypeCode.string, errorName?.rawValue)
    try writer.field(.destination, TypeCode.string, destination?.rawValue)
    if replySerial != 0 { writer.field(.replySerial, replySerial) }
    if signature != .empty {
      writer.beginField(.signature, TypeCode.signature)
      writer.signature(signature)
    }
    let count = body.reduce(0) { $0 + $1.descriptorCount }
    if count > 0 { writer.field(.descriptors, UInt32(truncatingIfNeeded: count)) }
    writer.patch(writer.bytes.count - 16, at: 12)
    writer.align(8)
    let start = writer.bytes.count
    for value in body { try writer.value(value) }
    writer.patch(writer.bytes.count - start, at: 4)
    guard writer.bytes.count <= limits.messageBytes else { throw .limit("messageBytes", limits.messageBytes) }
    return EncodedMessage(serial: serial, bytes: writer.bytes, descriptors: writer.descriptors)
  }

  /// What each kind must have.
  private func checkFields() throws(WireError) {
    let isComplete =
      switch kind {
      case .methodCall: path != nil && member != nil
      case .methodReturn: replySerial != 0
      case .error: replySerial != 0 && errorName != nil
      case .signal: path != nil && interface != nil && member != nil
      }
    guard isComplete else { throw .invalid("a header without the fields that its kind needs") }
    // libdbus and every bus take these for a forgery.
    guard interface != .local, path != "/org/freedesktop/DBus/Local" else {
      throw .invalid("the local interface and path are never sent")
    }
  }
}

extension WireWriter {
  fileprivate mutating func beginField(_ field: BusMessage.Field, _ code: UInt8) {
    align(8)
    byte(field.rawValue)
    byte(1)
    byte(code)
    byte(0)
  }

  fileprivate mutating func field(_ field: BusMessage.Field, _ code: UInt8, _ text: String?) throws(WireError) {
    guard let text else { return }
    beginField(field, code)
    try string(text)
  }

  fileprivate mutating func field(_ field: BusMessage.Field, _ value: UInt32) {
    beginField(field, TypeCode.uint32)
    number(value)
  }
}

extension BusValue {
  /// How many descriptors are in the value.
  fileprivate var descriptorCount: Int {
    switch self {
    case .unixDescriptor: 1
    case .variant(let inner): inner.descriptorCount
    case .structure(let fields): fields.reduce(0) { $0 + $1.descriptorCount }
    case .array(let element, let values):
      element.mayHoldDescriptors ? values.reduce(0) { $0 + $1.descriptorCount } : 0
    case .dictionary(let dictionary):
      dictionary.signature.mayHoldDescriptors
        ? dictionary.entries.reduce(0) { $0 + $1.key.descriptorCount + $1.value.descriptorCount } : 0
    default: 0
    }
  }
}

extension Signature {
  /// Whether a value of these types can hold a descriptor.
  fileprivate var mayHoldDescriptors: Bool {
    rawValue.utf8.contains { $0 == TypeCode.unixDescriptor || $0 == TypeCode.variant }
  }
}
