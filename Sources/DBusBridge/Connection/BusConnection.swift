// SPDX-License-Identifier: Apache-2.0
// A connection to a bus that lives on an event loop.
//
// The layers below it: `DBusLink` is one connection of libdbus with its watches and timeouts; it comes and goes. This
// actor stays: it connects again, and then takes its names, match rules and objects with it.
//
// What comes is handled in one place, the pump: it dispatches a message of libdbus, takes what arrived, and hands it out.
// It runs when a watch has moved bytes, and goes on as a job of the loop in the next turn if there are more messages than
// its budget: the loop's other work gets its turn. Whatever a handler does (send, call, export, stop) it does with
// nothing of libdbus below it on the stack.
//
// Nothing here waits. What the bus must be asked for (its greeting, names, rules) is asked by ordinary calls.

import DBusTypes
public import EventLoop

/// A connection to a message bus: it connects by itself, again and again, and never blocks the loop.
///
/// Ownership: between ``start()`` and ``stop()`` the loop keeps it alive.
/// Threading: it is an actor on the loop. Code on the same loop enters it with `assumeIsolated`; handlers are called on
/// the loop and may call everything, ``stop()`` too.
/// Errors: what cannot be sent is said by the outcome of each function; nothing that comes from the bus, however wrong,
/// ends the process or harms another message.
public actor BusConnection: LoopActor {
  /// The loop that the connection lives on.
  public nonisolated let loop: EventLoop
  /// Where the bus is.
  public nonisolated let address: BusAddress
  /// How the connection behaves.
  public nonisolated let options: BusOptions

  /// Where the connection stands.
  public internal(set) var state: BusState = .disconnected(nil)
  /// What it has done until now.
  public var statistics: BusStatistics { counts }

  var counts = BusStatistics()

  // The physical connection. `generation` changes with each, so that what is late finds out.
  var link: DBusLink?
  var generation: UInt64 = 0
  var isStarted = false
  var isOpening = false
  var isPumpScheduled = false
  var budget: DispatchBudget
  var backoff: Backoff
  var retryTimer: TimerID?
  var memoryTimer: TimerID?
  var graceTimer: TimerID?
  var connectedAt: ContinuousClock.Instant?
  var stateHandlers: [@Sendable (BusState) -> Void] = []

  // What goes out.
  var gauge: OutgoingGauge
  var lastSerial: UInt32 = 0
  var pending: [UInt32: @Sendable (Result<BusMessage, BusError>) -> Void] = [:]
  var drainHandlers: [@Sendable () -> Void] = []
  var watchedSignals: WatchedSignals<@Sendable (BusError) -> Void>

  // What we want of the bus, kept from one physical connection to the next.
  var names: [BusName: OwnedName] = [:]
  var matches: [MatchID: Match] = [:]
  var matchIndex = MatchIndex<MatchID>()
  var ruleUsers: [String: Set<RuleUser>] = [:]
  var owners: [BusName: NameOwner] = [:]
  var tracks: [TrackID: BusName] = [:]
  var lastID: UInt64 = 0

  // What we offer.
  var quota: CallQuota
  var objects = ObjectTree()
  var changes = PropertyChanges()
  var isFlushScheduled = false
  var withheldAnnouncements: [ObjectPath: [InterfaceName]] = [:]

  /// Makes a connection; it does nothing until ``start()``.
  public init(address: BusAddress, loop: EventLoop, options: BusOptions = .init()) {
    LibdbusEnvironment.prepare()
    self.address = address
    self.loop = loop
    self.options = options
    backoff = Backoff(first: options.firstRetry, longest: options.longestRetry)
    gauge = OutgoingGauge(options.limits)
    watchedSignals = WatchedSignals(limit: options.limits.watchedSignals)
    budget = DispatchBudget(options.limits.dispatchBudget)
    quota = CallQuota(perClient: options.limits.callsPerClient, total: options.limits.calls)
  }

  /// Bytes that wait to go out, by libdbus's count of whole messages; 0 without a bus.
  public var outgoingBytes: Int { link?.outgoingBytes ?? 0 }

  /// Calls of clients that wait for an answer.
  public var callsInProgress: Int { quota.count }

  /// Adds a handler that is told each change of ``state``.
  public func onStateChange(_ handler: @escaping @Sendable (BusState) -> Void) {
    stateHandlers.append(handler)
  }

  /// Adds a handler that is told when what waits to go out has fallen below `lowWater` after something was withheld.
  ///
  /// After a loss of the bus nothing waits any more, and the change of state tells of it.
  public func onDrained(_ handler: @escaping @Sendable () -> Void) {
    drainHandlers.append(handler)
  }

  func setState(_ new: BusState) {
    guard new != state else { return }
    state = new
    for handler in stateHandlers { handler(new) }
  }

  func nextID() -> UInt64 {
    lastID += 1
    return lastID
  }
}
