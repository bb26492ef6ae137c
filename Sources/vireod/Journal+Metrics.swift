// SPDX-License-Identifier: Apache-2.0
// What the journal counts, as metrics.

import Hub
import Journal

extension JournalMetrics {
  /// The counts as metrics.
  var families: [MetricFamily] {
    [
      MetricFamily(
        "vireo_journal_commits", .counter, "Transactions of events that were committed.", value: Double(commits)),
      MetricFamily("vireo_journal_rows", .counter, "Events that were committed.", value: Double(rows)),
      MetricFamily("vireo_journal_errors", .counter, "Times that the disk refused something.", value: Double(errors)),
      MetricFamily("vireo_journal_lost", .counter, "Events that could not be kept at all.", value: Double(lost)),
      MetricFamily(
        "vireo_journal_stranded", .gauge, "Events that wait in memory for the disk.", value: Double(stranded)),
      MetricFamily("vireo_journal_removed", .counter, "Events that retention removed.", value: Double(removed)),
      MetricFamily("vireo_journal_bytes", .gauge, "Size of the database file, in bytes.", value: Double(fileBytes)),
    ]
  }
}
