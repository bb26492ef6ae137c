// SPDX-License-Identifier: Apache-2.0
// Why a wait ended without what was awaited.

import Foundation

/// A wait that did not get what it waited for.
public enum WaitError: Error, CustomStringConvertible, Sendable {
  /// The deadline passed; with what was awaited and what had come until then.
  case deadline(awaited: String, seen: String)
  /// Nothing more will come: the process has ended, the connection is closed.
  case ended(awaited: String, seen: String)

  /// In words.
  public var description: String {
    switch self {
    case .deadline(let awaited, let seen): "deadline passed waiting for \(awaited); seen: \(seen)"
    case .ended(let awaited, let seen): "nothing more will come, still waiting for \(awaited); seen: \(seen)"
    }
  }
}

/// The deadlines of the tests.
public enum Patience {
  /// How long a test waits for something that should come soon.
  ///
  /// Generous, since a wait ends with the event itself.
  public static let standard: Duration = .seconds(30) * factor

  /// `VIREO_TEST_PATIENCE` multiplies all standard deadlines, for sanitizers and slow machines.
  public static let factor: Int = ProcessInfo.processInfo.environment["VIREO_TEST_PATIENCE"].flatMap(Int.init) ?? 1
}
