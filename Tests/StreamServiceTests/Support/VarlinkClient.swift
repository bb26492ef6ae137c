// SPDX-License-Identifier: Apache-2.0
// A client of the socket that sends whatever bytes a test wants.

import Foundation
import TestSupport
import Testing

/// A client of the socket that sends whatever bytes a test wants, and keeps the replies.
final class VarlinkClient: Sendable {
  /// The replies, in order; finished when the service closes.
  let replies = Recorder<Reply>()
  let socket: Descriptor

  /// Connects; nothing is read before `start`.
  init(_ path: String) throws {
    socket = try UnixSocket.connect(to: path)
  }

  /// Connects, and reads from now on.
  static func reading(_ path: String) throws -> VarlinkClient {
    let client = try VarlinkClient(path)
    client.start()
    return client
  }

  deinit { socket.close() }

  /// Reads from now on, in a thread of its own; what a test has read already comes first.
  func start(with beginning: [UInt8] = []) {
    let (socket, replies) = (socket, replies)
    let thread = Thread {
      var rest = beginning
      while true {
        var start = 0
        while let end = rest[start...].firstIndex(of: 0) {
          replies.append(Reply(bytes: Array(rest[start..<end])))
          start = end + 1
        }
        rest.removeFirst(start)
        switch socket.read() {
        case .bytes(let bytes): rest += bytes
        case .wouldBlock:
          guard socket.number >= 0 else { return replies.finish() }
          socket.waitUntilReadable(within: .milliseconds(500))
        case .end, .failed: return replies.finish()
        }
      }
    }
    thread.name = "test-varlink"
    thread.start()
  }

  /// Sends bytes; what the service does not take at once is waited for.
  ///
  /// - Returns: how many were taken before the other side was gone, or took no more for a while.
  @discardableResult
  func send(_ bytes: [UInt8], patience: Duration = .seconds(10)) -> Int {
    var rest = bytes[...]
    let deadline = ContinuousClock.now + patience
    while !rest.isEmpty, ContinuousClock.now < deadline {
      switch socket.write(rest) {
      case .wrote(let count): rest = rest.dropFirst(count)
      case .wouldBlock:
        var request = pollfd(fd: socket.number, events: Int16(POLLOUT), revents: 0)
        _ = unsafe poll(&request, 1, 100)
      case .failed: return bytes.count - rest.count
      }
    }
    return bytes.count - rest.count
  }

  /// Sends a call.
  func call(_ method: String, _ parameters: String = "{}", flags: String = "") {
    let name = method.contains(".") ? method : "org.vireo.Hub1.\(method)"
    send(Array(#"{"method":"\#(name)","parameters":\#(parameters)\#(flags)}"#.utf8) + [0])
  }

  /// Sends a call and waits for its reply, the next that comes.
  func answer(_ method: String, _ parameters: String = "{}", flags: String = "") async throws -> Reply {
    let place = replies.count
    call(method, parameters, flags: flags)
    return try await replies.first("the answer to \(method)", from: place) { _ in true }
  }
}
