// SPDX-License-Identifier: Apache-2.0
// A D-Bus message on the wire.

/// A message as a raw client sends or receives it.
public struct WireMessage: Sendable, CustomStringConvertible {
  /// The kinds of message.
  public enum Kind: UInt8, Sendable {
    /// A method call.
    case call = 1
    /// The reply to a call.
    case reply = 2
    /// An error as the reply to a call.
    case error = 3
    /// A signal.
    case signal = 4
  }

  /// What it is.
  public var kind: Kind
  /// The object.
  public var path: String?
  /// The interface; a call may lack one.
  public var interface: String?
  /// The method or signal.
  public var member: String?
  /// The error's name.
  public var errorName: String?
  /// Who it is for.
  public var destination: String?
  /// Who sent it; the bus fills it in.
  public var sender: String?
  /// The number that its sender gave it, of a received message.
  public var serial: UInt32 = 0
  /// Which call it answers.
  public var replySerial: UInt32?
  /// What it carries, when it is sent.
  public var body: [WireValue] = []
  /// The signature of what it carries.
  public var signature = ""
  /// The strings, paths and 32-bit numbers at the head of the body of a received message, as text.
  public var arguments: [String] = []

  /// A message to send.
  public init(
    _ kind: Kind, path: String? = nil, interface: String? = nil, member: String? = nil, body: [WireValue] = []
  ) {
    self.kind = kind
    self.path = path
    self.interface = interface
    self.member = member
    self.body = body
  }

  /// In one line.
  public var description: String {
    let head = [errorName, interface, member, path].compactMap { $0 }.joined(separator: " ")
    return "\(kind) \(head) \(arguments)"
  }

  /// The bytes of it.
  func encoded(serial: UInt32) -> [UInt8] {
    var content = WireWriter()
    for value in body { content.write(value) }
    var fields: [WireValue] = []
    func add(_ code: UInt8, _ value: WireValue?) {
      guard let value else { return }
      fields.append(.structure([.raw("y", [code]), .variant(value)]))
    }
    add(1, path.map(WireValue.path))
    add(2, interface.map(WireValue.string))
    add(3, member.map(WireValue.string))
    add(4, errorName.map(WireValue.string))
    add(5, replySerial.map(WireValue.uint32))
    add(6, destination.map(WireValue.string))
    add(8, body.isEmpty ? nil : .signature(body.map(\.signature).joined()))
    var writer = WireWriter()
    writer.write(.raw("yyyy", [UInt8(ascii: "l"), kind.rawValue, 0, 1]))
    writer.write(UInt32(content.bytes.count))
    writer.write(serial)
    writer.write(.array("(yv)", fields))
    writer.pad(to: 8)
    return writer.bytes + content.bytes
  }

  /// The length of the message at the head of `bytes`, or nil while even that cannot be told.
  static func length(at bytes: ArraySlice<UInt8>) -> Int? {
    guard bytes.count >= 16 else { return nil }
    var reader = WireReader(bytes: Array(bytes.prefix(16)), offset: 4)
    guard let body = reader.uint32(), reader.uint32() != nil, let fields = reader.uint32() else { return nil }
    return 16 + (Int(fields) + 7) / 8 * 8 + Int(body)
  }

  /// Reads a whole message of little-endian byte order; what is not understood is left out.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 16, bytes[0] == UInt8(ascii: "l"), let kind = Kind(rawValue: bytes[1]) else { return nil }
    self.init(kind)
    var reader = WireReader(bytes: bytes, offset: 8)
    guard let serial = reader.uint32(), let size = reader.uint32() else { return nil }
    self.serial = serial
    let end = 16 + Int(size)
    while reader.offset < end {
      reader.pad(to: 8)
      guard let code = reader.byte(), let type = reader.string(lengthBytes: 1) else { return nil }
      switch type {
      case "u": code == 5 ? (replySerial = reader.uint32()) : (_ = reader.uint32())
      case "g": signature = reader.string(lengthBytes: 1) ?? ""
      default: set(code, reader.string())
      }
    }
    reader.offset = end
    reader.pad(to: 8)
    for type in signature {
      switch type {
      case "s", "o": arguments.append(reader.string() ?? "")
      case "u", "b", "i": arguments.append(reader.uint32().map(String.init) ?? "")
      default: return
      }
    }
  }

  private mutating func set(_ code: UInt8, _ text: String?) {
    switch code {
    case 1: path = text
    case 2: interface = text
    case 3: member = text
    case 4: errorName = text
    case 6: destination = text
    case 7: sender = text
    default: return
    }
  }
}
