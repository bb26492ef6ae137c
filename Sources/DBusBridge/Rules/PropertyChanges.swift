// SPDX-License-Identifier: Apache-2.0
// Which properties changed since they were last told: many changes become one, none becomes silence.

import DBusTypes

/// Gathers what may have changed, and knows what clients were told last.
struct PropertyChanges {
  /// One interface of one object.
  struct Place: Hashable {
    let path: ObjectPath
    let interface: InterfaceName
  }

  private var marked: [Place: [MemberName]] = [:]
  private var order: [Place] = []
  private var told: [Place: [MemberName: BusValue]] = [:]

  /// Whether nothing waits to be looked at.
  var isEmpty: Bool { order.isEmpty }

  /// Notes that the properties may have changed.
  mutating func mark(_ place: Place, _ names: [MemberName]) {
    if marked[place] == nil { order.append(place) }
    for name in names where marked[place]?.contains(name) != true { marked[place, default: []].append(name) }
  }

  /// Everything marked, in the order of the first mark; nothing is marked then.
  mutating func take() -> [(place: Place, names: [MemberName])] {
    defer {
      marked = [:]
      order = []
    }
    return order.map { ($0, marked[$0] ?? []) }
  }

  /// Whether clients were told something else, or it is not known what they were told.
  func isNews(_ place: Place, _ name: MemberName, _ value: BusValue) -> Bool {
    told[place]?[name] != value
  }

  /// Notes that all clients know this value now.
  mutating func tell(_ place: Place, _ name: MemberName, _ value: BusValue) {
    told[place, default: [:]][name] = value
  }

  /// Notes that it is not known what clients believe.
  mutating func untell(_ place: Place, _ name: MemberName) { told[place]?[name] = nil }

  /// Notes that one client has read this value.
  ///
  /// If the others were told another, it is no longer known who believes what: the next mark counts as a change, even
  /// if the value has gone back by then.
  mutating func read(_ place: Place, _ name: MemberName, _ value: BusValue) {
    guard let known = told[place]?[name], known != value else { return }
    told[place]?[name] = nil
  }

  /// Forgets one interface of an object that is no longer there.
  mutating func forget(_ place: Place) {
    told[place] = nil
    guard marked.removeValue(forKey: place) != nil else { return }
    order.removeAll { $0 == place }
  }
}
