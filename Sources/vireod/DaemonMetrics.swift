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
    var build = MetricFamily(.build)
    build.add(1, ["version": Release.version, "swift": DaemonMetrics.compiler])
    let statistics = loop.statistics
    let ofTheLoop = [
      DaemonMetrics.family(.loopIteration, loop.turnTimes), DaemonMetrics.family(.loopLag, loop.timerDelays),
      MetricFamily(.loopTurns, Double(statistics.turns)), MetricFamily(.loopWakeUps, Double(statistics.wakeUps)),
    ]
    return [build, MetricFamily(.startTime, Double(started.microseconds) / 1e6)] + process + ofTheLoop
  }

  private static func family(_ metric: Metric, _ times: TurnTimes) -> MetricFamily {
    var family = MetricFamily(metric)
    family.add(Histogram(bounds: TurnTimes.bounds.map(\.seconds), counts: times.counts, sum: times.sum.seconds))
    return family
  }

  private var process: [MetricFamily] {
    let statistics = (try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8)) ?? ""
    // What stands after the last bracket are numbers; the name before it may hold anything.
    let fields = statistics.split(separator: ")").last.map { $0.split(separator: " ") } ?? []
    func field(_ number: Int) -> Double { fields.count > number - 3 ? Double(fields[number - 3]) ?? 0 : 0 }
    return [
      MetricFamily(.processorTime, (field(14) + field(15)) / Double(sysconf(Int32(_SC_CLK_TCK)))),
      MetricFamily(.residentMemory, field(24) * Double(sysconf(Int32(_SC_PAGESIZE)))),
      MetricFamily(.openDescriptors, Double(OpenDescriptors.count)),
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
