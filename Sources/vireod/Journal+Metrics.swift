// SPDX-License-Identifier: Apache-2.0
// What the journal counts, as metrics.

import Hub
import Journal

extension JournalMetrics {
  /// The counts as metrics.
  var families: [MetricFamily] {
    var lost = MetricFamily("vireo_events_dropped", .counter, "Events dropped, by stage and reason.")
    lost.add(Double(self.lost), ["stage": "journal", "reason": "disk"])
    var commits = MetricFamily(
      "vireo_journal_commit_duration_seconds", .histogram, "Time that the disk took for a transaction, in seconds.")
    commits.add(
      Histogram(
        bounds: JournalMetrics.latencyBounds.map(\.seconds), counts: commitLatency, sum: commitTime.seconds))
    return [
      lost, commits,
      MetricFamily("vireo_journal_rows", .counter, "Events that were committed.", value: Double(rows)),
      MetricFamily("vireo_journal_errors", .counter, "Times that the disk refused something.", value: Double(errors)),
      MetricFamily(
        "vireo_journal_stranded", .gauge, "Events that wait in memory for the disk.", value: Double(stranded)),
      MetricFamily("vireo_journal_removed", .counter, "Events that retention removed.", value: Double(removed)),
      MetricFamily("vireo_journal_reads", .counter, "Questions to the journal answered.", value: Double(reads)),
      MetricFamily(
        "vireo_journal_checkpoints", .counter, "Times that the log of writes was moved into the database file.",
        value: Double(checkpoints)),
      MetricFamily("vireo_journal_bytes", .gauge, "Size of the database file, in bytes.", value: Double(fileBytes)),
    ]
  }
}
