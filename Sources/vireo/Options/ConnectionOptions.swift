// SPDX-License-Identifier: Apache-2.0
// Which hub is meant.

import ArgumentParser
import DBusBridge
import VireoCommand

/// Which hub is meant, and how much the tool says besides: options of every command.
struct ConnectionOptions: ParsableArguments, Sendable {
  @Option(help: ArgumentHelp("The bus of the hub: a D-Bus address.", valueName: "address"))
  var bus: String?

  @Option(
    name: [.customShort("H", allowingJoined: true), .long],
    help: ArgumentHelp("The hub of another host, by ssh.", valueName: "user@host"))
  var host: String?

  @Flag(name: .shortAndLong, help: "No notices on standard error, errors only.")
  var quiet = false

  /// Where the bus is.
  func address() throws(ToolError) -> BusAddress {
    if let host { return try RemoteBus.address(of: host) }
    guard let bus else { return .system }
    guard let address = BusAddress(bus) else {
      throw ToolError(
        "--bus: '\(SafeText.printable(bus))' is no D-Bus address, such as unix:path=/run/dbus/system_bus_socket",
        status: .usage)
    }
    return address
  }

  /// These options, where nothing is said those of the command before.
  func over(_ parent: ConnectionOptions) -> ConnectionOptions {
    var merged = self
    if bus == nil, host == nil {
      merged.bus = parent.bus
      merged.host = parent.host
    }
    merged.quiet = quiet || parent.quiet
    return merged
  }
}
