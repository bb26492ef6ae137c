// SPDX-License-Identifier: Apache-2.0
// Between the callers and the journal's thread.

internal import EventModel
internal import Synchronization

/// A batch that waits for its commit.
struct PendingAppend {
  let batch: LogBatch
  let completion: @Sendable (LogOutcome) -> Void
}

/// A question that waits for its answer.
enum PendingQuestion {
  case read(LogQuery, @Sendable (Result<LogPage, LogError>) -> Void)
  case findCursor(Timestamp, @Sendable (Result<UInt64, LogError>) -> Void)
}

/// What the callers left since the journal's thread last looked.
struct InboxContents {
  var appends: [PendingAppend] = []
  var questions: [PendingQuestion] = []
  var closers: [@Sendable () -> Void] = []
  var isClosing = false
}

/// Between the callers and the journal's thread: callers leave work and never wait, the thread takes it.
final class Inbox: Sendable {
  private struct State {
    var contents = InboxContents()
    var isAsleep = false
    var isOver = false
  }

  private let state = Mutex(State())
  private let bell: Bell
  /// The oldest sequence held.
  let oldest = Atomic<UInt64>(1)
  /// What the journal counts.
  let metrics = Mutex(JournalMetrics())

  init() throws(FileError) {
    bell = try Bell()
  }

  /// Leaves work.
  ///
  /// - Returns: false when the thread has ended; nothing was left then.
  func put(_ change: (inout InboxContents) -> Void) -> Bool {
    let (isTaken, wasAsleep) = state.withLock { state in
      guard !state.isOver else { return (false, false) }
      change(&state.contents)
      defer { state.isAsleep = false }
      return (true, state.isAsleep)
    }
    if wasAsleep { bell.ring() }
    return isTaken
  }

  /// Takes what was left; waits for something, until a moment, when nothing was.
  func take(until deadline: ContinuousClock.Instant?) -> InboxContents {
    while true {
      let contents: InboxContents? = state.withLock { state in
        let contents = state.contents
        state.contents = InboxContents()
        let isIdle =
          contents.appends.isEmpty && contents.questions.isEmpty && contents.closers.isEmpty && !contents.isClosing
        state.isAsleep = isIdle
        return isIdle ? nil : contents
      }
      if let contents { return contents }
      guard bell.wait(until: deadline) else {
        state.withLock { $0.isAsleep = false }
        return InboxContents()
      }
    }
  }

  /// Ends the work: whatever comes from now on is refused.
  ///
  /// - Returns: what was left in the last moment.
  func end() -> InboxContents {
    state.withLock { state in
      state.isOver = true
      defer { state.contents = InboxContents() }
      return state.contents
    }
  }
}
