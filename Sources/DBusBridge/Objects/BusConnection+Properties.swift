// SPDX-License-Identifier: Apache-2.0
// BusConnection: properties that are read, written, and told when they change.

public import DBusTypes
import EventLoop

extension BusConnection {
  /// Says that properties may have changed.
  ///
  /// At the end of this turn of the loop (or of the next, said in its last phase) each is read once, compared with what
  /// clients were told last, and what differs is told by one `PropertiesChanged` for each interface. If the signal is
  /// withheld it is made anew, with the values of then, as soon as there is room.
  public func propertiesChanged(_ path: ObjectPath, _ interface: InterfaceName, _ names: [MemberName]) {
    guard let properties = properties(of: .init(path: path, interface: interface)) else { return }
    changes.mark(
      .init(path: path, interface: interface),
      names.compactMap { name in properties.firstIndex { $0.name == name } })
    guard !isFlushScheduled else { return }
    isFlushScheduled = true
    loop.submit { [self] in assumeIsolated { $0.flushChanges() } }
  }

  /// Tells values of properties, by their places in the list of their interface, as far as clients were told others.
  ///
  /// It is `propertiesChanged` for whoever has all new values at hand: they are not read, and they are told now. Signals
  /// that were sent right before go out together with them: the bus is woken once. A value of a wrong type, and one of a
  /// property whose values are not told, is left out.
  public func tell(_ path: ObjectPath, _ interface: InterfaceName, _ values: [(index: Int, value: BusValue)]) {
    let place = PropertyChanges.Place(path: path, interface: interface)
    guard let properties = properties(of: place) else { return }
    let isTellable = { (index: Int, value: BusValue) in
      properties.indices.contains(index) && properties[index].emits == .true
        && value.hasSignature(properties[index].signature)
    }
    tell(values.allSatisfy(isTellable) ? values : values.filter(isTellable), invalidated: [], of: properties, place)
  }

  /// Reads what is marked and tells what is new.
  func flushChanges() {
    isFlushScheduled = false
    for (place, indices) in changes.take() { tellChanges(place, indices) }
  }

  private func tellChanges(_ place: PropertyChanges.Place, _ indices: [Int]) {
    guard let properties = properties(of: place) else { return }
    var values: [(index: Int, value: BusValue)] = []
    var invalidated: [Int] = []
    for index in indices where index < properties.count {
      let property = properties[index]
      switch property.emits {
      case .true:
        let value = property.read(place.path)
        if value.hasSignature(property.signature) { values.append((index, value)) }
      case .invalidates: invalidated.append(index)
      case .const, .false: break
      }
    }
    tell(values, invalidated: invalidated, of: properties, place)
  }

  private func tell(
    _ values: [(index: Int, value: BusValue)], invalidated: [Int], of properties: [BusProperty],
    _ place: PropertyChanges.Place
  ) {
    let changed = changes.tellNews(place, values)
    guard !changed.isEmpty || !invalidated.isEmpty else { return }
    let outcome = send(place.path, .properties, .propertiesChanged, .propertiesChanged) { signal throws(WireError) in
      try signal.argument(.string(place.interface.rawValue))
      try signal.beginVariants()
      for (index, value) in changed { try signal.entry(properties[index].name.rawValue, value) }
      try signal.endVariants()
      try signal.argument(.strings(invalidated.map { properties[$0].name.rawValue }))
    }
    switch outcome {
    // Without a bus nobody has anything to be told: clients of the next one read everything anew.
    case .queued, .notConnected: break
    case .withheld:
      changes.untell(place, changed)
      changes.mark(place, values.map(\.index) + invalidated)
    // A value that no message can carry is the program's error; the others must not be told twice for it.
    case .rejected: changes.untell(place, changed)
    }
  }

  private func properties(of place: PropertyChanges.Place) -> [BusProperty]? {
    objects[place.path]?.interfaces.first { $0.name == place.interface }?.properties
  }

  // MARK: What clients call

  func getProperty(_ call: BusMessage, _ object: BusObject?) throws(BusError) -> BusValue {
    let (interface, index) = try find(call, object)
    let property = interface.properties[index]
    let path = call.path ?? .root
    let value = property.read(path)
    guard value.hasSignature(property.signature) else {
      throw BusError(.failed, "the service gave \(property.name) a value of the wrong type")
    }
    if property.emits == .true { changes.read(.init(path: path, interface: interface.name), index, value) }
    return .variant(value)
  }

