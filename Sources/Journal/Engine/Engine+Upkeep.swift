// SPDX-License-Identifier: Apache-2.0
// Retention and checkpoints, in small steps between the commits.

internal import EventModel

/// What upkeep keeps in mind.
struct Upkeep {
  /// Whether pages were written since they were last counted.
  var isDirty = true
  /// How many pages were written before the last checkpoint.
  var settledPages = 0
  /// The size of a page, as it was last asked for.
  var pageBytes = 4096
  /// How many pages are written when the size is looked at next: a commit writes few, and asking costs as much as it does.
  var nextLook = 0
  /// Whether the last step left something to do.
  var isBehind = false
  /// When an idle journal moves its WAL.
  var settle: ContinuousClock.Instant?
  /// When the age of the oldest event is looked at; nil for never.
  var ageCheck: ContinuousClock.Instant?

  mutating func wrote(settleAfter interval: Duration) {
    isDirty = true
    settle = .now + interval
  }

  /// Nothing can be done while the disk does not take writes.
  mutating func stop() {
    self = Upkeep()
  }
}

extension Engine {
  /// How many events a step removes at least, when the size asks for it.
  private static let leastTrim = 16
  /// The most events that a step removes; it takes a few milliseconds.
  private static let largestTrim = 2048
  /// How many events a step removes at most for their age.
  private static let ageTrim = 256
  /// How many pages a step gives back to the file system.
  private static let shrinkPages = 256
  /// How often the age of the oldest event is looked at, at most and at least.
  private static let ageCheckSpan = (shortest: Duration.seconds(1), longest: Duration.seconds(600))

  /// Does a step of upkeep, when there is something to do.
  func maintain() {
    guard trouble == nil, let store else { return }
    let now = ContinuousClock.now
    let isSettling = upkeep.settle.map { now >= $0 } ?? false
    let isAgeDue = options.age != nil && upkeep.ageCheck.map { now >= $0 } ?? true
    guard upkeep.isDirty || upkeep.isBehind || isSettling || isAgeDue else { return }
    do throws(StoreFailure) {
      try keepUp(store)
      if isAgeDue { try trimForAge(store) }
      if isSettling {
        upkeep.settle = nil
        if store.pagesWritten > upkeep.settledPages { try checkpoint(store) }
        try look(store)
      }
    } catch {
      fail(error)
    }
  }

  /// Does a step towards the limit on the size.
  func keepUp(_ store: Store) throws(StoreFailure) {
    upkeep.isBehind = false
    if store.pagesWritten >= upkeep.nextLook { try look(store) }
    let stride = UInt64(sizes.stride)
    if store.newest >= store.indexed + stride {
      try store.fillIndexes(stride: sizes.stride)
      upkeep.isBehind = upkeep.isBehind || store.newest >= store.indexed + stride
    }
    if (store.pagesWritten - upkeep.settledPages) * upkeep.pageBytes >= sizes.walBytes { try checkpoint(store) }
    upkeep.isDirty = false
  }

  /// Looks at the size of the file, and does a step towards its limit.
  private func look(_ store: Store) throws(StoreFailure) {
    let usage = try store.usage()
    count { $0.fileBytes = UInt64(usage.fileBytes) }
    upkeep.pageBytes = usage.pageBytes
    try trimForSize(store, usage)
    // What is in use may pass its limit by as much as the WAL holds; a quarter of that is looked away from.
    let pause = sizes.walBytes / 4 / max(1, usage.pageBytes)
    upkeep.nextLook = upkeep.isBehind ? 0 : store.pagesWritten + pause
  }

  /// Moves the WAL into the database file.
  func checkpoint(_ store: Store) throws(StoreFailure) {
    try store.checkpoint()
    upkeep.settledPages = store.pagesWritten
    count { $0.checkpoints += 1 }
  }

  /// Removes the oldest events where the file holds too much, and gives back what the file has too much of.
  private func trimForSize(_ store: Store, _ usage: Store.Usage) throws(StoreFailure) {
    let excess = usage.usedBytes - sizes.usedBytes
    if excess > 0 {
      // As many as make up the excess by what an event takes on average, and some more, so that it is not for a page.
      let limit = excess / max(1, usage.usedBytes / max(1, store.count)) * 5 / 4 + Engine.leastTrim
      upkeep.isBehind = try trim(store, limit: min(limit, Engine.largestTrim)) > 0
    } else if usage.fileBytes > sizes.fileBytes, usage.freePages > 0 {
      try store.shrink(pages: Engine.shrinkPages)
      upkeep.isBehind = true
    }
  }

  /// Removes the oldest events where they are older than they may become.
  private func trimForAge(_ store: Store) throws(StoreFailure) {
    guard let age = options.age else { return }
    let cutoff = present.advanced(by: .zero - age)
    if try trim(store, limit: Engine.ageTrim, recordedBefore: cutoff) > 0 {
      upkeep.isBehind = true
      return
    }
    let oldest = try store.oldestRecorded() ?? present
    let rest = Duration.microseconds(max(0, oldest.microseconds.subtractingReportingOverflow(cutoff.microseconds).0))
    upkeep.ageCheck = .now + min(max(rest, Engine.ageCheckSpan.shortest), Engine.ageCheckSpan.longest)
  }

  private func trim(
    _ store: Store, limit: Int, recordedBefore cutoff: Timestamp? = nil
  ) throws(StoreFailure) -> Int {
    let removed = try store.trim(limit: limit, recordedBefore: cutoff)
    count { $0.removed += UInt64(removed) }
    return removed
  }

  /// The moment against which ages are measured: that of the opening, moved on by a clock that nobody sets.
  ///
  /// So a wall clock that is set forward by mistake does not empty the journal.
  private var present: Timestamp {
    opened.wall.advanced(by: ContinuousClock.now - opened.instant)
  }
}
