// SPDX-License-Identifier: Apache-2.0
// Cutting lines: every split of a stream gives the same lines, each byte is looked at once, and what is held is bounded.

import QEMUSource
import Testing

@Suite struct LineScannerTests {
  /// The lines of a stream that comes in those pieces; `nil` stands for a line that was too long.
  private func lines(of pieces: [[UInt8]], scanner: inout LineScanner) -> [String?] {
    var lines: [String?] = []
    for piece in pieces {
      var position = 0
      scan: while true {
        switch scanner.next(in: piece.span, from: &position) {
        case .inside(let range): lines.append(String(decoding: piece[range], as: UTF8.self))
        case .joined(let bytes): lines.append(String(decoding: bytes, as: UTF8.self))
        case .incomplete: break scan
        case .tooLong:
          lines.append(nil)
          break scan
        }
      }
    }
    return lines
  }

  @Test func `any split of a stream gives the same lines`() {
    let stream = Array("{\"QMP\":1}\r\n\r\n\n{\"event\":\"STOP\"}\n\rx\r\r\n{}\r\nrest".utf8)
    let expected = ["{\"QMP\":1}", "{\"event\":\"STOP\"}", "\rx\r", "{}"]
    for size in 1...stream.count {
      var scanner = LineScanner()
      let pieces = stride(from: 0, to: stream.count, by: size).map {
        Array(stream[$0..<min($0 + size, stream.count)])
      }
      #expect(lines(of: pieces, scanner: &scanner) == expected, "pieces of \(size)")
      #expect(scanner.heldBytes == 4)
      #expect(scanner.reset() == 4)
      #expect(scanner.heldBytes == 0)
    }
    for first in 0...stream.count {
      for second in first...stream.count {
        var scanner = LineScanner()
        let pieces = [
          Array(stream[..<first]), Array(stream[first..<second]), Array(stream[second...]),
        ]
        #expect(lines(of: pieces, scanner: &scanner) == expected)
      }
    }
  }

  @Test(arguments: [1, 2, 3, 7, 100])
  func `the limit holds to the byte, however the line is cut`(_ size: Int) {
    for end in ["\n", "\r\n"] {
      for (length, passes) in [(9, true), (10, true), (11, false), (12, false), (40, false)] {
        var scanner = LineScanner(limit: 10)
        let stream = Array((String(repeating: "x", count: length) + end).utf8)
        let pieces = stride(from: 0, to: stream.count, by: size).map {
          Array(stream[$0..<min($0 + size, stream.count)])
        }
        let found = lines(of: pieces, scanner: &scanner)
        if passes {
          #expect(
            found == [String(repeating: "x", count: length)], "\(length) in pieces of \(size)")
        } else {
          #expect(found.first == .some(nil), "\(length) in pieces of \(size)")
        }
      }
    }
  }

  @Test func `an endless line holds no more than the limit`() {
    var scanner = LineScanner(limit: 1 << 20)
    let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 65536)
    var held = 0
    var refused = false
    for _ in 0..<1024 where !refused {
      var position = 0
      if scanner.next(in: piece.span, from: &position) == .tooLong { refused = true }
      held = max(held, scanner.heldBytes)
    }
    #expect(refused)
    #expect(held <= 1 << 20)
    #expect(scanner.heldBytes == 0)
  }

  @Test func `a line of 8 MiB in pieces of one byte costs its length, not its square`() {
    var scanner = LineScanner()
    let length = 8 << 20
    let byte: [UInt8] = [UInt8(ascii: "y")]
    for _ in 0..<length {
      var position = 0
      guard scanner.next(in: byte.span, from: &position) == .incomplete else {
        Issue.record("a line before its end")
        return
      }
    }
    var position = 0
    guard case .joined(let line) = scanner.next(in: [UInt8(ascii: "\n")].span, from: &position)
    else {
      Issue.record("no line")
      return
    }
    #expect(line.count == length)
    #expect(scanner.heldBytes == 0)
  }
}
