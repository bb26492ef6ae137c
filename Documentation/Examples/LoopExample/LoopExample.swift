// SPDX-License-Identifier: Apache-2.0
// The first program of the EventLoop library: it stands in Sources/EventLoop/EventLoop.docc, too.

import EventLoop
import Glibc

/// Counts the lines that come by standard input, and tells every second.
actor LineCounter: LoopActor {
  nonisolated let loop: EventLoop
  private var lines = 0

  init(loop: EventLoop) { self.loop = loop }

  func start() {
    loop.addHandle(STDIN_FILENO, events: .readable) { id, descriptor, _ in
      self.assumeIsolated { $0.read(descriptor) }
    }
    loop.addTimeout(.every(.seconds(1))) { _ in
      self.assumeIsolated { $0.tell() }
    }
  }

  private func read(_ descriptor: CInt) {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = unsafe Glibc.read(descriptor, &bytes, bytes.count)
    guard count > 0 else {
      tell()
      return loop.stop()
    }
    lines += bytes.prefix(count).count { $0 == UInt8(ascii: "\n") }
  }

  private func tell() { print("\(lines) lines") }
}

@main
enum LoopExample {
  static func main() throws {
    let loop = try EventLoop()
    let counter = LineCounter(loop: loop)
    loop.submit { counter.assumeIsolated { $0.start() } }
    loop.run()
  }
}
