// SPDX-License-Identifier: Apache-2.0
// The files of a journal.

import Foundation
import TestSupport

extension TemporaryDirectory {
  /// The names of the files in it.
  var names: [String] { (try? FileManager.default.contentsOfDirectory(atPath: path).sorted()) ?? [] }

  /// The size of a file in it; 0 when it is not there.
  func size(_ name: String) -> Int {
    let attributes = try? FileManager.default.attributesOfItem(atPath: file(name))
    return (attributes?[.size] as? NSNumber)?.intValue ?? 0
  }

  /// The size of the journal's files.
  var journalBytes: Int { size("journal.db") + size("journal.db-wal") }
}
