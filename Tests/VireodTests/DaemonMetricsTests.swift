// SPDX-License-Identifier: Apache-2.0
// What the daemon says about itself as a process.

import Foundation
import TestSupport
import Testing

@testable import vireod

@Suite("vireod: its metrics", .timeLimit(.minutes(5)))
struct DaemonMetricsTests {
  /// Looks again and again, since others open and close descriptors meanwhile.
  private func met(_ condition: () async throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + Patience.standard
    while ContinuousClock.now < deadline {
      if try await condition() { return true }
    }
    return false
  }

  @Test func `the kernel's number of descriptors is that of the entries`() async throws {
    #expect(try await met { OpenDescriptors.count == OpenDescriptors.entries })
    #expect(OpenDescriptors.count > 2)
  }

  @Test(.needs(.root, .program("busctl"), .program("dbus-daemon")))
  func `the daemon tells how many descriptors it holds`() async throws {
    let hub = try await RunningHub()
    let directory = "/proc/\(hub.process.pid)/fd"
    func entries() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: directory).count }
    let isTrue = try await met {
      let before = try entries()
      let text = try await hub.answer("GetMetrics").first?.string ?? ""
      let told = text.split(separator: "\n").first { $0.hasPrefix("vireo_process_open_fds ") }?.split(separator: " ")
      return try before == entries() && told?.last.flatMap { Double($0) } == Double(before)
    }
    #expect(isTrue)
  }
}
