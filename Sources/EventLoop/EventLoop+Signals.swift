// SPDX-License-Identifier: Apache-2.0
// EventLoop: signals.

/// The token of a set of signals that the loop reads.
public struct SignalSetID: Hashable, Sendable {
  let handle: HandleID
}

extension EventLoop {
  /// Blocks signals in the calling thread, and so in each thread that it starts afterwards.
  ///
  /// A signal is read by a loop only if no thread takes it first: call this first thing in the program's main thread.
  public static func blockSignals(_ signals: [CInt]) throws(LoopError) {
    try SignalDescriptor.block(signals)
  }

  /// Calls back for each of these signals that arrives, with its sender.
  ///
  /// The signals are blocked in the calling thread. They must be blocked in every other thread too (see `blockSignals`), and
  /// they stay blocked after `removeSignals`. The kernel merges a signal with one of the same number that is still
  /// pending.
  ///
  /// - Returns: The token for `removeSignals`.
  @discardableResult public func addSignals(
    _ signals: [CInt], callback: @escaping @Sendable (SignalInfo) -> Void
  ) throws(LoopError) -> SignalSetID {
    let descriptor = try SignalDescriptor(signals)
    let number = descriptor.number
    let handle = addHandle(number, events: .readable) { _, _, _ in
      // One at a time: the callback may remove the set. If there are more the descriptor is still readable.
      if let info = descriptor.next() { callback(info) }
    }
    return SignalSetID(handle: handle)
  }

  /// Stops reading a set of signals; false if it is not read (any more).
  @discardableResult public func removeSignals(_ id: SignalSetID) -> Bool {
    removeHandle(id.handle)
  }
}
