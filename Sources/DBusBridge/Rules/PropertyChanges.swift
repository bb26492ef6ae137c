// SPDX-License-Identifier: Apache-2.0
// Which properties changed since they were last told: many changes become one, none becomes silence.

import DBusTypes

/// Gathers what may have changed, and knows what clients were told last.
///
/// A property is known by its place in its interface's list. What was told shares its storage with the value itself, so
/// thousands of objects cost a few words for each property.
struct PropertyChanges {
  /// One interface of one object.
  struct Place: Hashable {
    let path: ObjectPath
    let interface: InterfaceName

    /// An object has few interfaces: they need not be hashed.
    func hash(into hasher: inout Hasher) { hasher.combine(path) }
  }

  /// What all clients were told of one interface of one object.
  struct Told {
    fileprivate var values: [BusValue?] = []

    /// Whether they were told this value, and nothing since.
    func holds(_ index: Int, _ value: BusValue) -> Bool { index < values.count && values[index] == value }

    /// Notes the value that they know, or that it is not known what they believe.
    fileprivate mutating func note(_ index: Int, _ value: BusValue?) {
      if index >= values.count {
        // No more than that: there are thousands of these.
        values.reserveCapacity(index + 1)
        while values.count <= index { values.append(nil) }
      }
      values[index] = value
    }
  }

  private var marked: [Place: [Int]] = [:]
  private var order: [Place] = []
  private var told: [Place: Told] = [:]

  /// Whether nothing waits to be looked at.
  var isEmpty: Bool { order.isEmpty }

  /// Notes that the properties may have changed.
  mutating func mark(_ place: Place, _ indices: [Int]) {
    guard !indices.isEmpty else { return }
    var all = marked.removeValue(forKey: place) ?? []
    if all.isEmpty { order.append(place) }
    for index in indices where !all.contains(index) { all.append(index) }
    marked[place] = all
  }

  /// Everything marked, in the order of the first mark; nothing is marked then.
  mutating func take() -> [(place: Place, indices: [Int])] {
    defer { order = [] }
    return order.compactMap { place in marked.removeValue(forKey: place).map { (place, $0) } }
  }

  /// Whether clients were told something else, or it is not known what they were told.
  func isNews(_ place: Place, _ index: Int, _ value: BusValue) -> Bool {
    told[place]?.holds(index, value) != true
  }

  /// What clients were told; nil if nobody was told anything.
  func told(_ place: Place) -> Told? { told[place] }

  /// Which of these values clients were not told; they are now.
  mutating func tellNews(_ place: Place, _ values: [(index: Int, value: BusValue)]) -> [(index: Int, value: BusValue)] {
    guard !values.isEmpty else { return [] }
    var news: [(index: Int, value: BusValue)] = []
    news.reserveCapacity(values.count)
    change(place) { told in
      for (index, value) in values where !told.holds(index, value) {
        told.note(index, value)
        news.append((index, value))
      }
    }
    return news
  }

  /// Notes that all clients know these values now.
  mutating func tell(_ place: Place, _ values: [(index: Int, value: BusValue)]) {
    guard !values.isEmpty else { return }
    change(place) { told in
      // The last first, so that room is made once.
      for (index, value) in values.reversed() { told.note(index, value) }
    }
  }

  /// Notes that it is not known what clients believe of these.
  mutating func untell(_ place: Place, _ values: [(index: Int, value: BusValue)]) {
    guard !values.isEmpty else { return }
    change(place) { told in
      for (index, _) in values { told.note(index, nil) }
    }
  }

  /// Notes that one client has read this value.
  ///
  /// If the others were told another, it is no longer known who believes what: the next mark counts as a change, even
  /// if the value has gone back by then.
  mutating func read(_ place: Place, _ index: Int, _ value: BusValue) {
    if told[place]?.holds(index, value) == false { untell(place, [(index, value)]) }
  }

  /// Forgets one interface of an object that is no longer there.
  mutating func forget(_ place: Place) {
    told[place] = nil
    // Its place in the order stays behind, and `take` passes over it: nothing is searched.
    marked[place] = nil
  }

  private mutating func change(_ place: Place, _ body: (inout Told) -> Void) {
    body(&told[place, default: Told()])
  }
}
