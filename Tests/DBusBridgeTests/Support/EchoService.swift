// SPDX-License-Identifier: Apache-2.0
// The service of the tests: an object that echoes, keeps callers waiting, and lies.

import DBusBridge
import DBusTypes
import Foundation
import TestSupport

/// The service of the tests: an object that echoes, remembers and tells.
enum EchoService {
  static let name: BusName = "org.example.Echo1"
  static let path: ObjectPath = "/org/example/Echo1"
  static let interface: InterfaceName = "org.example.Echo1.Main"

  /// The object; `Echo` gives back a variant, `Add` a sum, `Keep` answers when `kept` is told to, `Forget` never.
  static func object(kept: Recorder<BusCall> = .init(), volume: Cell = Cell(3)) -> BusObject {
    BusObject(
      path: path,
      interfaces: [
        BusInterface(
          name: interface,
          methods: [
            BusMethod(name: "Echo", inputs: [.init("value", "v")], outputs: [.init("same", "v")]) {
              $0.reply($0.arguments)
            },
            BusMethod(name: "Add", inputs: [.init("a", "u"), .init("b", "u")], outputs: [.init("sum", "u")]) { call in
              let sum = (call.arguments[0].uint32 ?? 0).addingReportingOverflow(call.arguments[1].uint32 ?? 0)
              if sum.overflow {
                call.fail("org.example.Echo1.Error.Overflow", "too much")
              } else {
                call.reply(.uint32(sum.partialValue))
              }
            },
            BusMethod(name: "Keep") { kept.append($0) },
            BusMethod(name: "KeepBytes", outputs: [.init("bytes", "ay")]) { kept.append($0) },
            BusMethod(name: "Forget") { _ in },
            BusMethod(name: "Lie", outputs: [.init("number", "u")]) { $0.reply(.string("no number")) },
            BusMethod(name: "Open", outputs: [.init("end", "h")]) { call in
              let pipe = Pipe()
              pipe.fileHandleForWriting.write(Data("through a pipe".utf8))
              call.reply(.unixDescriptor(BusDescriptor(adopting: dup(pipe.fileHandleForReading.fileDescriptor))))
            },
          ],
          signals: [BusSignal(name: "Told", arguments: [.init("what", "s")])],
          properties: [
            BusProperty(name: "Name", signature: "s", emits: .const) { _ in .string("echo") },
            BusProperty(
              name: "Volume", signature: "u",
              write: { value, call in
                volume.set(value.uint32 ?? 0)
                call.reply()
              }, read: { _ in .uint32(volume.value) }),
          ])
      ])
  }

  static func call(_ member: MemberName, _ body: BusValue...) -> BusMessage {
    .call(name, path, interface, member, body)
  }
}
