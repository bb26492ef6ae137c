// SPDX-License-Identifier: Apache-2.0
// A host as the cookbook has it: a hub, its command line, real QEMUs, links that come and go.

import Foundation
import TestSupport
import Testing

/// A host of one recipe: a real `vireod` in a network of its own, real QEMUs that dial it, and `vireo` on the path.
final class CookbookHost: Sendable {
  let bus: TestBus
  let network: Namespace
  let directory: TemporaryDirectory
  let daemon: ChildProcess
  private let environment: [String: String]

  /// The socket that QEMUs dial.
  var socket: String { directory.file("run") + "/qmp.sock" }

  /// Starts it; more settings are made from the path of its directory.
  init(settings: (String) -> String = { _ in "" }) async throws {
    bus = try await TestBus(.daemon, BusConfiguration(policy: .product))
    network = try await Namespace()
    directory = try TemporaryDirectory()
    let programs = URL(filePath: try Repository.program("vireo")).deletingLastPathComponent().path
    environment = [
      "DBUS_SYSTEM_BUS_ADDRESS": bus.address, "TZ": "UTC", "PATH": "\(programs):/usr/sbin:/usr/bin:/sbin:/bin",
      "HOME": directory.path,
    ]
    let file = try directory.write(
      "devices: {subsystems: [net]}\n" + settings(directory.path), to: "vireo.yaml")
    daemon = try network.start(
      try Repository.program("vireod"),
      [
        "--bus", bus.address, "--state-directory", directory.file("state"), "--runtime-directory",
        directory.file("run"), "--config", file,
      ])
    // A call before the hub is there fails at once; the tool waits for it instead.
    let ready = try await run(
      "vireo wait - source.up --after-cursor \(String(repeating: "0", count: 32)):0 --reconnect")
    try #require(ready.isSuccess, "\(ready) \(daemon.errorText)")
  }

  /// A QEMU that the hub watches; returns when it is known to run.
  ///
  /// It dials the hub, unless the hub is to dial it at a path.
  func machine(
    _ name: String, machine: String = "none", listensAt path: String? = nil, _ arguments: [String] = []
  ) async throws -> TestQEMU {
    let monitor = path.map { TestQEMU.Monitor.listens($0) } ?? .dials(socket)
    let vm = try await TestQEMU(.init(name: name, machine: machine, monitors: [monitor], arguments: arguments))
    let known = try await run("vireo wait \(name) 'vm.state.*' --timeout 30")
    try #require(known.isSuccess, "\(known) \(daemon.errorText)")
    return vm
  }

  /// Runs a command line to its end.
  func run(_ line: String) async throws -> ToolResult {
    try await runTool("bash", "-c", path(line), environment: environment)
  }

  /// Starts a command line.
  func start(_ line: String) throws -> ChildProcess {
    try ChildProcess("bash", ["-c", path(line)], options: .init(environment: environment))
  }

  /// Starts `vireo` on a terminal.
  func terminal(rows: Int = 30, columns: Int = 120, _ arguments: String...) throws -> PseudoTerminal {
    try PseudoTerminal(
      rows: rows, columns: columns, try Repository.program("vireo"), arguments, environment: environment)
  }

  private func path(_ line: String) -> String { "PATH='\(environment["PATH"] ?? "")'; \(line)" }

  /// The cursor of the newest event.
  func cursor() async throws -> String {
    let result = try await run("vireo log -n 1 --show-cursor")
    return String(result.lines.last?.dropFirst("-- cursor: ".count) ?? "")
  }

  /// Plays a recipe: what follows begins first, then `scene` happens, then the rest is run.
  func play(_ name: String, scene: () async throws -> Void) async throws {
    let recipes = Recipe.all(in: try Repository.text(of: "README.md"))
    let recipe = try #require(recipes[name], "the README has no recipe '\(name)'")
    let cursor = try await cursor()
    var followers: [(step: Recipe.Step, process: ChildProcess)] = []
    for step in recipe.steps where step.follows {
      // What happens while it starts is not missed: it begins at a place and not at a time.
      let line = step.command.replacingOccurrences(
        of: "(vireo (monitor|wait [^ ]+))", with: "$1 --after-cursor \(cursor)", options: .regularExpression)
      followers.append((step, try start(step.command.contains("vireo wait") ? step.command : line)))
    }
    try await scene()
    for (step, process) in followers {
      let wanted = step.output.filter { !$0.isEmpty }.count
      _ = try? await process.output.atLeast(wanted, within: .seconds(20))
      if step.command.contains("vireo wait") { #expect(try await process.exit() == .exited(0), "\(step.command)") }
      let difference = Recipe.difference(step.output, process.output.all)
      #expect(difference == nil, "\(step.command): \(difference ?? "") \(process.errorText)")
    }
    for step in recipe.steps where !step.follows {
      let result = try await run(step.command)
      #expect(result.isSuccess, "\(result)")
      let difference = Recipe.difference(step.output, result.output.components(separatedBy: "\n"))
      #expect(difference == nil, "\(step.command): \(difference ?? "")")
    }
  }

  /// Waits until an event has been told.
  func happened(_ machine: String, _ kind: String) async throws {
    let result = try await run("vireo wait \(machine) \(kind) --timeout 30")
    try #require(result.isSuccess, "\(result) \(daemon.errorText)")
  }
}
