// SPDX-License-Identifier: Apache-2.0
// Values to bytes (D-Bus specification, "Marshaling").

/// Writes values in the little-endian form of the wire, and refuses what must not be sent.
///
/// What passes here is known to be valid: libdbus sees no other. One writer writes many messages, one after another, in
/// the same memory.
public struct WireWriter: ~Copyable {
  /// The specification's limit for the bytes of one array.
  static let maximumArrayBytes = 64 << 20

  var buffer: WireBuffer
  private(set) var descriptors: [BusDescriptor] = []
  private var limits: WireLimits
  private var depth = 0
  /// The signal that is written argument by argument.
  var signal = SignalProgress()

  /// Makes a writer whose messages keep to the limits.
  public init(limits: WireLimits = .init()) {
    self.limits = limits
    buffer = WireBuffer(capacity: 1024)
  }

  /// The bytes of the message that was written last.
  public var bytes: [UInt8] { buffer.array }
  /// How many they are.
  public var count: Int { buffer.count }

  /// Lends the bytes of the message that was written last, for as long as `body` runs.
  @unsafe public borrowing func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    unsafe buffer.withBytes(body)
  }

  /// Begins a message.
  mutating func begin() {
    buffer.removeAll()
    if !descriptors.isEmpty { descriptors = [] }
    depth = 0
  }

  mutating func number<Number: FixedWidthInteger & BitwiseCopyable>(_ value: Number) {
    buffer.appendAligned(value)
  }

  /// Text with its length before it and U+0000 after it; the text itself must not have one.
  mutating func string(_ text: String) throws(WireError) {
    let bytes = text.utf8.span
    guard bytes.count <= limits.messageBytes else { throw .limit("messageBytes", limits.messageBytes) }
    guard buffer.appendString(bytes) else { throw .invalid("a string holds U+0000") }
  }

  mutating func value(_ value: BusValue) throws(WireError) {
    switch value {
    case .byte(let value): buffer.append(value)
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
    case .signature(let value): buffer.appendSignature(value)
    case .unixDescriptor(let value): try descriptor(value)
    case .bytes(let value): try blob(value)
    case .array(let element, let values): try array(element, values)
    case .structure(let fields): try structure(fields)
    case .dictionary(let dictionary): try entries(of: dictionary)
    case .variant(let inner): try variant(inner)
    }
    try checkSize()
  }

  func checkSize() throws(WireError) {
    guard buffer.count <= limits.messageBytes else { throw .limit("messageBytes", limits.messageBytes) }
  }

  /// Gives the descriptors away: a writer that is used again must not keep those of the last message open.
  mutating func takeDescriptors() -> [BusDescriptor] {
    defer { if !descriptors.isEmpty { descriptors = [] } }
    return descriptors
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
    buffer.append(blob.span)
  }

  /// Begins an array: a place for its length, then the padding, which does not count.
  private mutating func beginArray(of code: UInt8) throws(WireError) -> (length: Int, start: Int) {
    try enter()
    number(0 as UInt32)
    let place = buffer.count - 4
    buffer.align(TypeCode.alignment(code))
    return (place, buffer.count)
  }

  private mutating func endArray(_ array: (length: Int, start: Int)) throws(WireError) {
    let size = buffer.count - array.start
    guard size <= WireWriter.maximumArrayBytes else { throw .limit("array", WireWriter.maximumArrayBytes) }
    buffer.store(UInt32(truncatingIfNeeded: size), at: array.length)
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
    buffer.align(8)
    for field in fields { try value(field) }
    depth -= 1
  }

  private mutating func entries(of dictionary: BusDictionary) throws(WireError) {
    let array = try beginDictionary()
    switch dictionary.storage {
    case .entries(let entries): for index in entries.indices { try entry(entries[index], of: dictionary) }
    case .prepared(let variants): try self.variants(variants)
    }
    try endDictionary(array)
  }

  mutating func beginDictionary() throws(WireError) -> (length: Int, start: Int) {
    let array = try beginArray(of: TypeCode.entryBegin)
    try enter()
    return array
  }

  mutating func endDictionary(_ array: (length: Int, start: Int)) throws(WireError) {
    depth -= 1
    try endArray(array)
  }

  @inline(__always) private mutating func entry(_ entry: borrowing BusDictionary.Entry, of dictionary: BusDictionary)
    throws(WireError)
  {
    guard dictionary.accepts(entry) else {
      throw .invalid("a dictionary “\(dictionary.signature)” holds another entry")
    }
    buffer.align(8)
    try value(entry.key)
    if entry.isVariant { try variant(entry.content) } else { try value(entry.content) }
  }

  private mutating func variants(_ variants: BusDictionary.PreparedVariants) throws(WireError) {
    try enter()
    let (keys, bytes, values) = (variants.keys.keys, variants.keys.bytes, variants.values)
    var start = 0
    for index in values.indices {
      buffer.align(8)
      buffer.append(bytes.span.extracting(start..<keys[index].end))
      try value(values[index])
      start = keys[index].end
    }
    depth -= 1
  }

  mutating func variant(_ inner: BusValue) throws(WireError) {
    try enter()
    if let code = inner.code {
      // The usual case, without a text in between.
      buffer.appendSignature(ofCode: code)
    } else {
      guard let signature = Signature(inner.signature.rawValue), signature.isSingle else {
        throw .invalid("a variant of “\(inner.signature)”")
      }
      buffer.appendSignature(signature)
    }
    try value(inner)
    depth -= 1
  }
}
