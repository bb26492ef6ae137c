// SPDX-License-Identifier: Apache-2.0
// Lines on their way to standard error, so that whoever reads it cannot hold up the loop.

import Dispatch
import EventModel
import Foundation
import Logging
import Synchronization

/// Lines on their way to standard error, written by a thread of their own.
///
/// Threading: every function from any thread; none waits for the reader of the log but ``drain(within:)``.
final class LogQueue: Sendable {
  /// How much may wait, in bytes; what comes when it is full is left out, and how much that was is told in its place.
  static let capacity = 1 << 20

  private struct State {
    var waiting: [UInt8] = []
    var isWriting = false
    var leftOut = 0
  }

  private let state = Mutex(State())
  private let thread = DispatchQueue(label: "vireod.log")
  private let style: LogLine.Style
  private let capacity: Int
  private let output: @Sendable ([UInt8]) -> Void

  /// The one of this process.
  static let standardError = LogQueue(
    style: LogLine.Style(environment: ProcessInfo.processInfo.environment, isJournal: StandardError.isJournal),
    output: StandardError.write)

  /// Makes one for a function that may block; it is called on one thread at a time.
  init(style: LogLine.Style, capacity: Int = LogQueue.capacity, output: @escaping @Sendable ([UInt8]) -> Void) {
    self.style = style
    self.capacity = capacity
    self.output = output
  }

  /// Adds a message.
  func append(_ message: String, level: Logger.Level) {
    append(LogLine.text(message, level: level, at: .now(), style: style))
  }

  /// Adds a line, or leaves it out when too much waits already.
  private func append(_ line: String) {
    let begins = state.withLock { state in
      guard state.waiting.count + line.utf8.count <= capacity else {
        state.leftOut += 1
        return false
      }
      state.waiting += line.utf8
      defer { state.isWriting = true }
      return !state.isWriting
    }
    if begins { thread.async { self.write() } }
  }

  /// Waits until everything is written, but not for ever: a reader that stands still does not keep the daemon from ending.
  func drain(within limit: DispatchTimeInterval = .seconds(1)) {
    let done = DispatchSemaphore(value: 0)
    thread.async { done.signal() }
    _ = done.wait(timeout: .now() + limit)
  }

  private func write() {
    while true {
      let (bytes, leftOut) = state.withLock { state -> ([UInt8], Int) in
        defer { (state.waiting, state.leftOut) = ([], 0) }
        state.isWriting = !state.waiting.isEmpty || state.leftOut > 0
        return (state.waiting, state.leftOut)
      }
      if bytes.isEmpty, leftOut == 0 { return }
      output(bytes)
      if leftOut > 0 {
        let text = "\(leftOut) lines were left out here: whoever reads the log was too slow"
        output(Array(LogLine.text(text, level: .warning, at: .now(), style: style).utf8))
      }
    }
  }
}
