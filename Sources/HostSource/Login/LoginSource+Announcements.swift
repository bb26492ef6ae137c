// SPDX-License-Identifier: Apache-2.0
// What login1 announces, and how long it waits for us.

import DBusBridge
import DBusTypes
import EventLoop
import EventModel
import Hub

extension LoginSource {
  /// Takes one of login1's two signals, which have one boolean.
  nonisolated func received(
    _ signal: BusMessage, _ take: @escaping @Sendable (isolated LoginSource, Bool) -> Void
  ) {
    guard case .boolean(let isPending) = signal.body.first else {
      return assumeIsolated { $0.health.rejected("a signal of login1 without its boolean") }
    }
    assumeIsolated { take($0, isPending) }
  }

  static let shutdown: @Sendable (isolated LoginSource, Bool) -> Void = { $0.shutdown($1, .live) }
  static let sleep: @Sendable (isolated LoginSource, Bool) -> Void = { $0.sleep($1, .live) }

  /// The host is about to shut down, or no longer.
  func shutdown(_ isPending: Bool, _ origin: Origin) {
    guard isPending != isShutdownPending else { return }
    isShutdownPending = isPending
    tell(.hostShutdownPending, origin, ["pending": .bool(isPending)])
    isPending ? letGoWhenPublic() : holdAgain()
  }

  /// The host is about to sleep, or woke up.
  func sleep(_ isPending: Bool, _ origin: Origin) {
    guard isPending != isSleepPending else { return }
    isSleepPending = isPending
    if isPending {
      sleptBefore = ClockWatch.slept()
      tell(.hostSleepPending, origin)
      letGoWhenPublic()
    } else {
      var data: Fields = [:]
      if let sleptBefore { data["seconds"] = .double((ClockWatch.slept() - sleptBefore).inSeconds) }
      sleptBefore = nil
      tell(.hostResumed, origin, data)
      holdAgain()
    }
  }

  private func tell(_ kind: EventKind, _ origin: Origin, _ data: Fields = [:]) {
    feed.send(.publish(EventDraft(kind, subject: .hub, source: Self.subject, origin: origin, data: data)))
  }

  // MARK: The inhibitors

  /// Keeps inhibitors, unless what they would hold up is announced already.
  func hold(_ descriptors: [BusDescriptor]) {
    holdNumber += 1
    inhibitors = descriptors
    if isShutdownPending || isSleepPending { letGoWhenPublic() }
  }

  /// Lets login1 go on when everything until now is in the journal and public, or when that takes too long.
  private func letGoWhenPublic() {
    guard !inhibitors.isEmpty, holdTimer == nil else { return }
    let number = holdNumber
    holdTimer = loop.addTimeout(.every(options.longestHold)) { [weak self] _ in
      self?.assumeIsolated { $0.release(number) }
    }
    hub.assumeIsolated { hub in hub.whenIdle { [weak self] in self?.assumeIsolated { $0.release(number) } } }
  }

  /// Lets go of the inhibitors with that number; by another number an earlier one is meant, which is gone.
  func release(_ number: UInt64) {
    guard number == holdNumber else { return }
    if let holdTimer { loop.removeTimeout(holdTimer) }
    holdTimer = nil
    inhibitors = []
  }
}
