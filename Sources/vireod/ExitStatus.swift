// SPDX-License-Identifier: Apache-2.0
// How the daemon ends.

import Glibc
import Journal

/// How the daemon ends; the numbers are those of sysexits.h where it has one.
enum ExitStatus: Int32 {
  /// It was asked to end and ended in good order.
  case success = 0
  /// It failed at run time, or was told to end at once.
  case failure = 1
  /// The command line is wrong (EX_USAGE).
  case usage = 64
  /// A directory or socket cannot be made (EX_CANTCREAT).
  case cannotCreate = 73
  /// Another daemon works on the same directory (EX_TEMPFAIL).
  case alreadyRunning = 75
  /// The configuration is wrong (EX_CONFIG).
  case configuration = 78

  /// Ends the process, once its log is written.
  func exit() -> Never {
    LogQueue.standardError.drain()
    Glibc.exit(rawValue)
  }
}

extension ExitStatus {
  /// How the daemon ends when its journal cannot be opened.
  init(_ error: JournalError) {
    self =
      switch error {
      case .inUse: .alreadyRunning
      case .tooNew, .unavailable: .cannotCreate
      case .invalidOption: .configuration
      }
  }
}
