// SPDX-License-Identifier: Apache-2.0
// What a guest last said of itself, and what changed when it speaks again.

package import EventModel
package import JSONText

/// When something about a guest is worth an event.
public struct GuestThresholds: Hashable, Sendable {
  /// Percent in use from which a file system is told to be full; it is relieved five below.
  public var fileSystemPercent = 90
  /// Seconds by which the guest's clock may be wrong.
  public var drift = 1.0

  /// The default thresholds.
  public init() {}
}

/// What a guest last said of itself.
///
/// All of it is the guest's word: bounded, made printable, and never believed further.
package struct GuestFacts: Hashable, Sendable {
  /// How much of a guest's word is kept.
  package enum Limits {
    /// The most addresses.
    package static let addresses = 256
    /// The most file systems.
    package static let fileSystems = 64
    /// The most users.
    package static let users = 64
    /// The longest text, in bytes.
    package static let text = 256
  }

  /// A file system of the guest.
  package struct FileSystem: Hashable, Sendable {
    package var type = ""
    package var used: UInt64?
    package var total: UInt64?

    /// How full it is; `nil` where that is not told.
    package var percent: Double? {
      guard let used, let total, total > 0 else { return nil }
      return Double(used) / Double(total) * 100
    }
  }

  /// The version of the agent.
  package var version: String?
  /// What the agent says that it can do.
  package var commands: Set<AgentCommand> = []
  /// The host name.
  package var hostname: String?
  /// Name, version and kernel of the operating system.
  package var os: Fields?
  /// Addresses with their prefix lengths, without those of the loopback.
  package var addresses: [String]?
  /// File systems by mount point.
  package var fileSystems: [String: FileSystem]?
  /// Which of them are told to be full.
  package var full: Set<String> = []
  /// Who is logged in.
  package var users: [String]?
  /// Guest clock minus host clock, in seconds.
  package var timeOffset: Double?
  /// The offset that was told last.
  package var toldOffset = 0.0
  /// Whether file systems are frozen.
  package var isFrozen: Bool?

  /// Nothing known.
  package init() {}

  /// What the hub knew of the guest before, as it stands on the machine's object.
  ///
  /// What was told then is not told again.
  package init(_ object: HubObject, thresholds: GuestThresholds = GuestThresholds()) {
    let text = { (name: PropertyName) in object[name]?.string.flatMap { $0.isEmpty ? nil : $0 } }
    hostname = text(.guestHostname)
    version = text(.agentVersion)
    os = object[.guestOS]?.map.flatMap { $0.isEmpty ? nil : $0 }
    addresses = object[.guestAddresses]?.list.flatMap { $0.isEmpty ? nil : $0.compactMap(\.string) }
    if object[.guestFrozen]?.bool == true { isFrozen = true }
    let systems = (object[.guestFilesystems]?.list ?? []).compactMap(\.map)
    for fields in systems {
      guard let mountpoint = fields["mountpoint"]?.string else { continue }
      let system = FileSystem(
        type: fields["type"]?.string ?? "", used: fields["used"]?.uint, total: fields["total"]?.uint)
      fileSystems = fileSystems ?? [:]
      fileSystems?[mountpoint] = system
      if let percent = system.percent, percent >= Double(thresholds.fileSystemPercent) { full.insert(mountpoint) }
    }
    if let offset = object[.guestTimeOffset]?.double, abs(offset) >= thresholds.drift { toldOffset = offset }
  }
}

/// What an answer of a guest gave.
package enum GuestNews: Hashable, Sendable {
  /// What changed, as events; often nothing.
  case changes([Difference])
  /// The answer is not of the form that it must have.
  case unfit
}

extension GuestFacts {
  /// Takes the answer to a command in; `clock` is the host's time when the guest looked at its clock, as near as can be told.
  package mutating func take(
    _ answer: JSONValue, to command: AgentCommand, clock: Timestamp, thresholds: GuestThresholds
  ) -> GuestNews {
    switch command {
    case .ping: .changes([])
    case .info: takeInfo(answer)
    case .hostName: takeHostname(answer)
    case .osInfo: takeOS(answer)
    case .interfaces: takeInterfaces(answer)
    case .fileSystems: takeFileSystems(answer, thresholds)
    case .users: takeUsers(answer)
    case .time: takeTime(answer, clock, thresholds)
    case .freezeStatus: takeFreezeStatus(answer)
    }
  }

