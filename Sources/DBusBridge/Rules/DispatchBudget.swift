// SPDX-License-Identifier: Apache-2.0
// How many messages are handed out before the loop's other work gets its turn.

/// Counts the messages of the two phases of a turn in which they are handed out.
///
/// They are handed out where their bytes came in, among the loop's handles, and as a job of the loop if some are left
/// over. The handles of a turn come in any order, so between two looks at another one there may lie the handles' phase of
/// one turn, its jobs, and the handles' phase of the next: together they keep to the budget.
struct DispatchBudget {
  /// Where in a turn of the loop messages are handed out.
  enum Phase {
    case handles
    case jobs
  }

  private let messages: Int
  /// Those of the last phase of handles, and of the jobs right behind it.
  private var recent = 0
  private var lastPhase: Phase = .jobs

  init(_ messages: Int) { self.messages = messages }

  /// How many may be handed out now.
  func left(in phase: Phase) -> Int { messages - (isAfterHandles(phase) ? 0 : recent) }

  /// Notes how many were handed out.
  mutating func note(_ count: Int, in phase: Phase) {
    recent = phase == .handles || isAfterHandles(phase) ? count : recent + count
    lastPhase = phase
  }

  /// Whether all other handles were looked at since the last messages: two jobs in a row are of two turns.
  private func isAfterHandles(_ phase: Phase) -> Bool { phase == .jobs && lastPhase == .jobs }
}
