// SPDX-License-Identifier: Apache-2.0
// The methods of org.vireo.Hub1.Link.

internal import DBusBridge
internal import DBusTypes
internal import EventLoop
internal import EventModel
internal import Hub

/// The methods of `org.vireo.Hub1.Link`: they set up virtual functions, for those who may.
struct LinkMethods {
  let hub: Hub
  let authority: CallerAuthority

  var methods: [BusMethod] {
    [
      BusMethod(
        name: "SetVFVLAN",
        inputs: [
          BusArgument("vf", "u"), BusArgument("vlan", "u"),
          BusArgument("qos", "u"),
        ], outputs: []
      ) { call in
        let numbers = call.arguments.compactMap(\.uint32)
        change(call) { control, link, done in
          control.setVLAN(link: link, function: numbers[0], vlan: numbers[1], qos: numbers[2], completion: done)
        }
      },
      BusMethod(
        name: "SetVFMAC",
        inputs: [BusArgument("vf", "u"), BusArgument("mac", "s")], outputs: []
      ) { call in
        guard let function = call.arguments[0].uint32, let address = call.arguments[1].string else { return }
        change(call) { control, link, done in
          control.setAddress(link: link, function: function, address: address, completion: done)
        }
      },
    ]
  }

  private func change(
    _ call: BusCall,
    _ action:
      @escaping @Sendable (any LinkControl, Subject, @escaping @Sendable (Result<Void, ControlError>) -> Void)
      -> Void
  ) {
    authority.require(.setVirtualFunction, for: call) {
      guard let control = hub.assumeIsolated({ $0.links }), let link = call.subject else {
        call.fail(.notSupported, "the links of this host are not watched")
        return
      }
      action(control, link) { result in
        switch result {
        case .success: call.reply([])
        case .failure(let error): call.fail(Refusal(error))
        }
      }
    }
  }
}
