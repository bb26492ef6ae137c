// SPDX-License-Identifier: Apache-2.0
// Reading events, from a place in the past or from now, and going on with what happens.

import EventLoop
import EventModel
import VireoCommand

/// What `log`, `monitor` and `wait` do.
struct FollowPlan: Sendable {
  /// How long a hub that restarts may be away.
  static let grace: Duration = .seconds(10)

  var selection = EventSelection()
  var range = TimeRange()
  var printing: PrintSettings
  /// Whether a hub that is away is waited for without end.
  var reconnects = false
  /// The time after which to end.
  var timeLimit: Duration?
  /// Whether reading begins at the present moment where no beginning is named.
  var startsNow = true
  /// How many events of the past are shown at most, counted from the last.
  var last: Int?
  /// The same where no beginning is named.
  var lastWithoutBeginning: Int?
  /// Whether the past is shown from its end to its beginning; then nothing follows it.
  var isReversed = false
  /// Whether it goes on with what happens.
  var follows = true
  /// After how many events it ends.
  var limit: Int?
  /// The exit status when the time is over.
  var timeoutStatus = EndStatus.success

  /// Reads and prints.
  func execute(_ session: isolated Session) async throws -> EndStatus {
    try await run(try await begin(session), session)
  }

  /// Contacts the hub and resolves the options; waits for a hub that is away only where that was asked for.
  func begin(_ session: isolated Session) async throws -> Follower {
    if let timeLimit { endAfter(timeLimit, session) }
    let doorbell = Doorbell(client: session.client)
    while true {
      do {
        try await session.client.connect()
        let query = try await EventQuery.make(selection, range, fromNow: startsNow, client: session.client)
        if follows {
          await doorbell.listen(to: session.client.passesDescriptors ? nil : query.kinds)
          await session.client.startNothing()
          if let until = query.filter.until { endAt(until, session) }
        }
        let renderer = try await printing.renderer(session.client)
        let printer = EventPrinter(
          session, renderer: renderer, range: range, instance: query.position.instance,
          begin: query.hasBeginning ? nil : query.after)
        session.atEnd { printer.assumeIsolated { $0.saveOrComplain() } }
        return try Follower(client: session.client, query: query, doorbell: doorbell, printer: printer)
      } catch {
        guard follows, reconnects, error.cause == .away else { throw error }
        session.note("-- \(error); waiting for it --")
        await doorbell.listen(to: ["hub.started"])
        await session.client.keepConnecting()
        _ = await doorbell.waitForHub(nil)
      }
    }
  }

  /// Prints what there is and, where that was asked for, what happens from then on.
  func run(_ follower: Follower, _ session: isolated Session) async throws -> EndStatus {
    var follower = follower
    follower.remaining = limit
    let last = last ?? (follower.query.hasBeginning ? nil : lastWithoutBeginning)
    if let last, !isReversed { try await follower.printLast(last) }
    if follows {
      try await follow(&follower, session)
    } else {
      if isReversed {
        try await follower.printBackwards(last)
      } else {
        while try await !follower.printNext(), !follower.isAtEnd,
          follower.reader.position < follower.query.position.head
        {}
      }
      if Terminal.isOutput, await follower.printer.count == 0 { session.note("-- No events --") }
    }
    try await follower.printer.finish()
    return .success
  }

  private func follow(_ follower: inout Follower, _ session: isolated Session) async throws {
    var isFirst = true
    while true {
      do {
        if !isFirst { try await follower.meetAgain() }
        isFirst = false
        if try await follower.printWhatHappens() { return }
      } catch let error as ToolError where error.cause == .away {
        session.note("-- the hub went away; waiting for it --")
        guard await follower.doorbell.waitForHub(reconnects ? nil : FollowPlan.grace) else {
          try await follower.printer.finish()
          throw ToolError("the hub went away and did not come back (see --reconnect)", cause: .away)
        }
      }
    }
  }

  /// Nothing can pass the filter after that moment; what happened before it is given a second to arrive.
  private func endAt(_ moment: Timestamp, _ session: isolated Session) {
    let left = moment.microseconds - Timestamp.now().microseconds
    guard left > 0 else { return }
    session.loop.addTimeout(.every(.microseconds(left) + .seconds(1))) { _ in
      session.assumeIsolated { $0.finish(.success) }
    }
  }

  private func endAfter(_ limit: Duration, _ session: isolated Session) {
    session.loop.addTimeout(.every(limit)) { _ in
      session.assumeIsolated { session in
        if timeoutStatus == .timeout { session.note("vireo: nothing of the kind happened in time") }
        session.finish(timeoutStatus)
      }
    }
  }
}
