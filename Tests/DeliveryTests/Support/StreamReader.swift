// SPDX-License-Identifier: Apache-2.0
// A reader of an event stream, in a thread of its own.

import DBusBridge
import DBusTypes
import Foundation
import Synchronization
import TestSupport
import Testing

/// A reader of an event stream, in a thread of its own; it keeps numbers and gaps, not the lines.
final class StreamReader: Sendable {
  /// What a stream said, in order.
  struct Contents {
    var numbers: [UInt64] = []
    var gaps: [ClosedRange<UInt64>] = []
    var nonsense: [String] = []
  }

  /// The last number dealt with, once for each piece read.
  let progress = Recorder<UInt64>()
  private let state = Mutex(Contents())
  private let descriptor: Descriptor

  /// Takes over the end of a stream.
  init(_ descriptor: Descriptor) {
    self.descriptor = descriptor
  }

  /// Opens a stream of a hub by its bus.
  static func open(
    _ client: Client, kinds: [String] = [], subjects: [String] = [], after: UInt64 = 0,
    _ options: [String: String] = [:]
  ) async throws -> StreamReader {
    let reply = try await client.call(
      "OpenStream", .strings(kinds), .strings(subjects), .uint64(after),
      .variants(options.map { ($0, .string($1)) }))
    let owner = try #require(reply.body.first?.unixDescriptor)
    return StreamReader(owner.duplicate)
  }

  /// What was read until now.
  var contents: Contents { state.withLock(\.self) }

  /// Begins to read.
  func start() {
    let thread = Thread { [self] in run() }
    thread.name = "test-stream"
    thread.start()
  }

  /// Closes the end; a thread that reads it meets the end first.
  func close() { descriptor.close() }

  /// Waits until a number was read.
  func reached(_ sequence: UInt64, within limit: Duration = Patience.standard) async throws {
    try await progress.first("number \(sequence)", within: limit) { $0 >= sequence }
  }

  /// Checks that everything from a number through another came exactly once, in order, or is in a gap that was told.
  func expectComplete(from first: UInt64, through end: UInt64, sourceLocation: SourceLocation = #_sourceLocation) {
    let contents = contents
    var told = Set<UInt64>()
    for gap in contents.gaps { told.formUnion(gap) }
    let seen = Set(contents.numbers)
    let missing = (first...end).filter { !seen.contains($0) && !told.contains($0) }.prefix(10)
    #expect(Array(missing) == [], "never came", sourceLocation: sourceLocation)
    let isAscending = zip(contents.numbers, contents.numbers.dropFirst()).allSatisfy(<)
    #expect(isAscending, "twice or out of order", sourceLocation: sourceLocation)
    #expect(contents.nonsense == [], sourceLocation: sourceLocation)
  }

  private func run() {
    var rest: [UInt8] = []
    while case .bytes(let bytes) = descriptor.read() {
      rest += bytes
      guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { continue }
      for line in rest[...end].split(separator: UInt8(ascii: "\n")) { take(line) }
      rest.removeSubrange(...end)
      if let last = state.withLock({ max($0.numbers.last ?? 0, $0.gaps.last?.upperBound ?? 0) }) as UInt64? {
        progress.append(last)
      }
    }
    if !rest.isEmpty { state.withLock { $0.nonsense.append(String(decoding: rest, as: UTF8.self)) } }
    progress.finish()
  }

  /// Only what is not obviously an event is parsed: there may be hundreds of thousands of them.
  private func take(_ line: some Collection<UInt8>) {
    let beginning = line.prefix(100).split(separator: UInt8(ascii: ",")).dropFirst().first ?? []
    let (prefix, last) = (Array(#""sequence":"#.utf8), UInt8(ascii: "}"))
    if beginning.starts(with: prefix), line.suffix(1).first == last,
      let number = UInt64(String(decoding: beginning.dropFirst(prefix.count), as: UTF8.self))
    {
      return state.withLock { $0.numbers.append(number) }
    }
    let text = String(decoding: line, as: UTF8.self)
    let gap = (try? TestJSON(parsing: text))?["gap"]
    state.withLock { state in
      if let from = gap?["from"]?.int, let to = gap?["to"]?.int {
        state.gaps.append(UInt64(from)...UInt64(to))
      } else {
        state.nonsense.append(text)
      }
    }
  }
}

extension BusDescriptor {
  /// A descriptor of the test's own for the same file; no child of the test inherits it.
  var duplicate: Descriptor { Descriptor(adopting: fcntl(rawValue, F_DUPFD_CLOEXEC, 0)) }
}
