// SPDX-License-Identifier: Apache-2.0
// The first program of the DBusBridge library: it stands in Sources/DBusBridge/DBusBridge.docc, too.

import DBusBridge
import DBusTypes
import EventLoop
import Glibc

@main
enum BusExample {
  static func main() throws {
    let loop = try EventLoop()
    let connection = BusConnection(address: .session ?? .system, loop: loop)

    let greet = BusMethod(
      name: "Greet", inputs: [BusArgument("name", "s")], outputs: [BusArgument("greeting", "s")]
    ) { call in
      // The types of the arguments have been checked; the text may be any text.
      call.reply(.text("Hello, \(call.arguments[0].string ?? "")"))
    }
    let object = BusObject(
      path: "/org/example/Greeter1",
      interfaces: [BusInterface(name: "org.example.Greeter1", methods: [greet])])

    loop.submit {
      connection.assumeIsolated { connection in
        connection.export(object)
        connection.own("org.example.Greeter1") { event in
          print("the name: \(event)")
          fflush(nil)
        }
        connection.start()
      }
    }
    loop.run()
  }
}
