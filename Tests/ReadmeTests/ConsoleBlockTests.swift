// SPDX-License-Identifier: Apache-2.0
// The commands of a document are found, and their output is judged.

import TestSupport
import Testing

@Suite struct ConsoleBlockTests {
  private let document = """
    Text with $ signs.
    ```sh
    $ not this
    ```
    ```console
    $ first --option
    one …
    two
    $ second
    ```
    ```console follow
    $ third
    ```
    """

  @Test func `the commands of console blocks are found with their mode and their output`() {
    let commands = ConsoleCommand.commands(in: document)
    #expect(commands.map(\.command) == ["first --option", "second", "third"])
    #expect(commands.map(\.mode) == [.runs, .runs, .follow])
    #expect(commands[0].expected == ["one …", "two"])
    #expect(commands[0].line == 6)
  }

  @Test func `an output is judged line by line, and the first line that is missing is told`() throws {
    let command = ConsoleCommand.commands(in: document)[0]
    #expect(try command.missingLine(in: "zero\none 1\nbetween\ntwo\n") == nil)
    #expect(try command.missingLine(in: "two\none 1\n") == "two")
    #expect(try command.missingLine(in: "one") == "one …")
  }

  @Test func `the README has commands of each mode and closes every block`() throws {
    let text = try Repository.text(of: "README.md")
    let commands = ConsoleCommand.commands(in: text)
    #expect(commands.count { $0.mode == .runs } >= 8)
    #expect(commands.contains { $0.mode == .fails })
    #expect(commands.count { $0.mode == .follow } >= 3)
    #expect(text.split(separator: "\n").count { $0.hasPrefix("```") }.isMultiple(of: 2))
  }
}
