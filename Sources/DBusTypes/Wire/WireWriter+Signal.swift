// SPDX-License-Identifier: Apache-2.0
// Signals whose arguments are written as they come.
//
// A BusMessage is a value: its arguments are put together, asked for their types, written and thrown away. Whoever sends the
// same signal thousands of times a second knows its types beforehand, and saves half of that work here. What is written
// is held against the types that were declared, so that no message goes out that contradicts itself.

/// How far a signal is.
struct SignalProgress {
  /// The types that its arguments have.
  var signature = Signature.empty
  /// How many letters of that have been written.
  var letters = 0
  /// Where its arguments begin.
  var body = 0
  /// The dictionary that is being written.
  var dictionary: (length: Int, start: Int)?
}

extension WireWriter {
  /// Begins a signal; its arguments, which have these types, are written next.
  public mutating func beginSignal(
    _ path: ObjectPath, _ interface: InterfaceName, _ member: MemberName, _ signature: Signature, serial: UInt32
  ) throws(WireError) {
    guard interface != .local, path != .local else { throw .invalid("the local interface and path are never sent") }
    beginHeader(.signal, [], serial: serial)
    try field(.path, TypeCode.objectPath, path.rawValue)
    try field(.interface, TypeCode.string, interface.rawValue)
    try field(.member, TypeCode.string, member.rawValue)
    if !signature.rawValue.isEmpty {
      beginField(.signature, TypeCode.signature)
      buffer.appendSignature(signature)
    }
    signal = SignalProgress(signature: signature, body: endHeader())
  }

  /// Writes the next argument.
  ///
  /// Throws if it is not of the type that was declared, or must not be sent.
  public mutating func argument(_ value: BusValue) throws(WireError) {
    switch value {
    case .array(let element, _):
      try expect(TypeCode.array)
      try expect(element.rawValue.utf8.span)
    default:
      if let code = value.code {
        try expect(code)
      } else {
        try expect(value.signature.rawValue.utf8.span)
      }
    }
    try self.value(value)
  }

  /// Begins an argument that is a dictionary of texts to variants, `a{sv}`.
  public mutating func beginVariants() throws(WireError) {
    try expect(Signature.variants.rawValue.utf8.span)
    signal.dictionary = try beginDictionary()
  }

  /// Writes an entry of the dictionary that was begun.
  public mutating func entry(_ key: String, _ value: BusValue) throws(WireError) {
    guard signal.dictionary != nil else { throw .invalid("an entry outside of a dictionary") }
    buffer.align(8)
    try string(key)
    try variant(value)
    try checkSize()
  }

  /// Ends the dictionary that was begun.
  public mutating func endVariants() throws(WireError) {
    guard let dictionary = signal.dictionary else { throw .invalid("the end of no dictionary") }
    signal.dictionary = nil
    try endDictionary(dictionary)
  }

  /// Ends the signal, which is whole then.
  public mutating func endSignal() throws(WireError) {
    guard signal.dictionary == nil, signal.letters == signal.signature.rawValue.utf8.count else {
      throw .invalid("a signal of “\(signal.signature)” ends early")
    }
    guard takeDescriptors().isEmpty else {
      throw .invalid("a signal that is written as it comes carries no descriptors")
    }
    endBody(from: signal.body)
    try checkSize()
  }

  /// Holds a letter against the next one of the signature.
  private mutating func expect(_ code: UInt8) throws(WireError) {
    let letters = signal.signature.rawValue.utf8.span
    guard signal.dictionary == nil, signal.letters < letters.count, letters[signal.letters] == code else {
      throw unexpected
    }
    signal.letters += 1
  }

  /// Holds letters against the next ones of the signature.
  private mutating func expect(_ codes: borrowing Span<UInt8>) throws(WireError) {
    let letters = signal.signature.rawValue.utf8.span
    let first = signal.letters
    guard signal.dictionary == nil, first + codes.count <= letters.count else { throw unexpected }
    for place in codes.indices where letters[first + place] != codes[place] { throw unexpected }
    signal.letters = first + codes.count
  }

  private var unexpected: WireError {
    .invalid("an argument is not of the type that “\(signal.signature)” names")
  }
}
