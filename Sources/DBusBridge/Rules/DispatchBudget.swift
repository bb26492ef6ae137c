// SPDX-License-Identifier: Apache-2.0
// How many messages are handed out before the loop's other work gets its turn.

/// Counts the messages of the two phases of a turn in which they are handed out.
///
/// They are handed out where their bytes came in, among the loop's handles, and as a job of the loop if some are left
/// over. Between two looks at another handle lies one of each, in either order: the two share one budget.
struct DispatchBudget {
  /// Where in a turn of the loop messages are handed out.
  enum Phase {
    case handles
    case jobs
  }

  private let messages: Int
  private var spentAmongHandles = 0
  private var spentAsJob = 0

  init(_ messages: Int) { self.messages = messages }

  /// How many may be handed out now.
  func left(in phase: Phase) -> Int { messages - (phase == .handles ? spentAsJob : spentAmongHandles) }

  /// Notes how many were handed out.
  mutating func note(_ count: Int, in phase: Phase) {
    spentAmongHandles = phase == .handles ? count : 0
    spentAsJob = phase == .jobs ? count : 0
  }
}
