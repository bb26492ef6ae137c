// SPDX-License-Identifier: Apache-2.0
// All long work of one machine: kept up by events, and by what QEMU answers when it is asked how far it is.

package import EventModel
package import JSONText

/// All long work of one machine.
///
/// Events and answers come in one order, so whichever tells a state later is right; only answers tell numbers.
package struct WorkTable: Hashable, Sendable {
  /// The most jobs that are kept.
  package static let limit = 64

  private var works: [String: Work] = [:]

  /// A machine of whose work nothing is known.
  package init() {}

  /// The questions that tell how far the work is that is under way.
  package var questions: Set<QMPQuery> { Set(works.values.filter(\.isUnderWay).map(\.kind.query)) }

  /// The value of the machine's property `Jobs`.
  package var property: Value { .list(works.sorted { $0.key < $1.key }.map { .map($0.value.property) }) }

  /// Takes an event in; whether something about the work changed.
  package mutating func note(_ kind: EventKind, _ data: Fields) -> Bool {
    let before = works
    switch kind {
    case .vmJobStatus:
      set(.job, data["id"]?.string ?? "", status: data["status"]?.string ?? "")
    case .vmBlockJobReady, .vmBlockJobPending:
      // Its ID is its device where the event is of the older kind.
      let id = data["id"]?.string ?? data["device"]?.string ?? ""
      if let type = data["type"]?.string { works[Self.key(.job, id)]?.type = type }
    case .vmMigrationStatus: set(.migration, "migration", status: data["status"]?.string ?? "")
    case .vmDumpCompleted: works[Self.key(.dump, "dump")] = nil
    default: return false
    }
    return works != before
  }

  /// Takes an answer in; the events that tell tenths of the way.
  ///
  /// With `isFirst` nobody looked before: what lies behind is no news.
  package mutating func take(
    _ answer: JSONValue, to query: QMPQuery, isFirst: Bool, now: MonotonicTime
  ) -> [Difference] {
    switch query {
    case .jobs: takeJobs(answer, now: now)
    case .migrate: takeMigration(answer, now: now)
    case .dump: takeDump(answer, now: now)
    default: return []
    }
    return works.keys.sorted().compactMap { key in
      guard works[key]?.kind.query == query, works[key]?.passesTenth() == true, !isFirst, let work = works[key],
        work.isUnderWay
      else { return nil }
      return Difference(kind: work.kind.progress, data: work.progress)
    }
  }

  private static func key(_ kind: Work.Kind, _ id: String) -> String {
    switch kind {
    case .migration: "0"
    case .dump: "1"
    case .job: "2\(id)"
    }
  }

  /// Puts a state into force: work that is over goes, except a job that waits for somebody to take note of its end.
  private mutating func set(_ kind: Work.Kind, _ id: String, type: String? = nil, status: String) {
    let key = Self.key(kind, id)
    let isOver =
      kind == .job
      ? status == "null" || status == "undefined" : !Work(kind, id: id, type: "", status: status).isUnderWay
    guard !isOver else { return works[key] = nil }
    guard works[key] != nil || works.count < Self.limit else { return }
    var work = works[key] ?? Work(kind, id: id, type: type ?? (kind == .job ? "" : id), status: status)
    work.status = status
    if let type, !type.isEmpty { work.type = type }
    works[key] = work
  }

  private mutating func takeJobs(_ answer: JSONValue, now: MonotonicTime) {
    guard answer.kind == .array else { return }
    var seen: Set<String> = []
    for row in answer.elements.prefix(Self.limit) {
      guard let id = row.string("id")?.printable(limit: ValueLimits.name) else { continue }
      let key = Self.key(.job, id)
      seen.insert(key)
      set(
        .job, id, type: row.string("type")?.printable(limit: ValueLimits.name),
        status: row.string("status")?.printable(limit: ValueLimits.name) ?? "")
      let total = row.uint64("total-progress") ?? 0
      let done = min(row.uint64("current-progress") ?? 0, total)
      works[key]?.look(done: done, total: total, remaining: total - done, now: now)
    }
    for (key, work) in works where work.kind == .job && !seen.contains(key) { works[key] = nil }
  }

  private mutating func takeMigration(_ answer: JSONValue, now: MonotonicTime) {
    guard answer.kind == .object else { return }
    set(.migration, "migration", status: answer.string("status")?.printable(limit: ValueLimits.name) ?? "")
    guard let memory = answer["ram"] else { return }
    let parts = [memory, answer["disk"]].compactMap { $0 }
    let sum = { (name: JSONKey) in parts.reduce(UInt64(0)) { $0 &+ ($1.uint64(name) ?? 0) } }
    works[Self.key(.migration, "migration")]?.look(
      done: sum("transferred"), total: sum("total"), remaining: sum("remaining"),
      expectedDowntime: answer.uint64("expected-downtime"), now: now)
  }

  private mutating func takeDump(_ answer: JSONValue, now: MonotonicTime) {
    guard answer.kind == .object else { return }
    set(.dump, "dump", status: answer.string("status")?.printable(limit: ValueLimits.name) ?? "")
    let total = answer.uint64("total") ?? 0
    let done = min(answer.uint64("completed") ?? 0, total)
    works[Self.key(.dump, "dump")]?.look(done: done, total: total, remaining: total - done, now: now)
  }
}
