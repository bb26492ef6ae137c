// SPDX-License-Identifier: Apache-2.0
// What a source hands to the hub, in order, and never too much of it in one turn.

public import EventLoop
public import EventModel

/// One thing that a source hands to the hub.
public enum HubOperation: Sendable {
  /// An event.
  case publish(EventDraft)
  /// An object that came; with an event, when its coming is one.
  case add(HubObject, EventDraft?)
  /// An object that went; with an event, when its going is one.
  case remove(Subject, EventDraft?)
  /// Properties that changed without an event.
  case update(Subject, PropertyChanges)
  /// What is only put together when its turn comes, in the order in which it is given.
  case later(@Sendable () -> [HubOperation])
}

/// The way of a source to the hub: operations in order, at most so many in a turn of the loop.
///
/// A source that compares its state with the kernel's may find thousands of differences at once; the sources beside it
/// shall not wait for that. What is beyond the allowance of a turn waits for the next ones, and what comes later queues
/// behind it. What waits is bounded by the limits of the source, which has all of it in its own table anyway.
///
/// Threading: lives on the loop; `send` is called on the loop.
public actor HubFeed: LoopActor {
  /// Operations that the hub gets in one turn.
  public static let operationsPerTurn = 64

  /// The loop that the feed lives on.
  public nonisolated let loop: EventLoop
  /// The hub that it feeds.
  public nonisolated let hub: Hub
  private var waiting: [HubOperation] = []
  private var first = 0
  private var sentInTurn = 0
  private var isScheduled = false

  /// A feed of that hub.
  public init(hub: Hub) {
    self.hub = hub
    loop = hub.loop
  }

  /// How many operations wait for a later turn.
  public var backlog: Int { waiting.count - first }

  /// Hands an operation over, now or behind those that wait.
  public nonisolated func send(_ operation: HubOperation) {
    assumeIsolated { $0.take(operation) }
  }

  private func take(_ operation: HubOperation) {
    if backlog == 0, sentInTurn < Self.operationsPerTurn {
      perform(operation)
    } else {
      waiting.append(operation)
    }
    schedule()
  }

  private func schedule() {
    guard !isScheduled else { return }
    isScheduled = true
    loop.submit { self.assumeIsolated { $0.nextTurn() } }
  }

  private func nextTurn() {
    isScheduled = false
    sentInTurn = 0
    while first < waiting.count, sentInTurn < Self.operationsPerTurn {
      perform(waiting[first])
      first += 1
    }
    if first == waiting.count {
      waiting = []
      first = 0
    }
    if sentInTurn > 0 { schedule() }
  }

  private func perform(_ operation: HubOperation) {
    if case .later(let make) = operation {
      for operation in make() { perform(operation) }
      return
    }
    sentInTurn += 1
    hub.assumeIsolated { hub in
      switch operation {
      case .later: break
      case .publish(let draft): hub.publish(draft)
      case .add(let object, let event): hub.addObject(object, event: event)
      case .remove(let subject, let event): hub.removeObject(subject, event: event)
      case .update(let subject, let changes): hub.update(subject, changes)
      }
    }
  }
}
