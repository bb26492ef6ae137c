// SPDX-License-Identifier: Apache-2.0
// The methods of the Manager that add and remove machines.

internal import DBusBridge
internal import DBusTypes
internal import EventLoop
internal import EventModel
internal import Hub

/// The methods of the Manager that add and remove machines, for those who may.
struct ManagerMachines {
  let hub: Hub
  let authority: CallerAuthority

  var methods: [BusMethod] {
    [
      BusMethod(
        name: "AddVM",
        inputs: arguments(("name", "s"), ("monitor_path", "s"), ("agent_path", "s"), ("options", "a{sv}")),
        outputs: arguments(("vm", "o"))
      ) { call in
        change(call) { control, texts throws(ControlError) in
          if let option = call.arguments[3].dictionary?.entries.first?.key.string {
            throw .invalidArgument("unknown option '\(option)'; AddVM has none yet")
          }
          return [
            .objectPath(
              try control.addMachine(name: texts[0], monitorPath: texts[1], agentPath: texts[2]).busPath)
          ]
        }
      },
      BusMethod(name: "RemoveVM", inputs: arguments(("name_or_uuid", "s")), outputs: []) { call in
        change(call) { control, texts throws(ControlError) in
          let key = texts[0]
          let found = hub.assumeIsolated { hub in
            hub.objects(.vm).first { !key.isEmpty && ($0.name == key || $0[.uuid]?.string == key.lowercased()) }
          }
          guard let found else { throw .noSuchObject("vm '\(key)'") }
          try control.removeMachine(found.subject)
          return []
        }
      },
    ]
  }

  private func change(
    _ call: BusCall,
    _ action: @escaping @Sendable (any MachineControl, [String]) throws(ControlError) -> [BusValue]
  ) {
    authority.require(.manageMachines, for: call) { [hub] in
      guard let control = hub.assumeIsolated({ $0.machines }) else {
        call.fail(.notSupported, "this hub watches no machines")
        return
      }
      do throws(ControlError) {
        call.reply(try action(control, call.arguments.compactMap(\.string)))
      } catch {
        call.fail(Refusal(error))
      }
    }
  }
}
