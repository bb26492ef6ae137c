// SPDX-License-Identifier: Apache-2.0
// Bytes to values (D-Bus specification, "Marshaling").

/// Reads values in either byte order and trusts nothing: every length is checked against what is left and each limit.
struct WireReader {
  private let bytes: [UInt8]
  private(set) var offset: Int
  private let isBigEndian: Bool
  private let limits: WireLimits
  private var descriptors: ArraySlice<BusDescriptor>
  private var values = 0
  private var depth = 0

  /// Reads `bytes` from `offset` on; boundaries count from the first byte.
  init(
    _ bytes: [UInt8], from offset: Int = 0, isBigEndian: Bool, limits: WireLimits, descriptors: [BusDescriptor] = []
  ) {
    self.bytes = bytes
    self.offset = offset
    self.isBigEndian = isBigEndian
    self.limits = limits
    self.descriptors = descriptors[...]
  }

  var isAtEnd: Bool { offset == bytes.count }

  mutating func align(_ boundary: Int) throws(WireError) {
    while offset & (boundary - 1) != 0 {
      guard try byte() == 0 else { throw .invalid("padding that is not zero") }
    }
  }

  mutating func byte() throws(WireError) -> UInt8 {
    guard offset < bytes.count else { throw .invalid("the message ends in the middle of a value") }
    defer { offset += 1 }
    return bytes[offset]
  }

  @inline(__always) mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(_ type: Number.Type)
    throws(WireError) -> Number
  {
    let size = MemoryLayout<Number>.size
    try align(size)
    guard bytes.count - offset >= size else { throw .invalid("the message ends in the middle of a value") }
    defer { offset += size }
    return bytes.number(Number.self, at: offset, isBigEndian: isBigEndian)
  }

  mutating func string() throws(WireError) -> String {
    try text(length: Int(number(UInt32.self)))
  }

  mutating func signature() throws(WireError) -> Signature {
    guard let signature = Signature(try text(length: Int(byte()))) else { throw .invalid("a bad signature") }
    return signature
  }

  /// Reads a string that must follow a grammar, which allows ASCII only.
  mutating func name(_ isValid: (Span<UInt8>) -> Bool) throws(WireError) -> String {
    let length = Int(try number(UInt32.self))
    guard length < bytes.count - offset, bytes[offset + length] == 0 else {
      throw .invalid("a string without its end")
    }
    let end = offset + length
    let bytes = bytes
    let name = bytes.span.extracting(offset..<end)
    offset = end + 1
    guard isValid(name) else { throw .invalid("a bad field in the header") }
    return String(ascii: name)
  }

  private mutating func text(length: Int) throws(WireError) -> String {
    guard length < bytes.count - offset, bytes[offset + length] == 0 else {
      throw .invalid("a string without its end")
    }
    let range = offset..<offset + length
    guard !bytes[range].contains(0), let text = WireReader.text(bytes.span.extracting(range)) else {
      throw .invalid("a string that is not UTF-8, or holds U+0000")
    }
    offset = range.upperBound + 1
    return text
  }

  /// Text, when it is UTF-8.
  ///
  /// `String(validating:as:)` asks for the metadata of generic types each time, which costs more than the text itself.
  private static func text(_ bytes: Span<UInt8>) -> String? {
    guard let text = try? UTF8Span(validating: bytes) else { return nil }
    return String(copying: text)
  }

