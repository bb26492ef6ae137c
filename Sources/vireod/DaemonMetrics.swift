// SPDX-License-Identifier: Apache-2.0
// What the daemon as a process says about itself.

import EventLoop
import EventModel
import Foundation
import Glibc
import Hub

/// What the daemon as a process says about itself: its build, its beginning, its use of the machine, its loop.
struct DaemonMetrics: Sendable {
  private let loop: EventLoop
  private let started = Timestamp.now()

  /// Begins to measure.
  init(loop: EventLoop) {
    self.loop = loop
    loop.measuresTurns = true
  }

  /// The metrics now; each is a look into /proc/self or at a counter.
  var families: [MetricFamily] {
    var build = MetricFamily("vireo_build", .info, "The build of the daemon.")
    build.add(1, ["version": Release.version, "swift": DaemonMetrics.compiler])
    var families = [
      build,
      MetricFamily(
        "vireo_start_time_seconds", .gauge, "When the daemon began, in seconds since the epoch.",
        value: Double(started.microseconds) / 1e6),
    ]
    families += process + [turns]
    let statistics = loop.statistics
    families += [
      MetricFamily("vireo_loop_turns", .counter, "Turns of the event loop.", value: Double(statistics.turns)),
      MetricFamily(
        "vireo_loop_wakeups", .counter, "Waits that another thread ended.", value: Double(statistics.wakeUps)),
    ]
    return families
  }

  private var turns: MetricFamily {
    var family = MetricFamily(
      "vireo_loop_iteration_seconds", .histogram, "Work of one turn of the event loop, without its wait, in seconds.")
    let times = loop.turnTimes
    family.add(Histogram(bounds: TurnTimes.bounds.map(\.seconds), counts: times.counts, sum: times.sum.seconds))
    return family
  }

  private var process: [MetricFamily] {
    let statistics = (try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8)) ?? ""
    // What stands after the last bracket are numbers; the name before it may hold anything.
    let fields = statistics.split(separator: ")").last.map { $0.split(separator: " ") } ?? []
    func field(_ number: Int) -> Double { fields.count > number - 3 ? Double(fields[number - 3]) ?? 0 : 0 }
    let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
    return [
      MetricFamily(
        "vireo_process_cpu_seconds", .counter, "Processor time that the daemon used, in seconds.",
        value: (field(14) + field(15)) / Double(sysconf(Int32(_SC_CLK_TCK)))),
      MetricFamily(
        "vireo_process_resident_memory_bytes", .gauge, "Memory that the daemon holds, in bytes.",
        value: field(24) * Double(sysconf(Int32(_SC_PAGESIZE)))),
      MetricFamily("vireo_process_open_fds", .gauge, "Descriptors that the daemon holds.", value: Double(descriptors)),
    ]
  }

  private static let compiler: String = {
    #if compiler(>=6.4)
      "6.4 or later"
    #else
      "6.3"
    #endif
  }()
}
