// SPDX-License-Identifier: Apache-2.0
// What has become of objects.

internal import EventModel

/// What has become of objects over several batches: the last word on each.
struct ObjectChanges {
  /// The newest state of each object that changed.
  private(set) var objects: [Subject: HubObject] = [:]
  /// The objects that went.
  private(set) var removed: Set<Subject> = []

  /// Whether nothing changed.
  var isEmpty: Bool { objects.isEmpty && removed.isEmpty }

  /// Takes what a later batch says: first what went, then what is there.
  mutating func apply(_ batch: LogBatch) {
    for subject in batch.removed {
      objects[subject] = nil
      removed.insert(subject)
    }
    for object in batch.objects {
      objects[object.subject] = object
      removed.remove(object.subject)
    }
  }

  /// Takes objects that no batch changed.
  mutating func add(unchanged others: [HubObject]) {
    for object in others where objects[object.subject] == nil && !removed.contains(object.subject) {
      objects[object.subject] = object
    }
  }
}
