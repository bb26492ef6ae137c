// SPDX-License-Identifier: Apache-2.0
// How far the answer to a request for a list is: netlink(7).

/// How far the answer to a request for a list is.
struct DumpProgress {
  /// What a message of the answer is.
  enum Step: Equatable {
    /// One entry of the list.
    case part
    /// The end; the list is consistent unless something changed while the kernel went through it.
    case end(isConsistent: Bool)
    /// The kernel refused, with an error number.
    case failed(CInt)
  }

  private var isConsistent = true

  /// Takes the next message.
  ///
  /// Any of them, the last one too, may say that the list changed meanwhile (NLM_F_DUMP_INTR).
  mutating func take(_ message: NetlinkMessage) -> Step {
    if message.flags & MessageFlag.dumpInterrupted != 0 { isConsistent = false }
    guard message.type == MessageType.done || message.type == MessageType.error else { return .part }
    if let answer = Answer(message), answer.errorNumber != 0 { return .failed(answer.errorNumber) }
    return .end(isConsistent: isConsistent)
  }
}
