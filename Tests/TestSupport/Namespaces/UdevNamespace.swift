// SPDX-License-Identifier: Apache-2.0
// Namespaces in which an udevd of a test's own may run.

import Foundation
import Synchronization

/// Namespaces with links, a `/run`, a `/dev` and rules of their own, where an udevd of their own may run.
///
/// Each link is given the property `RIG_NAME`, and a synthetic event with `MODE=x` the property `RIG_MODE`.
/// Threading: every function from any thread; udevd is started and ended by one at a time.
public final class UdevNamespace: Sendable {
  /// Where systemd has its udevd.
  public static let udevdPath = "/usr/lib/systemd/systemd-udevd"
  /// What a test in one needs of the machine.
  public static let requirements = Namespace.requirements + [.file(udevdPath), .program("udevadm")]

  /// The namespaces.
  public let namespace: Namespace
  private let udevd = Mutex<ChildProcess?>(nil)

  /// Makes them; nothing runs there yet.
  ///
  /// `rules` are further rules of udev.
  public init(rules: String = "") async throws {
    // udevd would write to the machine's own /dev, whose file system all namespaces share.
    namespace = try await Namespace(
      setup: """
        mkdir -p /tmp/vireo-test-dev.$$
        for node in null zero full random urandom tty; do cp -a /dev/$node /tmp/vireo-test-dev.$$/; done
        mount -t tmpfs tmpfs /dev
        cp -a /tmp/vireo-test-dev.$$/. /dev/
        mkdir /dev/net
        mknod /dev/net/tun c 10 200
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
  }

  /// Starts an udevd (again); when this returns, it answers.
  public func startUdevd() async throws {
    // It tells whoever started it when it listens (sd_notify(3)); a socket of an earlier one may lie there still.
    let place = try TemporaryDirectory()
    let words = try DatagramRecorder(at: place.file("notify"))
    let child = try namespace.start(Self.udevdPath, environment: ["NOTIFY_SOCKET": place.file("notify")])
    do {
      try await words.messages.first("udevd to be ready") { $0.contains("READY=1") }
    } catch {
      throw NamespaceFailure(description: "udevd: \(error) \(child.errorText.suffix(500))")
    }
    let ready = try await namespace.run("udevadm", "control", "--ping", "--timeout=30")
    guard ready.isSuccess else {
      throw NamespaceFailure(description: "udevd: \(ready) \(child.errorText.suffix(500))")
    }
    udevd.withLock { $0 = child }
  }

  /// Ends udevd with a signal.
  public func endUdevd(_ signal: CInt) async throws {
    guard let child = udevd.withLock({ child in child.take() }) else { return }
    child.signal(signal)
    try await child.exit()
    // A killed one leaves its workers behind, which would go on with the events that they have.
    child.signalGroup(SIGKILL)
  }

  /// Stops udevd and its workers in their tracks.
  public func pauseUdevd() { udevd.withLock { _ = $0?.signalGroup(SIGSTOP) } }

  /// Lets a paused udevd go on.
  public func resumeUdevd() { udevd.withLock { _ = $0?.signalGroup(SIGCONT) } }
}
