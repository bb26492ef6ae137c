// SPDX-License-Identifier: Apache-2.0
// A client of the Varlink socket that notes when it heard of what.

import Foundation
import Synchronization
import TestSupport

/// A client of the Varlink socket that notes when it heard of what.
///
/// A thread of its own reads, so that the time is that of the arrival and not that of the test's next look. It looks into
/// nothing: fifty of them that read JSON would measure themselves.
final class ClientWatcher: Sendable {
  /// Whole messages that arrived together.
  struct Arrival: Sendable, CustomStringConvertible {
    let bytes: Data
    let time: ContinuousClock.Instant

    var description: String { String(decoding: bytes.suffix(300), as: UTF8.self) }
    /// The events in it.
    var events: [TestJSON] {
      bytes.split(separator: 0).flatMap { message in
        (try? TestJSON(parsing: String(decoding: message, as: UTF8.self)))?["parameters"]?["events"]?.array ?? []
      }
    }
    /// The numbers of the events in it: what follows the end of the text of its instance.
    var numbers: [Int64] {
      String(decoding: bytes, as: UTF8.self).components(separatedBy: "\",\"sequence\":").dropFirst().compactMap {
        Int64($0.prefix { $0 >= "0" && $0 <= "9" })
      }
    }

    func contains(_ text: String) -> Bool { bytes.range(of: Data(text.utf8)) != nil }
  }

  /// What arrived after what is there had been told, in order; finished when the service closes.
  let arrivals = Recorder<Arrival>()
  private let complete = Recorder<Void>()
  private let socket: Descriptor
  private let isReading = Mutex(true)

  /// Connects and asks for everything.
  init(_ path: String) throws {
    socket = try UnixSocket.connect(to: path)
    let call = Array(#"{"method":"org.vireo.Hub1.Monitor","parameters":{},"more":true}"#.utf8) + [0]
    guard case .wrote(call.count) = socket.write(call[...]) else {
      throw WaitError.ended(awaited: "a call that is taken", seen: "a socket that takes none")
    }
    let thread = Thread { [socket, arrivals, complete] in
      Self.read(socket, arrivals, complete) { [weak self] in self?.isReading.withLock(\.self) ?? true }
    }
    thread.name = "client-watcher"
    thread.start()
  }

  deinit { socket.close() }

  /// Waits until what is there has been told.
  func ready() async throws { try await complete.atLeast(1, "the end of what is there") }

  /// Stands still, or goes on.
  func read(_ reads: Bool) { isReading.withLock { $0 = reads } }

  private static func read(
    _ socket: Descriptor, _ arrivals: Recorder<Arrival>, _ complete: Recorder<Void>, _ reads: () -> Bool
  ) {
    var rest = Data()
    var isComplete = false
    while socket.number >= 0 {
      socket.waitUntilReadable(within: .milliseconds(200))
      guard reads() else { continue }
      switch socket.read() {
      case .bytes(let bytes): rest.append(contentsOf: bytes)
      case .wouldBlock: continue
      case .end, .failed: return arrivals.finish()
      }
      let time = ContinuousClock.now
      if !isComplete {
        guard let mark = rest.range(of: Data(#""complete":true"#.utf8)),
          let end = rest.range(of: Data([0]), in: mark.upperBound..<rest.endIndex)
        else { continue }
        rest = Data(rest[end.upperBound...])
        isComplete = true
        complete.append(())
      }
      guard let end = rest.range(of: Data([0]), options: .backwards) else { continue }
      arrivals.append(Arrival(bytes: Data(rest[..<end.upperBound]), time: time))
      rest = Data(rest[end.upperBound...])
    }
  }
}
