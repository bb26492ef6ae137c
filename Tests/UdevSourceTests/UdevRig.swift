// SPDX-License-Identifier: Apache-2.0
// A source of devices in namespaces of its own, with an udevd of its own or without one.

import Foundation
import Synchronization
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

/// Namespaces with a `/run`, a `/dev` and rules of their own, a source that watches devices in them, and an udevd of their own.
final class UdevRig: Sendable {
  static let udevdPath = "/usr/lib/systemd/systemd-udevd"

  let namespace: Namespace
  let probe: ChildProcess
  private let udevd = Mutex<ChildProcess?>(nil)

  /// Starts a source; it has seen what there is when this returns.
  init(udevd startsUdevd: Bool = true, rules: String = "", _ options: String...) async throws {
    // udevd would write to the machine's own /dev, whose file system all namespaces share.
    let namespace = try await Namespace(
      setup: """
        mkdir -p /tmp/vireo-test-dev.$$
        for node in null zero full random urandom tty; do cp -a /dev/$node /tmp/vireo-test-dev.$$/; done
        mount -t tmpfs tmpfs /dev
        cp -a /tmp/vireo-test-dev.$$/. /dev/
        rm -rf /tmp/vireo-test-dev.$$
        mount -t tmpfs tmpfs /run
        mkdir -p /run/udev
        mount -t tmpfs tmpfs /usr/lib/udev/rules.d
        mount -t tmpfs tmpfs /etc/udev/rules.d
        cat > /usr/lib/udev/rules.d/10-rig.rules <<'RULES'
        SUBSYSTEM=="net", TAG+="rig", ENV{RIG_NAME}="rig-$name"
        SUBSYSTEM=="net", ENV{SYNTH_ARG_MODE}=="?*", ENV{RIG_MODE}="$env{SYNTH_ARG_MODE}"
        \(rules)
        RULES
        """)
    self.namespace = namespace
    let started = startsUdevd ? try await Self.start(namespace) : nil
    probe = try namespace.start(try Repository.program("source-probe"), options, hasInput: true)
    udevd.withLock { $0 = started }
    try await event(startsUdevd ? "source.up" : "source.degraded")
  }

  private static func start(_ namespace: Namespace) async throws -> ChildProcess {
    let child = try namespace.start(udevdPath)
    let ready = try await namespace.run(
      "sh", "-c",
      """
      until [ -S /run/udev/control ]; do [ -d /proc/\(child.pid) ] || exit 1; sleep 0.01; done
      udevadm control --ping --timeout=30
      """)
    #expect(ready.isSuccess, "\(ready) \(child.errorText.suffix(500))")
    return child
  }

  /// Starts an udevd (again).
  func startUdevd() async throws {
    let started = try await Self.start(namespace)
    udevd.withLock { $0 = started }
  }

  /// Ends udevd with a signal.
  func endUdevd(_ signal: CInt) async throws {
    guard let child = udevd.withLock({ child in child.take() }) else { return }
    child.signal(signal)
    try await child.exit()
    // A killed one leaves its workers behind, which would go on with the events that they have.
    child.signalGroup(SIGKILL)
  }

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
  static var needsUdevd: NeedsTrait {
    .needs(
      Namespace.requirements[0], Namespace.requirements[1], Namespace.requirements[2], Namespace.requirements[3],
      .file(UdevRig.udevdPath), .program("udevadm"))
  }
}
