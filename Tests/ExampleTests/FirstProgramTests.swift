// SPDX-License-Identifier: Apache-2.0
// The first programs of the libraries' documentation do what it says.

import TestSupport
import Testing

@Suite struct FirstProgramTests {
  @Test(arguments: [("EventLoop", "LoopExample"), ("DBusBridge", "BusExample")])
  func `the program in the documentation is the one that was compiled`(_ library: String, _ example: String) throws {
    let page = try Repository.text(of: "Sources/\(library)/\(library).docc/\(library).md")
    let shown = try #require(page.firstMatch(of: /```swift\n([\s\S]*?)```/)?.output.1)
    let source = try Repository.text(of: "Documentation/Examples/\(example)/\(example).swift")
    // The page shows the file from its first import on.
    let compiled = try #require(source.firstRange(of: "import "))
    #expect(shown == source[compiled.lowerBound...])
  }

  @Test func `the first program on the loop counts the lines that come`() async throws {
    let program = try ChildProcess(try Repository.program("LoopExample"), options: .init(hasInput: true))
    try program.write("one\ntwo\nthree\n")
    program.closeInput()
    let status = try await program.exit()
    try await program.output.end("the output of the first program")
    #expect(status.isSuccess && program.outputText.hasSuffix("3 lines\n"), "\(program.outputText)\(program.errorText)")
  }

  @Test(.needs(.program("dbus-daemon"), .program("busctl")))
  func `the first program on the bus greets who calls, by the call that the page shows`() async throws {
    let page = try Repository.text(of: "Sources/DBusBridge/DBusBridge.docc/DBusBridge.md")
    let command = try #require(page.firstMatch(of: /`busctl --user (call .*)`/)?.output.1)
    let bus = try await TestBus()
    let program = try ChildProcess(
      try Repository.program("BusExample"), options: .init(environment: ["DBUS_SESSION_BUS_ADDRESS": bus.address]))
    try await program.output.first("its name") { $0.contains("acquired") }
    let answer = try await runTool(
      "busctl", arguments: ["--address=\(bus.address)"] + command.split(separator: " ").map(String.init))
    #expect(answer.output == "s \"Hello, World\"\n", "\(answer)")
    try await program.stop()
  }
}
