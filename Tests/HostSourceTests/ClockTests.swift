// SPDX-License-Identifier: Apache-2.0
// Steps of the wall clock, told by the real kernel.

import EventLoop
import EventModel
import Hub
import SourceTestSupport
import Synchronization
import TestSupport
import Testing

@testable import HostSource

@Suite(
  "Clock: steps", .serialized,
  .needs(
    .program("python3"),
    .probe("CAP_SYS_TIME", "[ $((0x$(sed -n 's/CapEff:[[:space:]]*//p' /proc/self/status) >> 25 & 1)) = 1 ]")))
struct ClockTests {
  /// Moves the machine's clock by a nanosecond: for the kernel a step like any other, for everybody else nothing.
  private static func nudge(_ nanosecond: Int) async throws {
    // struct timex of adjtimex(2): the modes ADJ_SETOFFSET and ADJ_NANO, and the time at byte 72.
    let script = """
      import ctypes, struct
      buffer = ctypes.create_string_buffer(256)
      struct.pack_into('=I', buffer, 0, 0x0100 | 0x2000)
      struct.pack_into('=qq', buffer, 72, \(nanosecond < 0 ? -1 : 0), \(nanosecond < 0 ? 1_000_000_000 + nanosecond : nanosecond))
      raise SystemExit(0 if ctypes.CDLL(None, use_errno=True).adjtimex(buffer) >= 0 else ctypes.get_errno())
      """
    let result = try await runTool("python3", "-c", script)
    #expect(result.isSuccess, "\(result)")
  }

  @Test func `a step is told with how far it went, and a very small one is kept until it counts`() async throws {
    let rig = try SourceRig()
    // What the clock says is the test's; that it was set, the kernel says.
    let offset = Mutex(Duration.seconds(1000))
    let readings = Recorder<Duration>()
    let source = ClockSource(hub: rig.hub, options: ClockOptions()) {
      let now = offset.withLock(\.self)
      readings.append(now)
      return now
    }
    await rig.onLoop { source.assumeIsolated { $0.start() } }
    try await rig.event(.sourceUp)

    offset.withLock { $0 += .seconds(3600) }
    try await Self.nudge(1)
    let forward = try await rig.event(.hostClockChanged)
    #expect(forward.data["offset"]?.double == 3600)
    #expect(forward.source == ClockSource.subject)
    #expect(forward.subject == .hub)

    // Twice 6 ms back: the first alone is too little.
    offset.withLock { $0 -= .milliseconds(6) }
    try await Self.nudge(-1)
    try await readings.atLeast(3)
    #expect(rig.all(.hostClockChanged).count == 1)
    offset.withLock { $0 -= .milliseconds(6) }
    try await Self.nudge(1)
    let back = try await rig.event(.hostClockChanged) { ($0.data["offset"]?.double ?? 0) < 0 }
    #expect(abs((back.data["offset"]?.double ?? 0) + 0.012) < 1e-9)
    try await Self.nudge(-1)
    await rig.onLoop { source.assumeIsolated { $0.stop() } }
  }

  @Test func `the real clocks are read, and a step of nothing is none`() async throws {
    let rig = try SourceRig()
    let source = ClockSource(hub: rig.hub)
    await rig.onLoop { source.assumeIsolated { $0.start() } }
    try await rig.event(.sourceUp)
    let before = ClockWatch.offset()
    try await Self.nudge(1)
    try await Self.nudge(-1)
    // Whatever the loop had to do about it is done before this job.
    await rig.onLoop {}
    #expect(rig.all(.hostClockChanged).isEmpty)
    let drift = ClockWatch.offset() - before
    #expect(drift < .milliseconds(10) && drift > .milliseconds(-10))
    #expect(ClockWatch.slept() >= .zero)
    #expect(await rig.object(ClockSource.subject)?.state == "up")
    await rig.onLoop { source.assumeIsolated { $0.stop() } }
  }
}
