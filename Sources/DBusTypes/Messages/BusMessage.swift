// SPDX-License-Identifier: Apache-2.0
// A message as a value.

/// One message: a call, its answer, an error or a signal.
///
/// It is a plain value, free of any connection and of libdbus: keep it, compare it, send it again.
public struct BusMessage: Hashable, Sendable {
  /// The four kinds, with the numbers of the wire.
  public enum Kind: UInt8, Sendable {
    /// Asks an object to do something.
    case methodCall = 1
    /// The answer to a call.
    case methodReturn = 2
    /// The answer to a call that failed.
    case error = 3
    /// Tells everybody who asked for it, or one destination.
    case signal = 4
  }

  /// What the sender wishes, with the bits of the wire.
  public struct Flags: OptionSet, Hashable, Sendable {
    /// The bits.
    public let rawValue: UInt8
    /// Takes the bits as they are.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// The caller does not want an answer, not even an error.
    public static let noReplyExpected = Flags(rawValue: 1)
    /// The bus shall not start a service for the destination.
    public static let noAutoStart = Flags(rawValue: 2)
    /// The caller can wait while a person is asked for a password.
    public static let allowInteractiveAuthorization = Flags(rawValue: 4)
  }

  /// Which of the four kinds.
  public var kind: Kind
  /// What the sender wishes.
  public var flags: Flags = []
  /// The number that the sender gave the message; 0 until it is sent.
  public var serial: UInt32 = 0
  /// The number of the call that this answers; 0 if it answers none.
  public var replySerial: UInt32 = 0
  /// The object that is called, or that tells something.
  public var path: ObjectPath?
  /// The interface; a call may leave it out.
  public var interface: InterfaceName?
  /// The method or the signal.
  public var member: MemberName?
  /// Which error.
  public var errorName: ErrorName?
  /// Who shall get it; nil for a signal to everybody.
  public var destination: BusName?
  /// Who sent it, as the bus says: a unique name, or the bus itself.
  ///
  /// What is set here is not sent.
  public var sender: BusName?
  /// The arguments.
  public var body: [BusValue] = []

  /// The types of the arguments.
  public var signature: Signature {
    var text = ""
    for value in body { value.appendSignature(to: &text) }
    return Signature(unchecked: text)
  }
}

extension BusMessage {
  /// A message of that kind and nothing else yet.
  public init(kind: Kind) { self.init(kind: kind, flags: []) }

  /// A call.
  ///
  /// Without an interface the object takes the first method of that name.
  public static func call(
    _ destination: BusName?, _ path: ObjectPath, _ interface: InterfaceName?, _ member: MemberName,
    _ body: [BusValue] = []
  ) -> BusMessage {
    BusMessage(
      kind: .methodCall, path: path, interface: interface, member: member, destination: destination, body: body)
  }

  /// A signal, to everybody unless a destination is given.
  public static func signal(
    _ path: ObjectPath, _ interface: InterfaceName, _ member: MemberName, _ body: [BusValue] = [],
    to destination: BusName? = nil
  ) -> BusMessage {
    BusMessage(kind: .signal, path: path, interface: interface, member: member, destination: destination, body: body)
  }

  /// The answer to `call`.
  public static func reply(to call: BusMessage, _ body: [BusValue] = []) -> BusMessage {
    BusMessage(
      kind: .methodReturn, flags: .noReplyExpected, replySerial: call.serial, destination: call.sender, body: body)
  }

  /// The answer to `call` that says why it failed; the text is for people.
  public static func error(to call: BusMessage, _ name: ErrorName, _ text: String) -> BusMessage {
    BusMessage(
      kind: .error, flags: .noReplyExpected, replySerial: call.serial, errorName: name, destination: call.sender,
      body: [.text(text)])
  }

  /// The same message with these arguments.
  func with(body: [BusValue]) -> BusMessage {
    BusMessage(
      kind: kind, flags: flags, serial: serial, replySerial: replySerial, path: path, interface: interface,
      member: member, errorName: errorName, destination: destination, sender: sender, body: body)
  }
}
