// SPDX-License-Identifier: Apache-2.0
// When an event matters more or less than events of its kind usually do.

/// When an event matters more or less than events of its kind usually do: the closed list.
///
/// What is not listed here cannot be published: a draft takes a kind, or one of these. Consumers count on that when they
/// ask for severities by the kinds that may have them, and journals hold the events of earlier releases; so a severity that
/// a kind ever had in a release stays listed.
public enum SeverityException: CaseIterable, Sendable {
  /// The process of a machine ended by a fault.
  case vmStoppedByFault
  /// The process of a machine ended, and the facts do not say by whose will.
  case vmStoppedUnexplained
  /// A file system of a guest is nearly full.
  case vmGuestFilesystemFull
  /// A device changed in nothing that is known of it.
  case deviceChangedUnnamed

  /// The kind of the event.
  public var kind: EventKind { definition.kind }

  /// How much the event matters.
  public var severity: Severity { definition.severity }

  /// Which events of the kind these are: what stands after "where".
  public var condition: String { definition.condition }

  private var definition: (kind: EventKind, severity: Severity, condition: String) {
    switch self {
    case .vmStoppedByFault:
      (.vmStopped, .error, "the cause is crash, oom-kill, host-error or guest-panic")
    case .vmStoppedUnexplained:
      (.vmStopped, .warning, "the cause is unknown, or host-reboot and the last run of the hub broke off")
    case .vmGuestFilesystemFull:
      (.vmGuestFilesystem, .warning, "the change is full")
    case .deviceChangedUnnamed:
      (.deviceChanged, .debug, "nothing that is known of the device changed")
    }
  }
}

extension EventKind {
  /// When an event of the kind has another severity than the usual one.
  public var exceptions: [SeverityException] { SeverityException.allCases.filter { $0.kind == self } }

  /// The severities that an event of the kind may have, the usual one first.
  public var severities: [Severity] { [severity] + exceptions.map(\.severity) }
}