  func getAllProperties(_ call: BusMessage, _ object: BusObject?) throws(BusError) -> BusValue {
    let name = call.body.first?.string ?? ""
    if name.isEmpty {
      let all = object?.interfaces.flatMap {
        values(of: $0, call.path ?? .root, isTold: false).dictionary?.entries ?? []
      }
      return .dictionary(BusDictionary(variants: all ?? []))
    }
    if let interface = object?.interfaces.first(where: { $0.name.rawValue == name }) {
      return values(of: interface, call.path ?? .root, isTold: false)
    }
    guard StandardInterfaces.described(for: object).contains(where: { $0.name.rawValue == name }) else {
      throw unknownInterface(name)
    }
    return .variants([])
  }

  func setProperty(_ call: BusMessage, _ object: BusObject?) throws(BusError) {
    let (interface, index) = try find(call, object)
    let property = interface.properties[index]
    guard let write = property.write else {
      throw BusError(.propertyReadOnly, "the property \(property.name) cannot be written")
    }
    guard let value = call.body.last?.variant, value.hasSignature(property.signature) else {
      let given = call.body.last?.variant?.signature ?? .empty
      throw BusError(.invalidArguments, "\(property.name) has the type “\(property.signature)”, not “\(given)”")
    }
    write(value, try admit(call, outputs: .empty))
  }

  /// `a{sv}`: the properties of an interface; `isTold` if all clients will know them, else one has read them.
  func values(of interface: BusInterface, _ path: ObjectPath, isTold: Bool) -> BusValue {
    let values = interface.values(of: path)
    let place = PropertyChanges.Place(path: path, interface: interface.name)
    if isTold {
      changes.tell(place, news(in: values, of: interface, besides: changes.told(place)))
    } else if let told = changes.told(place) {
      changes.untell(place, news(in: values, of: interface, besides: told))
    }
    return .dictionary(
      BusDictionary(keys: interface.propertyKeys, values: values) ?? usable(values, of: interface.properties))
  }

  /// The values that clients are told when they change, and that not all of them know.
  private func news(
    in values: [BusValue], of interface: BusInterface, besides told: PropertyChanges.Told?
  ) -> [(index: Int, value: BusValue)] {
    let properties = interface.properties.span
    var news: [(index: Int, value: BusValue)] = []
    for index in values.indices.prefix(properties.count)
    where properties[index].emits == .true && told?.holds(index, values[index]) != true {
      if values[index].hasSignature(properties[index].signature) { news.append((index, values[index])) }
    }
    return news
  }

  /// The values of the right types: one of a wrong type, an error of the program, does not cost clients the others.
  private func usable(_ values: [BusValue], of properties: [BusProperty]) -> BusDictionary {
    let usable = zip(properties, values).filter { $1.hasSignature($0.signature) }
    return BusDictionary(variants: usable.map { .init(key: .string($0.name.rawValue), variant: $1) })
  }

  /// The property that `Get` or `Set` names; an empty interface means the first that has it.
  private func find(
    _ call: BusMessage, _ object: BusObject?
  ) throws(BusError) -> (interface: BusInterface, index: Int) {
    let (interface, name) = (call.body[0].string ?? "", call.body[1].string ?? "")
    let candidates = (object?.interfaces ?? []).filter { interface.isEmpty || $0.name.rawValue == interface }
    for candidate in candidates {
      if let index = candidate.properties.firstIndex(where: { $0.name.rawValue == name }) { return (candidate, index) }
    }
    let isKnown =
      !candidates.isEmpty || interface.isEmpty
      || StandardInterfaces.described(for: object).contains { $0.name.rawValue == interface }
    guard isKnown else { throw unknownInterface(interface) }
    throw BusError(.unknownProperty, "the interface \(interface) has no property \(name)")
  }

  private func unknownInterface(_ name: String) -> BusError {
    BusError(.unknownInterface, "the object has no interface \(name)")
  }
}

extension BusInterface {
  /// What the properties of an object have for values, in their order.
  fileprivate func values(of path: ObjectPath) -> [BusValue] {
    if let readAll { return readAll(path) }
    let properties = properties.span
    var values: [BusValue] = []
    values.reserveCapacity(properties.count)
    for index in properties.indices { values.append(properties[index].read(path)) }
    return values
  }
}

extension MemberName {
  fileprivate static let propertiesChanged: MemberName = "PropertiesChanged"
}

extension Signature {
  fileprivate static let propertiesChanged: Signature = "sa{sv}as"
}
