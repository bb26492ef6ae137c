// SPDX-License-Identifier: Apache-2.0
// The identity of a run of the host, and that there was another one.

import EventModel
import Testing

@Suite struct HostRebootTests {
  private static let text = "0f3c1b1e-6d63-4ff1-a33c-8d4d6f6f8d2a"

  @Test func `a boot ID is what the kernel writes, and nothing else`() throws {
    #expect(BootID(Self.text)?.description == Self.text)
    let wrong = [
      "", "before", Self.text.uppercased(), String(Self.text.dropLast()), Self.text + "0", Self.text + "\n",
      "0f3c1b1e6d634ff1a33c8d4d6f6f8d2a", "0f3c1b1e-6d63-4ff1-a33c-8d4d6f6f8d2g",
      "0f3c1b1e-6d63-4ff1-a33c8-d4d6f6f8d2a",
      "----", "\u{1b}[31m1e-6d63-4ff1-a33c-8d4d6f6f8d2a",
    ]
    for text in wrong { #expect(BootID(text) == nil, "\(text)") }
  }

  @Test func `one boot is no reboot, two are`() throws {
    let former = try #require(BootID(Self.text))
    let current = try #require(BootID("7c1e6f0e-9d0f-4c8e-8a53-2b1f00c0ffee"))
    #expect(HostReboot(from: former, to: former, isOrderly: true) == nil)
    let reboot = try #require(HostReboot(from: former, to: current, isOrderly: false))
    #expect(reboot.former == former && reboot.current == current && !reboot.isOrderly)
  }
}
