// SPDX-License-Identifier: Apache-2.0
// A source of devices in namespaces of its own, with an udevd of its own or without one.

import Foundation
import TestSupport
import Testing

/// One line of the probe.
struct ProbeLine: Sendable, CustomStringConvertible {
  let json: TestJSON

  init?(_ line: String) {
    guard let json = try? TestJSON(parsing: line), json["kind"] != nil else { return nil }
    self.json = json
  }

  var kind: String { json["kind"]?.string ?? "" }
  var name: String { json["name"]?.string ?? "" }
  var origin: String { json["origin"]?.string ?? "" }
  var subject: String { json["subject"]?.string ?? "" }
  var data: TestJSON? { json["data"] }
  var description: String { "\(kind) \(name) \(origin) \(data?.text ?? "")" }
}

/// A source that watches devices in namespaces of its own, with an udevd of their own or without one.
final class UdevRig: Sendable {
  let namespace: Namespace
  let probe: ChildProcess
  private let host: UdevNamespace

  /// Starts a source; it has seen what there is when this returns.
  init(udevd startsUdevd: Bool = true, rules: String = "", _ options: String...) async throws {
    host = try await UdevNamespace(rules: rules)
    namespace = host.namespace
    if startsUdevd { try await host.startUdevd() }
    probe = try namespace.start(try Repository.program("source-probe"), options, hasInput: true)
    try await event(startsUdevd ? "source.up" : "source.degraded")
  }

  /// Starts an udevd (again).
  func startUdevd() async throws { try await host.startUdevd() }

  /// Ends udevd with a signal.
  func endUdevd(_ signal: CInt) async throws { try await host.endUdevd(signal) }

  // MARK: What the probe says

  /// The lines of the probe until now.
  var lines: [ProbeLine] { probe.output.all.compactMap(ProbeLine.init) }

  /// How many lines there are: the place to go on from.
  var place: Int { probe.output.count }

  /// Waits for a line.
  @discardableResult
  func event(
    _ kind: String, _ name: String? = nil, from start: Int = 0, within limit: Duration = Patience.standard,
    where matches: @escaping @Sendable (ProbeLine) -> Bool = { _ in true }
  ) async throws -> ProbeLine {
    let line = try await probe.output.first("\(kind) \(name ?? "")", from: start, within: limit) { text in
      // Most lines are others': parsing them all would take longer than the source takes to make them.
      guard text.contains("\"kind\":\"\(kind)\""), let line = ProbeLine(text) else { return false }
      return line.kind == kind && (name == nil || line.name == name) && matches(line)
    }
    return try #require(ProbeLine(line))
  }

  /// The objects that the hub has.
  func objects() async throws -> [TestJSON] {
    let start = place
    try probe.write("objects\n")
    let line = try await event("objects", from: start)
    guard case .array(let objects) = line.json["objects"] else { return [] }
    return objects
  }

  /// The object of a device of the subsystem net.
  func net(_ name: String) async throws -> TestJSON? {
    try await objects().first { $0["Name"]?.string == name && $0["Subsystem"]?.string == "net" }
  }

  /// The source's own object.
  func source() async throws -> TestJSON? {
    try await objects().first { $0["Kind"]?.string == "udev" }
  }

  /// Ends the source and its hub; `restart` begins both with what the hub knew.
  func stop() async throws {
    let start = place
    try probe.write("stop\n")
    try await event("stopped", from: start)
  }

  /// Begins again after `stop`; gives the place from which the new lines are.
  func restart() async throws -> Int {
    let start = place
    try probe.write("start\n")
    try await event("source.resynced", from: start)
    return start
  }

  /// Makes the kernel say that something happened to a net device.
  func synthesize(_ words: String, _ name: String) async throws {
    let result = try await namespace.run("sh", "-c", "echo '\(words)' > /sys/class/net/\(name)/uevent")
    #expect(result.isSuccess, "\(result)")
  }
}

extension Trait where Self == NeedsTrait {
  /// The test needs namespaces, and an udevd to run in them.
  static var needsUdevd: NeedsTrait { .needs(all: UdevNamespace.requirements) }
}
