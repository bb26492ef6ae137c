// SPDX-License-Identifier: Apache-2.0
// Values to bytes (D-Bus specification, "Marshaling").

/// Writes values in the little-endian form of the wire, and refuses what must not be sent.
///
/// What passes here is known to be valid: libdbus sees no other. The first byte of the buffer must lie on a boundary
/// of eight bytes in the message.
struct WireWriter {
  private(set) var bytes: [UInt8] = []
  private(set) var descriptors: [BusDescriptor] = []
  private let limits: WireLimits
  private var depth = 0

  init(limits: WireLimits, capacity: Int) {
    self.limits = limits
    bytes.reserveCapacity(capacity)
  }

  /// The specification's limit for the bytes of one array.
  static let maximumArrayBytes = 64 << 20

  mutating func align(_ boundary: Int) {
    while bytes.count & (boundary - 1) != 0 { bytes.append(0) }
  }

  mutating func byte(_ value: UInt8) { bytes.append(value) }

  mutating func number<Number: FixedWidthInteger>(_ value: Number) {
    let size = Number.bitWidth / 8
    align(size)
    var rest = UInt64(truncatingIfNeeded: value)
    for _ in 0..<size {
      bytes.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }

  /// Overwrites the 32-bit number at `offset`.
  mutating func patch(_ value: Int, at offset: Int) {
    for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (index * 8)) }
  }

  /// Text with its length before it and U+0000 after it; the text itself must not have one.
  mutating func string(_ text: String) throws(WireError) {
    let length = text.utf8.count
    guard length <= limits.messageBytes else { throw .limit("messageBytes", limits.messageBytes) }
    number(UInt32(truncatingIfNeeded: length))
    let start = bytes.count
    bytes.append(contentsOf: text.utf8)
    guard !bytes[start...].contains(0) else { throw .invalid("a string holds U+0000") }
    bytes.append(0)
  }

  mutating func signature(_ signature: Signature) {
    bytes.append(UInt8(truncatingIfNeeded: signature.rawValue.utf8.count))
    bytes.append(contentsOf: signature.rawValue.utf8)
    bytes.append(0)
  }

  mutating func value(_ value: BusValue) throws(WireError) {
    switch value {
    case .byte(let value): byte(value)
    case .boolean(let value): number(value ? 1 : 0 as UInt32)
    case .int16(let value): number(value)
    case .uint16(let value): number(value)
    case .int32(let value): number(value)
    case .uint32(let value): number(value)
    case .int64(let value): number(value)
    case .uint64(let value): number(value)
    case .double(let value): number(value.bitPattern)
    case .string(let value): try string(value)
    case .objectPath(let value): try string(value.rawValue)
    case .signature(let value): signature(value)
    case .unixDescriptor(let value): try descriptor(value)
    case .bytes(let value): try blob(value)
    case .array(let element, let values): try array(element, values)
    case .structure(let fields): try structure(fields)
    case .dictionary(let dictionary): try entries(of: dictionary)
    case .variant(let inner): try variant(inner)
    }
    guard bytes.count <= limits.messageBytes else { throw .limit("messageBytes", limits.messageBytes) }
  }

  private mutating func descriptor(_ descriptor: BusDescriptor) throws(WireError) {
    guard descriptors.count < limits.descriptors else { throw .limit("descriptors", limits.descriptors) }
    number(UInt32(truncatingIfNeeded: descriptors.count))
    descriptors.append(descriptor)
  }

  private mutating func enter() throws(WireError) {
    depth += 1
    guard depth <= limits.depth else { throw .limit("depth", limits.depth) }
  }

  private mutating func blob(_ blob: [UInt8]) throws(WireError) {
    guard blob.count <= limits.messageBytes else { throw .limit("messageBytes", limits.messageBytes) }
    number(UInt32(truncatingIfNeeded: blob.count))
    bytes.append(contentsOf: blob)
  }

  /// Begins an array: a place for its length, then the padding, which does not count.
  private mutating func beginArray(of code: UInt8) throws(WireError) -> (length: Int, start: Int) {
    try enter()
    number(0 as UInt32)
    let place = bytes.count - 4
    align(TypeCode.alignment(code))
    return (place, bytes.count)
  }

  private mutating func endArray(_ array: (length: Int, start: Int)) throws(WireError) {
    let size = bytes.count - array.start
    guard size <= WireWriter.maximumArrayBytes else { throw .limit("array", WireWriter.maximumArrayBytes) }
    patch(size, at: array.length)
    depth -= 1
  }

  private mutating func array(_ element: Signature, _ values: [BusValue]) throws(WireError) {
    guard element.isSingle else { throw .invalid("“\(element)” is not the type of an element") }
    let array = try beginArray(of: element.rawValue.utf8[element.rawValue.startIndex])
    for value in values {
      guard value.hasSignature(element) else {
        throw .invalid("an array of “\(element)” holds “\(value.signature)”")
      }
      try self.value(value)
    }
    try endArray(array)
  }

  private mutating func structure(_ fields: [BusValue]) throws(WireError) {
    guard !fields.isEmpty else { throw .invalid("a structure without fields") }
    try enter()
    align(8)
    for field in fields { try value(field) }
    depth -= 1
  }

  private mutating func entries(of dictionary: BusDictionary) throws(WireError) {
    let array = try beginArray(of: TypeCode.entryBegin)
    try enter()
    for entry in dictionary.entries {
      guard dictionary.accepts(entry) else {
        throw .invalid("a dictionary “\(dictionary.signature)” holds another entry")
      }
      align(8)
      try value(entry.key)
      try value(entry.value)
    }
    depth -= 1
    try endArray(array)
  }

  private mutating func variant(_ inner: BusValue) throws(WireError) {
    try enter()
    guard let signature = Signature(inner.signature.rawValue), signature.isSingle else {
      throw .invalid("a variant of “\(inner.signature)”")
    }
    self.signature(signature)
    try value(inner)
    depth -= 1
  }
}
