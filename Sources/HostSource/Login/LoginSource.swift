// SPDX-License-Identifier: Apache-2.0
// The source of the host's shutdown and sleep: login1, the login manager of systemd (org.freedesktop.login1(5)).
//
// login1 announces both with a boolean: true before, false when it was called off or is over. It waits a few seconds for
// who holds a delay inhibitor. So one for each is held all the time; when something is announced both are let go as soon as the
// event about it is in the journal and public, and taken again when the announcement is over.
//
// login1 may not be there, come later, or be started again; the bus may go too. What it says then is compared with what
// was known, by its properties.

public import DBusBridge
import DBusTypes
public import EventLoop
public import EventModel
public import Hub

/// What can be chosen about the source of shutdown and sleep.
public struct LoginOptions: Sendable {
  /// How long shutdown and sleep are held up at most for the last events; default 4 s, one less than login1 waits.
  public var longestHold = Duration.seconds(4)

  /// The defaults.
  public init() {}
}

/// The source of the host's shutdown and sleep: login1, on the bus of a connection that others may use too.
///
/// Threading: lives on the loop.
public actor LoginSource: LoopActor {
  /// The loop that the source lives on.
  public nonisolated let loop: EventLoop
  /// The source, as the subject of its events.
  public static let subject = Subject(.source, "login1")

  let hub: Hub
  let connection: BusConnection
  let options: LoginOptions
  let feed: HubFeed
  var health: SourceHealth
  private var matches: [MatchID] = []
  private var isStopped = true
  private var isListening = false
  /// Counts the times that login1 was reached or lost: an answer to an earlier one is not heard.
  private var round: UInt64 = 0
  /// Since when login1 is lost, after it was there.
  private var lostSince: Timestamp?
  /// What login1 said last.
  var isShutdownPending = false
  var isSleepPending = false
  /// How long the machine had slept when it was about to sleep again.
  var sleptBefore: Duration?

  /// The inhibitors, one for shutdown and one for sleep, and how many times they were taken.
  var inhibitors: [BusDescriptor] = []
  var holdNumber: UInt64 = 0
  var holdTimer: TimerID?

  /// A source that feeds that hub and asks login1 on that bus; it does nothing until `start`.
  public init(hub: Hub, connection: BusConnection, options: LoginOptions = LoginOptions()) {
    self.hub = hub
    self.connection = connection
    self.options = options
    loop = hub.loop
    feed = HubFeed(hub: hub)
    health = SourceHealth(kind: "login1", name: Self.subject.key, feed: feed)
  }

  /// Begins to watch; the connection is started by whom it belongs to.
  ///
  /// Threading: on the loop.
  public func start() {
    guard isStopped else { return }
    isStopped = false
    health.register()
    let isKnown = isListening
    isListening = true
    matches = connection.assumeIsolated { connection in
      // A handler of changes stays for ever.
      if !isKnown { connection.onStateChange { [weak self] in self?.busChanged($0) } }
      return [
        connection.addMatch(Login1.signal("PrepareForShutdown")) { [weak self] in self?.received($0, Self.shutdown) },
        connection.addMatch(Login1.signal("PrepareForSleep")) { [weak self] in self?.received($0, Self.sleep) },
        connection.addMatch(.ownerChange(of: Login1.name)) { [weak self] in self?.ownerChanged($0) },
      ]
    }
    if connection.assumeIsolated({ $0.state.isConnected }) { reach() }
  }

  /// Ends the watch, and lets shutdown and sleep go.
  ///
  /// Threading: on the loop.
  public func stop() {
    isStopped = true
    round += 1
    connection.assumeIsolated { [matches] connection in for id in matches { connection.removeMatch(id) } }
    matches = []
    release(holdNumber)
  }

  // MARK: Whether login1 is there

  private nonisolated func busChanged(_ state: BusState) {
    assumeIsolated { source in
      guard !source.isStopped else { return }
      switch state {
      case .connected: source.reach()
      case .disconnected: source.left("the bus is gone")
      case .connecting: break
      }
    }
  }

  private nonisolated func ownerChanged(_ signal: BusMessage) {
    assumeIsolated { source in
      guard !source.isStopped, let owner = signal.body.last?.string else { return }
      if owner.isEmpty { source.left("\(Login1.name) left the bus") } else { source.reach() }
    }
  }

  private func left(_ reason: String) {
    round += 1
    if health.state != .down { lostSince = lostSince ?? .now() }
    release(holdNumber)
    health.down(reason)
  }

  /// Takes the inhibitors, then asks what is announced already.
  private func reach() {
    round += 1
    inhibit(["shutdown", "sleep"], having: [])
  }

  /// Takes an inhibitor for each of these, one after the other.
  ///
  /// One for both at once is refused to an ordinary account, while each alone is granted (seen with systemd 252).
  private func inhibit(_ what: ArraySlice<String>, having taken: [BusDescriptor]) {
    guard let first = what.first else {
      hold(taken)
      return askProperties(shortcoming: nil)
    }
    let asked = round
    let call = Login1.call("Inhibit", first, "Vireo", "Publishing the last events", "delay")
    connection.assumeIsolated { connection in
      connection.call(call) { [weak self] result in
        self?.assumeIsolated { if $0.round == asked { $0.inhibited(result, then: what.dropFirst(), having: taken) } }
      }
    }
  }

  private func inhibited(
    _ result: Result<BusMessage, BusError>, then what: ArraySlice<String>, having taken: [BusDescriptor]
  ) {
    switch result {
    case .success(let reply):
      guard case .unixDescriptor(let descriptor) = reply.body.first else {
        return refused(having: taken, "login1 gave no inhibitor")
      }
      inhibit(what, having: taken + [descriptor])
    case .failure(let error) where error.name == .serviceUnknown || error.name == .nameHasNoOwner:
      left("\(Login1.name) is not on the bus")
    case .failure(let error) where error.name == .disconnected:
      left("the bus is gone")
    case .failure(let error):
      refused(having: taken, "login1 gave no inhibitor: \(error.description)")
    }
  }

  /// What login1 announces comes all the same; only it may not wait for us.
  private func refused(having taken: [BusDescriptor], _ shortcoming: String) {
    hold(taken)
    askProperties(shortcoming: shortcoming)
  }

  private func askProperties(shortcoming: String?) {
    let asked = round
    connection.assumeIsolated { connection in
      connection.call(Login1.allProperties) { [weak self] result in
        self?.assumeIsolated { source in
          guard source.round == asked else { return }
          source.compare(with: try? result.get())
          if let shortcoming { source.health.degraded(shortcoming) } else { source.health.up() }
        }
      }
    }
  }

  /// Compares what login1 says now with what was known.
  private func compare(with reply: BusMessage?) {
    if let since = lostSince { health.gap(from: since, to: .now(), reason: "source-down") }
    lostSince = nil
    guard let properties = reply?.body.first else { return }
    if let isPending = Login1.truth("PreparingForShutdown", in: properties) { shutdown(isPending, .resync) }
    if let isPending = Login1.truth("PreparingForSleep", in: properties) { sleep(isPending, .resync) }
  }

  /// Takes the inhibitors again after an announcement is over.
  func holdAgain() {
    if inhibitors.isEmpty, !isStopped { reach() }
  }
}
