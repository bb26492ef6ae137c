// SPDX-License-Identifier: Apache-2.0
// vireo wait: until something happens.

import ArgumentParser
import DBusTypes
import EventLoop
import EventModel
import VireoCommand

/// Waits until something happens, prints it, and ends.
struct WaitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wait", abstract: "Wait until something happens.",
    discussion: """
      Kinds may be patterns, and `vm.` before them may be left out: vireo wait web01 agent.connected

      Of one VM, a kind that announces a state (vm.state.…, vm.agent.…, vm.stopped) is met at once when the VM is in that \
      state already, so that a script cannot be too late; --next waits for the next time. A VM that is not there yet is \
      waited for.

      Exit status: 0 it happened, 1 failure, 3 the time was over first.
      """)

  @Argument(
    help: ArgumentHelp("The VM, by name, UUID or pattern; - for anything.", valueName: "vm"),
    completion: .shellCommand("vireo list vms --names 2>/dev/null"))
  var machine: String

  @Argument(
    help: ArgumentHelp("Kinds of event.", valueName: "kind"),
    completion: .shellCommand("vireo kinds --names 2>/dev/null"))
  var kinds: [String]

  @Flag(help: "Not what is so already: the next event.")
  var next = false

  @Option(
    name: [.customShort("p", allowingJoined: true), .long],
    help: ArgumentHelp("This severity and above, or a range.", valueName: "severity"))
  var priority: String?

  @Option(
    name: [.customShort("g", allowingJoined: true), .long],
    help: ArgumentHelp("Events whose text matches.", valueName: "regex"))
  var grep: String?

  @Option(help: ArgumentHelp("What happened after the event of this cursor counts.", valueName: "cursor"))
  var afterCursor: String?

  @OptionGroup(title: "How it is shown") var printing: PrintOptions
  @OptionGroup(title: "When to end") var following: FollowOptions
  @OptionGroup(title: "Which hub") var connection: ConnectionOptions
  @ParentCommand var parent: Vireo

  func run() throws {
    let plan = WaitPlan(
      following: FollowPlan(
        selection: EventSelection(
          types: kinds, machines: machine == "-" ? [] : [machine], priority: priority, grep: grep, tellsGaps: false),
        range: TimeRange(afterCursor: afterCursor), printing: printing.value, reconnects: following.reconnect,
        timeLimit: try following.limit(), limit: 1, timeoutStatus: .timeout),
      meetsStates: !next && afterCursor == nil && machine != "-")
    Session.run(connection.over(parent.connection)) { session in try await plan.execute(session) }
  }
}

/// What `wait` does.
struct WaitPlan: Sendable {
  let following: FollowPlan
  /// Whether a state that the machine is in already counts.
  let meetsStates: Bool

  func execute(_ session: isolated Session) async throws -> EndStatus {
    let follower = try await following.begin(session)
    // Where the hub stood is known by now, so that what happens during the look is found afterwards.
    if meetsStates, !follower.query.subject.isEmpty, let met = try await stateMet(follower, session.client) {
      var query = follower.query
      query.kinds = [met.kind.rawValue]
      query.after = max(query.position.oldest, 1) - 1
      query.position.head = try await head(reaching: met.lastEvent, session)
      let items = try await HistoryTail(client: session.client, query: query).items(1)
      if items.isEmpty { session.note("-- it is so already; the journal does not go back that far --") }
      try await follower.printer.print(items, position: query.position.head)
      return .success
    }
    return try await following.run(follower, session)
  }

  /// The kind that announced the state in which the machine is, if it is one of those waited for, and the number of the
  /// last event about it.
  private func stateMet(
    _ follower: Follower, _ client: HubClient
  ) async throws(ToolError) -> (kind: EventKind, lastEvent: UInt64)? {
    guard let path = ObjectPath(follower.query.subject) else { return nil }
    let all = Fields(try await client.properties(of: path, "org.vireo.Hub1.VM").map { ($0.name, $0.value) })
    let kind = MachineState(state: all["State"]?.string ?? "", agent: all["AgentState"]?.string ?? "")
      .announcements.first { kind in
        follower.query.kinds.contains { EventFilter.kinds(matching: $0).contains(kind) }
      }
    return kind.map { ($0, all["LastEvent"]?.uint ?? 0) }
  }

  /// Waits until an event is public: the properties of an object are those after the newest event, which is still on its way
  /// into the journal for some milliseconds.
  private func head(reaching sequence: UInt64, _ session: isolated Session) async throws(ToolError) -> UInt64 {
    while true {
      let head = try await session.client.position().head
      if head >= sequence { return head }
      await withCheckedContinuation { continuation in
        session.loop.addTimeout(.every(WaitPlan.pause)) { [loop = session.loop] timer in
          loop.removeTimeout(timer)
          continuation.resume()
        }
      }
    }
  }

  /// How long to wait before asking again whether an event is public.
  private static let pause: Duration = .milliseconds(20)
}
