// SPDX-License-Identifier: Apache-2.0
// Moments as people say them.

import EventModel
import Testing
import VireoCommand

@Suite struct TimeExpressionTests {
  /// Sunday, 2026-11-22, nine in the morning in a zone one hour ahead of UTC.
  static let zone = ZoneRules.fixed(seconds: 3600, name: "CET")
  static let now = Timestamp(rfc3339: "2026-11-22T09:00:00+01:00") ?? Timestamp(microseconds: 0)

  @Test(arguments: [
    ("now", "2026-11-22T08:00:00.000000Z"),
    ("today", "2026-11-21T23:00:00.000000Z"),
    ("yesterday", "2026-11-20T23:00:00.000000Z"),
    ("tomorrow", "2026-11-22T23:00:00.000000Z"),
    ("Yesterday 18:00", "2026-11-21T17:00:00.000000Z"),
    ("03:12", "2026-11-22T02:12:00.000000Z"),
    ("3:12", "2026-11-22T02:12:00.000000Z"),
    ("03:12:07.5", "2026-11-22T02:12:07.500000Z"),
    ("monday", "2026-11-15T23:00:00.000000Z"),
    ("sun", "2026-11-21T23:00:00.000000Z"),
    ("friday 23:59", "2026-11-20T22:59:00.000000Z"),
    ("-2h", "2026-11-22T06:00:00.000000Z"),
    ("-1h30min", "2026-11-22T06:30:00.000000Z"),
    ("+5min", "2026-11-22T08:05:00.000000Z"),
    ("2 hours ago", "2026-11-22T06:00:00.000000Z"),
    ("1.5h ago", "2026-11-22T06:30:00.000000Z"),
    ("2026-11-22", "2026-11-21T23:00:00.000000Z"),
    ("2026-11-22 03:12", "2026-11-22T02:12:00.000000Z"),
    ("2026-11-22T03:12:07.005691Z", "2026-11-22T03:12:07.005691Z"),
    ("2026-11-22T03:12:07-05:30", "2026-11-22T08:42:07.000000Z"),
    ("2026-11-22 03:12 UTC", "2026-11-22T03:12:00.000000Z"),
    ("Nov 22 03:12:07.005", "2026-11-22T02:12:07.005000Z"),
    ("Dec 24", "2025-12-23T23:00:00.000000Z"),
    ("Feb 29 12:00", "2024-02-29T11:00:00.000000Z"),
    ("@1795403527.25", "2026-11-23T03:12:07.250000Z"),
  ])
  func `what people say is understood`(text: String, expected: String) throws {
    #expect(try TimeExpression.parse(text, now: Self.now, zone: Self.zone).rfc3339 == expected)
  }

  @Test func `a bare time of day that is still to come today was yesterday`() throws {
    let moment = try TimeExpression.parse("23:00", now: Self.now, zone: Self.zone)
    #expect(moment.rfc3339 == "2026-11-21T22:00:00.000000Z")
  }

  @Test func `a bare time of day that ends a range comes after its beginning`() throws {
    let since = try TimeExpression.parse("23:00", now: Self.now, zone: Self.zone)
    let until = try TimeExpression.parse("03:00", now: Self.now, zone: Self.zone, after: since)
    #expect(until.rfc3339 == "2026-11-22T02:00:00.000000Z")
    let morning = try TimeExpression.parse("08:00", now: Self.now, zone: Self.zone)
    let noon = try TimeExpression.parse("12:00", now: Self.now, zone: Self.zone, after: morning)
    #expect(noon.rfc3339 == "2026-11-22T11:00:00.000000Z")
  }

  @Test(arguments: [
    "", " ", "soon", "25:00", "3", "03:60", "2026-13-01", "2026-02-30", "2026-11-22 noon", "-", "-x", "ago",
    "2 moons ago",
    "@", "@-1", "@1e9", "Feb 30", "03:12\u{1B}[2J", "-99999999999999999999h", "yesterday 18:00 sharp",
    "2026-11-22T03:12:07+99:00", String(repeating: "9", count: 200),
  ])
  func `what is no moment is refused with an example`(text: String) throws {
    let error = #expect(throws: TimeExpressionError.self) {
      try TimeExpression.parse(text, now: Self.now, zone: Self.zone)
    }
    #expect(error?.description.contains("yesterday") == true)
    #expect(error?.description.contains("\u{1B}") == false)
  }

  @Test func `local time goes through a change of the clock`() {
    // Summer time ended 2026-10-25 01:00 UTC: 03:00 became 02:00.
    let change = Timestamp(rfc3339: "2026-10-25T01:00:00Z")?.microseconds ?? 0
    let zone = ZoneRules(
      offset: { $0.microseconds < change ? 7200 : 3600 }, abbreviation: { $0.microseconds < change ? "CEST" : "CET" })
    func utc(_ hour: Int64) -> String {
      WallTime(year: 2026, month: 10, day: 25, inDay: hour * 3_600_000_000).moment(in: zone).rfc3339
    }
    #expect(utc(1) == "2026-10-24T23:00:00.000000Z")
    #expect(utc(2) == "2026-10-25T00:00:00.000000Z")
    #expect(utc(3) == "2026-10-25T02:00:00.000000Z")
    #expect(utc(4) == "2026-10-25T03:00:00.000000Z")
  }

  @Test func `every moment comes back from its wall time`() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<2000 {
      let moment = Timestamp(
        microseconds: Int64.random(in: -9_000_000_000_000_000...9_000_000_000_000_000, using: &generator))
      #expect(WallTime(moment, in: Self.zone).moment(in: Self.zone) == moment)
      #expect(
        Timestamp(rfc3339: moment.rfc3339)
          == (moment.rfc3339.hasPrefix("-") || moment.rfc3339.utf8.count > 27 ? nil : moment))
    }
  }

  @Test(
    arguments: [
      (0, "0us"), (83_000, "83ms"), (4_250_000, "4.2s"), (92_000_000, "1min 32s"), (3_600_000_000, "1h"),
      (3_542_400_000_000, "41d"), (90_061_000_000, "1d 1h"),
    ] as [(Int64, String)])
  func `spans are told in their two largest units`(microseconds: Int64, text: String) {
    #expect(TimeFormat.span(microseconds) == text)
  }

  @Test(
    arguments: [
      ("120", 120_000_000), ("2h", 7_200_000_000), ("1h 30min", 5_400_000_000), ("500ms", 500_000), ("0.5", 500_000),
    ] as [(String, Int64)])
  func `a span without a unit is seconds`(text: String, microseconds: Int64) {
    #expect(SpanText.microseconds(text) == microseconds)
  }

  @Test(arguments: ["", "h", "2x", "2h-", "-2h", "1e9", "99999999999999999999d"])
  func `what is no span is refused`(text: String) {
    #expect(SpanText.microseconds(text) == nil)
  }
}
