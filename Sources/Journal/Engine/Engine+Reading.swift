// SPDX-License-Identifier: Apache-2.0
// How questions are answered, a slice at a time.

internal import EventModel

/// A question that is being answered.
struct Reading {
  let query: LogQuery
  let completion: @Sendable (Result<LogPage, LogError>) -> Void
  /// Up to where the answer may go.
  let through: UInt64
  /// What was found, and up to where was looked.
  var page: LogPage
  /// About how many bytes of memory what was found holds.
  var bytes = 0
  /// How much work was done.
  var work = 0
  /// Up to where the indexes can be walked.
  var indexed: UInt64 = 0
  /// The walks over the indexes; nil where the filter names no kinds, or no subjects.
  var kinds: KeyUnion?
  var subjects: KeyUnion?

  /// Whether the page is full.
  var isFull: Bool {
    page.events.count >= query.limit || bytes >= min(query.byteLimit, Engine.pageBytes) || work >= Engine.pageWork
  }

  /// Takes an event into the page when it passes.
  mutating func add(_ event: Event) {
    page.searched = event.sequence
    guard query.filter.matches(event) else { return }
    page.events.append(event)
    bytes += event.footprint
  }
}

extension Engine {
  /// About how many bytes of events one page holds at most, whatever was asked.
  static let pageBytes = 8 << 20
  /// How much is done for one page: events and index entries looked at.
  static let pageWork = 65_536
  /// How much is done before the next commit may come.
  private static let sliceWork = 512

  /// Answers a part of a question, when one waits.
  func answerSlice() {
    if reading == nil, !questions.isEmpty { begin(questions.removeFirst()) }
    guard var reading else { return }
    // Retention may have overtaken the answer since the last slice; what was found so far is told.
    if reading.page.searched < floor {
      self.reading = nil
      let isEmpty = reading.page.events.isEmpty
      return reading.completion(isEmpty ? .failure(.expired(oldest: oldest)) : .success(reading.page))
    }
    do throws(StoreFailure) {
      let isDone = try advance(&reading)
      self.reading = reading
      if isDone { complete(reading) }
    } catch {
      self.reading = nil
      reading.completion(.failure(.unavailable(error.text)))
      if error.kind == .damaged, trouble == nil { fail(error) }
    }
  }

  private func begin(_ question: PendingQuestion) {
    count { $0.reads += 1 }
    switch question {
    case .read(let query, let completion): begin(query, completion)
    case .findCursor(let time, let completion):
      let stepsBefore = store?.steps ?? 0
      do throws(StoreFailure) {
        completion(.success(try cursor(before: time)))
      } catch {
        completion(.failure(.unavailable(error.text)))
        if error.kind == .damaged, trouble == nil { fail(error) }
      }
      countSteps(since: stepsBefore)
    }
  }

  private func begin(_ query: LogQuery, _ completion: @escaping @Sendable (Result<LogPage, LogError>) -> Void) {
    guard query.after >= floor else { return completion(.failure(.expired(oldest: oldest))) }
    let gap = gap(after: query.after)
    if let gap, gap.first <= query.after &+ 1 { return completion(.failure(.expired(oldest: gap.last + 1))) }
    let through = min(head, gap.map { $0.first - 1 } ?? head)
    guard query.after < through, query.limit > 0, query.byteLimit > 0 else {
      return completion(.success(LogPage(events: [], searched: query.after)))
    }
    var reading = Reading(
      query: query, completion: completion, through: through, page: LogPage(events: [], searched: query.after))
    if let store, query.filter.kinds != nil || query.filter.subjects != nil {
      reading.indexed = min(through, store.indexed)
      reading.kinds = query.filter.kinds.map { kinds in KeyUnion(keys: kinds.compactMap { store.key(of: $0) }) }
      reading.subjects = query.filter.subjects.map { KeyUnion(keys: Set($0.map(Checksum.key)).map(\.self)) }
    }
    self.reading = reading
  }

  private func complete(_ reading: Reading) {
    self.reading = nil
    reading.completion(.success(reading.page))
  }

  private func countSteps(since steps: Int) {
    let taken = UInt64((store?.steps ?? steps) - steps)
    count { $0.readSteps += taken }
  }

