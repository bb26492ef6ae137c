// SPDX-License-Identifier: Apache-2.0
// The lists that a guest tells: addresses, file systems, users.

import EventModel
import JSONText

extension GuestFacts {
  mutating func takeInterfaces(_ answer: JSONValue) -> GuestNews {
    guard answer.kind == .array else { return .unfit }
    var found: Set<String> = []
    for interface in answer.elements.prefix(ValueLimits.elements) {
      for entry in (interface["ip-addresses"]?.elements.prefix(ValueLimits.elements)).map(Array.init) ?? []
      where found.count < Limits.addresses {
        if let address = Self.address(entry) { found.insert(address) }
      }
    }
    let told = found.sorted()
    guard told != addresses else { return .changes([]) }
    let then = Set(addresses ?? [])
    addresses = told
    return .changes([
      Difference(
        kind: .vmGuestAddresses,
        data: [
          "addresses": .strings(told), "added": .strings(found.subtracting(then).sorted()),
          "removed": .strings(then.subtracting(found).sorted()),
        ])
    ])
  }

  /// An address as `address/prefix`; `nil` for one of the loopback, and for what is none.
  private static func address(_ entry: JSONValue) -> String? {
    guard let text = entry.string("ip-address"), (2...45).contains(text.utf8.count),
      text.utf8.allSatisfy(isOfAddress), text.contains(".") || text.contains(":"),
      !text.hasPrefix("127."), text != "::1"
    else { return nil }
    guard let prefix = entry.uint64("prefix"), prefix <= 128 else { return text }
    return "\(text)/\(prefix)"
  }

  private static func isOfAddress(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
      UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: "."), UInt8(ascii: ":"):
      true
    default: false
    }
  }

  mutating func takeUsers(_ answer: JSONValue) -> GuestNews {
    guard answer.kind == .array else { return .unfit }
    let found = Set(
      answer.elements.prefix(ValueLimits.elements).compactMap { $0.string("user")?.printable(limit: Limits.text) }
        .prefix(Limits.users))
    let told = found.sorted()
    let then = users
    users = told
    // Who was there before we looked is no news.
    guard let then, told != then else { return .changes([]) }
    return .changes([
      Difference(
        kind: .vmGuestUsers,
        data: [
          "users": .strings(told), "added": .strings(found.subtracting(then).sorted()),
          "removed": .strings(Set(then).subtracting(found).sorted()),
        ])
    ])
  }

  mutating func takeFileSystems(_ answer: JSONValue, _ thresholds: GuestThresholds) -> GuestNews {
    guard answer.kind == .array else { return .unfit }
    var told: [String: FileSystem] = [:]
    for row in answer.elements.prefix(ValueLimits.elements) where told.count < Limits.fileSystems {
      guard let mountpoint = row.string("mountpoint")?.printable(limit: Limits.text) else { continue }
      told[mountpoint] = FileSystem(
        type: row.string("type")?.printable(limit: Limits.text) ?? "", used: row.uint64("used-bytes"),
        total: row.uint64("total-bytes"))
    }
    var found: [Difference] = []
    if let then = fileSystems {
      for gone in Set(then.keys).subtracting(told.keys).sorted() {
        full.remove(gone)
        found.append(Self.difference(gone, "removed", then[gone]))
      }
      for new in Set(told.keys).subtracting(then.keys).sorted() {
        found.append(Self.difference(new, "added", told[new]))
      }
    }
    fileSystems = told
    for (mountpoint, system) in told.sorted(by: { $0.key < $1.key }) {
      guard let percent = system.percent else { continue }
      let limit = Double(thresholds.fileSystemPercent)
      if percent >= limit, full.insert(mountpoint).inserted {
        found.append(Self.difference(mountpoint, "full", system, EventGrade(.vmGuestFilesystemFull)))
      } else if percent < limit - 5, full.remove(mountpoint) != nil {
        found.append(Self.difference(mountpoint, "relieved", system))
      }
    }
    return .changes(found)
  }

  private static func difference(
    _ mountpoint: String, _ change: String, _ system: FileSystem?, _ grade: EventGrade = EventGrade(.vmGuestFilesystem)
  ) -> Difference {
    var data: Fields = ["mountpoint": .string(mountpoint), "change": .string(change)]
    if let used = system?.used { data["usedBytes"] = .uint(used) }
    if let total = system?.total { data["totalBytes"] = .uint(total) }
    return Difference(grade, data: data)
  }
}
