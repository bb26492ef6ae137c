// SPDX-License-Identifier: Apache-2.0
// Why something on the bus failed.

public import DBusTypes

/// A failure on the bus: a name, which programs decide by, and a text for people.
///
/// What fails in the bridge itself bears the names that libdbus uses for the same, and ``isLocal`` tells the two apart.
public struct BusError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Which error.
  public let name: ErrorName
  /// What went wrong, for people.
  ///
  /// It may come from a stranger: do not decide by it.
  public let text: String
  /// Whether the bridge says so and not an answer from the bus.
  public let isLocal: Bool

  /// Makes an error.
  public init(_ name: ErrorName, _ text: String, isLocal: Bool = false) {
    self.name = name
    self.text = text
    self.isLocal = isLocal
  }

  /// The name and the text.
  public var description: String { text.isEmpty ? name.rawValue : "\(name): \(text)" }

  /// There is no bus now.
  static let notConnected = BusError(.disconnected, "not connected to a bus", isLocal: true)
  /// The bus went away while the answer was awaited.
  static let connectionLost = BusError(.disconnected, "the connection to the bus was lost", isLocal: true)
  /// ``BusConnection/stop()``.
  static let stopped = BusError(.disconnected, "the connection was closed", isLocal: true)
  /// libdbus has no memory.
  static let noMemory = BusError(.noMemory, "libdbus has no memory", isLocal: true)

  /// What the writer or the reader of messages refuses.
  init(_ error: WireError) {
    self.init(error.cause == .limit ? .limitsExceeded : .invalidArguments, error.text, isLocal: true)
  }

  /// An error message as an error; one without a sender was made by libdbus and not by the bus.
  init(_ message: BusMessage) {
    let text = message.body.first?.string ?? ""
    self.init(message.errorName ?? .failed, text, isLocal: message.sender == nil)
  }
}
