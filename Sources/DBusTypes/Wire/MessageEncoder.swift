// SPDX-License-Identifier: Apache-2.0
// A message to the bytes of the wire (D-Bus specification, "Message Format").

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

  /// What each kind must have.
  fileprivate func checkFields() throws(WireError) {
    let isComplete =
      switch kind {
      case .methodCall: path != nil && member != nil
      case .methodReturn: replySerial != 0
      case .error: replySerial != 0 && errorName != nil
      case .signal: path != nil && interface != nil && member != nil
      }
    guard isComplete else { throw .invalid("a header without the fields that its kind needs") }
    // libdbus and every bus take these for a forgery.
    guard interface != .local, path != .local else {
      throw .invalid("the local interface and path are never sent")
    }
  }
}

extension WireWriter {
  /// Writes a message with the given serial number, which must not be 0, and gives its descriptors.
  ///
  /// Throws if a value must not be sent, a field is missing or a limit is passed; what is in the writer then is of no
  /// use.
  public mutating func write(_ message: BusMessage, serial: UInt32) throws(WireError) -> [BusDescriptor] {
    try message.checkFields()
    try write(message, serial: serial, descriptorCount: 0)
    // How many descriptors there are is in the header and known behind the body. Few messages have any.
    let count = descriptors.count
    if count > 0 { try write(message, serial: serial, descriptorCount: count) }
    return takeDescriptors()
  }

  private mutating func write(
    _ message: BusMessage, serial: UInt32, descriptorCount: Int
  ) throws(WireError) {
    beginHeader(message.kind, message.flags, serial: serial)
    if let path = message.path { try field(.path, TypeCode.objectPath, path.rawValue) }
    if let interface = message.interface { try field(.interface, TypeCode.string, interface.rawValue) }
    if let member = message.member { try field(.member, TypeCode.string, member.rawValue) }
    if let name = message.errorName { try field(.errorName, TypeCode.string, name.rawValue) }
    if let destination = message.destination { try field(.destination, TypeCode.string, destination.rawValue) }
    if message.replySerial != 0 { field(.replySerial, message.replySerial) }
    if !message.body.isEmpty { try signatureField(of: message.body) }
    if descriptorCount > 0 { field(.descriptors, UInt32(truncatingIfNeeded: descriptorCount)) }
    let start = endHeader()
    for value in message.body { try self.value(value) }
    endBody(from: start)
    try checkSize()
  }

  /// Begins a message: the fields of its header come next.
  mutating func beginHeader(_ kind: BusMessage.Kind, _ flags: BusMessage.Flags, serial: UInt32) {
    begin()
    buffer.append(UInt8(ascii: "l"))
    buffer.append(kind.rawValue)
    buffer.append(flags.rawValue)
    buffer.append(1 as UInt8)
    buffer.append(0 as UInt32)
    buffer.append(serial)
    buffer.append(0 as UInt32)
  }

  /// Ends the header; returns where the body begins.
  mutating func endHeader() -> Int {
    buffer.store(UInt32(truncatingIfNeeded: buffer.count - 16), at: 12)
    buffer.align(8)
    return buffer.count
  }

  /// Ends the body.
  mutating func endBody(from start: Int) {
    buffer.store(UInt32(truncatingIfNeeded: buffer.count - start), at: 4)
  }

  mutating func beginField(_ field: BusMessage.Field, _ code: UInt8) {
    buffer.align(8)
    // The field's number, then the signature of its value.
    buffer.append(UInt32(field.rawValue) | 1 << 8 | UInt32(code) << 16)
  }

  mutating func field(_ field: BusMessage.Field, _ code: UInt8, _ text: String) throws(WireError) {
    beginField(field, code)
    try string(text)
  }

  private mutating func field(_ field: BusMessage.Field, _ value: UInt32) {
    beginField(field, TypeCode.uint32)
    number(value)
  }

  private mutating func signatureField(of body: [BusValue]) throws(WireError) {
    beginField(.signature, TypeCode.signature)
    let start = buffer.count
    buffer.append(0 as UInt8)
    for value in body { appendSignature(of: value) }
    guard buffer.isSignature(from: start + 1) else {
      let types = body.map(\.signature.rawValue).joined()
      throw .invalid("“\(types.prefix(Signature.maximumLength))” is not the type of a message")
    }
    buffer.store(UInt8(truncatingIfNeeded: buffer.count - start - 1), at: start)
    buffer.append(0 as UInt8)
  }

  private mutating func appendSignature(of value: BusValue) {
    switch value {
    case .bytes: buffer.append(UInt16(TypeCode.array) | UInt16(TypeCode.byte) << 8)
    case .array(let element, _):
      buffer.append(TypeCode.array)
      buffer.append(element.rawValue.utf8.span)
    case .structure(let fields):
      buffer.append(TypeCode.structureBegin)
      for field in fields { appendSignature(of: field) }
      buffer.append(TypeCode.structureEnd)
    case .dictionary(let dictionary): buffer.append(dictionary.signature.rawValue.utf8.span)
    default: if let code = value.code { buffer.append(code) }
    }
  }
}
