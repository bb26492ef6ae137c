// SPDX-License-Identifier: Apache-2.0
// The methods of the Manager that list and find objects.

internal import DBusBridge
internal import DBusTypes
internal import EventLoop
internal import EventModel
internal import Hub

/// The methods of the Manager that list and find objects.
struct ManagerLists {
  let hub: Hub

  var methods: [BusMethod] {
    [
      BusMethod(name: "ListVMs", inputs: [], outputs: arguments(("vms", "a(sssso)"))) { call in
        let rows = objects(.vm).map { row($0, [.name, .uuid, .state, .reason], ["s", "s", "s", "s"]) }
        call.reply([.array("(sssso)", rows)])
      },
      BusMethod(
        name: "ListDevices", inputs: arguments(("subsystem", "s")), outputs: arguments(("devices", "a(ssso)"))
      ) { call in
        let subsystem = call.arguments[0].string ?? ""
        let wanted = objects(.device).filter { subsystem.isEmpty || $0[.subsystem]?.string == subsystem }
        let rows = wanted.map { row($0, [.name, .subsystem, .deviceNode], ["s", "s", "s"]) }
        call.reply([.array("(ssso)", rows)])
      },
      BusMethod(name: "ListLinks", inputs: [], outputs: arguments(("links", "a(susso)"))) { call in
        let rows = objects(.link).map { row($0, [.name, .index, .kind, .state], ["s", "u", "s", "s"]) }
        call.reply([.array("(susso)", rows)])
      },
      BusMethod(name: "ListSources", inputs: [], outputs: arguments(("sources", "a(ssso)"))) { call in
        let rows = objects(.source).map { row($0, [.name, .kind, .state], ["s", "s", "s"]) }
        call.reply([.array("(ssso)", rows)])
      },
      BusMethod(name: "ListKinds", inputs: [], outputs: arguments(("kinds", "a(sss)"))) { call in
        let rows = EventKind.allCases.map { kind in
          BusValue.structure([
            .text(kind.rawValue), .text(kind.definition.severity.name), .text(kind.definition.meaning),
          ])
        }
        call.reply([.array("(sss)", rows)])
      },
      finder("GetVM", argument: "name_or_uuid", result: "vm", .vm) { object, key in
        object.name == key || object[.uuid]?.string == key.lowercased()
          || object[.processID]?.uint.map(String.init) == key
      },
      finder("GetDevice", argument: "name_or_syspath", result: "device", .device) { object, key in
        object.name == key || object[.sysPath]?.string == key || object[.deviceNode]?.string == key
      },
      finder("GetLink", argument: "name_or_index", result: "link", .link) { object, key in
        object.name == key || object[.index]?.uint.map(String.init) == key
          || object[.alternativeNames]?.list?.contains(.string(key)) == true
      },
    ]
  }

  private func finder(
    _ name: MemberName, argument: String, result: String, _ category: Subject.Category,
    matches: @escaping @Sendable (HubObject, String) -> Bool
  ) -> BusMethod {
    BusMethod(name: name, inputs: arguments((argument, "s")), outputs: arguments((result, "o"))) { call in
      let key = call.arguments[0].string ?? ""
      let found = objects(category).filter { !key.isEmpty && matches($0, key) }
      // Of several with one name the living one is meant.
      guard let object = found.first(where: { $0.state != VMState.stopped.rawValue }) ?? found.first else {
        call.fail(Refusal(.noSuchObject, "there is no \(category.rawValue) '\(printable(key))'"))
        return
      }
      call.reply([.objectPath(object.subject.busPath)])
    }
  }

  private func objects(_ category: Subject.Category) -> [HubObject] {
    hub.assumeIsolated { $0.objects(category) }
  }

  private func row(_ object: HubObject, _ names: [PropertyName], _ signatures: [String]) -> BusValue {
    let cells = zip(names, signatures).map { name, signature in (object[name] ?? "").bus(as: signature) }
    return .structure(cells + [.objectPath(object.subject.busPath)])
  }
}
