// SPDX-License-Identifier: Apache-2.0
// Which events could not be broadcast, as one stretch.

/// The stretch of events that was not broadcast, until it has been told.
///
/// Once an event is withheld, all after it are, until the stretch has been told by a Gap: so a consumer sees either the
/// next number or a Gap that ends right before it.
struct WithheldEvents: Equatable {
  /// Why events are withheld.
  enum Reason: String {
    /// The bus takes messages slower than they come.
    case busBehind = "bus-behind"
    /// There is no bus.
    case busDown = "bus-down"
    /// The event cannot be said on a bus.
    case tooLarge = "too-large"
  }

  private(set) var stretch: ClosedRange<UInt64>?
  private(set) var reason = Reason.busBehind
  /// How many events were withheld since the beginning.
  private(set) var total: UInt64 = 0

  /// Whether events are withheld now.
  var isWithholding: Bool { stretch != nil }

  /// Adds an event to the stretch.
  mutating func withhold(_ sequence: UInt64, because reason: Reason) {
    total += 1
    if let stretch {
      self.stretch = stretch.lowerBound...max(stretch.upperBound, sequence)
    } else {
      stretch = sequence...sequence
      self.reason = reason
    }
  }

  /// Ends the stretch: it has been told.
  mutating func told() {
    stretch = nil
  }
}
