// SPDX-License-Identifier: Apache-2.0
// Moments and spans as text for people.

public import EventModel

/// Moments and spans as text for people.
public enum TimeFormat {
  static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
  static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]

  /// The form `Nov 22 03:12:07.005`.
  public static func short(_ moment: Timestamp, in zone: ZoneRules) -> String {
    let wall = WallTime(moment, in: zone)
    var text = months[Int(wall.month - 1)] + " "
    text.append(decimal: wall.day, width: 2)
    text += " "
    append(wall, digits: 3, to: &text)
    return text
  }

  /// The form `2026-11-22T03:12:07.005691+01:00`.
  public static func iso(_ moment: Timestamp, in zone: ZoneRules) -> String {
    let wall = WallTime(moment, in: zone)
    var text = date(wall) + "T"
    append(wall, digits: 6, to: &text)
    let minutes = zone.offset(moment) / 60
    text += minutes < 0 ? "-" : "+"
    text.append(decimal: abs(minutes) / 60, width: 2)
    text += ":"
    text.append(decimal: abs(minutes) % 60, width: 2)
    return text
  }

  /// The form `Sun 2026-11-22 03:12:07.005691 CET`.
  public static func full(_ moment: Timestamp, in zone: ZoneRules) -> String {
    let wall = WallTime(moment, in: zone)
    var text = weekdays[Int(wall.weekday)] + " " + date(wall) + " "
    append(wall, digits: 6, to: &text)
    return text + " " + zone.abbreviation(moment)
  }

  /// The form `2026-11-22 03:12:07`.
  public static func seconds(_ moment: Timestamp, in zone: ZoneRules) -> String {
    let wall = WallTime(moment, in: zone)
    var text = date(wall) + " "
    append(wall, digits: 0, to: &text)
    return text
  }

  /// A span in its two largest units, `3d 4h`, `12min 5s`, `4.2s`, `83ms`.
  public static func span(_ microseconds: Int64) -> String {
    let amount = max(0, microseconds)
    if amount < 1000 { return "\(amount)us" }
    if amount < 1_000_000 { return "\(amount / 1000)ms" }
    if amount < 10_000_000 { return "\(amount / 1_000_000).\(amount / 100_000 % 10)s" }
    let units: [(Int64, String)] = [(86_400, "d"), (3600, "h"), (60, "min"), (1, "s")]
    var rest = amount / 1_000_000
    var words: [String] = []
    for (size, name) in units {
      if rest >= size, words.count < 2 { words.append("\(rest / size)\(name)") } else if !words.isEmpty { break }
      rest %= size
    }
    return words.joined(separator: " ")
  }

  /// A span in its largest unit, whole seconds at least: `3d`, `12min`, `0s`.
  public static func coarse(_ microseconds: Int64) -> String {
    let seconds = max(0, microseconds) / 1_000_000
    let units: [(Int64, String)] = [(86_400, "d"), (3600, "h"), (60, "min")]
    for (size, name) in units where seconds >= size { return "\(seconds / size)\(name)" }
    return "\(seconds)s"
  }

  private static func date(_ wall: WallTime) -> String {
    var text = ""
    text.append(decimal: wall.year, width: 4)
    text += "-"
    text.append(decimal: wall.month, width: 2)
    text += "-"
    text.append(decimal: wall.day, width: 2)
    return text
  }

  private static func append(_ wall: WallTime, digits: Int, to text: inout String) {
    let clock = wall.clock
    text.append(decimal: clock.hour, width: 2)
    text += ":"
    text.append(decimal: clock.minute, width: 2)
    text += ":"
    text.append(decimal: clock.second, width: 2)
    switch digits {
    case 3:
      text += "."
      text.append(decimal: clock.microsecond / 1000, width: 3)
    case 6:
      text += "."
      text.append(decimal: clock.microsecond, width: 6)
    default: break
    }
  }
}
