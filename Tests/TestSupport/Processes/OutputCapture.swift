// SPDX-License-Identifier: Apache-2.0
// One output of a child: its bytes and its lines.

import Synchronization

/// Reads a pipe on the reactor until its end, and keeps the text and the lines.
final class OutputCapture: Sendable {
  /// What is kept of one output; the rest is read and dropped, so that the child never blocks on us.
  static let limit = 64 << 20

  let lines = Recorder<String>()

  private struct State {
    var bytes: [UInt8] = []
    var lineStart = 0
    var token: Reactor.Token?
  }

  private let descriptor: Descriptor
  private let state = Mutex(State())

  init(_ descriptor: Descriptor) throws {
    self.descriptor = descriptor
    let token = try Reactor.shared.watch(descriptor, for: .readable) { [self] _ in drain() }
    state.withLock { $0.token = token }
  }

  /// All that was written, as text.
  var text: String { state.withLock { String(decoding: $0.bytes, as: UTF8.self) } }

  private func drain() {
    while true {
      switch descriptor.read() {
      case .bytes(let bytes): take(bytes)
      case .wouldBlock: return
      case .end, .failed: return finish()
      }
    }
  }

  private func take(_ bytes: [UInt8]) {
    let new = state.withLock { state -> [String] in
      guard state.bytes.count + bytes.count <= Self.limit else { return [] }
      state.bytes += bytes
      var lines: [String] = []
      var scan = max(state.lineStart, state.bytes.count - bytes.count)
      while let end = state.bytes[scan...].firstIndex(of: UInt8(ascii: "\n")) {
        lines.append(String(decoding: state.bytes[state.lineStart..<end], as: UTF8.self))
        state.lineStart = end + 1
        scan = end + 1
      }
      return lines
    }
    if !new.isEmpty { lines.append(contentsOf: new) }
  }

  private func finish() {
    let (token, rest) = state.withLock { state in
      defer {
        state.token = nil
        state.lineStart = state.bytes.count
      }
      return (state.token, String(decoding: state.bytes[state.lineStart...], as: UTF8.self))
    }
    if let token { Reactor.shared.unwatch(token) }
    descriptor.close()
    if !rest.isEmpty { lines.append(rest) }
    lines.finish()
  }
}
