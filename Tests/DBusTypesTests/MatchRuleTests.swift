// SPDX-License-Identifier: Apache-2.0
// A rule says the same to the bus and to us.

import DBusTypes
import Testing

@Suite struct MatchRuleTests {
  @Test func `a rule becomes the text that the bus takes`() {
    let rule = MatchRule(
      sender: "org.example.A", pathNamespace: "/org/example", interface: "org.example.I", member: "M",
      argument0Namespace: "vm.state")
    #expect(
      rule.text
        == "type='signal',sender='org.example.A',path_namespace='/org/example',interface='org.example.I',member='M',"
        + "arg0namespace='vm.state'")
    #expect(MatchRule().text == "type='signal'")
    #expect(MatchRule(path: "/a", argument0: "it's").text == "type='signal',path='/a',arg0='it'\\''s'")
  }

  @Test func `a rule that cannot be asked for has no text`() {
    #expect(MatchRule(path: "/a", pathNamespace: "/a").text == nil)
    #expect(MatchRule(argument0: "a", argument0Namespace: "a").text == nil)
    #expect(MatchRule(argument0: "a\0").text == nil)
    #expect(MatchRule(argument0: String(repeating: "a", count: 1024)).text == nil)
  }

  @Test func `each part of a rule restricts`() {
    var signal = BusMessage.signal("/org/example/a", "org.example.I", "M", [.string("vm.state.paused")])
    signal.sender = ":1.5"
    let matching = [
      MatchRule(), MatchRule(sender: ":1.5"), MatchRule(path: "/org/example/a"),
      MatchRule(pathNamespace: "/org/example"),
      MatchRule(pathNamespace: "/org/example/a"), MatchRule(pathNamespace: .root),
      MatchRule(interface: "org.example.I"),
      MatchRule(member: "M"), MatchRule(argument0: "vm.state.paused"), MatchRule(argument0Namespace: "vm"),
      MatchRule(argument0Namespace: "vm.state.paused"),
    ]
    for rule in matching { #expect(rule.matches(signal), "\(rule)") }
    let others = [
      MatchRule(sender: ":1.6"), MatchRule(path: "/org/example"), MatchRule(pathNamespace: "/org/exam"),
      MatchRule(interface: "org.example.J"), MatchRule(member: "N"), MatchRule(argument0: "vm.state"),
      MatchRule(argument0Namespace: "vm.sta"), MatchRule(sender: "org.example.A"),
    ]
    for rule in others { #expect(!rule.matches(signal), "\(rule)") }
    signal.body = [.objectPath("/vm")]
    #expect(!MatchRule(argument0: "/vm").matches(signal))
    #expect(!MatchRule().matches(BusMessage.call(nil, "/a", nil, "M")))
  }

  @Test func `a well-known sender is whoever owns the name, and nobody while it has no owner`() {
    var signal = BusMessage.signal("/a", "a.b", "M")
    signal.sender = ":1.5"
    let rule = MatchRule(sender: "org.example.A")
    #expect(rule.matches(signal, senderOwner: ":1.5"))
    #expect(!rule.matches(signal, senderOwner: ":1.6"))
    #expect(!rule.matches(signal, senderOwner: nil))
    signal.sender = nil
    #expect(!rule.matches(signal, senderOwner: nil))
  }
}
