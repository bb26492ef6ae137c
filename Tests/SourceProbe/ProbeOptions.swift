// SPDX-License-Identifier: Apache-2.0
// The arguments of the probe.

import EventLoop
import UdevSource

/// What the arguments choose.
struct ProbeOptions: Sendable {
  var sources: Set<String> = ["udev"]
  var udev = UdevOptions()

  init(_ arguments: some Sequence<String>) throws(UsageError) {
    for argument in arguments {
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { throw UsageError(argument: argument) }
      let number = Int(parts[1]) ?? 0
      switch parts[0] {
      case "sources": sources = Self.list(parts[1])
      case "receive-buffer": udev.receiveBuffer = number
      case "subsystems": udev.subsystems = Self.list(parts[1])
      case "patience-ms": udev.patience = .milliseconds(number)
      case "look-ms": udev.lookInterval = .milliseconds(number)
      case "max-devices": udev.limits.devices = number
      default: throw UsageError(argument: argument)
      }
    }
  }

  private static func list(_ text: String) -> Set<String> { Set(text.split(separator: ",").map(String.init)) }
}

struct UsageError: Error {
  let argument: String
}

@main
enum SourceProbe {
  static func main() throws {
    let options = try ProbeOptions(CommandLine.arguments.dropFirst())
    let loop = try EventLoop()
    let probe = Probe(loop: loop, options: options)
    loop.addHandle(0, events: .readable) { _, _, _ in probe.assumeIsolated { $0.readCommands() } }
    loop.submit { probe.assumeIsolated { $0.start() } }
    loop.run()
  }
}
