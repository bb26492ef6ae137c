// SPDX-License-Identifier: Apache-2.0
// The structure of a configuration file: every key is known, every value has its type, and errors name the line.

private import Foundation
private import Yams

/// Checks the structure of a configuration file before its values are read.
///
/// The reader of the values takes what it knows and passes over the rest, so a key with a typing error would be silently
/// without effect: here it is refused, with its line.
struct SettingsFile {
  /// Bytes that a configuration file may have.
  static let sizeLimit = 1 << 20
  /// Monitors that a file may name.
  static let monitorLimit = 10_000

  /// The names of the machines under `monitors`, in the order of the file.
  private(set) var monitors: [String] = []
  /// The keys that the file sets.
  private(set) var keys: [String] = []

  /// Whether the file says nothing.
  var isEmpty: Bool { keys.isEmpty && monitors.isEmpty }

  init(path: String) throws(SettingsError) {
    let text: String
    do {
      let data = try Data(contentsOf: URL(filePath: path))
      guard data.count <= SettingsFile.sizeLimit else {
        throw SettingsError(place: path, key: "", problem: "is larger than \(SettingsFile.sizeLimit) bytes")
      }
      guard let decoded = String(validating: data, as: UTF8.self) else {
        throw SettingsError(place: path, key: "", problem: "is not UTF-8")
      }
      text = decoded
    } catch let error as SettingsError {
      throw error
    } catch {
      throw SettingsError(place: path, key: "", problem: "cannot be read: \(SettingsFile.reason(error))")
    }
    try self.init(text: text, place: path)
  }

  /// Why a file cannot be read, in the words that every other program has for it.
  private static func reason(_ error: any Error) -> String {
    switch (error as? CocoaError)?.code {
    case .fileReadNoSuchFile?: "No such file or directory"
    case .fileReadNoPermission?: "Permission denied"
    default: error.localizedDescription
    }
  }

  init(text: String, place: String) throws(SettingsError) {
    let node: Node?
    do {
      node = try compose(yaml: text)
    } catch let error as YamlError {
      throw SettingsError(place: place, key: "", problem: "is not YAML: \(error)")
    } catch {
      throw SettingsError(place: place, key: "", problem: "is not YAML")
    }
    guard let node, !(node.scalar?.string.isEmpty ?? false) else { return }
    try check(node, prefix: "", place: place)
  }

  private mutating func check(_ node: Node, prefix: String, place: String) throws(SettingsError) {
    guard let mapping = node.mapping else {
      throw SettingsError(
        place: place, line: node.mark?.line, key: prefix, problem: "expected keys and values below it")
    }
    for (key, value) in mapping {
      let line = key.mark?.line
      guard let name = key.scalar?.string else {
        throw SettingsError(place: place, line: line, key: prefix, problem: "a key must be a text")
      }
      let full = prefix.isEmpty ? name : prefix + "." + name
      guard !keys.contains(full) else {
        throw SettingsError(place: place, line: line, key: full, problem: "stands twice")
      }
      if full == "monitors" {
        try checkMonitors(value, place: place)
      } else if let setting = SettingKey.byName[full] {
        keys.append(full)
        try check(value, of: setting, place: place)
      } else if SettingKey.all.contains(where: { $0.name.hasPrefix(full + ".") }) {
        try check(value, prefix: full, place: place)
      } else {
        throw SettingsError(place: place, line: line, key: full, problem: "is no setting; see vireo.yaml(5)")
      }
    }
  }

  private func check(_ node: Node, of setting: SettingKey, place: String) throws(SettingsError) {
    let found: String
    if setting.type == .list {
      if let items = node.sequence, items.allSatisfy({ $0.scalar != nil }) { return }
      found = node.scalar.map { "'\($0.string)'" } ?? "something else"
    } else if let text = node.scalar?.string {
      if SettingValue.isValid(text, for: setting.type) { return }
      found = "'\(text)'"
    } else {
      found = node.sequence == nil ? "keys and values" : "a list"
    }
    throw SettingsError(
      place: place, line: node.mark?.line, key: setting.name,
      problem: "expected \(setting.type.expectation), found \(found)")
  }

  private mutating func checkMonitors(_ node: Node, place: String) throws(SettingsError) {
    guard let mapping = node.mapping, mapping.count <= SettingsFile.monitorLimit else {
      throw SettingsError(
        place: place, line: node.mark?.line, key: "monitors",
        problem: "expected at most \(SettingsFile.monitorLimit) names of machines, each with its monitor")
    }
    for (key, value) in mapping {
      let name = key.scalar?.string ?? ""
      let full = "monitors." + name
      guard !name.isEmpty, name.utf8.count <= 255, !monitors.contains(name) else {
        throw SettingsError(
          place: place, line: key.mark?.line, key: full, problem: "expected the name of a machine, which stands once")
      }
      for (field, path) in value.mapping ?? [:] {
        guard let fieldName = field.scalar?.string, ["monitor", "agent"].contains(fieldName) else {
          throw SettingsError(
            place: place, line: field.mark?.line, key: full, problem: "expected monitor and agent only")
        }
        guard let text = path.scalar?.string, SettingValue.isValid(text, for: .path) else {
          throw SettingsError(
            place: place, line: path.mark?.line, key: full + "." + fieldName,
            problem: "expected the absolute path of a socket")
        }
      }
      guard value.mapping?["monitor"] != nil else {
        throw SettingsError(
          place: place, line: key.mark?.line, key: full, problem: "expected a key monitor with the path of a socket")
      }
      monitors.append(name)
    }
  }
}
