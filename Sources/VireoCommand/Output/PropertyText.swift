// SPDX-License-Identifier: Apache-2.0
// Properties of objects as text for people.

public import EventModel

/// Properties of objects as text for people: moments as moments, what is never is `-`.
public enum PropertyText {
  private static let moments: Set<String> = ["StateSince", "StartTime", "GuestUpdated", "LastErrorTime"]

  /// The value of a property.
  public static func text(_ value: Value, of name: String, zone: ZoneRules) -> String {
    if name == "GuestTimes", let times = value.map {
      return times.map { "\($0.name) \(text($0.value, of: "GuestUpdated", zone: zone))" }.joined(separator: ", ")
    }
    guard moments.contains(name), let microseconds = value.int else { return DataText.plain(value) }
    return microseconds == 0 ? "-" : TimeFormat.full(Timestamp(microseconds: microseconds), in: zone)
  }
}
