// SPDX-License-Identifier: Apache-2.0
// What happens while a QEMU is still asked who it is.

import EventModel
import Foundation
import Hub
import QEMUSource
import TestSupport
import Testing

@Suite struct IntroductionTests {
  private static func event(_ name: String, _ data: String = "{}") -> String {
    #"{"timestamp": {"seconds": 7, "microseconds": 0}, "event": "\#(name)", "data": \#(data)}"#
  }

  private static func status(_ state: String) -> String {
    #"{"return": {"status": "\#(state)", "singlestep": false, "running": \#(state == "running")}, "id": @ID@}"#
  }

  private static let stop = event("STOP")
  private static let resume = event("RESUME")
  private static let ioError = event(
    "BLOCK_IO_ERROR",
    #"{"device": "d", "node-name": "n", "operation": "read", "action": "stop", "nospace": true, "reason": "full"}"#)

  /// What a QEMU says instead of the plain answer to `query-status`, and what must be told of its life.
  @Test(arguments: [
    ([stop, status("paused")], ["vm.state.paused"]),
    ([status("running"), stop], ["vm.state.running", "vm.state.paused"]),
    ([stop, status("paused"), resume], ["vm.state.paused", "vm.state.running"]),
    ([stop, resume, status("running")], ["vm.state.paused", "vm.state.running"]),
    ([ioError, stop, status("io-error")], ["vm.block.io-error", "vm.state.io-error"]),
    ([status("running"), ioError, stop], ["vm.state.running", "vm.block.io-error", "vm.state.io-error"]),
  ])
  func `what happens before and after the state is answered is told once, in order, by its right name`(
    _ lines: [String], _ told: [String]
  ) async throws {
    let hub = try await LiveSource()
    var behaviour = QMPBehaviour(name: "web")
    behaviour.answers["query-status"] = .silence
    let peer = try QMPPeer(.dials(hub.socket), behaviour).start()
    let question = try await peer.commands.first("the question") { $0.name == "query-status" }
    // A later question gets the last state, as from a QEMU to which nothing more happens.
    let last = told.last?.split(separator: ".").last.map(String.init) ?? ""
    peer.change {
      $0.answers["query-status"] = nil
      $0.status = last
    }
    let id = try #require(question.id).text
    for line in lines { peer.sendLine(line.replacingOccurrences(of: "@ID@", with: id)) }
    try await hub.settled("web")
    // The end of everything before: an event that is told after what was held.
    peer.emit("RTC_CHANGE", ["offset": 1, "qom-path": "/rtc"])
    try await hub.event(.vmRTCChanged)
    #expect(hub.kinds(of: "web") == ["vm.added"] + told + ["vm.rtc.changed"])
    #expect(await hub.machine("web")?.state == last)
  }
}
