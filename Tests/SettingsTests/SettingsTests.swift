// SPDX-License-Identifier: Apache-2.0
// A configuration that is right is read; one that is wrong is refused with file, line, key and expectation.

import Foundation
import Testing

@testable import Settings

@Suite("Settings")
struct SettingsTests {
  private func load(_ text: String) async throws -> Settings {
    let file = FileManager.default.temporaryDirectory.appending(path: "vireo-settings-\(UUID().uuidString).yaml")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(text.utf8).write(to: file)
    return try await Settings(path: file.path())
  }

  @Test(arguments: SettingKey.all.map(\.name))
  func `the default of every setting is a value of its type`(_ name: String) throws {
    let key = try #require(SettingKey.byName[name])
    #expect(key.type == .list || SettingValue.isValid(key.standard, for: key.type))
    #expect(key.meaning.hasSuffix("."))
  }

  @Test func `nothing at all is a configuration`() async throws {
    #expect(try await Settings(path: nil) == Settings())
    #expect(try await load("") == Settings())
    #expect(Settings().duration("vm.keep-stopped") == .seconds(3600))
    #expect(Settings().size("journal.max-size") == 256 << 20)
  }

  @Test func `values and monitors are read`() async throws {
    let settings = try await load(
      """
      bus: session
      journal:
        max-size: 2G
        durability: power-loss
      devices: {subsystems: [net, block]}
      monitors:
        web01: {monitor: /run/web01.qmp, agent: /run/web01.qga}
        db.example.org:
          monitor: /run/db.qmp
      """)
    #expect(settings.text("bus") == "session")
    #expect(settings.size("journal.max-size") == 2 << 30)
    #expect(settings.list("devices.subsystems") == ["net", "block"])
    #expect(settings.monitors.map(\.name) == ["web01", "db.example.org"])
    #expect(settings.monitors.last?.monitorPath == "/run/db.qmp")
    #expect(
      settings.differences(from: Settings()) == [
        "bus", "journal.durability", "journal.max-size", "devices.subsystems", "monitors",
      ])
  }

  @Test(arguments: [
    ("log-level: loud", 1, "log-level", "one of trace"),
    ("bus: system\njournal:\n  max-size: big\n", 3, "journal.max-size", "a size such as"),
    ("journal: {max-agee: 3d}", 1, "journal.max-agee", "is no setting"),
    ("monitors: {a: {path: /x}}", 1, "monitors.a", "monitor and agent only"),
    ("monitors: {a: {monitor: x}}", 1, "monitors.a.monitor", "absolute path"),
    ("monitors: {a: {agent: /x}}", 1, "monitors.a", "expected a key monitor"),
    ("monitors: [a]", 1, "monitors", "names of machines"),
    ("vm: {keep-stopped: -1s}", 1, "vm.keep-stopped", "a span such as"),
    ("monitor: {burst: 99999999999}", 1, "monitor.burst", "a whole number"),
    ("devices: {subsystems: net}", 1, "devices.subsystems", "a list"),
    ("- a\n- b", 1, "", "expected keys"),
  ])
  func `a mistake is told with its line, its key and what was expected`(
    _ text: String, _ line: Int, _ key: String, _ expectation: String
  ) async throws {
    let error = await #expect(throws: SettingsError.self) { try await load(text) }
    #expect(error?.line == line)
    #expect(error?.key == key)
    #expect(error?.problem.contains(expectation) == true)
    #expect(error?.place.hasSuffix(".yaml") == true)
  }

  @Test func `what is not YAML, not UTF-8 or not there is refused`() async throws {
    let broken = await #expect(throws: SettingsError.self) { try await load("a: [") }
    #expect(broken?.problem.contains("not YAML") == true)
    let missing = await #expect(throws: SettingsError.self) { try await Settings(path: "/nonexistent/vireo.yaml") }
    #expect(missing?.problem == "cannot be read: No such file or directory")
  }
}