  /// Does a slice of work.
  ///
  /// - Returns: whether the page is done.
  private func advance(_ reading: inout Reading) throws(StoreFailure) -> Bool {
    let stepsBefore = store?.steps ?? 0
    defer { countSteps(since: stepsBefore) }
    let held = store?.head ?? baselineHead
    let limit = min(reading.through, held)
    if reading.page.searched < limit {
      guard let store else { throw StoreFailure(.refused, trouble?.text ?? "") }
      let isDone =
        reading.page.searched < reading.indexed
        ? try walk(&reading, store, through: reading.indexed) : try scan(&reading, store, through: limit)
      return isDone || (reading.page.searched >= limit && limit == reading.through)
    }
    var work = 0
    for event in tail.events(after: reading.page.searched) where event.sequence <= reading.through {
      guard !reading.isFull else { return true }
      reading.add(event)
      work += 1
      if work >= Engine.sliceWork { return false }
    }
    reading.page.searched = reading.through
    return true
  }

  /// Reads everything from the database, where no index helps or none is filled yet.
  ///
  /// Up to the next gap every sequence is there, and that is checked: SQLite reads rubbish from a page that is damaged
  /// in part without a word, and an event must not be left out without one.
  private func scan(_ reading: inout Reading, _ store: Store, through limit: UInt64) throws(StoreFailure) -> Bool {
    var isWhole = true
    var taken = 0
    try store.events(after: reading.page.searched, through: limit, limit: Engine.sliceWork) { event in
      isWhole = event.sequence == reading.page.searched + 1
      guard isWhole else { return false }
      reading.add(event)
      taken += 1
      return !reading.isFull
    }
    isWhole = isWhole && (taken == Engine.sliceWork || reading.page.searched == limit || reading.isFull)
    guard isWhole else { throw StoreFailure(.damaged, "the event after \(reading.page.searched) is missing") }
    reading.work += taken
    return reading.isFull
  }

  /// Walks along the indexes from one event that may pass to the next.
  private func walk(_ reading: inout Reading, _ store: Store, through limit: UInt64) throws(StoreFailure) -> Bool {
    let end = reading.work + Engine.sliceWork
    while reading.work < end {
      let position = reading.page.searched + 1
      guard var candidate = try next(&reading, \.kinds, .kind, store, from: position, through: limit),
        let other = try next(&reading, \.subjects, .subject, store, from: candidate, through: limit)
      else {
        reading.page.searched = limit
        return false
      }
      reading.work += 1
      if other > candidate, reading.kinds != nil {
        // What lies between passes one half of the filter at most; the kinds have their turn again.
        reading.page.searched = other - 1
        continue
      }
      candidate = other
      guard let event = try store.event(candidate) else {
        throw StoreFailure(.damaged, "the event \(candidate) is missing")
      }
      reading.add(event)
      if reading.isFull { return true }
    }
    return reading.isFull
  }

  /// The next sequence that a half of the filter lets pass; without that half it is the one asked for.
  private func next(
    _ reading: inout Reading, _ path: WritableKeyPath<Reading, KeyUnion?>, _ index: StoreIndex, _ store: Store,
    from position: UInt64, through limit: UInt64
  ) throws(StoreFailure) -> UInt64? {
    guard var union = reading[keyPath: path] else { return position }
    // The union is taken out while it is changed, so that its fetched numbers are not copied.
    reading[keyPath: path] = nil
    var work = 0
    let next = try union.next(atLeast: position) { (key, from) throws(StoreFailure) -> [UInt64] in
      let sequences = try store.sequences(index, key: key, from: from, through: limit)
      // A stride is read at once; its numbers cost far less than an event.
      work += 1 + sequences.count / 64
      return sequences
    }
    reading[keyPath: path] = union
    reading.work += work
    return next
  }

  /// The last event before the first one that was recorded at a moment or later.
  private func cursor(before time: Timestamp) throws(StoreFailure) -> UInt64 {
    var cursor = floor
    if let store {
      cursor = try store.cursor(before: time)
      if cursor < store.newest { return cursor }
    }
    for event in tail.events(after: 0) {
      guard event.recorded < time else { break }
      cursor = event.sequence
    }
    return cursor
  }
}
