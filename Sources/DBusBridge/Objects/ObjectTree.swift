// SPDX-License-Identifier: Apache-2.0
// The exported objects by path.

import DBusTypes

/// The exported objects, and the points on the way to them.
///
/// Looking up, adding and removing cost the depth of the path, however many objects there are.
struct ObjectTree {
  private struct Node {
    var object: BusObject?
    var children: Set<ObjectPath> = []
  }

  private var nodes: [ObjectPath: Node] = [:]
  private(set) var count = 0

  /// What is exported at the path.
  subscript(path: ObjectPath) -> BusObject? { nodes[path]?.object }

  /// Whether the path is an object or leads to one; the root always does.
  func contains(_ path: ObjectPath) -> Bool { path == .root || nodes[path] != nil }

  /// The next elements of the paths that lead on from here, in order.
  func children(of path: ObjectPath) -> [String] { paths(below: path).map { String($0.lastElement) } }

  /// Puts an object in; gives back the one that was there.
  mutating func insert(_ object: BusObject) -> BusObject? {
    let former = nodes[object.path]?.object
    nodes[object.path, default: Node()].object = object
    guard former == nil else { return former }
    count += 1
    var path = object.path
    while let parent = path.parent {
      let isNew = nodes[parent] == nil
      nodes[parent, default: Node()].children.insert(path)
      guard isNew else { break }
      path = parent
    }
    return nil
  }

  /// Takes an object out, with the points that led only to it.
  mutating func remove(_ path: ObjectPath) -> BusObject? {
    guard let object = nodes[path]?.object else { return nil }
    nodes[path]?.object = nil
    count -= 1
    var path = path
    while let node = nodes[path], node.object == nil, node.children.isEmpty {
      nodes[path] = nil
      guard let parent = path.parent else { break }
      nodes[parent]?.children.remove(path)
      path = parent
    }
    return object
  }

  /// The nearest object above the path that manages what is below it.
  func manager(of path: ObjectPath) -> ObjectPath? {
    var path = path
    while let parent = path.parent {
      if nodes[parent]?.object?.isObjectManager == true { return parent }
      path = parent
    }
    return nil
  }

  /// Every object below the path, parents before children, in the order of the names.
  func objects(below path: ObjectPath) -> [BusObject] {
    var found: [BusObject] = []
    var open = Array(paths(below: path).reversed())
    while let path = open.popLast() {
      if let object = nodes[path]?.object { found.append(object) }
      open += paths(below: path).reversed()
    }
    return found
  }

  /// The next points on the ways that lead on from here.
  private func paths(below path: ObjectPath) -> [ObjectPath] { nodes[path]?.children.sorted() ?? [] }
}
