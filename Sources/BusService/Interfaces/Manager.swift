// SPDX-License-Identifier: Apache-2.0
// org.vireo.Hub1.Manager: the hub as a whole.

internal import DBusBridge
internal import DBusTypes
internal import EventLoop
internal import EventModel
internal import Hub

/// Makes `org.vireo.Hub1.Manager`, the interface of the hub as a whole.
struct Manager {
  static let interfaceName: InterfaceName = "org.vireo.Hub1.Manager"

  let hub: Hub
  let identity: HubIdentity
  let lists: ManagerLists
  let history: ManagerHistory
  let machines: ManagerMachines
  let delivery: ManagerDelivery
  let calls: CallCounts

  init(
    hub: Hub, identity: HubIdentity, authority: CallerAuthority, delivery: ManagerDelivery, calls: CallCounts
  ) {
    self.hub = hub
    self.identity = identity
    lists = ManagerLists(hub: hub)
    history = ManagerHistory(hub: hub)
    machines = ManagerMachines(hub: hub, authority: authority)
    self.delivery = delivery
    self.calls = calls
  }

  var interface: BusInterface {
    BusInterface(
      name: Manager.interfaceName,
      methods: calls.counting(lists.methods + history.methods + delivery.methods)
        + calls.counting(machines.methods, areGuarded: true) + calls.counting([metrics]),
      signals: [
        BusSignal(
          name: "Event",
          arguments: arguments(("kind", "s"), ("subject", "o"), ("sequence", "t"), ("time", "t"), ("data", "a{sv}"))),
        BusSignal(name: "Gap", arguments: arguments(("from", "t"), ("to", "t"), ("reason", "s"))),
        BusSignal(name: "Heartbeat", arguments: arguments(("head", "t"))),
      ],
      properties: [
        constant("InstanceID", hub.instance.description),
        constant("Version", identity.version),
        constant("Hostname", identity.hostname),
        // Every Event signal tells the newest number; a second signal for it would double the traffic.
        BusProperty(name: "Head", signature: "t", emits: .false) { [hub] _ in
          .uint64(hub.assumeIsolated { $0.head })
        },
        BusProperty(name: "Oldest", signature: "t", emits: .false) { [hub] _ in
          .uint64(hub.assumeIsolated { $0.oldest })
        },
      ])
  }

  private var metrics: BusMethod {
    BusMethod(name: "GetMetrics", inputs: [], outputs: arguments(("text", "s"))) { [hub] call in
      call.reply([.text(hub.assumeIsolated { $0.metrics() })])
    }
  }

  private func constant(_ name: MemberName, _ text: String) -> BusProperty {
    BusProperty(name: name, signature: "s", emits: .const) { _ in .text(text) }
  }
}

/// Arguments by name and signature, in the order of the call.
func arguments(_ list: (String, Signature)...) -> [BusArgument] {
  list.map { BusArgument($0.0, $0.1) }
}
