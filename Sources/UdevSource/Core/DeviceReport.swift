// SPDX-License-Identifier: Apache-2.0
// What happened to devices, as events and objects.

import EventModel
import Hub

/// Turns what happened to devices into what the hub is handed.
struct DeviceReport: Sendable {
  let source: Subject
  let origin: Origin
  let table: DeviceTable

  /// What the hub is handed for a change.
  func operations(_ change: DeviceChange) -> [HubOperation] {
    switch change {
    case .added(let device): return [.add(object(device), draft(.deviceAdded, device))]
    case .removed(let device): return [.remove(device.subject, draft(.deviceRemoved, device))]
    case .changed(let device, let difference):
      // A change without one is the kernel's word that something that it does not name may be different.
      let grade = difference.isEmpty ? EventGrade(.deviceChangedUnnamed) : EventGrade(.deviceChanged)
      return [event(grade, device, difference)]
    case .bound(let device, let difference): return [event(.deviceBound, device, difference)]
    case .unbound(let device, let difference): return [event(.deviceUnbound, device, difference)]
    case .online(let device, let difference): return [event(.deviceOnline, device, difference)]
    case .offline(let device, let difference): return [event(.deviceOffline, device, difference)]
    case .moved(let device, let old, let isOwn):
      var moved = draft(.deviceMoved, device, ["previous": .string(old.path)])
      if !isOwn { moved.origin = .derived }
      return [.remove(old.subject, nil), .add(object(device), moved)]
    case .learned(let device):
      return [.update(device.subject, [.details: .map(DeviceDetails.fields(of: device))])]
    }
  }

  /// The device as an object.
  func object(_ device: DeviceRecord) -> HubObject { device.object(parent: table.parent(of: device.path)) }

  private func draft(_ kind: EventKind, _ device: DeviceRecord, _ data: Fields = [:]) -> EventDraft {
    draft(EventGrade(kind), device, data)
  }

  private func draft(_ grade: EventGrade, _ device: DeviceRecord, _ data: Fields = [:]) -> EventDraft {
    EventDraft(grade, subject: device.subject, source: source, origin: origin, data: device.data.merging(data))
  }

  private func event(_ kind: EventKind, _ device: DeviceRecord, _ difference: PropertyDifference) -> HubOperation {
    event(EventGrade(kind), device, difference)
  }

  private func event(_ grade: EventGrade, _ device: DeviceRecord, _ difference: PropertyDifference) -> HubOperation {
    var event = draft(grade, device)
    event.changes = device.changeable
    if grade.kind == .deviceChanged || !difference.now.isEmpty {
      event.data["changes"] = .map(DeviceRecord.fields(difference.now))
    }
    if !difference.before.isEmpty { event.data["previous"] = .map(DeviceRecord.fields(difference.before)) }
    return .publish(event)
  }
}
