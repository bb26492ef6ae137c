// SPDX-License-Identifier: Apache-2.0
// Metrics as values.

public import EventModel

/// A metric with all its samples.
public struct MetricFamily: Sendable {
  struct Sample: Sendable {
    var suffix: String
    var labels: [(String, String)]
    var value: Double
  }

  /// Which metric it is.
  public let metric: Metric
  let definition: MetricDefinition
  private(set) var samples: [Sample] = []

  /// A metric without samples.
  public init(_ metric: Metric) {
    self.metric = metric
    definition = metric.definition
  }

  /// A metric with one sample without labels.
  public init(_ metric: Metric, _ value: Double) {
    self.init(metric)
    add(value)
  }

  /// Adds a sample.
  public mutating func add(_ value: Double, _ labels: KeyValuePairs<String, String> = [:]) {
    assert(labels.map(\.key) == definition.labels, "\(metric.rawValue) has the labels \(definition.labels)")
    samples.append(
      Sample(suffix: definition.kind.suffix, labels: labels.map { ($0.key, $0.value) }, value: value))
  }

  /// Families with those of one name joined, since a name may stand in a text only once.
  static func joined(_ families: [MetricFamily]) -> [MetricFamily] {
    var joined: [MetricFamily] = []
    var places: [Metric: Int] = [:]
    for family in families {
      if let place = places[family.metric] {
        joined[place].samples += family.samples
      } else {
        places[family.metric] = joined.count
        joined.append(family)
      }
    }
    return joined
  }

  /// Adds the samples of a histogram.
  public mutating func add(_ histogram: Histogram, _ labels: KeyValuePairs<String, String> = [:]) {
    let labels = labels.map { ($0.key, $0.value) }
    assert(labels.map(\.0) == definition.labels, "\(metric.rawValue) has the labels \(definition.labels)")
    var total: UInt64 = 0
    for (bound, count) in zip(histogram.bounds, histogram.counts) {
      total += count
      samples.append(Sample(suffix: "_bucket", labels: labels + [("le", "\(bound)")], value: Double(total)))
    }
    total += histogram.counts.last ?? 0
    samples.append(Sample(suffix: "_bucket", labels: labels + [("le", "+Inf")], value: Double(total)))
    samples.append(Sample(suffix: "_sum", labels: labels, value: histogram.sum))
    samples.append(Sample(suffix: "_count", labels: labels, value: Double(total)))
  }
}

/// Observations of seconds in buckets.
public struct Histogram: Sendable {
  /// The upper bounds of the buckets but the last, which has none.
  public let bounds: [Double]
  /// How many observations fell into each bucket.
  public private(set) var counts: [UInt64]
  /// The sum of the observations.
  public private(set) var sum = 0.0

  /// A histogram from 100 µs to 10 s.
  public init(bounds: [Double] = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10]) {
    self.bounds = bounds
    counts = Array(repeating: 0, count: bounds.count + 1)
  }

  /// A histogram of what was counted elsewhere; `counts` has one place more than `bounds`.
  public init(bounds: [Double], counts: [UInt64], sum: Double) {
    precondition(counts.count == bounds.count + 1, "a histogram has a bucket for each bound and one above all")
    self.bounds = bounds
    self.counts = counts
    self.sum = sum
  }

  /// Counts an observation.
  public mutating func observe(seconds: Double) {
    counts[bounds.firstIndex { seconds <= $0 } ?? bounds.count] += 1
    sum += seconds
  }
}

extension Duration {
  /// The span in seconds.
  public var seconds: Double {
    let (seconds, attoseconds) = components
    return Double(seconds) + Double(attoseconds) * 1e-18
  }
}
