// SPDX-License-Identifier: Apache-2.0
// How the tool ends.

/// How the tool ends: what scripts rely on.
public enum EndStatus: Int32, Sendable {
  /// It did what it was asked; `wait` saw what it waited for.
  case success = 0
  /// It could not: the hub is away, refused, or went away.
  case failure = 1
  /// The time given was over first.
  case timeout = 3
  /// The command line is wrong (EX_USAGE of sysexits.h).
  case usage = 64
}
