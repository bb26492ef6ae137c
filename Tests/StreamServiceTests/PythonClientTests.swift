// SPDX-License-Identifier: Apache-2.0
// The independent Python client of the Varlink project, on our service.

import EventModel
import Foundation
import Hub
import TestSupport
import Testing

@Suite("Varlink: the Python client", .needs(PythonVarlink.requirement), .timeLimit(.minutes(3)))
struct PythonClientTests {
  @Test func `it reads our description and calls by it`() async throws {
    let host = try await ServiceHost(machines: 3)
    await host.publish(5)
    let result = try await PythonVarlink.run(
      """
      import sys, varlink
      with varlink.Client(address="unix:" + sys.argv[1]) as client:
        print(sorted(client.get_interfaces()))
        with client.open("org.vireo.Hub1") as hub:
          print([vm["name"] for vm in hub.ListVMs()["vms"]])
          print([source["state"] for source in hub.ListSources()["sources"]])
          print(hub.ListDevices("net")["devices"], hub.ListLinks()["links"])
          page = hub.GetEvents(after=1, max=2)
          print([event["sequence"] for event in page["events"]], page["searched"])
          try:
            hub.GetEvents(kinds=["no.such.kind"])
          except varlink.VarlinkError as error:
            print(error.error(), error.parameters()["kind"])
      """, host.path)
    #expect(result.isSuccess, "\(result)")
    #expect(
      result.output.split(separator: "\n") == [
        "['org.varlink.service', 'org.vireo.Hub1']", "['vm0', 'vm1', 'vm2']", "['up']", "[] []", "[2, 3] 3",
        "org.vireo.Hub1.UnknownKind no.such.kind",
      ])
  }

  @Test func `its generator tells what is there and then everything that happens`() async throws {
    let host = try await ServiceHost(machines: 3)
    let reader = try ChildProcess(
      PythonVarlink.python,
      [
        "-u", "-c",
        """
        import sys, varlink
        with varlink.Client(address="unix:" + sys.argv[1]) as client, client.open("org.vireo.Hub1") as hub:
          for reply in hub.Monitor(kinds=["vm.*"], _more=True):
            if reply.get("objects"):
              print("there", len(reply["objects"]), reply["sequence"])
            for event in reply.get("events") or []:
              print(event["sequence"], event["kind"])
              if event["kind"] == "vm.state.paused":
                sys.exit(0)
        """, host.path,
      ])
    let line = try await reader.output.first("what is there") { $0.hasPrefix("there 4 ") }
    await host.publish(250)
    await host.publish(1, .vmStatePaused)
    #expect(try await reader.exit() == .exited(0), "\(reader.errorText)")
    let start = try #require(line.split(separator: " ").last.flatMap { UInt64($0) })
    let numbers = reader.output.all.dropFirst().compactMap { UInt64($0.split(separator: " ")[0]) }
    #expect(numbers == Array(start + 1...start + 251))
  }

  @Test func `the lines of the README work as they stand`() async throws {
    let host = try await ServiceHost(machines: 2)
    let lines = try Repository.text(of: "README.md").split(separator: "\n").filter {
      $0.hasPrefix("python3 -m varlink.cli ")
    }
    #expect(lines.count == 2)
    for line in lines {
      let command = line.replacing("python3", with: PythonVarlink.python)
        .replacing("/run/vireo/org.vireo.Hub1", with: host.path)
      let client = try ChildProcess(
        "bash", ["-c", "exec \(command)"], options: .init(environment: ["PYTHONUNBUFFERED": "1"]))
      try await client.output.first("a machine in what it prints") { $0.contains("vm0") }
      // The one goes on for ever, the other has said all.
      if line.contains(" --more ") { try await client.kill() } else { #expect(try await client.exit() == .exited(0)) }
    }
  }

  @Test func `its command line works on the socket`() async throws {
    let host = try await ServiceHost()
    let result = try await runTool(
      PythonVarlink.python, "-m", "varlink.cli", "call", "unix:\(host.path)/org.vireo.Hub1.ListVMs", "{}")
    #expect(result.isSuccess && result.output.contains("vm0"), "\(result)")
    let help = try await runTool(PythonVarlink.python, "-m", "varlink.cli", "help", "unix:\(host.path)/org.vireo.Hub1")
    #expect(help.isSuccess && help.output.contains("method Monitor"), "\(help)")
    let monitor = try ChildProcess(
      PythonVarlink.python,
      [
        "-u", "-m", "varlink.cli", "call", "--more", "unix:\(host.path)/org.vireo.Hub1.Monitor",
        #"{"kinds": ["vm.*"]}"#,
      ])
    try await monitor.output.first("what is there") { $0.contains("vm0") }
    await host.publish(1, .vmStatePaused)
    try await monitor.output.first("the event") { $0.contains("vm.state.paused") }
    try await monitor.kill()
  }
}
