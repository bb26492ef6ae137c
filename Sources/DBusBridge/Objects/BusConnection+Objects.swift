// SPDX-License-Identifier: Apache-2.0
// BusConnection: objects that come and go.

public import DBusTypes

extension BusConnection {
  /// Exports an object, on this connection and all that follow; one that is there already at its path is replaced.
  ///
  /// Under an object manager its coming is told by `InterfacesAdded`, with the values of its properties, which are read
  /// now.
  public func export(_ object: BusObject) {
    unexport(object.path)
    _ = objects.insert(object)
    guard let manager = objects.manager(of: object.path) else { return }
    announceAdded(object, manager)
  }

  /// Takes an object back; under an object manager that is told by `InterfacesRemoved`.
  public func unexport(_ path: ObjectPath) {
    guard let object = objects.remove(path) else { return }
    for interface in object.interfaces { changes.forget(.init(path: path, interface: interface.name)) }
    guard let manager = objects.manager(of: path) else { return }
    announceRemoved(path, object.interfaces.map(\.name), manager)
  }

  /// The paths of the exported objects below a path, parents first.
  public func exportedPaths(below path: ObjectPath = .root) -> [ObjectPath] {
    objects.objects(below: path).map(\.path)
  }

  /// Tells again what was withheld: what is there now, not what it was then.
  func announceWithheld() {
    let withheld = withheldAnnouncements
    withheldAnnouncements = [:]
    for (path, known) in withheld.sorted(by: { $0.key < $1.key }) {
      guard let manager = objects.manager(of: path) else { continue }
      if !known.isEmpty { announceRemoved(path, known, manager) }
      if let object = objects[path], withheldAnnouncements[path] == nil { announceAdded(object, manager) }
    }
  }

  private func announceAdded(_ object: BusObject, _ manager: ObjectPath) {
    guard state.isConnected else { return }
    // What clients know of this path waits to be told them; this follows then.
    guard withheldAnnouncements[object.path] == nil else { return }
    let signal = BusMessage.signal(
      manager, .objectManager, "InterfacesAdded", [.objectPath(object.path), interfaces(of: object, isTold: true)])
    if send(signal) == .withheld { withheldAnnouncements[object.path] = [] }
  }

  private func announceRemoved(_ path: ObjectPath, _ interfaces: [InterfaceName], _ manager: ObjectPath) {
    guard state.isConnected else { return }
    if let known = withheldAnnouncements[path] {
      // It came and went while nothing could be told. If clients know nothing of it, nothing is to be told.
      if known.isEmpty { withheldAnnouncements[path] = nil }
      return
    }
    let signal = BusMessage.signal(
      manager, .objectManager, "InterfacesRemoved", [.objectPath(path), .strings(interfaces.map(\.rawValue))])
    if send(signal) == .withheld { withheldAnnouncements[path] = interfaces }
  }

  /// `a{oa{sa{sv}}}`: everything below a path.
  func managedObjects(below path: ObjectPath) -> BusValue {
    .dictionary(
      key: "o", value: "a{sa{sv}}",
      objects.objects(below: path).map { (.objectPath($0.path), interfaces(of: $0, isTold: false)) })
  }

  /// `a{sa{sv}}`: the interfaces of an object with their properties; `isTold` if all clients will know them.
  private func interfaces(of object: BusObject, isTold: Bool) -> BusValue {
    .dictionary(
      key: "s", value: "a{sv}",
      object.interfaces.map { interface in
        (.string(interface.name.rawValue), values(of: interface, object.path, isTold: isTold))
      })
  }
}
