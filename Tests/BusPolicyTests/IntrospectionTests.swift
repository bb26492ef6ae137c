// SPDX-License-Identifier: Apache-2.0
// What the running daemon offers is what the interface files say.

import Foundation
import TestSupport
import Testing

@Suite(.needs(.root, .mountNamespaces, .program("dbus-daemon"), .program("gdbus")))
struct IntrospectionTests {
  @Test func `the daemon's manager has the members of the file, with their arguments`() async throws {
    let daemon = try await TestDaemon(on: try await TestBus())
    let file = try InterfaceFile.named("org.vireo.Hub1.Manager")
    let offered = try #require(try await introspect(daemon, "/org/vireo/Hub1").first { $0.name == file.name })
    #expect(offered.contract == file.members.map(\.contract).sorted())
  }

  @Test func `the daemon stands where its name says, and not at the root of the bus`() async throws {
    let daemon = try await TestDaemon(on: try await TestBus())
    #expect(try await !introspect(daemon, "/").contains { $0.name.hasPrefix("org.vireo") })
    #expect(
      try await introspect(daemon, "/org/vireo/Hub1").contains { $0.name == "org.freedesktop.DBus.ObjectManager" })
  }

  private func introspect(_ daemon: TestDaemon, _ path: String) async throws -> [InterfaceDescription] {
    let result = try await runTool(
      "gdbus", "introspect", "--xml", "--address", daemon.bus.address, "--dest", TestDaemon.busName, "--object-path",
      path)
    #expect(result.isSuccess, "\(result)")
    return InterfaceDescription.all(in: Data(result.output.utf8))
  }
}
