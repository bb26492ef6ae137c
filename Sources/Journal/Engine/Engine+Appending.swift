// SPDX-License-Identifier: Apache-2.0
// How events get to the disk, and what happens to them while it does not take them.

internal import EventModel
internal import Synchronization

extension Engine {
  /// Commits batches in order, small ones together, and tells each what became of it.
  func commit(_ appends: [PendingAppend]) {
    if let trouble, ContinuousClock.now >= trouble.retry { recover() }
    var rest = appends[...]
    while let first = rest.first {
      guard trouble == nil else {
        strand(rest.removeFirst())
        continue
      }
      var group = [first]
      var events = first.batch.events.count
      rest.removeFirst()
      while let next = rest.first, events + next.batch.events.count <= sizes.transactionEvents {
        group.append(next)
        events += next.batch.events.count
        rest.removeFirst()
      }
      commit(group: group)
    }
  }

  private func commit(group: [PendingAppend]) {
    guard let store else { return }
    let batch = group.count == 1 ? group[0].batch : Engine.joined(group.map(\.batch))
    guard Engine.isAscending(batch.events, after: head) else {
      assertionFailure("events out of order")
      for append in group { append.completion(.notDurable("the events are not in order after \(head)")) }
      return
    }
    do throws(StoreFailure) {
      try write(batch, to: store)
    } catch {
      fail(error)
      // A large batch may have been written in part; the part that was is not written again.
      for append in group { strand(append, after: store.head) }
      return
    }
    note(head: max(head, batch.events.last?.sequence ?? 0))
    for append in group { append.completion(.accepted) }
  }

  /// Writes a batch in transactions of bounded size; the objects go with the last.
  private func write(_ batch: LogBatch, to store: Store) throws(StoreFailure) {
    var rest = batch.events[...]
    repeat {
      let chunk = sizes.chunk(of: rest)
      rest = rest.dropFirst(chunk.count)
      var transaction = Store.Transaction(events: chunk)
      if rest.isEmpty {
        transaction.objects = batch.objects
        transaction.removed = batch.removed
      }
      transaction.gaps = Engine.holes(in: chunk, after: store.head)
      try commit(transaction, to: store)
      // However large the batch, the files stay small.
      if !rest.isEmpty { try keepUp(store) }
    } while !rest.isEmpty
  }

  /// Commits one transaction, with a new reservation where the old one runs out, and counts it.
  func commit(_ transaction: Store.Transaction, to store: Store) throws(StoreFailure) {
    var transaction = transaction
    let last = max(head, transaction.events.last?.sequence ?? 0)
    if last + Numbering.step / 2 > store.reserved { transaction.reserved = last + Numbering.step }
    let start = ContinuousClock.now
    let bytes = try store.write(transaction)
    let duration = ContinuousClock.now - start
    count { $0.count(commitOf: transaction.events.count, bytes: bytes, took: duration) }
    upkeep.wrote(settleAfter: options.settleInterval)
    // A reservation is of use only when it survives a power cut.
    if transaction.reserved != nil { try checkpoint(store) }
  }

  /// Keeps in mind that numbers were given out, where a successor finds it.
  func note(head: UInt64) {
    self.head = head
    record?.last = head
    // A record that cannot be written is tried again with the next number; the database has the same number.
    try? lock?.write(last: head)
  }

  // MARK: While the disk does not take events

  /// Enters the trouble that a failure makes.
  func fail(_ failure: StoreFailure) {
    count { $0.errors += 1 }
    // A full disk leaves the connection as it was; after anything else its state is not certain. A damaged file is
    // replaced at once.
    var trouble = Trouble(
      text: failure.text, needsReopening: failure.kind != .full, retry: .now + options.retryInterval)
    if failure.kind == .damaged {
      let name = asideName()
      trouble = Trouble(
        text: "\(failure.text); it is kept as \(name)", needsReopening: true, retry: .now, asideName: name)
    }
    self.trouble = trouble
    upkeep.stop()
    markStranded()
  }

  /// Says in the lock file that numbers go out without their events being on the disk, and how far they may go.
  func markStranded() {
    guard var record else { return }
    record.state = .stranded
    record.last = head
    record.reserved = max(store?.reserved ?? 0, head + Numbering.step)
    if (try? lock?.write(record)) != nil { self.record = record }
  }

  /// Takes a batch that the disk does not take.
  private func strand(_ append: PendingAppend, after written: UInt64 = 0) {
    var batch = append.batch
    if batch.events.first.map({ $0.sequence <= written }) ?? false {
      batch.events.removeAll { $0.sequence <= written }
    }
    guard Engine.isAscending(batch.events, after: max(head, written)) else {
      assertionFailure("events out of order")
      append.completion(.notDurable("the events are not in order after \(head)"))
      return
    }
    for hole in Engine.holes(in: batch.events[...], after: max(head, written)) { unsavedGaps.add(hole) }
    if let gap = tail.append(batch, events: options.strandedEvents, bytes: options.strandedBytes) {
      unsavedGaps.add(gap)
      count { $0.lost += gap.last - gap.first + 1 }
    }
    note(head: max(head, written, batch.events.last?.sequence ?? 0))
    if let record, head + Numbering.step / 2 > record.reserved { markStranded() }
    count { $0.stranded = UInt64(tail.count) }
    append.completion(.notDurable(trouble?.text ?? ""))
  }

  /// Writes what was held in memory.
  func flushTail(to store: Store) throws(StoreFailure) {
    tail.removeAll(through: store.head)
    while true {
      let chunk = sizes.chunk(of: tail.prefix(sizes.transactionEvents)[...])
      var transaction = Store.Transaction(events: chunk)
      // A gap is known to the database no sooner than what lies before it.
      let end = chunk.count == tail.count ? .max : chunk.last?.sequence ?? .max
      transaction.gaps = unsavedGaps.all.filter { $0.first < end }
      if chunk.count == tail.count {
        transaction.objects = Array(tail.changes.objects.values)
        transaction.removed = Array(tail.changes.removed)
      }
      if store.instance != instance { transaction.instance = instance }
      try commit(transaction, to: store)
      unsavedGaps = Gaps(unsavedGaps.all.filter { $0.first >= end })
      if let last = chunk.last { tail.removeAll(through: last.sequence) }
      count { $0.stranded = UInt64(tail.count) }
      if tail.count == 0 { break }
      try keepUp(store)
    }
    tail.removeObjects()
  }

  // MARK: Order

  private static func joined(_ batches: [LogBatch]) -> LogBatch {
    var joined = LogBatch(events: [])
    var changes = ObjectChanges()
    for batch in batches {
      joined.events += batch.events
      changes.apply(batch)
    }
    joined.objects = Array(changes.objects.values)
    joined.removed = Array(changes.removed)
    return joined
  }

  private static func isAscending(_ events: [Event], after head: UInt64) -> Bool {
    var last = head
    for index in events.indices {
      guard events[index].sequence > last else { return false }
      last = events[index].sequence
    }
    return last <= UInt64(Int64.max) - 2 * Numbering.step
  }

  /// The numbers that the hub left out.
  private static func holes(in events: ArraySlice<Event>, after head: UInt64) -> [Gap] {
    var last = head
    var holes: [Gap] = []
    for index in events.indices {
      let sequence = events[index].sequence
      if sequence > last + 1 { holes.append(Gap(first: last + 1, last: sequence - 1)) }
      last = sequence
    }
    return holes
  }
}
