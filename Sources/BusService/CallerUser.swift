// SPDX-License-Identifier: Apache-2.0
// Which user a client of the bus is.

internal import DBusBridge
internal import DBusTypes

extension BusConnection {
  /// Asks the bus, which has it from the kernel, which user a client is; nil when there is no answer.
  func askUser(of client: BusName, completion: @escaping @Sendable (UInt32?) -> Void) {
    let question = BusMessage.call(
      .bus, "/org/freedesktop/DBus", .bus, "GetConnectionCredentials", [.text(client.rawValue)])
    call(question, timeout: .seconds(10)) { result in
      completion((try? result.get())?.body.first?.dictionary?["UnixUserID"]?.uint32)
    }
  }
}
