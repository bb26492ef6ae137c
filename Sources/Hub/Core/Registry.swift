// SPDX-License-Identifier: Apache-2.0
// The objects that the hub knows, as they are after the newest event.

import EventModel

/// The objects that the hub knows, as they are after the newest event, and which of them changed since last asked.
struct Registry {
  /// What changed since the changes were last taken.
  struct Changes {
    var added: [Subject] = []
    var changed: [(subject: Subject, properties: Set<PropertyName>)] = []
    var removed: [Subject] = []

    var isEmpty: Bool { added.isEmpty && changed.isEmpty && removed.isEmpty }
  }

  /// By object path, under which the bus asks for them.
  private var objects: [String: HubObject] = [:]
  private var order: [Subject.Category: [Subject]] = [:]
  private var added: [Subject] = []
  private var touched: [Subject: Set<PropertyName>] = [:]
  private var touchedOrder: [Subject] = []
  private var removed: [Subject] = []
  /// What sources that are gone had counted.
  private(set) var formerSources = SourceCounts()

  /// The object of a subject.
  subscript(subject: Subject) -> HubObject? { objects[subject.objectPath] }

  /// The object with an object path.
  subscript(path: String) -> HubObject? { objects[path] }

  /// The objects of a category, oldest first.
  func all(_ category: Subject.Category) -> [HubObject] {
    (order[category] ?? []).compactMap { objects[$0.objectPath] }
  }

  /// How many objects a category has.
  func count(_ category: Subject.Category) -> Int { order[category]?.count ?? 0 }

  /// Takes an object in, or puts it in the place of the one that its subject had.
  mutating func insert(_ object: HubObject) {
    let subject = object.subject
    if let old = objects.updateValue(object, forKey: subject.objectPath) {
      let names = zip(old.properties, object.properties).filter { $0.value != $1.value }.map(\.0.definition.name)
      touch(subject, Set(names))
      return
    }
    order[subject.category, default: []].append(subject)
    if let index = removed.firstIndex(of: subject) {
      // It went and came within one turn: consumers see one object that changed in everything.
      removed.remove(at: index)
      touch(subject, Set(object.properties.map(\.definition.name)))
    } else {
      added.append(subject)
    }
  }

  /// Takes an object out.
  mutating func remove(_ subject: Subject) -> HubObject? {
    guard let object = objects.removeValue(forKey: subject.objectPath) else { return nil }
    if subject.category == .source { formerSources.add(object) }
    order[subject.category]?.removeAll { $0 == subject }
    if touched.removeValue(forKey: subject) != nil { touchedOrder.removeAll { $0 == subject } }
    if let index = added.firstIndex(of: subject) {
      added.remove(at: index)
    } else {
      removed.append(subject)
    }
    return object
  }

  /// Changes properties of an object; a state that is new is entered at that moment.
  mutating func apply(_ changes: PropertyChanges, to subject: Subject, at moment: Timestamp) {
    guard let place = objects.index(forKey: subject.objectPath) else { return }
    var names: Set<PropertyName> = []
    for (name, value) in changes where objects.values[place].set(name, value) { names.insert(name) }
    if names.contains(.state), changes[.stateSince] == nil,
      objects.values[place].set(.stateSince, .uint(moment.unsigned))
    {
      names.insert(.stateSince)
    }
    touch(subject, names)
  }

  private mutating func touch(_ subject: Subject, _ names: Set<PropertyName>) {
    guard !names.isEmpty else { return }
    if let place = touched.index(forKey: subject) {
      touched.values[place].formUnion(names)
    } else {
      touchedOrder.append(subject)
      touched[subject] = names
    }
  }

  /// What changed since this was last asked.
  mutating func takeChanges() -> Changes {
    var changes = Changes(added: added, removed: removed)
    let new = Set(added)
    for subject in touchedOrder where !new.contains(subject) {
      if let names = touched[subject] { changes.changed.append((subject, names)) }
    }
    added = []
    removed = []
    touched = [:]
    touchedOrder = []
    return changes
  }
}
