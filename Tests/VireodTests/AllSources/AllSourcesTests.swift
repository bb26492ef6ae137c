// SPDX-License-Identifier: Apache-2.0
// All sources of one daemon at the same time: each stands still, dies and comes back, and the others do not wait.

import Foundation
import TestSupport
import Testing

@Suite(
  "vireod: all sources at once", .timeLimit(.minutes(10)),
  .needs(
    all: UdevNamespace.requirements, .qemu, .program("qemu-ga"), .program("busctl"), .program("dbus-daemon"),
    .program("python3")))
struct AllSourcesTests {
  @Test func `ten machines, two agents, devices, links, fifty clients and the bus: no event of one waits for another`()
    async throws
  {
    let whole = try await WholeHost()
    try await showsEverything(whole)
    var measured = [try await whole.largestDelay(while: "all were well")]
    measured.append(try await stopAndKillMachine(whole))
    measured.append(try await stopAndKillAgent(whole))
    measured += try await stopAndKillUdevd(whole)
    measured.append(try await overrunLinks(whole))
    measured.append(try await stopClient(whole))
    measured += try await stopAndKillBus(whole)

    // Nobody missed anything: the last event reaches everybody, and what everybody heard has no hole.
    let place = whole.place
    try await whole.host.namespace.ip("link set v0 mtu 1300")
    _ = try await whole.heardByAll(try await whole.event("link.mtu-changed", "v0", from: place), from: place)
    for watcher in whole.watchers {
      let numbers = watcher.arrivals.all.flatMap(\.numbers)
      let first = try #require(numbers.first)
      #expect(numbers == Array(first..<first + Int64(numbers.count)))
    }
    print(
      "The largest delay of any event, from before it was made to happen until all of \(WholeHost.clients) clients had it:"
    )
    for (what, teller, delay) in measured {
      print("while \(what): at most \(delay.formatted(.units(allowed: [.milliseconds]))) (\(teller.rawValue))")
    }
    #expect(try await whole.hub.stop() == .exited(0))
  }

  /// Everything is on the bus, as `busctl tree` shows it.
  private func showsEverything(_ whole: WholeHost) async throws {
    let tree = try await runTool(
      "busctl", "--address=\(whole.hub.bus.address)", "tree", "--list", RunningHub.name)
    let shown = Set(tree.output.split(separator: "\n").map(String.init))
    for (method, arguments) in [("ListVMs", []), ("ListDevices", ["s", ""]), ("ListLinks", []), ("ListSources", [])] {
      let result = try await runTool(
        "busctl",
        arguments: [
          "--address=\(whole.hub.bus.address)", "--json=short", "call", RunningHub.name, RunningHub.root,
          RunningHub.manager, method,
        ] + arguments)
      let rows = try TestJSON(parsing: result.output)["data"]?[0]?.array ?? []
      let paths = rows.compactMap { $0.array?.last?.string }
      #expect(!paths.isEmpty && paths.allSatisfy(shown.contains), "\(method): \(paths)")
      if method == "ListVMs" { #expect(paths.count == WholeHost.machines) }
      if method == "ListSources" {
        for (kind, count) in [("udev", 1), ("rtnetlink", 1), ("bus", 1), ("qmp", WholeHost.machines), ("agent", 2)] {
          #expect(rows.count { $0[1]?.string == kind } >= count, "\(kind): \(rows.map { $0[1]?.string ?? "" })")
        }
      }
    }
    for link in ["lo", "v0", "v1"] { #expect(try await whole.hub.call("GetLink", "s", link).isSuccess) }
  }

  private typealias Measured = (what: String, of: Teller, delay: Duration)

  private func stopAndKillMachine(_ whole: WholeHost) async throws -> Measured {
    let (name, number) = ("vm-2", 2)
    whole.machine(number).process.signal(SIGSTOP)
    let measured = try await whole.largestDelay(while: "a machine stood still")
    var place = whole.place
    whole.machine(number).process.signal(SIGCONT)
    try await whole.machine(number).execute("system_reset")
    try await whole.event("vm.reset", name, from: place)

    place = whole.place
    try await whole.machine(number).process.kill()
    try await whole.event("vm.stopped", name, from: place)
    place = whole.place
    try await whole.startMachine(number)
    try await whole.event("vm.state.running", name, from: place)
    return measured
  }

  private func stopAndKillAgent(_ whole: WholeHost) async throws -> Measured {
    whole.agent(0).signal(SIGSTOP)
    let measured = try await whole.largestDelay(while: "an agent stood still")
    whole.agent(0).signal(SIGCONT)
    _ = try await whole.killAgent(0)
    try await whole.connected(0)
    return measured
  }

  private func stopAndKillUdevd(_ whole: WholeHost) async throws -> [Measured] {
    whole.host.pauseUdevd()
    var measured = [try await whole.largestDelay(while: "udevd stood still", except: [.device])]
    var place = whole.place
    try await whole.host.namespace.ip("link add seen type ifb")
    whole.host.resumeUdevd()
    try await whole.event("device.added", "seen", from: place)

    place = whole.place
    try await whole.host.endUdevd(SIGTERM)
    // systemd would keep the socket and start it again.
    _ = try await whole.host.namespace.run("rm", "-f", "/run/udev/control")
    try await whole.host.namespace.ip("link add unseen type ifb")
    try await whole.event("source.degraded", "udev", from: place)
    measured.append(try await whole.largestDelay(while: "there was no udevd"))
    place = whole.place
    try await whole.host.startUdevd()
    try await whole.event("source.up", "udev", from: place)
    return measured
  }

  /// The kernel throws notifications away, since the daemon does not read them in time.
  private func overrunLinks(_ whole: WholeHost) async throws -> Measured {
    try await whole.setLinkBuffer(4096)
    whole.hub.process.signal(SIGSTOP)
    let place = whole.place
    try await whole.host.namespace.ip(batch: (1...100).map { "link add f\($0) type ifb" })
    whole.hub.process.signal(SIGCONT)
    let measured = try await whole.largestDelay(while: "links had to be listed anew", except: [.link])
    try await whole.event("source.resynced", "rtnetlink", from: place)
    try await whole.event("link.added", "f100", from: place)
    #expect(try await whole.hub.history(kinds: ["hub.gap"]).contains { $0["data"]?["reason"]?.string == "overrun" })
    try await whole.setLinkBuffer(8 << 20)
    let after = whole.place
    try await whole.host.namespace.ip("link set v1 mtu 1400")
    try await whole.event("link.mtu-changed", "v1", from: after)
    return measured
  }

  private func stopClient(_ whole: WholeHost) async throws -> Measured {
    let silent = WholeHost.clients - 1
    whole.watchers[silent].read(false)
    let measured = try await whole.largestDelay(while: "a client did not read", silentClient: silent)
    whole.watchers[silent].read(true)
    return measured
  }

  private func stopAndKillBus(_ whole: WholeHost) async throws -> [Measured] {
    whole.hub.bus.pause()
    var measured = [try await whole.largestDelay(while: "the bus stood still", except: [.bus])]
    whole.hub.bus.resume()
    #expect(try await whole.hub.call("ListVMs").isSuccess)
    let place = whole.place
    try await whole.hub.bus.kill()
    try await whole.event("source.down", "bus", from: place)
    measured.append(try await whole.largestDelay(while: "there was no bus", except: [.bus]))
    try await whole.hub.bus.restart()
    try await whole.event("source.reconnected", "bus", from: place)
    #expect(try await whole.hub.call("ListVMs").isSuccess)
    return measured
  }
}
