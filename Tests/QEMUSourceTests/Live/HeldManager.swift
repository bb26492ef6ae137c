// SPDX-License-Identifier: Apache-2.0
// A service manager that answers when a test says so.

import Hub
import Synchronization
import TestSupport
import Testing

/// A service manager that answers when the test says so.
final class HeldManager: UnitResults {
  let questions = Recorder<UnitQuestion>()
  private let answers = Mutex<[@Sendable (UnitEnd?) -> Void]>([])

  nonisolated func ask(_ question: UnitQuestion, answer: @escaping @Sendable (UnitEnd?) -> Void) {
    answers.withLock { $0.append(answer) }
    questions.append(question)
  }

  /// Answers the first question that is open.
  func answer(_ hub: LiveSource, _ result: String?, _ exit: ProcessExit? = nil) async throws {
    let question = try #require(questions.all.first)
    let answer = answers.withLock { $0.removeFirst() }
    try await hub.onLoop { answer(result.flatMap { UnitEnd(unit: question.unit, result: $0, exit: exit) }) }
  }
}
