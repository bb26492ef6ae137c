// SPDX-License-Identifier: Apache-2.0
// Who uses what, and what of it is not yet said.

import EventModel
import Hub

/// Which machine holds what open.
struct UsageTable {
  /// What a list of paths has to become.
  struct Correction: Equatable {
    let subject: Subject
    let property: PropertyName
    let paths: [String]
  }

  /// What the registry says.
  struct Registry: Sendable {
    var machines: [HubObject]
    var devices: [HubObject]
    var links: [HubObject]

    /// The machines that have a process, and the process.
    var processes: [(machine: Subject, process: UInt64)] {
      machines.compactMap { machine in
        machine[.processID]?.uint.flatMap { $0 == 0 ? nil : (machine.subject, $0) }
      }
    }
  }

  private let limits: UsageLimits
  private var held: [Subject: Set<Resource>] = [:]

  init(limits: UsageLimits) { self.limits = limits }

  /// A machine holds this open now.
  mutating func put(_ resources: Set<Resource>, of machine: Subject) { held[machine] = resources }

  /// Forgets the machines that have no process any more.
  mutating func retain(_ machines: [HubObject]) {
    let living = Set(machines.lazy.filter { ($0[.processID]?.uint ?? 0) > 0 }.map(\.subject))
    held = held.filter { living.contains($0.key) }
  }

  /// What has to be changed in the registry so that it says who uses what.
  func corrections(_ registry: Registry) -> [Correction] {
    let index = HostIndex(devices: registry.devices, links: registry.links)
    var users: [Subject: [String]] = [:]
    var corrections: [Correction] = []
    for machine in registry.machines {
      let used = Set((held[machine.subject] ?? []).flatMap(index.subjects))
      let paths = used.map(\.objectPath).sorted().prefix(limits.resources)
      for subject in used { users[subject, default: []].append(machine.subject.objectPath) }
      correct(machine, .hostDevices, Array(paths), &corrections)
    }
    for object in registry.devices + registry.links {
      correct(object, .vms, (users[object.subject] ?? []).sorted(), &corrections)
    }
    return corrections
  }

  private func correct(
    _ object: HubObject, _ property: PropertyName, _ paths: [String], _ corrections: inout [Correction]
  ) {
    guard object[property]?.list?.compactMap(\.string) ?? [] != paths else { return }
    corrections.append(Correction(subject: object.subject, property: property, paths: paths))
  }
}

extension UsageTable.Registry {
  /// What the registry of a hub says now.
  init(_ hub: isolated Hub) {
    self.init(machines: hub.objects(.vm), devices: hub.objects(.device), links: hub.objects(.link))
  }
}
