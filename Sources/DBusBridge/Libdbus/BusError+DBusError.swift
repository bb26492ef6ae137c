// SPDX-License-Identifier: Apache-2.0
// What libdbus says when it fails. Fence: pointers from libdbus.

import DBusTypes

extension BusError {
  /// The contents of a `DBusError`, which stays the caller's.
  init(name: UnsafePointer<CChar>?, text: UnsafePointer<CChar>?) {
    let name = unsafe name.flatMap { unsafe ErrorName(String(cString: $0)) }
    let text = unsafe text.map { unsafe String(cString: $0) }
    self.init(name ?? .failed, text ?? "libdbus failed without a reason", isLocal: true)
  }
}
