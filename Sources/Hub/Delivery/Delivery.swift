// SPDX-License-Identifier: Apache-2.0
// The delivery of the stream to one consumer, without input and output.
//
// A consumer is a position, a window and nothing else: every number up to the position was handed over, did not pass the
// consumer's filter, or was told as missing. While the newest public number is ahead of the position and the window has
// room, one page is asked for; it is read from what was published lately or from the log, which of the two makes no
// difference here. So replay and live are the same, there is no moment of change between them, and nothing is held for a
// consumer that is behind: it is read again when there is room for it.
//
// The window is what may be owed: handed over and not acknowledged. What could not be handed over after all moves the
// position back. So does the end of a suspension, to the number that the consumer acknowledges: what was on its way when it
// fell silent may never have arrived.

import EventModel

/// The delivery of the stream to one consumer: takes what happens, gives back what is to be done.
struct Delivery {
  /// What is to be done, in order.
  enum Action: Equatable {
    /// Read a page after a number and give it back with the ticket.
    case read(after: UInt64, amount: DeliveryAmount, ticket: UInt64)
    /// Hand events over.
    case hand(DeliveryBatch)
    /// Tell a stretch that is missing; `first` is where what is told begins, as in a batch.
    case tell(PublishedGap, first: UInt64)
    /// Begin to wait for an acknowledgement, anew if that has begun already.
    case watch
    /// No longer wait for an acknowledgement.
    case unwatch
    /// Tell that nothing more comes before an acknowledgement.
    case suspend(after: UInt64)
    /// Tell that the consumer is let go, and forget it.
    case overflow(after: UInt64)
    /// Release it in a while.
    case retryLater
  }

  /// What a delivery does, for people.
  enum State: String {
    /// It reads what lies between the consumer and the newest.
    case replaying
    /// The consumer has everything.
    case live
    /// It waits for acknowledgements, or for the bus.
    case waiting
    /// It stopped for want of acknowledgements.
    case suspended
  }

  private enum Phase: Equatable {
    case ready
    case reading(UInt64)
    /// It was told to wait, until it is released.
    case held
    case suspended
    case ended
  }

  private var phase = Phase.ready
  /// Everything up to this number was handed over, filtered out or told as missing.
  private(set) var position: UInt64
  /// The highest position that there ever was.
  private var farthest: UInt64
  /// The last number that the consumer heard of: an event, the end of a gap, its own acknowledgement.
  private var told: UInt64
  private var head: UInt64
  private var owed = OwedEvents()
  private var isWatched = false
  /// While suspended: everything up to this number was acknowledged.
  private var resume: UInt64 = 0
  private var window: DeliveryAmount
  private let page: DeliveryAmount
  private let patience: DeliveryAmount?
  /// What was published since the consumer last took something, while it had no room.
  private var missed = DeliveryAmount.zero
  private var lastTicket: UInt64 = 0

  /// A delivery.
  ///
  /// - Parameters:
  ///   - position: after which number it begins.
  ///   - head: the newest public number.
  ///   - window: how much may be owed.
  ///   - page: how much is read at once.
  ///   - patience: how much may be published while a consumer without room takes nothing, before it is let go; nil waits
  ///     for ever.
  init(
    after position: UInt64, head: UInt64, window: DeliveryAmount, page: DeliveryAmount, patience: DeliveryAmount? = nil
  ) {
    self.position = position
    self.head = head
    self.window = window
    self.page = page
    self.patience = patience
    farthest = position
    told = position
  }

  /// What it does.
  var state: State {
    switch phase {
    case .suspended: .suspended
    case .held: .waiting
    case .ready where position < head && !hasRoom: .waiting
    case .ready, .reading, .ended: position < head ? .replaying : .live
    }
  }

  /// How many numbers the consumer is behind the newest.
  var lag: UInt64 { head > position ? head - position : 0 }

  /// How much was handed over and not acknowledged.
  var owedAmount: DeliveryAmount { owed.amount }

  private var hasRoom: Bool { owed.amount.events < window.events && owed.amount.bytes < window.bytes }

  // MARK: The stream

  /// Begins.
  mutating func start() -> [Action] { proceed() }

  /// The newest public number is another one.
  mutating func published(head: UInt64, amount: DeliveryAmount) -> [Action] {
    self.head = max(self.head, head)
    let isStuck = phase == .held || phase == .ready && !hasRoom
    if let patience, isStuck {
      missed += amount
      if missed.exceeds(patience) {
        phase = .ended
        return unwatch() + [.overflow(after: position)]
      }
    }
    return proceed()
  }

