// SPDX-License-Identifier: Apache-2.0
// Of which kind an event is, and how much it matters.

/// Of which kind an event is, and how much it matters: only what the list of kinds allows.
public struct EventGrade: Hashable, Sendable {
  /// What happened.
  public let kind: EventKind
  /// How much it matters.
  public let severity: Severity

  /// A kind with its usual severity.
  public init(_ kind: EventKind) {
    self.kind = kind
    severity = kind.severity
  }

  /// A kind with another severity, as it is listed.
  public init(_ exception: SeverityException) {
    kind = exception.kind
    severity = exception.severity
  }
}
