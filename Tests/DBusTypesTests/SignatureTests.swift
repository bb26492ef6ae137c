// SPDX-License-Identifier: Apache-2.0
// Signatures are what the specification says, within its limits.

import DBusTypes
import Testing

@Suite struct SignatureTests {
  @Test(arguments: [
    "", "y", "ybnqiuxtdsoghv", "as", "aas", "a{sv}", "a{oa{sa{sv}}}", "(s)", "(i(ii)a(s))", "a(tttsssosa{sv})",
    String(repeating: "a", count: 32) + "y",
    String(repeating: "(", count: 32) + "y" + String(repeating: ")", count: 32),
    String(repeating: "y", count: 255),
  ])
  func `a list of complete types is a signature`(_ text: String) {
    #expect(Signature(text)?.rawValue == text)
  }

  @Test(arguments: [
    "a", "aa", "()", "(", ")", "(s", "s)", "{sv}", "a{", "a{s", "a{sv", "a{s}", "a{svv}", "a{vs}", "a{(s)s}", "a{ass}",
    "z", "e",
    "r", "s ", "é", "\0", "a{}", "(a)", "a{s{sv}}",
    String(repeating: "a", count: 33) + "y",
    String(repeating: "(", count: 33) + "y" + String(repeating: ")", count: 33),
    String(repeating: "y", count: 256),
  ])
  func `what is no signature is refused`(_ text: String) { #expect(Signature(text) == nil) }

  @Test func `a signature falls into its complete types`() {
    let signature: Signature = "sa{s(iv)}aas(s(u))v"
    #expect(signature.completeTypes == ["s", "a{s(iv)}", "aas", "(s(u))", "v"])
    #expect(Signature.empty.completeTypes == [])
  }

  @Test func `one complete type is single, none and two are not`() {
    for single in ["s", "aas", "a{sv}", "(ss)"] as [Signature] { #expect(single.isSingle) }
    for other in ["", "ss", "asas", "a{sv}s"] as [Signature] { #expect(!other.isSingle) }
  }
}
