// SPDX-License-Identifier: Apache-2.0
// The alert rules and the dashboard ask for metrics that the daemon has.

import EventModel
import TestSupport
import Testing

@Suite struct MonitoringTests {
  private static let rules = "Packaging/prometheus/vireo.rules.yml"
  private static let dashboard = "Packaging/grafana/vireo.json"

  @Test(.needs(.root, .qemu, .mountNamespaces, .program("dbus-daemon"), .program("busctl")))
  func `every metric and label that the rules and the dashboard name is one that the daemon gives`() async throws {
    let daemon = try await TestDaemon(on: try await TestBus(.daemon, BusConfiguration(policy: .product)))
    let vm = try await TestQEMU(.init(name: "demo", monitors: [.dials(daemon.monitorSocket)]))
    try await daemon.event("vm.state.running")
    let bus = "--bus=\(daemon.bus.address)"
    let known = MetricUse.known(in: try await runTool(try Repository.program("vireo"), bus, "metrics").output)
    #expect(known["vireo_vms"] == ["state"])
    for use in try Self.uses() {
      let labels = try #require(known[use.name], "the daemon has no \(use.name)")
      for label in use.labels { #expect(labels.contains(label.name), "\(use.name) has no label \(label.name)") }
    }
    try await vm.quit()
  }

  @Test func `every kind, state and severity that the rules and the dashboard name exists`() throws {
    for use in try Self.uses() {
      for label in use.labels {
        guard let value = label.value else { continue }
        switch label.name {
        case "kind": #expect(EventKind(rawValue: value) != nil, "\(value)")
        case "state" where use.name == Metric.sources.sampleName:
          #expect(["up", "degraded", "down", "busy", "spare", "connecting"].contains(value), "\(value)")
        case "state": #expect(VMState(rawValue: value) != nil, "\(value)")
        case "source":
          #expect(["qmp", "agent"].contains(value), "\(value)")
        case "severity": #expect(Severity(name: value) != nil, "\(value)")
        default: Issue.record("nothing here knows the values of \(label.name)")
        }
      }
    }
  }

  @Test(.needs(.program("promtool")))
  func `Prometheus takes the rules and every expression of the dashboard`() async throws {
    let check = try await runTool("promtool", "check", "rules", Repository.file(Self.rules))
    #expect(check.isSuccess, "\(check)")
    let expressions = try Self.dashboardExpressions()
    #expect(expressions.count >= 10)
    let records = expressions.enumerated().map { number, expression in
      "      - record: panel:\(number)\n        expr: |\n          \(expression.replacing("$instance", with: "host"))\n"
    }
    let directory = try TemporaryDirectory()
    let file = try directory.write("groups:\n  - name: dashboard\n    rules:\n" + records.joined(), to: "rules.yml")
    let dashboard = try await runTool("promtool", "check", "rules", file)
    #expect(dashboard.isSuccess, "\(dashboard)")
  }

  @Test(.needs(.program("promtool")))
  func `each alert fires when it should and is silent when it should be`() async throws {
    let result = try await runTool(
      "promtool", "test", "rules", Repository.file("Packaging/prometheus/vireo.rules.test.yml"))
    #expect(result.isSuccess, "\(result)")
    // Each alert has a case of its own.
    let cases = try Repository.text(of: "Packaging/prometheus/vireo.rules.test.yml")
    for alert in try Repository.text(of: Self.rules).matches(of: /alert: (\w+)/) {
      #expect(cases.contains("alertname: \(alert.output.1)\n"), "\(alert.output.1)")
    }
  }

  @Test func `the uses of metrics in an expression are found`() {
    let uses = MetricUse.all(
      in: #"max by (le, source) (rate(vireo_a_bucket{instance=~"$i",kind="vm.x"}[5m])) / vireo_b{state=~"a|b-c"}"#)
    #expect(uses.map(\.name) == ["vireo_a_bucket", "vireo_b"])
    #expect(uses[0].labels.map(\.name).sorted() == ["kind", "le", "source"])
    #expect(Set(uses[1].labels.compactMap(\.value)) == ["a", "b-c"])
  }

  private static func uses() throws -> [MetricUse] {
    let rules = try Repository.text(of: rules).matches(of: /expr: (.*)/).map { String($0.output.1) }
    let uses = (rules + (try dashboardExpressions())).flatMap(MetricUse.all)
    // A pattern that finds nothing would let everything pass.
    #expect(Set(uses.map(\.name)).count >= 8)
    return uses
  }

  /// Every `expr` of the dashboard, wherever it stands.
  private static func dashboardExpressions() throws -> [String] {
    var found: [String] = []
    func look(_ value: TestJSON) {
      switch value {
      case .object(let members):
        for (name, member) in members {
          if (name == "expr" || name == "query"), let text = member.string, text.contains("vireo_") {
            found.append(text)
          }
          look(member)
        }
      case .array(let values): for one in values { look(one) }
      default: break
      }
    }
    look(try TestJSON(parsing: try Repository.text(of: dashboard)))
    return found.filter { !$0.hasPrefix("label_values") }
  }
}
