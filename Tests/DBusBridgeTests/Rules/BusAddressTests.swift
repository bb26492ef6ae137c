// SPDX-License-Identifier: Apache-2.0
// What can be the address of a bus.

import DBusBridge
import Testing

@Suite("Addresses of buses") struct BusAddressTests {
  @Test(arguments: [
    "unix:path=/run/dbus/system_bus_socket", "unix:abstract=/tmp/%7E,guid=0123456789abcdef0123456789abcdef",
    "tcp:host=127.0.0.1,port=1;unix:path=/x", "autolaunch:", "unknown:key=value",
    "unixexec:path=ssh,argv1=-xT,argv2=%2d%2d",
  ])
  func `what has the form of an address is one, and stays as it was written`(_ text: String) {
    #expect(BusAddress(text)?.rawValue == text)
  }

  @Test(arguments: [
    "", "nonsense", "unix:path", "unix:path=", "unix:path=/a b", "unix:path=%zz", "unix:path=/é",
    "unix:path=/x\0y",
    "unix:path=" + String(repeating: "x", count: BusAddress.maximumLength),
  ])
  func `what has not the form of an address is none`(_ text: String) { #expect(BusAddress(text) == nil) }
}
