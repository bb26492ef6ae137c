// SPDX-License-Identifier: Apache-2.0
// The configuration file of a private bus.

/// What a private bus allows and holds.
public struct BusConfiguration: Sendable {
  /// Who may do what.
  public enum Policy: Sendable {
    /// The stock system bus with the policy directory of this repository: what an administrator's machine has.
    case product
    /// The stock system bus, and root may do everything.
    case open
    /// Everybody may do everything.
    case everyone
    /// The stock system bus with the policy files of another directory.
    case directory(String)
  }

  /// Who may do what.
  public var policy: Policy
  /// The bus's own limits, `max_outgoing_bytes` and the like, by the names of dbus-daemon(1).
  public var limits: [String: Int]
  /// A directory of activation files, for dbus-daemon only; the bus is then not of the system type, since that one
  /// activates by a setuid helper.
  public var serviceDirectory: String?

  /// The default is a bus where root may do everything.
  public init(policy: Policy = .open, limits: [String: Int] = [:], serviceDirectory: String? = nil) {
    self.policy = policy
    self.limits = limits
    self.serviceDirectory = serviceDirectory
  }

  /// The XML, for a bus that listens at `address`.
  func xml(address: String) -> String {
    var lines = [
      "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"",
      " \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">",
      "<busconfig>",
    ]
    if serviceDirectory == nil { lines.append("  <type>system</type>") }
    lines += ["  <auth>EXTERNAL</auth>", "  <listen>\(address)</listen>"]
    if let serviceDirectory { lines.append("  <servicedir>\(serviceDirectory)</servicedir>") }
    lines += Self.stockPolicy
    switch policy {
    case .product: lines.append("  <includedir>\(Repository.file("DBusPolicy"))</includedir>")
    case .directory(let path): lines.append("  <includedir>\(path)</includedir>")
    case .open: lines += Self.everything(for: "user=\"root\"")
    case .everyone: lines += Self.everything(for: "context=\"mandatory\"")
    }
    lines += limits.sorted { $0.key < $1.key }.map { "  <limit name=\"\($0.key)\">\($0.value)</limit>" }
    return (lines + ["</busconfig>", ""]).joined(separator: "\n")
  }

  /// What a system bus says before any package's file is read.
  private static let stockPolicy = [
    "  <policy context=\"default\">",
    "    <allow user=\"*\"/>",
    "    <deny own=\"*\"/>",
    "    <deny send_type=\"method_call\"/>",
    "    <allow send_type=\"signal\"/>",
    "    <allow send_requested_reply=\"true\" send_type=\"method_return\"/>",
    "    <allow send_requested_reply=\"true\" send_type=\"error\"/>",
    "    <allow receive_type=\"method_call\"/>",
    "    <allow receive_type=\"method_return\"/>",
    "    <allow receive_type=\"error\"/>",
    "    <allow receive_type=\"signal\"/>",
    "    <allow send_destination=\"org.freedesktop.DBus\" send_interface=\"org.freedesktop.DBus\"/>",
    "    <allow send_destination=\"org.freedesktop.DBus\" send_interface=\"org.freedesktop.DBus.Introspectable\"/>",
    "    <allow send_destination=\"org.freedesktop.DBus\" send_interface=\"org.freedesktop.DBus.Properties\"/>",
    "    <allow send_destination=\"org.freedesktop.DBus\" send_interface=\"org.freedesktop.DBus.Peer\"/>",
    "    <deny send_destination=\"org.freedesktop.DBus\" send_interface=\"org.freedesktop.DBus\"",
    "          send_member=\"UpdateActivationEnvironment\"/>",
    "    <deny send_destination=\"org.freedesktop.DBus\" send_interface=\"org.freedesktop.DBus.Debug.Stats\"/>",
    "  </policy>",
    "  <policy user=\"root\">",
    "    <allow send_destination=\"org.freedesktop.DBus\" send_interface=\"org.freedesktop.DBus.Monitoring\"/>",
    "    <allow send_destination=\"org.freedesktop.DBus\" send_interface=\"org.freedesktop.DBus.Debug.Stats\"/>",
    "  </policy>",
  ]

  private static func everything(for whom: String) -> [String] {
    [
      "  <policy \(whom)>", "    <allow own=\"*\"/>", "    <allow send_destination=\"*\"/>",
      "    <allow receive_sender=\"*\"/>", "  </policy>",
    ]
  }
}
