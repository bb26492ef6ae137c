// SPDX-License-Identifier: Apache-2.0
// One piece of long work of a machine, and how far it is.

package import EventModel
import JSONText

/// One piece of long work of a machine: a job, a migration or a dump.
package struct Work: Hashable, Sendable {
  /// What kind of work it is, and where its numbers come from.
  package enum Kind: Hashable, Sendable {
    /// A job of QEMU's, `query-jobs`.
    case job
    /// The migration, `query-migrate`.
    case migration
    /// The dump of the memory, `query-dump`.
    case dump

    /// The event that tells a tenth of the way.
    package var progress: EventKind {
      switch self {
      case .job: .vmBlockJobProgress
      case .migration: .vmMigrationProgress
      case .dump: .vmDumpProgress
      }
    }

    /// The question that tells how far it is.
    package var query: QMPQuery {
      switch self {
      case .job: .jobs
      case .migration: .migrate
      case .dump: .dump
      }
    }
  }

  /// What kind of work it is.
  package let kind: Kind
  /// The job's ID; `migration` or `dump`.
  package let id: String
  /// The job's type by its QEMU name; `migration` or `dump`.
  package var type: String
  /// Its state by its QEMU name.
  package var status: String
  /// Bytes in all; 0 where that is not known.
  package private(set) var total: UInt64 = 0
  /// Bytes to do.
  package private(set) var remaining: UInt64 = 0
  /// Bytes a second between the last two looks; `nil` before there were two.
  package private(set) var rate: Double?
  /// How long the machine will stand still, in milliseconds, as QEMU expects.
  package private(set) var expectedDowntime: UInt64?
  /// The highest tenth that was told, or need not be.
  private var toldTenth = 0
  private var lastDone: UInt64 = 0
  private var lastLook: MonotonicTime?

  /// Work of which nothing but its state is known.
  package init(_ kind: Kind, id: String, type: String, status: String) {
    self.kind = kind
    self.id = id
    self.type = type
    self.status = status
  }

  /// How much is done, 0 to 100; `nil` where that is not known.
  package var percent: Double? {
    total > 0 ? Double(total - min(remaining, total)) / Double(total) * 100 : nil
  }

  /// Whether its numbers change by themselves, so that it is worth to be asked about.
  package var isUnderWay: Bool {
    switch kind {
    case .job: ["created", "running", "ready", "aborting"].contains(status)
    case .migration: !["", "none", "completed", "failed", "cancelled"].contains(status)
    case .dump: status == "active"
    }
  }

  /// Takes new numbers in: what is done by now, what there is to do in all, and what is left.
  ///
  /// `done` is what the rate is reckoned from. It is not `total` less `remaining` where work is done twice: a migration sends again
  /// what the guest wrote meanwhile.
  package mutating func look(
    done: UInt64, total: UInt64, remaining: UInt64, expectedDowntime: UInt64? = nil, now: MonotonicTime
  ) {
    if let last = lastLook, now > last {
      rate = Double(done - min(done, lastDone)) / (now - last).seconds
    }
    lastDone = done
    lastLook = now
    self.total = total
    self.remaining = remaining
    self.expectedDowntime = expectedDowntime
  }

  /// Whether another tenth of the way lies behind it since it was last told; the end is told by the state.
  package mutating func passesTenth() -> Bool {
    let tenth = min(9, Int((percent ?? 0) / 10))
    guard tenth > toldTenth else { return false }
    toldTenth = tenth
    return true
  }

  /// The data of the event that tells a tenth.
  package var progress: Fields {
    var data: Fields = kind == .job ? ["id": .string(id)] : [:]
    data["percent"] = .double(percent ?? 0)
    data["remaining"] = .uint(remaining)
    data["total"] = .uint(total)
    if let rate { data["rate"] = .double(rate) }
    if let expectedDowntime { data["expectedDowntime"] = .uint(expectedDowntime) }
    return data
  }

  /// The work as an element of the machine's property `Jobs`.
  package var property: Fields {
    var fields: Fields = ["id": .string(id), "type": .string(type), "status": .string(status)]
    if let percent {
      fields["percent"] = .double(percent)
      fields["remaining"] = .uint(remaining)
      fields["total"] = .uint(total)
    }
    if let rate, isUnderWay { fields["rate"] = .double(rate) }
    if let expectedDowntime { fields["expectedDowntime"] = .uint(expectedDowntime) }
    return fields
  }
}
