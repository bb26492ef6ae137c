// SPDX-License-Identifier: Apache-2.0
// org.vireo.Hub1.Subscription: one client's lossless delivery.

internal import DBusBridge
internal import DBusTypes
internal import Hub

extension Subscriptions {
  static let interfaceName: InterfaceName = "org.vireo.Hub1.Subscription"

  /// The interface, which finds the subscription by the path that is called.
  nonisolated var interface: BusInterface {
    BusInterface(
      name: Subscriptions.interfaceName,
      methods: calls.counting([
        BusMethod(name: "Ack", inputs: arguments(("sequence", "t"))) { call in
          let sequence = call.arguments[0].uint64 ?? 0
          self.own(call) { id, desk throws(Refusal) in
            do throws(DeliveryRefusal) {
              try desk.acknowledge(id, through: sequence)
            } catch {
              throw Refusal(error)
            }
          }
        },
        BusMethod(name: "SetCredit", inputs: arguments(("credit", "u"))) { call in
          let credit = call.arguments[0].uint32 ?? 0
          self.own(call) { id, desk throws(Refusal) in try Subscriptions.setCredit(credit, id, desk) }
        },
        BusMethod(name: "Cancel") { call in self.cancel(call) },
      ]),
      signals: [
        BusSignal(name: "Events", arguments: arguments(("first", "t"), ("events", "a(tttsssosa{sv})"))),
        BusSignal(name: "Gap", arguments: arguments(("first", "t"), ("from", "t"), ("to", "t"), ("reason", "s"))),
        BusSignal(name: "Suspended", arguments: arguments(("sequence", "t"), ("reason", "s"))),
      ],
      properties: [
        // All three change with every batch: a signal for each change would be more than the events themselves.
        BusProperty(name: "Lag", signature: "t", emits: .false) { .uint64(self.status($0)?.lag ?? 0) },
        BusProperty(name: "Delivered", signature: "t", emits: .false) { .uint64(self.status($0)?.delivered ?? 0) },
        BusProperty(name: "State", signature: "s", emits: .false) { .text(self.status($0)?.state ?? "ended") },
      ])
  }
}
