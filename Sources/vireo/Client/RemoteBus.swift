// SPDX-License-Identifier: Apache-2.0
// The system bus of another host, by ssh.

import DBusBridge
import VireoCommand

/// The system bus of another host: ssh(1) runs systemd-stdio-bridge(1) there, as busctl(1) has it with `-H`.
///
/// The address is one of libdbus's `unixexec:` (D-Bus specification, "Executed Subprocesses on Unix"); who asks is whoever ssh
/// logs in as, and that account must be one that the hub there answers.
enum RemoteBus {
  /// The longest host that is accepted, in bytes.
  static let lengthLimit = 512

  /// The address for `user@host` or `user@host:port`.
  static func address(of host: String) throws(ToolError) -> BusAddress {
    guard let text = address(text: host), let address = BusAddress(text) else {
      throw ToolError("--host: '\(SafeText.printable(host))' is not user@host or user@host:port", status: .usage)
    }
    return address
  }

  private static func address(text host: String) -> String? {
    guard (1...lengthLimit).contains(host.utf8.count), !host.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else {
      return nil
    }
    var arguments = ["-xT"]
    var name = host[...]
    // A port, unless the colons are those of a bare IPv6 address.
    if let colon = host.lastIndex(of: ":"), host.firstIndex(of: ":") == colon || host[..<colon].hasSuffix("]") {
      guard let port = UInt16(host[host.index(after: colon)...]) else { return nil }
      arguments += ["-p", String(port)]
      name = host[..<colon]
    }
    guard !name.isEmpty, !name.hasSuffix("@") else { return nil }
    // After `--` a host that begins with a dash is no option.
    arguments += ["--", name.filter { $0 != "[" && $0 != "]" }, "systemd-stdio-bridge"]
    let pairs = arguments.enumerated().map { "argv\($0.offset + 1)=\(escaped($0.element))" }
    return "unixexec:path=ssh," + pairs.joined(separator: ",")
  }

  /// The escaping of addresses (D-Bus specification, "Server Addresses").
  private static func escaped(_ text: String) -> String {
    var shown = ""
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
        UInt8(ascii: "/"):
        shown.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        shown += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }
    return shown
  }
}
