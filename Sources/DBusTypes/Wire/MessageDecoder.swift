// SPDX-License-Identifier: Apache-2.0
// The fields of a header, from the bytes of the wire (D-Bus specification, "Message Format").

extension WireReader {
  /// Reads one field of a header; a code that is not known is passed over, as the specification wants it.
  ///
  /// A name is checked as the bytes that it is, and made a text once.
  mutating func field(of message: inout BusMessage, bodyTypes: inout Signature) throws(WireError) {
    try align(8)
    switch BusMessage.Field(rawValue: try byte()) {
    case .path:
      try type(TypeCode.objectPath)
      message.path = ObjectPath(unchecked: try name(NameRules.isObjectPath))
    case .interface:
      try type(TypeCode.string)
      message.interface = InterfaceName(unchecked: try name(NameRules.isInterfaceName))
    case .member:
      try type(TypeCode.string)
      message.member = MemberName(unchecked: try name(NameRules.isMemberName))
    case .errorName:
      try type(TypeCode.string)
      message.errorName = ErrorName(unchecked: try name(NameRules.isInterfaceName))
    case .replySerial:
      try type(TypeCode.uint32)
      message.replySerial = try number(UInt32.self)
    case .destination:
      try type(TypeCode.string)
      message.destination = BusName(unchecked: try name(NameRules.isBusName))
    case .sender:
      try type(TypeCode.string)
      message.sender = BusName(unchecked: try name(NameRules.isBusName))
    case .signature:
      try type(TypeCode.signature)
      bodyTypes = try signature()
    case .descriptors, nil:
      let type = try signature()
      guard type.isSingle else { throw .invalid("a field that does not hold exactly one value") }
      var position = 0
      _ = try value(type.rawValue.utf8.span, at: &position)
    }
  }

  /// Passes over the type of a field, which must be this one.
  private mutating func type(_ code: UInt8) throws(WireError) {
    guard try byte() == 1, try byte() == code, try byte() == 0 else { throw .invalid("a bad field in the header") }
  }
}
