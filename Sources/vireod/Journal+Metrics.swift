// SPDX-License-Identifier: Apache-2.0
// What the journal counts, as metrics.

import EventModel
import Hub
import Journal

extension JournalMetrics {
  /// The counts as metrics.
  var families: [MetricFamily] {
    var lost = MetricFamily(.eventsDropped)
    lost.add(Double(self.lost), ["stage": "journal", "reason": "disk"])
    var commits = MetricFamily(.journalCommitDuration)
    commits.add(
      Histogram(
        bounds: JournalMetrics.latencyBounds.map(\.seconds), counts: commitLatency, sum: commitTime.seconds))
    // Where nothing is held there is no oldest, and no sample.
    var oldest = MetricFamily(.journalOldest)
    if let oldestRecorded { oldest.add(Double(oldestRecorded.microseconds) / 1e6) }
    return [
      lost, commits, oldest,
      MetricFamily(.journalRows, Double(rows)),
      MetricFamily(.journalErrors, Double(errors)),
      MetricFamily(.journalStranded, Double(stranded)),
      MetricFamily(.journalRemoved, Double(removed)),
      MetricFamily(.journalReads, Double(reads)),
      MetricFamily(.journalCheckpoints, Double(checkpoints)),
      MetricFamily(.journalBytes, Double(fileBytes)),
    ]
  }
}
