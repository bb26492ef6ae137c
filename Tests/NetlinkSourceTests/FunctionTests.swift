// SPDX-License-Identifier: Apache-2.0
// Setting up virtual functions, against a kernel that refuses.

import EventLoop
import EventModel
import Glibc
import Hub
import SourceTestSupport
import TestSupport
import Testing

@testable import NetlinkSource

@Suite("Virtual functions: what the kernel answers", .needsNamespace)
struct FunctionTests {
  private func setVLAN(_ net: NetlinkRig, _ link: Subject, vlan: UInt32, qos: UInt32 = 0) async -> Result<
    Void, ControlError
  > {
    await withCheckedContinuation { continuation in
      net.rig.loop.submit { [source = net.source] in
        source.setVLAN(link: link, function: 0, vlan: vlan, qos: qos) { continuation.resume(returning: $0) }
      }
    }
  }

  private func setAddress(_ net: NetlinkRig, _ link: Subject, _ address: String) async -> Result<Void, ControlError> {
    await withCheckedContinuation { continuation in
      net.rig.loop.submit { [source = net.source] in
        source.setAddress(link: link, function: 0, address: address) { continuation.resume(returning: $0) }
      }
    }
  }

  @Test func `a card without functions refuses both settings, and the kernel's words are passed on`() async throws {
    let net = try await NetlinkRig()
    try await net.namespace.ip("link add v0 type veth peer name v1")
    try await net.start()
    let link = try #require(await net.link("v0")).subject
    await #expect(throws: ControlError.refused("Operation not supported")) {
      try await setVLAN(net, link, vlan: 10).get()
    }
    await #expect(throws: ControlError.refused("Operation not supported")) {
      try await setAddress(net, link, "52:54:00:00:00:01").get()
    }
    let offered = await net.rig.onLoop { [hub = net.rig.hub] in hub.assumeIsolated { $0.links === net.source } }
    #expect(offered)
  }

  @Test func `what cannot be right is refused before the kernel is asked`() async throws {
    let net = try await NetlinkRig()
    try await net.start()
    let link = Subject(.link, "1")
    for (vlan, qos) in [(4095, 0), (.max, 0), (1, 8)] as [(UInt32, UInt32)] {
      let error = await #expect(throws: ControlError.self) { try await setVLAN(net, link, vlan: vlan, qos: qos).get() }
      guard case .invalidArgument = error else {
        Issue.record("\(vlan), \(qos): \(String(describing: error))")
        continue
      }
    }
    for address in [
      "", "52:54:00:00:00", "52:54:00:00:00:0g", "52-54-00-00-00-01", "525400000001", "01:00:5e:00:00:01",
    ] {
      let error = await #expect(throws: ControlError.self) { try await setAddress(net, link, address).get() }
      guard case .invalidArgument = error else {
        Issue.record("\(address): \(String(describing: error))")
        continue
      }
    }
    for subject in [Subject(.link, "4711"), Subject(.link, "lo"), Subject(.vm, "1")] {
      await #expect(throws: ControlError.noSuchObject(subject.objectPath)) {
        try await setVLAN(net, subject, vlan: 1).get()
      }
    }
  }

  @Test func `the text of an extended acknowledgement is part of the answer`() async throws {
    let namespace = try await Namespace()
    try await namespace.ip("link add v0 index 7 type veth peer name v1")
    let worker = KernelWorker(opener: NetlinkRig.opener(namespace), limits: NetlinkLimits())
    // An MTU that a veth cannot have: the kernel explains why it says no.
    let answer = try await withCheckedContinuation { continuation in
      worker.set({ sequence in
        var writer = MessageWriter(
          MessageType.setLink, flags: MessageFlag.request | MessageFlag.acknowledge, sequence: sequence)
        for number: UInt32 in [0, 7, 0, 0] { writer.append(number) }
        writer.attribute(LinkAttribute.mtu) { $0.append(UInt32(1_000_000)) }
        return writer.finished()
      }) { continuation.resume(returning: $0) }
    }.get()
    #expect(answer == Answer(errorNumber: EINVAL, text: "mtu greater than device maximum"))
    guard case .failure(.refused(let text)) = NetlinkSource.outcome(.success(answer)) else {
      Issue.record("not refused")
      return
    }
    #expect(text == "mtu greater than device maximum (Invalid argument)")
  }
}
