// SPDX-License-Identifier: Apache-2.0
// Lines of JSON from the hub as events.

internal import EventModel
internal import JSONText

/// What is wrong with a line from the hub.
public struct RecordError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, for people.
  public let description: String

  /// An error.
  public init(description: String) {
    self.description = description
  }
}

/// Reads lines of JSON from the hub.
///
/// Threading: one owner at a time.
public struct RecordReader: ~Copyable {
  /// The longest line, in bytes; the hub keeps an event below 64 KiB, whatever has to be escaped in it.
  public static let lineLimit = 1 << 20

  private let parser: JSONParser

  /// A reader.
  public init() throws(RecordError) {
    do throws(JSONError) {
      parser = try JSONParser(limits: JSONLimits(bytes: RecordReader.lineLimit))
    } catch {
      throw RecordError(description: "no memory for a JSON parser")
    }
  }

  /// The items of a text of lines.
  public func items(_ text: String) throws(RecordError) -> [StreamItem] {
    var items: [StreamItem] = []
    for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
      if let item = try item(String(Substring(line))) { items.append(item) }
    }
    return items
  }

  /// The item of one line; nil for a line that is neither an event nor a gap, such as one that a newer hub has.
  public func item(_ line: String) throws(RecordError) -> StreamItem? {
    let json: JSONValue
    do throws(JSONError) {
      json = try parser.parse(line)
    } catch {
      throw RecordError(description: "the hub sent what is no JSON: \(SafeText.printable(String(line.prefix(60))))")
    }
    if let gap = json["gap"] {
      return .gap(
        GapRecord(
          first: gap["from"]?.uint64, last: gap["to"]?.uint64, reason: gap["reason"]?.string ?? "unknown"))
    }
    guard let sequence = json["sequence"]?.uint64, let kind = json["kind"]?.string else { return nil }
    guard let time = json["time"]?.string.flatMap(Timestamp.init(rfc3339:)) else {
      throw RecordError(description: "event \(sequence) has no time")
    }
    return .event(
      EventRecord(
        line: line, instance: json["instance"]?.string.flatMap(InstanceID.init), sequence: sequence, time: time,
        recorded: json["recorded"]?.string.flatMap(Timestamp.init(rfc3339:)) ?? time, kind: kind,
        severity: json["severity"]?.string.flatMap(Severity.init(name:)) ?? .info,
        origin: json["origin"]?.string ?? "", subject: json["subject"]?.string ?? Subject.root,
        name: json["name"]?.string ?? "", source: json["source"]?.string ?? "",
        data: json["data"].map(Value.init(whole:))?.map ?? [:], raw: json["raw"]?.string))
  }
}

extension Value {
  /// The whole of a JSON value; `null` becomes an empty text.
  ///
  /// The parser has limited its size and depth.
  init(whole json: JSONValue) {
    switch json.kind {
    case .null: self = .string("")
    case .bool: self = .bool(json.bool ?? false)
    case .integer: self = .int(json.int64 ?? 0)
    case .unsigned: self = .uint(json.uint64 ?? 0)
    case .double: self = .double(json.double ?? 0)
    case .string: self = .string(json.string ?? "")
    case .array: self = .list(json.elements.map(Value.init(whole:)))
    case .object: self = .map(Fields(json.members.map { ($0.name, Value(whole: $0.value)) }))
    }
  }
}