  /// Reads one value of the complete type that begins at `position`, and moves `position` behind the type.
  mutating func value(_ types: Span<UInt8>, at position: inout Int) throws(WireError) -> BusValue {
    try countValue()
    let code = types[position]
    position += 1
    switch code {
    case TypeCode.byte: return .byte(try byte())
    case TypeCode.boolean: return .boolean(try boolean())
    case TypeCode.int16: return .int16(try number(Int16.self))
    case TypeCode.uint16: return .uint16(try number(UInt16.self))
    case TypeCode.int32: return .int32(try number(Int32.self))
    case TypeCode.uint32: return .uint32(try number(UInt32.self))
    case TypeCode.int64: return .int64(try number(Int64.self))
    case TypeCode.uint64: return .uint64(try number(UInt64.self))
    case TypeCode.double: return .double(Double(bitPattern: try number(UInt64.self)))
    case TypeCode.string: return .string(try string())
    case TypeCode.objectPath:
      guard let path = ObjectPath(try string()) else { throw .invalid("a bad object path") }
      return .objectPath(path)
    case TypeCode.signature: return .signature(try signature())
    case TypeCode.unixDescriptor:
      _ = try number(UInt32.self)
      guard let descriptor = descriptors.popFirst() else { throw .invalid("a descriptor that did not come") }
      return .unixDescriptor(descriptor)
    case TypeCode.array: return try array(types, at: &position)
    case TypeCode.structureBegin: return .structure(try structure(types, at: &position))
    case TypeCode.variant: return .variant(try variantContent())
    default: throw .invalid("a bad signature")
    }
  }

  private mutating func boolean() throws(WireError) -> Bool {
    switch try number(UInt32.self) {
    case 0: false
    case 1: true
    default: throw .invalid("a boolean that is neither 0 nor 1")
    }
  }

  private mutating func countValue() throws(WireError) {
    values += 1
    guard values <= limits.values else { throw .limit("values", limits.values) }
  }

  private mutating func enter() throws(WireError) {
    depth += 1
    guard depth <= limits.depth else { throw .limit("depth", limits.depth) }
  }

  private mutating func array(_ types: Span<UInt8>, at position: inout Int) throws(WireError) -> BusValue {
    let element = position
    let end = SignatureParser.endOfType(types, at: element)
    position = end
    let length = Int(try number(UInt32.self))
    try align(TypeCode.alignment(types[element]))
    guard length <= bytes.count - offset else { throw .invalid("an array longer than its message") }
    let stop = offset + length
    if types[element] == TypeCode.byte {
      defer { offset = stop }
      return .bytes(Array(bytes[offset..<stop]))
    }
    try enter()
    defer { depth -= 1 }
    if types[element] == TypeCode.entryBegin {
      let entries = try entries(types, at: element, until: stop)
      let signature = Signature(unchecked: SignatureParser.text(types, element - 1..<end))
      return .dictionary(BusDictionary(unchecked: signature, entries: entries))
    }
    var elements: [BusValue] = []
    // What a length promises is not yet there: no more than that many elements can come.
    elements.reserveCapacity(min(length / TypeCode.minimumStride(types[element]) + 1, limits.values))
    while offset < stop {
      var position = element
      elements.append(try value(types, at: &position))
    }
    guard offset == stop else { throw .invalid("an element longer than its array") }
    return .array(Signature(unchecked: SignatureParser.text(types, element..<end)), elements)
  }

  private mutating func entries(
    _ types: Span<UInt8>, at element: Int, until stop: Int
  ) throws(WireError) -> [BusDictionary.Entry] {
    try enter()
    defer { depth -= 1 }
    var entries: [BusDictionary.Entry] = []
    while offset < stop {
      try align(8)
      var position = element + 1
      let key = try value(types, at: &position)
      if types[position] == TypeCode.variant {
        position += 1
        try countValue()
        entries.append(.init(key: key, variant: try variantContent()))
      } else {
        entries.append(.init(key: key, value: try value(types, at: &position)))
      }
    }
    guard offset == stop else { throw .invalid("an entry longer than its dictionary") }
    return entries
  }

  private mutating func structure(_ types: Span<UInt8>, at position: inout Int) throws(WireError) -> [BusValue] {
    try enter()
    defer { depth -= 1 }
    try align(8)
    var fields: [BusValue] = []
    fields.reserveCapacity(SignatureParser.typeCount(types, at: position))
    while types[position] != TypeCode.structureEnd { fields.append(try value(types, at: &position)) }
    position += 1
    return fields
  }

  private mutating func variantContent() throws(WireError) -> BusValue {
    let signature = try signature()
    guard signature.isSingle else { throw .invalid("a variant that does not hold exactly one value") }
    try enter()
    defer { depth -= 1 }
    var position = 0
    return try value(signature.rawValue.utf8.span, at: &position)
  }
}
