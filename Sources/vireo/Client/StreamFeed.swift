// SPDX-License-Identifier: Apache-2.0
// A stream of the hub: lines of JSON from a descriptor that the hub passed over.

import DBusBridge
import DBusTypes
import EventLoop
import EventModel
private import Glibc
import VireoCommand

/// A stream of the hub: lines of JSON from a descriptor that the hub passed over.
///
/// The kernel's buffer holds up the hub when we are slow, and the hub reads on from its journal when we go on: nothing is
/// lost and nothing piles up, here or there.
///
/// Threading: lives on the loop. FENCE: read(2).
actor StreamFeed: LoopActor {
  /// Bytes that are read ahead of who takes them.
  private static let readAhead = 256 << 10

  nonisolated let loop: EventLoop
  private let descriptor: BusDescriptor
  private var bytes: [UInt8] = []
  private var handle: HandleID?
  private var isOver = false
  private var waiter: CheckedContinuation<Void, Never>?

  private init(_ descriptor: BusDescriptor, loop: EventLoop) {
    self.descriptor = descriptor
    self.loop = loop
  }

  /// Opens a stream of what comes after a number.
  ///
  /// - Throws: why there is none; `cause` is `expired` when what is asked for is no longer held.
  static func open(
    _ query: EventQuery, after: UInt64, instance: InstanceID?, client: HubClient
  ) async throws(ToolError) -> StreamFeed {
    var options: [(String, BusValue)] = []
    if let instance { options.append(("instance", .text(instance.description))) }
    let reply = try await client.call(
      "OpenStream",
      [
        .strings(query.kinds), .strings(query.subject.isEmpty ? [] : [query.subject]), .uint64(after),
        .variants(options),
      ])
    guard let descriptor = reply.first?.unixDescriptor else { throw ToolError("the hub passed no descriptor") }
    let feed = StreamFeed(descriptor, loop: client.loop)
    await feed.start()
    return feed
  }

  /// The next whole lines; nil when the hub has ended the stream.
  ///
  /// - Throws: when the hub sends a line that has no end.
  func next() async throws(ToolError) -> String? {
    while true {
      if let end = bytes.lastIndex(of: UInt8(ascii: "\n")) {
        let text = String(decoding: bytes[...end], as: UTF8.self)
        bytes.removeFirst(end + 1)
        listen()
        return text
      }
      if isOver { return nil }
      guard bytes.count < StreamFeed.readAhead else {
        close()
        throw ToolError("the hub sent a line without end")
      }
      await withCheckedContinuation { waiter = $0 }
    }
  }

  /// Ends the stream.
  func close() {
    isOver = true
    if let handle { loop.removeHandle(handle) }
    handle = nil
    wake()
  }

  private func start() {
    // Ours alone: the hub keeps the other end of the pair.
    _ = fcntl(descriptor.rawValue, F_SETFL, fcntl(descriptor.rawValue, F_GETFL) | O_NONBLOCK)
    listen()
  }

  private func listen() {
    guard handle == nil, !isOver else { return }
    handle = loop.addHandle(descriptor.rawValue, events: .readable) { _, _, _ in self.assumeIsolated { $0.read() } }
  }

  private func read() {
    while bytes.count < StreamFeed.readAhead {
      var piece = [UInt8](repeating: 0, count: 64 << 10)
      let count = unsafe Glibc.read(descriptor.rawValue, &piece, piece.count)
      if count > 0 {
        bytes.append(contentsOf: piece.prefix(count))
        continue
      }
      if count < 0, errno == EINTR { continue }
      if count == 0 || errno != EAGAIN { close() }
      return wake()
    }
    // Whoever takes lines listens again.
    if let handle { loop.removeHandle(handle) }
    handle = nil
    wake()
  }

  private func wake() {
    waiter?.resume()
    waiter = nil
  }
}
