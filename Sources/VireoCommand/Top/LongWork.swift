// SPDX-License-Identifier: Apache-2.0
// Long work of a machine: block jobs, dumps, a migration.

internal import EventModel

/// Long work of a machine: a block job, a dump, a migration.
struct LongWork: Equatable, Sendable {
  /// What it is: `migration`, or the type and ID of a job.
  var title: String
  /// Its state by its QEMU name, where it is not simply running.
  var status = ""
  /// How much is done, 0 to 100; nil where nobody knows.
  var percent: Double?
  /// Bytes to do.
  var remaining: Double?
  /// Bytes a second.
  var rate: Double?
  /// How long a migration will stop the machine, in milliseconds, as QEMU expects.
  var downtime: Double?

  /// States of a migration that is under way (qapi/migration.json, MigrationStatus).
  private static let migrating: Set<String> = [
    "setup", "active", "postcopy-active", "postcopy-paused", "postcopy-recover-setup", "postcopy-recover", "device",
    "wait-unplug", "pre-switchover", "cancelling", "colo",
  ]

  /// The long work that properties of a machine tell of.
  ///
  /// `progress` is what the last event told of the migration; a hub whose property has the numbers needs none.
  static func all(jobs: Value?, migration: String, progress: Fields) -> [LongWork] {
    var all = (jobs?.list ?? []).compactMap(\.map).map { job in
      let words = [job["type"]?.string ?? "", job["id"]?.string ?? ""].filter { !$0.isEmpty }
      return LongWork(words.first == words.last ? words.first ?? "job" : words.joined(separator: " "), job)
    }
    if migrating.contains(migration), !all.contains(where: { $0.title.hasPrefix("migration") }) {
      var work = LongWork("migration", progress)
      work.status = migration == "active" ? "" : migration
      all.insert(work, at: 0)
    }
    return all
  }

  private init(_ title: String, _ fields: Fields) {
    self.title = title
    let status = fields["status"]?.string ?? ""
    self.status = status == "running" || status == "active" ? "" : status
    percent = fields["percent"]?.double
    remaining = fields["remaining"]?.double
    rate = fields["rate"]?.double
    downtime = fields["expectedDowntime"]?.double
  }
}
