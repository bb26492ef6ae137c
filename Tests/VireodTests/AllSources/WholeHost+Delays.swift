// SPDX-License-Identifier: Apache-2.0
// How long each source's event takes to everybody, while another source stands still.

import Foundation
import TestSupport
import Testing

/// What can be made to tell something.
enum Teller: String, CaseIterable {
  case machine
  case agent
  case device
  case link
  /// Which is no source of events, but has to answer.
  case bus
}

extension WholeHost {
  /// Makes all but some tell something, one after the other, and waits until everybody has heard of it.
  ///
  /// - Returns: the largest delay from before something was made to happen until the last client had heard of it.
  func largestDelay(
    while what: String, except quiet: Set<Teller> = [], silentClient: Int? = nil
  ) async throws -> (what: String, of: Teller, delay: Duration) {
    var largest = (what: what, of: Teller.machine, delay: Duration.zero)
    for teller in Teller.allCases where !quiet.contains(teller) {
      let delay = try await delay(of: teller, silentClient: silentClient)
      if delay > largest.delay { largest = (what, teller, delay) }
    }
    return largest
  }

  private func delay(of teller: Teller, silentClient: Int?) async throws -> Duration {
    let (start, round) = (place, nextRound())
    var begin = ContinuousClock.now
    let told: Told
    switch teller {
    case .machine:
      try await machine(Self.machines - 1).execute("system_reset")
      told = try await event("vm.reset", "vm-\(Self.machines - 1)", from: start)
    case .agent:
      // The first one has a part of its own.
      let number = 1 + round % (Self.agents - 1)
      try await connected(number)
      begin = .now
      told = try await killAgent(number)
    case .device:
      let uuid = String(format: "00000000-0000-0000-0000-%012d", round)
      try await host.namespace.run("sh", "-c", "echo 'change \(uuid) MODE=m\(round)' > /sys/class/net/v1/uevent")
      told = try await event("device.changed", "v1", from: start)
    case .link:
      try await host.namespace.ip("link set v0 mtu \(1000 + round)")
      told = try await event("link.mtu-changed", "v0", from: start)
    case .bus:
      #expect(try await hub.call("ListSources").isSuccess)
      return begin.duration(to: .now)
    }
    return begin.duration(to: try await heardByAll(told, from: start, but: silentClient))
  }

  // MARK: rtnetlink, of which the other side is the kernel

  /// Gives the daemon's socket for links a receive buffer of another size, which any process with its descriptor may do.
  func setLinkBuffer(_ bytes: Int) async throws {
    let script = """
      import ctypes, os, socket
      libc = ctypes.CDLL(None, use_errno=True)
      daemon = os.pidfd_open(\(hub.process.pid))
      done = 0
      for name in os.listdir('/proc/\(hub.process.pid)/fd'):
        number = libc.syscall(438, daemon, int(name), 0)  # pidfd_getfd(2)
        try: one = socket.socket(fileno=number)
        except OSError: continue
        if one.family == socket.AF_NETLINK and one.proto == 0 and one.getsockname()[1]:
          one.setsockopt(socket.SOL_SOCKET, 33, \(bytes))  # SO_RCVBUFFORCE
          done += 1
      raise SystemExit(0 if done == 1 else f'{done} sockets')
      """
    let result = try await runTool("python3", "-c", script)
    #expect(result.isSuccess, "\(result)")
  }
}