  private mutating func takeInfo(_ answer: JSONValue) -> GuestNews {
    guard let told = answer.string("version") else { return .unfit }
    version = told.printable(limit: Limits.text)
    let known = (answer["supported_commands"]?.elements.prefix(ValueLimits.elements)).map(Array.init) ?? []
    commands = Set(
      known.compactMap { row in
        row.bool("enabled") == false ? nil : row.string("name").flatMap(AgentCommand.init(rawValue:))
      })
    return .changes([])
  }

  private mutating func takeHostname(_ answer: JSONValue) -> GuestNews {
    guard let told = answer.string("host-name") else { return .unfit }
    let name = told.printable(limit: Limits.text)
    guard name != hostname else { return .changes([]) }
    var data: Fields = ["hostname": .string(name)]
    if let hostname { data["previous"] = .string(hostname) }
    hostname = name
    return .changes([Difference(kind: .vmGuestHostname, data: data)])
  }

  private mutating func takeOS(_ answer: JSONValue) -> GuestNews {
    guard answer.kind == .object else { return .unfit }
    var told = Fields()
    let members: [(JSONKey, String)] = [
      ("id", "id"), ("pretty-name", "name"), ("version", "version"), ("kernel-release", "kernel"),
    ]
    for (member, field) in members {
      if let text = answer.string(member) { told[field] = .string(text.printable(limit: Limits.text)) }
    }
    guard told != os else { return .changes([]) }
    var data: Fields = ["os": .map(told)]
    if let os { data["previous"] = .map(os) }
    os = told
    return .changes([Difference(kind: .vmGuestOS, data: data)])
  }

  private mutating func takeFreezeStatus(_ answer: JSONValue) -> GuestNews {
    let told: Bool
    if answer.isString("frozen") {
      told = true
    } else if answer.isString("thawed") {
      told = false
    } else {
      return .unfit
    }
    let was = isFrozen ?? false
    isFrozen = told
    guard told != was else { return .changes([]) }
    return .changes([Difference(kind: told ? .vmGuestFrozen : .vmGuestThawed, data: [:])])
  }

  private mutating func takeTime(_ answer: JSONValue, _ clock: Timestamp, _ thresholds: GuestThresholds) -> GuestNews {
    guard let nanoseconds = answer.int64 else { return .unfit }
    let (difference, overflow) = (nanoseconds / 1000).subtractingReportingOverflow(clock.microseconds)
    guard !overflow else { return .unfit }
    let offset = Double(difference) / 1e6
    timeOffset = offset
    guard abs(offset) >= thresholds.drift else {
      toldOffset = 0
      return .changes([])
    }
    guard abs(offset - toldOffset) >= thresholds.drift else { return .changes([]) }
    toldOffset = offset
    return .changes([Difference(kind: .vmGuestTimeDrift, data: ["seconds": .double(offset)])])
  }

  /// The properties of the machine's object that follow.
  package var properties: PropertyChanges {
    var changes: PropertyChanges = [:]
    if let version { changes[.agentVersion] = .string(version) }
    if let hostname { changes[.guestHostname] = .string(hostname) }
    if let os { changes[.guestOS] = .map(os) }
    if let addresses { changes[.guestAddresses] = .strings(addresses) }
    if let fileSystems { changes[.guestFilesystems] = .list(fileSystems.sorted { $0.key < $1.key }.map(Self.property)) }
    if let users { changes[.guestUsers] = .strings(users) }
    if let timeOffset { changes[.guestTimeOffset] = .double(timeOffset) }
    if let isFrozen { changes[.guestFrozen] = .bool(isFrozen) }
    return changes
  }

  private static func property(_ mountpoint: String, _ system: FileSystem) -> Value {
    var fields: Fields = ["mountpoint": .string(mountpoint), "type": .string(system.type)]
    if let used = system.used { fields["used"] = .uint(used) }
    if let total = system.total { fields["total"] = .uint(total) }
    return .map(fields)
  }
}
