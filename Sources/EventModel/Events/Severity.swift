// SPDX-License-Identifier: Apache-2.0
// How much an event matters.

/// How much an event matters, from least to most.
public enum Severity: UInt8, CaseIterable, Comparable, Sendable {
  /// Of use when looking for a fault.
  case debug
  /// The ordinary course of things.
  case info
  /// Ordinary, but worth a look afterwards.
  case notice
  /// Something may go wrong.
  case warning
  /// Something went wrong.
  case error
  /// A machine or the host is lost or about to be.
  case critical

  /// The name that the bus and the JSON form carry.
  public var name: String {
    switch self {
    case .debug: "debug"
    case .info: "info"
    case .notice: "notice"
    case .warning: "warning"
    case .error: "error"
    case .critical: "critical"
    }
  }

  /// The severity with that name.
  public init?(name: String) {
    guard let severity = Severity.allCases.first(where: { $0.name == name }) else { return nil }
    self = severity
  }

  /// Whether one severity matters less than the other.
  public static func < (left: Severity, right: Severity) -> Bool { left.rawValue < right.rawValue }
}

/// How the hub came to know of an event.
public enum Origin: String, CaseIterable, Sendable {
  /// Seen as it happened.
  case live
  /// Found by comparing state after a blind spell.
  case resync
  /// Joined from several facts.
  case derived
}
