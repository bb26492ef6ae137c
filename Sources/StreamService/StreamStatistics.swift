// SPDX-License-Identifier: Apache-2.0
// What the service counts.

internal import EventModel
internal import Hub

/// What the service counts about its clients.
struct StreamStatistics {
  /// Connections taken in.
  var connections: UInt64 = 0
  /// Connections refused at a limit.
  var refused: UInt64 = 0
  /// Calls looked at.
  var calls: UInt64 = 0
  /// Connections ended because what came was no call.
  var malformed: UInt64 = 0

  func families(clients: Int) -> [MetricFamily] {
    var connections = MetricFamily(.varlinkConnections)
    connections.add(Double(self.connections), ["outcome": "accepted"])
    connections.add(Double(refused), ["outcome": "refused"])
    connections.add(Double(malformed), ["outcome": "malformed"])
    return [
      connections,
      MetricFamily(.varlinkCalls, Double(calls)),
      MetricFamily(.varlinkClients, Double(clients)),
    ]
  }
}
