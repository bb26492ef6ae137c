// SPDX-License-Identifier: Apache-2.0
// What the bus and the way to it say about themselves, as metrics.

import DBusBridge
internal import DBusTypes
internal import EventModel
import Hub

/// What the bus and the way to it say about themselves.
struct BusMetrics {
  var signals: UInt64
  var withheld: UInt64
  var waitingBytes: Int
  var bus: BusStatistics
  var calls: [CallCount]

  /// The metrics.
  var families: [MetricFamily] {
    var refused = MetricFamily(.busRefused)
    refused.add(Double(bus.refused), ["what": "message"])
    refused.add(Double(bus.callsRefused), ["what": "call"])
    var unsent = MetricFamily(.busWithheld)
    unsent.add(Double(bus.signalsWithheld), ["what": "signal"])
    unsent.add(Double(bus.repliesWithheld), ["what": "reply"])
    var called = MetricFamily(.busCalls)
    var denied = MetricFamily(.busDenied)
    for count in calls {
      called.add(Double(count.calls), ["method": count.method.rawValue])
      if let denials = count.denials { denied.add(Double(denials), ["method": count.method.rawValue]) }
    }
    return [
      MetricFamily(.busSignalsSent, Double(signals)),
      MetricFamily(.busEventsWithheld, Double(withheld)),
      MetricFamily(.busSendQueue, Double(waitingBytes)),
      MetricFamily(.busMessagesSent, Double(bus.sent)),
      MetricFamily(.busMessagesReceived, Double(bus.received)),
      MetricFamily(.busConnects, Double(bus.connections)),
      called, denied, refused, unsent,
    ]
  }
}
