// SPDX-License-Identifier: Apache-2.0
// The bytes of the wire to a message, the header first and the body only if it is wanted.

/// A message whose header has been read and whose body has not.
///
/// A header is small, a body may be megabytes that nobody asked for. The types of the body are in the header, so a
/// receiver can refuse a wrong one without the cost of reading it.
public final class ReceivedMessage: Sendable {
  /// The message with an empty body.
  public let header: BusMessage
  /// The types of the body.
  public let signature: Signature
  private let bytes: [UInt8]
  private let bodyStart: Int
  private let isBigEndian: Bool
  private let descriptors: [BusDescriptor]
  private let length: Int
  private let refusal: WireError?

  /// The bytes of the fixed part, from which the size of the rest is known.
  public static let prefixBytes = 16
  /// The specification's limit for the fields of a header, which are an array.
  private static let maximumFieldBytes = 64 << 20

  /// How many bytes the header takes, its padding too, by the fixed part of it; nil if that is no header.
  public static func headerBytes(prefix: [UInt8]) -> Int? {
    guard prefix.count >= prefixBytes else { return nil }
    var reader = WireReader(prefix, from: 12, isBigEndian: prefix[0] == UInt8(ascii: "B"), limits: WireLimits())
    guard let fields = try? reader.number(UInt32.self), fields <= maximumFieldBytes else { return nil }
    return (prefixBytes + Int(fields) + 7) & ~7
  }

  /// Reads the header of a message.
  ///
  /// `bytes` is the whole message, or only its header if the whole is larger than one wants to have; `length` is the
  /// size of the whole, and then ``decoded(limits:)`` refuses. `descriptors` are what came beside the message, in the
  /// order in which the `h` values name them; `refusal` says what is wrong with them, and then ``decoded(limits:)``
  /// throws it.
  public init(
    _ bytes: [UInt8], length: Int? = nil, descriptors: [BusDescriptor] = [], refusal: WireError? = nil,
    limits: WireLimits = .init()
  ) throws(WireError) {
    let length = length ?? bytes.count
    guard let order = bytes.first, order == UInt8(ascii: "l") || order == UInt8(ascii: "B") else {
      throw .invalid("a message in no byte order")
    }
    isBigEndian = order == UInt8(ascii: "B")
    var reader = WireReader(bytes, from: 1, isBigEndian: isBigEndian, limits: limits)
    guard let kind = BusMessage.Kind(rawValue: try reader.byte()) else { throw .invalid("a message of no known kind") }
    var message = BusMessage(kind: kind)
    message.flags = .init(rawValue: try reader.byte())
    guard try reader.byte() == 1 else { throw .invalid("a message of another version of the protocol") }
    let bodyLength = Int(try reader.number(UInt32.self))
    // 0 is no serial number on the wire; what libdbus says by itself, such as that a call took too long, has it.
    message.serial = try reader.number(UInt32.self)
    let fieldsEnd = 16 + Int(try reader.number(UInt32.self))
    var signature = Signature.empty
    while reader.offset < fieldsEnd { try reader.field(of: &message, bodyTypes: &signature) }
    guard reader.offset == fieldsEnd else { throw .invalid("a field longer than its header") }
    try reader.align(8)
    guard reader.offset + bodyLength == length, bytes.count == length || bytes.count == reader.offset else {
      throw .invalid("a body of another length")
    }
    guard signature != .empty || bodyLength == 0 else { throw .invalid("a body without types") }
    header = message
    self.signature = signature
    self.bytes = bytes
    self.length = length
    self.refusal = refusal
    self.descriptors = descriptors
    bodyStart = reader.offset
  }

  /// Reads the body too; throws if it breaks a rule or a limit.
  public func decoded(limits: WireLimits = .init()) throws(WireError) -> BusMessage {
    if let refusal { throw refusal }
    guard bytes.count == length, length <= limits.messageBytes else {
      throw .limit("messageBytes", limits.messageBytes)
    }
    guard signature != .empty else { return header }
    var reader = WireReader(
      bytes, from: bodyStart, isBigEndian: isBigEndian, limits: limits, descriptors: descriptors)
    let types = signature.rawValue.utf8.span
    var position = 0
    var body: [BusValue] = []
    while position < types.count { body.append(try reader.value(types, at: &position)) }
    guard reader.isAtEnd else { throw .invalid("a body longer than its types") }
    return header.with(body: body)
  }
}
