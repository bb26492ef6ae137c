// SPDX-License-Identifier: Apache-2.0
// What the bus and the way to it say about themselves, as metrics.

import DBusBridge
import Hub

/// What the bus and the way to it say about themselves.
struct BusMetrics {
  var signals: UInt64
  var withheld: UInt64
  var waitingBytes: Int
  var bus: BusStatistics

  /// The metrics.
  var families: [MetricFamily] {
    var refused = MetricFamily("vireo_dbus_refused", .counter, "Messages and calls that a limit or a rule refused.")
    refused.add(Double(bus.refused), ["what": "message"])
    refused.add(Double(bus.callsRefused), ["what": "call"])
    var unsent = MetricFamily("vireo_dbus_withheld", .counter, "Messages withheld from a bus that takes none.")
    unsent.add(Double(bus.signalsWithheld), ["what": "signal"])
    unsent.add(Double(bus.repliesWithheld), ["what": "reply"])
    return [
      MetricFamily("vireo_dbus_signals_sent", .counter, "Event signals sent.", value: Double(signals)),
      MetricFamily(
        "vireo_dbus_events_withheld", .counter, "Events not broadcast, and told by Gap instead.",
        value: Double(withheld)),
      MetricFamily(
        "vireo_dbus_send_queue_bytes", .gauge, "Bytes that wait for the bus.", value: Double(waitingBytes)),
      MetricFamily("vireo_dbus_messages_sent", .counter, "Messages sent.", value: Double(bus.sent)),
      MetricFamily("vireo_dbus_messages_received", .counter, "Messages that came.", value: Double(bus.received)),
      MetricFamily(
        "vireo_dbus_connects", .counter, "Connections to the bus, the first one included.",
        value: Double(bus.connections)),
      refused, unsent,
    ]
  }
}
