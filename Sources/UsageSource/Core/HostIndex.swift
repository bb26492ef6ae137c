// SPDX-License-Identifier: Apache-2.0
// The devices and links of the host by what an open file says of them.

import EventModel

/// The devices and links of the host by what an open file says of them.
struct HostIndex {
  private struct Numbers: Hashable {
    let isBlock: Bool
    let major: UInt32
    let minor: UInt32
  }

  private var byName: [String: [Subject]] = [:]
  private var byIndex: [UInt64: [Subject]] = [:]
  private var byGroup: [UInt64: [Subject]] = [:]
  private var byPath: [String: Subject] = [:]
  private var byNumbers: [Numbers: Subject] = [:]

  init(devices: [HubObject], links: [HubObject]) {
    for link in links {
      byName[link.name, default: []].append(link.subject)
      if let index = link[.index]?.uint { byIndex[index, default: []].append(link.subject) }
    }
    for device in devices {
      if let path = device[.sysPath]?.string { byPath[path] = device.subject }
      if let group = device[.details]?.map?["iommuGroup"]?.uint { byGroup[group, default: []].append(device.subject) }
      let properties = device[.properties]?.map
      // A link is a device as well, by the same name and index.
      if device[.subsystem]?.string == "net" {
        byName[device.name, default: []].append(device.subject)
        let index = properties?["IFINDEX"]?.string.flatMap { UInt64($0) }
        if let index { byIndex[index, default: []].append(device.subject) }
      }
      guard let major = properties?["MAJOR"]?.string.flatMap(UInt32.init),
        let minor = properties?["MINOR"]?.string.flatMap(UInt32.init)
      else { continue }
      let isBlock = device[.subsystem]?.string == "block"
      byNumbers[Numbers(isBlock: isBlock, major: major, minor: minor)] = device.subject
    }
  }

  /// The devices and links that a resource is; none when the host knows none like it.
  func subjects(of resource: Resource) -> [Subject] {
    switch resource {
    case .link(let name): byName[name] ?? []
    case .linkIndex(let index): byIndex[index] ?? []
    case .group(let group): byGroup[group] ?? []
    case .path(let path): byPath[path].map { [$0] } ?? []
    case .file(let isBlock, let major, let minor):
      byNumbers[Numbers(isBlock: isBlock, major: major, minor: minor)].map { [$0] } ?? []
    }
  }
}