  /// A page was read: what passed the filter, and up to where there was searched.
  mutating func read(_ events: [Event], searched: UInt64, ticket: UInt64) -> [Action] {
    guard phase == .reading(ticket) else { return [] }
    phase = .ready
    let fitting = fitting(events)
    // What the log has already and the hub has not published yet waits for its publication.
    let isCut = fitting.endIndex < events.endIndex && events[fitting.endIndex].sequence <= head
    let reached = isCut ? fitting.last?.sequence ?? position : min(searched, head)
    guard reached > position else { return position < head && hasRoom ? hold() : proceed() }
    position = reached
    farthest = max(farthest, position)
    guard let last = fitting.last else { return proceed() }
    let batch = DeliveryBatch(first: told + 1, events: Array(fitting))
    for event in fitting { owed.append(event.sequence, bytes: event.footprint) }
    told = last.sequence
    return watch() + [.hand(batch)] + proceed()
  }

  /// A stretch after the position is missing.
  mutating func missing(through last: UInt64, reason: String, ticket: UInt64) -> [Action] {
    guard phase == .reading(ticket) else { return [] }
    guard last > position else { return hold() }
    phase = .ready
    let gap = PublishedGap(first: position + 1, last: last, reason: reason)
    let first = told + 1
    position = last
    farthest = max(farthest, position)
    told = last
    // A gap is acknowledged like an event, so that one which does not arrive is told again.
    owed.append(last, bytes: 0)
    return watch() + [.tell(gap, first: first)] + proceed()
  }

  /// The log cannot be read now.
  mutating func unreadable(ticket: UInt64) -> [Action] {
    guard phase == .reading(ticket) else { return [] }
    return hold()
  }

  /// The events that are public and that the window has room for; it may have become smaller since they were asked for.
  private func fitting(_ events: [Event]) -> ArraySlice<Event> {
    var amount = owed.amount
    return events.prefix { event in
      guard event.sequence <= head, amount.events < window.events, amount.bytes < window.bytes else { return false }
      amount += DeliveryAmount(events: 1, bytes: event.footprint)
      return true
    }
  }

  private mutating func proceed() -> [Action] {
    guard phase == .ready, position < head, hasRoom else { return [] }
    lastTicket += 1
    phase = .reading(lastTicket)
    return [.read(after: position, amount: page.limited(to: window - owed.amount), ticket: lastTicket)]
  }

  private mutating func hold() -> [Action] {
    phase = .held
    return [.retryLater]
  }

  // MARK: The consumer

  /// The consumer has dealt with everything up to a number.
  ///
  /// - Returns: nil when the consumer was never given that number.
  mutating func acknowledge(through sequence: UInt64) -> [Action]? {
    guard sequence <= farthest else { return nil }
    switch phase {
    case .ended: return []
    case .suspended:
      // What was on its way may have been lost with whatever made the consumer fall silent: all of it comes again.
      phase = .ready
      position = sequence
      told = sequence
      missed = .zero
      return unwatch() + proceed()
    case .ready, .reading, .held:
      if sequence > position {
        // It was handed over, taken back, and arrived all the same.
        position = sequence
        told = sequence
        phase = phase == .held ? .held : .ready
      }
      guard owed.removeAll(through: sequence) else { return proceed() }
      missed = .zero
      if phase == .held { phase = .ready }
      return (owed.isEmpty ? unwatch() : [.watch]) + proceed()
    }
  }

  /// The consumer takes what it was given, though it has not acknowledged anything: it is slow and not asleep.
  mutating func progress() { missed = .zero }

  /// The window is another one.
  mutating func setWindow(_ window: DeliveryAmount) -> [Action] {
    self.window = window
    return proceed()
  }

  /// The consumer owes an acknowledgement for too long, or still is silent after that was told: then it is told again,
  /// since that too may have been lost.
  mutating func overdue() -> [Action] {
    guard isWatched, phase != .ended else { return [] }
    if phase != .suspended {
      resume = owed.first.map { $0 - 1 } ?? position
      owed.removeAll()
      phase = .suspended
    }
    return [.suspend(after: resume)]
  }

  /// What began with that number could not be handed over now; it comes again after `release`.
  mutating func postponed(from first: UInt64) -> [Action] {
    guard takeBack(from: first) else { return [] }
    return owed.isEmpty ? unwatch() : []
  }

  /// What began with that number was refused because the consumer is full.
  ///
  /// It comes again after `release`, and the time in which an acknowledgement is owed runs on.
  mutating func refused(from first: UInt64) -> [Action] {
    takeBack(from: first) ? [.retryLater] : []
  }

  /// What made it wait may be over.
  mutating func release() -> [Action] {
    guard phase == .held else { return [] }
    phase = .ready
    return proceed()
  }

  private mutating func takeBack(from first: UInt64) -> Bool {
    guard phase != .suspended, phase != .ended, first > 0, first <= position else { return false }
    owed.removeAll(from: first)
    position = first - 1
    told = position
    phase = .held
    return true
  }

  private mutating func watch() -> [Action] {
    guard !isWatched else { return [] }
    isWatched = true
    return [.watch]
  }

  private mutating func unwatch() -> [Action] {
    guard isWatched else { return [] }
    isWatched = false
    return [.unwatch]
  }
}
