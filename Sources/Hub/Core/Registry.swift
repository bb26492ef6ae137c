// SPDX-License-Identifier: Apache-2.0
// The objects that the hub knows, as they are after the newest event.

import EventModel

/// The objects that the hub knows, as they are after the newest event, which of them changed since last asked, and which
/// the log has not been told of yet.
///
/// Threading: belongs to the hub, on the loop.
final class Registry {
  /// What changed since the changes were last taken.
  struct Changes {
    var added: [Entry] = []
    var changed: [(entry: Entry, properties: PropertySet)] = []
    var removed: [Subject] = []

    var isEmpty: Bool { added.isEmpty && changed.isEmpty && removed.isEmpty }
  }

  /// An object and what is noted about it.
  ///
  /// An event touches the object of its subject several times: it is looked up once.
  final class Entry {
    fileprivate(set) var object: HubObject
    /// Whether it is in the registry still.
    fileprivate(set) var isThere = true
    /// Whether it came since the changes were last taken.
    fileprivate var isNew = false
    /// What changed in it since then; nothing while it is new.
    fileprivate var changed = PropertySet()
    /// Whether the log has to be told of it.
    fileprivate var isUnlogged = false

    fileprivate init(_ object: HubObject) { self.object = object }
  }

  /// By object path, under which the bus asks for them.
  private var entries: [String: Entry] = [:]
  private var order: [Subject.Category: [Subject]] = [:]
  // An entry in one of these lists counts only while it says so itself: nothing has to be searched when an object goes.
  private var added: [Entry] = []
  private var touched: [Entry] = []
  private var unlogged: [Entry] = []
  private var removed: [Subject] = []
  private var unloggedRemoved: [Subject] = []
  /// What sources that are gone had counted.
  private(set) var formerSources = SourceCounts()

  /// The entry of a subject.
  func entry(of subject: Subject) -> Entry? { entries[subject.objectPath] }

  /// The object of a subject.
  subscript(subject: Subject) -> HubObject? { entries[subject.objectPath]?.object }

  /// The object with an object path.
  subscript(path path: String) -> HubObject? { entries[path]?.object }

  /// The objects of a category, oldest first.
  func all(_ category: Subject.Category) -> [HubObject] {
    (order[category] ?? []).compactMap { self[$0] }
  }

  /// How many objects a category has.
  func count(_ category: Subject.Category) -> Int { order[category]?.count ?? 0 }

  /// Takes an object in, or puts it in the place of the one that its subject had.
  func insert(_ object: HubObject) {
    let subject = object.subject
    if let entry = entry(of: subject) {
      let names = zip(entry.object.properties, object.properties).filter { $0.value != $1.value }
      entry.object = object
      return touch(entry, PropertySet(names.map(\.0.definition.name)))
    }
    let entry = Entry(object)
    entries[subject.objectPath] = entry
    order[subject.category, default: []].append(subject)
    if let index = removed.firstIndex(of: subject) {
      // It went and came within one turn: consumers see one object that changed in everything.
      removed.remove(at: index)
      touch(entry, PropertySet(object.properties.map(\.definition.name)))
    } else {
      entry.isNew = true
      added.append(entry)
      noteUnlogged(entry)
    }
  }

  /// Takes an object out.
  func remove(_ subject: Subject) -> HubObject? {
    guard let entry = entries.removeValue(forKey: subject.objectPath) else { return nil }
    if subject.category == .source { formerSources.add(entry.object) }
    order[subject.category]?.removeAll { $0 == subject }
    entry.isThere = false
    if !entry.isNew {
      removed.append(subject)
      unloggedRemoved.append(subject)
    }
    return entry.object
  }

  /// Changes properties of an object; a state that is new is entered at that moment.
  func apply(_ changes: PropertyChanges, to subject: Subject, at moment: Timestamp) {
    if let entry = entry(of: subject) { apply(changes, to: entry, at: moment) }
  }

  /// Changes properties of an object; a state that is new is entered at that moment.
  func apply(_ changes: PropertyChanges, to entry: Entry, at moment: Timestamp) {
    var names = PropertySet()
    for (name, value) in changes where entry.object.set(name, value) { names.insert(name) }
    if names.contains(.state), changes[.stateSince] == nil, entry.object.set(.stateSince, .uint(moment.unsigned)) {
      names.insert(.stateSince)
    }
    touch(entry, names)
  }

  /// Changes a property of an object.
  func set(_ name: PropertyName, _ value: Value, of entry: Entry) {
    if entry.object.set(name, value) { touch(entry, [name]) }
  }

  private func touch(_ entry: Entry, _ names: PropertySet) {
    guard !names.isEmpty else { return }
    noteUnlogged(entry)
    guard !entry.isNew else { return }
    if entry.changed.isEmpty { touched.append(entry) }
    entry.changed.formUnion(names)
  }

  /// What changed since this was last asked.
  func takeChanges() -> Changes {
    var changes = Changes()
    if !removed.isEmpty { swap(&changes.removed, &removed) }
    if !added.isEmpty {
      for entry in added where entry.isThere {
        entry.isNew = false
        changes.added.append(entry)
      }
      added.removeAll(keepingCapacity: true)
    }
    if !touched.isEmpty {
      changes.changed.reserveCapacity(touched.count)
      for entry in touched where entry.isThere {
        changes.changed.append((entry, entry.changed))
        entry.changed = []
      }
      touched.removeAll(keepingCapacity: true)
    }
    return changes
  }

  // MARK: The log

  /// What came, changed or went since this was last asked, as the log is told.
  func takeUnlogged() -> (objects: [HubObject], removed: [Subject]) {
    var objects: [HubObject] = []
    for entry in unlogged where entry.isThere {
      entry.isUnlogged = false
      objects.append(entry.object)
    }
    unlogged.removeAll(keepingCapacity: true)
    guard !unloggedRemoved.isEmpty else { return (objects, []) }
    defer { unloggedRemoved = [] }
    return (objects, unloggedRemoved.filter { !$0.isLogged || entry(of: $0) == nil })
  }

  /// Notes that the log holds an object that it should not.
  func forgetLogged(_ subject: Subject) { unloggedRemoved.append(subject) }

  private func noteUnlogged(_ entry: Entry) {
    guard !entry.isUnlogged, entry.object.subject.isLogged else { return }
    entry.isUnlogged = true
    unlogged.append(entry)
  }
}

extension Subject {
  /// Whether its object is kept in the log: a source counts with each event, and begins anew with each start.
  var isLogged: Bool { category != .source }
}
