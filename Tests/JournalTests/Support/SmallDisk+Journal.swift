// SPDX-License-Identifier: Apache-2.0
// A process that works on a journal on a small disk.

import TestSupport

extension SmallDisk {
  /// Starts a process that sees the disk, and works on a journal there.
  func process(_ mode: String) throws -> ChildProcess {
    try start(Repository.program("JournalProcess"), [mode, file("state")], options: .init(hasInput: true))
  }
}
