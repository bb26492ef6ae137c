// SPDX-License-Identifier: Apache-2.0
// One call of a client, checked.

internal import JSONText

/// One call of a client.
struct VarlinkCall: Sendable {
  /// The method with its interface, as in `org.vireo.Hub1.ListVMs`.
  var method: String
  /// Whether the client wants no reply.
  var isOneway = false
  /// Whether the client takes more than one reply.
  var wantsMore = false
  /// Whether the client wants to speak something else from then on.
  var wantsUpgrade = false
  private var parameters: JSONValue?

  /// The longest name of a method, in bytes.
  static let nameBytes = 255
  /// How deep a message may be nested.
  static let depth = 16

  /// Reads a message; nil when it is no call, and then the client does not speak Varlink.
  init?(_ message: [UInt8], parser: JSONParser) {
    guard let value = try? parser.parse(message), value.kind == .object,
      let method = value[named: "method"], let length = method.stringLength, length <= VarlinkCall.nameBytes,
      let name = method.string
    else { return nil }
    self.method = name
    for (key, path) in [
      ("oneway", \VarlinkCall.isOneway), ("more", \.wantsMore), ("upgrade", \.wantsUpgrade),
    ] as [(String, WritableKeyPath<VarlinkCall, Bool>)] {
      guard let flag = value[named: key], !flag.isNull else { continue }
      guard let truth = flag.bool else { return nil }
      self[keyPath: path] = truth
    }
    guard let parameters = value[named: "parameters"], !parameters.isNull else { return }
    guard parameters.kind == .object else { return nil }
    self.parameters = parameters
  }

  /// Refuses parameters that the method does not have: a wish that is not understood is not dropped in silence.
  func allow(_ names: String...) throws(VarlinkError) {
    guard let parameters else { return }
    for member in parameters.members where !names.contains(where: member.isNamed) {
      throw .invalidParameter(printable(member.name))
    }
  }

  /// A text; nil when it is not given.
  func text(_ name: String) throws(VarlinkError) -> String? {
    guard let value = value(name) else { return nil }
    guard let text = value.string else { throw .invalidParameter(name) }
    return text
  }

  /// A number that is not negative; nil when it is not given.
  func number(_ name: String) throws(VarlinkError) -> UInt64? {
    guard let value = value(name) else { return nil }
    guard let number = value.uint64 else { throw .invalidParameter(name) }
    return number
  }

  /// A list of texts; empty when it is not given.
  func texts(_ name: String) throws(VarlinkError) -> [String] {
    guard let value = value(name) else { return [] }
    guard value.kind == .array else { throw .invalidParameter(name) }
    let texts = value.elements.compactMap(\.string)
    guard texts.count == value.count else { throw .invalidParameter(name) }
    return texts
  }

  private func value(_ name: String) -> JSONValue? {
    parameters?[named: name].flatMap { $0.isNull ? nil : $0 }
  }
}

/// The beginning of a text from outside, without control characters: fit for an error.
func printable(_ text: String) -> String {
  var shown = ""
  for scalar in text.unicodeScalars.prefix(120) {
    shown.unicodeScalars.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
  }
  return shown
}
