// SPDX-License-Identifier: Apache-2.0
// A process that has a journal open: to be killed, or to be put where the tests themselves cannot go.

import EventModel
import Glibc
import Journal

/// A process that has a journal open.
///
/// `JournalProcess fill DIRECTORY` appends batches until it is killed, and says `open HEAD`, then `ack SEQUENCE` or
/// `stranded SEQUENCE` for each batch. `JournalProcess serve DIRECTORY` does what each line of its input says and
/// answers with a line. What it says is one write a line, so that a line is seen whole or not at all.
@main
enum JournalProcess {
  static func main() async {
    let arguments = CommandLine.arguments
    switch arguments.dropFirst().first {
    case "fill" where arguments.count == 3: Filler.run(arguments[2])
    case "serve" where arguments.count == 3: await Server(directory: arguments[2]).run()
    default:
      say("usage: JournalProcess fill|serve DIRECTORY")
      exit(2)
    }
  }

  static func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = unsafe bytes.withUnsafeBytes { unsafe write(1, $0.baseAddress, $0.count) }
  }
}
