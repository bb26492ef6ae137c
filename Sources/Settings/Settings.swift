// SPDX-License-Identifier: Apache-2.0
// What a configuration says, as typed values.

private import Configuration
private import SystemPackage

/// A machine that the configuration names.
public struct MonitorSetting: Hashable, Sendable {
  /// The name of the machine.
  public let name: String
  /// The socket of its monitor.
  public let monitorPath: String
  /// The socket of its guest agent; empty without one.
  public let agentPath: String
}

/// What a configuration says, as typed values: the file, over it the environment, under both the defaults.
public struct Settings: Hashable, Sendable {
  /// The file that is read when nobody names another one; it need not exist.
  public static let standardPath = "/etc/vireo/vireo.yaml"

  private var texts: [String: String] = [:]
  private var lists: [String: [String]] = [:]
  /// The machines that the configuration names.
  public private(set) var monitors: [MonitorSetting] = []

  /// The defaults.
  public init() {}

  /// Reads a file and the environment.
  ///
  /// - Parameter path: the file; nil reads the environment alone.
  /// - Throws: `SettingsError`, which names the place, the key and what was expected.
  public init(path: String?) async throws(SettingsError) {
    let file = try path.map { path throws(SettingsError) in try SettingsFile(path: path) }
    do {
      let environment = EnvironmentVariablesProvider().prefixKeys(with: "vireo")
      if let path, let file, !file.isEmpty {
        let reader = ConfigReader(providers: [
          environment, try await FileProvider<YAMLSnapshot>(filePath: FilePath(path)),
        ])
        read(reader)
        for name in file.monitors {
          monitors.append(
            MonitorSetting(
              name: name,
              monitorPath: reader.string(forKey: ConfigKey(["monitors", name, "monitor"])) ?? "",
              agentPath: reader.string(forKey: ConfigKey(["monitors", name, "agent"])) ?? ""))
        }
      } else {
        read(ConfigReader(providers: [environment]))
      }
    } catch {
      throw SettingsError(place: path ?? "environment", key: "", problem: "\(error)")
    }
    for key in SettingKey.all {
      guard let text = texts[key.name], !SettingValue.isValid(text, for: key.type) else { continue }
      throw SettingsError(
        place: key.environmentName, key: key.name, problem: "expected \(key.type.expectation), found '\(text)'")
    }
  }

  private mutating func read(_ reader: ConfigReader) {
    for key in SettingKey.all {
      if key.type == .list {
        lists[key.name] = reader.stringArray(forKey: ConfigKey(key.name))
      } else {
        texts[key.name] = reader.string(forKey: ConfigKey(key.name))
      }
    }
  }

  // MARK: Values by name

  /// The text of a setting.
  public func text(_ name: String) -> String {
    texts[name] ?? SettingKey.byName[name]?.standard ?? ""
  }

  /// The list of a setting.
  public func list(_ name: String) -> [String] { lists[name] ?? [] }

  /// The bytes of a setting.
  public func size(_ name: String) -> Int { SettingValue.size(text(name)) ?? 0 }

  /// The number of a setting.
  public func count(_ name: String) -> Int { Int(text(name)) ?? 0 }

  /// The span of a setting.
  public func duration(_ name: String) -> Duration { SettingValue.duration(text(name)) ?? .zero }

  /// The truth value of a setting.
  public func boolean(_ name: String) -> Bool { SettingValue.boolean(text(name)) ?? false }

  /// Puts a value over what the file and the environment say; what the command line does.
  public mutating func override(_ name: String, _ text: String) throws(SettingsError) {
    guard let key = SettingKey.byName[name], SettingValue.isValid(text, for: key.type) else {
      throw SettingsError(
        place: "--" + name, key: "", problem: "expected \(SettingKey.byName[name]?.type.expectation ?? "nothing")")
    }
    texts[name] = text
  }

  /// The names of the settings that say something else in the other.
  public func differences(from other: Settings) -> [String] {
    var names = SettingKey.all.map(\.name).filter { text($0) != other.text($0) || list($0) != other.list($0) }
    if monitors != other.monitors { names.append("monitors") }
    return names
  }
}
