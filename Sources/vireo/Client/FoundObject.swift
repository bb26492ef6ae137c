// SPDX-License-Identifier: Apache-2.0
// An object of the hub, found by what people call it.

import DBusTypes
import EventModel
import VireoCommand

/// An object of the hub, found by what people call it.
struct FoundObject: Sendable {
  let path: ObjectPath
  let category: Subject.Category

  /// The interface that the object has.
  var interface: InterfaceName {
    switch category {
    case .hub: HubClient.manager
    case .vm: "org.vireo.Hub1.VM"
    case .device: "org.vireo.Hub1.Device"
    case .link: "org.vireo.Hub1.Link"
    case .source: "org.vireo.Hub1.Source"
    }
  }
}

extension HubClient {
  /// The object that a word means: an object path, `vm/web01`, or a name that is sought among VMs, links, devices, sources.
  func object(_ word: String) async throws(ToolError) -> FoundObject {
    if let subject = Subject(objectPath: word), let path = ObjectPath(word) {
      return FoundObject(path: path, category: subject.category)
    }
    let parts = word.split(separator: "/", maxSplits: 1)
    if parts.count == 2, let category = Subject.Category(rawValue: String(parts[0])), !word.hasPrefix("/"),
      let path = try await find(String(parts[1]), in: category)
    {
      return FoundObject(path: path, category: category)
    }
    for category in [Subject.Category.vm, .link, .device, .source] {
      if let path = try await find(word, in: category) { return FoundObject(path: path, category: category) }
    }
    throw ToolError("the hub knows no VM, link, device or source '\(SafeText.printable(word))'", cause: .noSuchObject)
  }

  private func find(_ key: String, in category: Subject.Category) async throws(ToolError) -> ObjectPath? {
    switch category {
    case .hub: return HubClient.root
    case .vm: return try await find("GetVM", key)
    case .device: return try await find("GetDevice", key)
    case .link: return try await find("GetLink", key)
    case .source: return try await list("ListSources").first { $0.cells.first == key }.flatMap { ObjectPath($0.path) }
    }
  }
}
