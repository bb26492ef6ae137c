// SPDX-License-Identifier: Apache-2.0
// BusConnection: connecting, being lost, connecting again, stopping.

import DBusTypes
import EventLoop

extension BusConnection {
  /// Connects, and from now on connects again whenever the bus is lost, until ``stop()``.
  ///
  /// It returns at once; ``onStateChange(_:)`` tells the rest. Started already, it does nothing.
  public func start() {
    guard !isStarted else { return }
    isStarted = true
    backoff.reset()
    connect()
  }

  /// Closes the connection, for good unless ``start()`` is called again.
  ///
  /// What waits to go out is dropped, calls in progress fail, names are lost and tracked clients count as gone. What
  /// was asked for (names, rules, objects) stays, for the next start.
  public func stop() {
    guard isStarted else { return }
    isStarted = false
    if let retryTimer { loop.removeTimeout(retryTimer) }
    retryTimer = nil
    lose(.stopped)
  }

  /// Stops when everything has gone out, or after `grace`, whichever comes first.
  public func stop(grace: Duration) {
    guard isStarted, graceTimer == nil else { return }
    guard outgoingBytes > 0 else { return stop() }
    graceTimer = loop.addTimeout(.every(grace)) { [self] _ in assumeIsolated { $0.stop() } }
  }

  private func connect() {
    generation += 1
    let attempt = generation
    setState(.connecting)
    guard isStarted, generation == attempt, !isOpening else { return }
    isOpening = true
    DBusOpener.open(address.rawValue) { [self] outcome in
      loop.submit { [self] in assumeIsolated { $0.opened(outcome, attempt: attempt) } }
    }
  }

  /// An attempt has come to its end; if it was given up meanwhile, what it got is closed and a new one may begin.
  private func opened(_ outcome: DBusOpener.Outcome, attempt: UInt64) {
    isOpening = false
    guard attempt == generation else {
      if case .success(let opened) = outcome { opened.discard() }
      if isStarted, state == .connecting { connect() }
      return
    }
    switch outcome {
    case .failure(let error): lose(error)
    case .success(let opened):
      let watches = DBusWatchCallback(loop: loop) { [self] token, events in
        assumeIsolated { $0.watchReady(token, events, generation: attempt) }
      }
      let timeouts = DBusTimeoutCallback(loop: loop) { [self] token in
        assumeIsolated { $0.timeoutFired(token, generation: attempt) }
      }
      let limits = options.limits
      guard let link = DBusLink(adopting: opened, limits: limits, watches: watches, timeouts: timeouts) else {
        return lose(.noMemory)
      }
      self.link = link
      greet()
    }
  }

  private func greet() {
    let hello = BusMessage.call(.bus, "/org/freedesktop/DBus", .bus, "Hello")
    start(hello, timeout: options.helloTimeout) { [self] result in
      assumeIsolated { $0.greeted(result) }
    }
  }

  private func greeted(_ result: Result<BusMessage, BusError>) {
    guard case .connecting = state, let link else { return }
    switch result {
    case .failure(let error): lose(error)
    case .success(let reply):
      guard let name = reply.body.first?.string.flatMap(BusName.init(_:)), name.isUnique,
        link.setUniqueName(name, writesDirectly: options.writesDirectly)
      else { return lose(BusError(.failed, "the bus gave no usable name", isLocal: true)) }
      counts.connections += 1
      connectedAt = .now
      state = .connected(name)
      // Before anybody hears of it, so that what they ask for comes after what was asked for earlier.
      addRulesAgain()
      requestNamesAgain()
      for handler in stateHandlers { handler(state) }
    }
  }

  /// Takes leave of the physical connection, whether there is one or only was an attempt, and plans the next.
  func lose(_ reason: BusError) {
    generation += 1
    let lost = link
    link = nil
    for timer in [memoryTimer, graceTimer] {
      if let timer { loop.removeTimeout(timer) }
    }
    memoryTimer = nil
    graceTimer = nil
    lost?.close()
    gauge.reset()
    quota.reset()
    watchedSignals.removeAll()
    withheldAnnouncements = [:]
    if let connectedAt, connectedAt.duration(to: .now) >= options.stableAfter { backoff.reset() }
    connectedAt = nil
    if isStarted { scheduleRetry() }

    let calls = pending.sorted { $0.key < $1.key }
    pending = [:]
    state = .disconnected(reason)
    let ended = takeLostNames() + takeLostClients()
    // From here on handlers run, and may do anything.
    for call in calls { call.value(.failure(isStarted ? .connectionLost : .stopped)) }
    for handler in ended { handler() }
    for handler in stateHandlers { handler(.disconnected(reason)) }
  }

  private func scheduleRetry() {
    var generator = SystemRandomNumberGenerator()
    let wait = backoff.wait(using: &generator)
    retryTimer = loop.addTimeout(.every(wait)) { [self] timer in
      loop.removeTimeout(timer)
      assumeIsolated { connection in
        connection.retryTimer = nil
        connection.connect()
      }
    }
  }
}
