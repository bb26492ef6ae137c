// SPDX-License-Identifier: Apache-2.0
// A bus of the daemon's own, for hosts without a system bus, and for trying things out.

import Foundation
import Glibc
import Logging

/// A `dbus-daemon` that the daemon starts with our policy, and ends with itself.
///
/// The bus is reached at a socket in the runtime directory. It dies with the daemon, however that ends (PR_SET_PDEATHSIG),
/// and is started again at the same address when it goes for another reason.
final class PrivateBus: Sendable {
  /// The address of the bus.
  let address: String
  private let configuration: URL
  private let errors: URL

  /// Writes the configuration of a bus in a directory.
  init(directory: URL) throws {
    let socket = directory.appending(path: "bus.sock").path(percentEncoded: false)
    address = "unix:path=" + socket
    configuration = directory.appending(path: "bus.conf")
    errors = directory.appending(path: "bus.log")
    let policy = directory.appending(path: "org.vireo.Hub1.conf")
    try Data().write(to: errors)
    try Data(PackageResources.org_vireo_Hub1_conf).write(to: policy)
    try Data(Self.text(address: address, policy: policy.path(percentEncoded: false)).utf8).write(to: configuration)
    try? FileManager.default.removeItem(atPath: socket)
  }

  /// Starts the bus and waits until it takes connections.
  ///
  /// - Parameter onExit: called, on another thread, when the bus has ended.
  /// - Returns: the process of the bus.
  /// - Throws: when there is no `dbus-daemon`, or it cannot listen.
  func start(onExit: @escaping @Sendable () -> Void) throws -> Process {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/setpriv")
    process.arguments = [
      "--pdeathsig", "KILL", "dbus-daemon", "--config-file=" + configuration.path(percentEncoded: false), "--nofork",
      "--nopidfile", "--nosyslog", "--print-address=1",
    ]
    let output = Pipe()
    process.standardOutput = output
    // On a host without the account vireo the bus says so at length; that belongs beside the bus, not before a newcomer.
    process.standardError = FileHandle(forWritingAtPath: errors.path(percentEncoded: false))
    process.terminationHandler = { _ in onExit() }
    try process.run()
    // The bus prints its address as soon as it listens; an end of file instead means that it failed.
    guard let line = try output.fileHandleForReading.read(upToCount: 1), !line.isEmpty else {
      let said = (try? String(contentsOf: errors, encoding: .utf8)) ?? ""
      throw StartError(.cannotCreate, "the private bus cannot be started: \(said)")
    }
    return process
  }

  private static func text(address: String, policy: String) -> String {
    """
    <!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
     "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
    <busconfig>
      <listen>\(address)</listen>
      <auth>EXTERNAL</auth>
      <policy context="default">
        <allow user="*"/>
        <allow send_type="method_call"/>
        <allow send_type="signal"/>
        <allow send_requested_reply="true" send_type="method_return"/>
        <allow send_requested_reply="true" send_type="error"/>
        <allow receive_type="method_call"/>
        <allow receive_type="method_return"/>
        <allow receive_type="error"/>
        <allow receive_type="signal"/>
        <allow send_destination="org.freedesktop.DBus"/>
      </policy>
      <include>\(policy)</include>
      <policy user="\(geteuid())">
        <allow own="org.vireo.Hub1"/>
        <allow send_destination="org.vireo.Hub1"/>
        <allow receive_sender="org.vireo.Hub1"/>
        <allow eavesdrop="true"/>
        <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus.Monitoring"/>
      </policy>
    </busconfig>

    """
  }
}
