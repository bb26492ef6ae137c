// SPDX-License-Identifier: Apache-2.0
// FENCE: the time zone of this process, by localtime_r(3).

internal import EventModel
private import Glibc

extension ZoneRules {
  /// The time zone of this process: `TZ`, else the one of the machine.
  public static let local: ZoneRules = {
    tzset()
    return ZoneRules(
      offset: { moment in broken(moment).map { Int64($0.offset) } ?? 0 },
      abbreviation: { moment in broken(moment)?.name ?? "UTC" })
  }()

  private static func broken(_ moment: Timestamp) -> (offset: Int, name: String)? {
    var seconds = time_t(moment.microseconds.quotientAndRemainder(flooringBy: 1_000_000).0)
    var parts = unsafe tm()
    guard unsafe localtime_r(&seconds, &parts) != nil else { return nil }
    let name = unsafe parts.tm_zone.map { unsafe String(cString: $0) } ?? "UTC"
    return unsafe (parts.tm_gmtoff, name)
  }
}
