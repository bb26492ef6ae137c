// SPDX-License-Identifier: Apache-2.0
// Values as text for people.

public import EventModel

/// Values as text for people: `key=value`, with quotes where a text has spaces.
public enum DataText {
  /// The pairs of an event's data, without those that say nothing.
  public static func pairs(_ fields: Fields) -> String {
    fields.lazy.filter { !isEmpty($0.value) }.map { "\(quoted($0.name))=\(value($0.value))" }.joined(separator: " ")
  }

  /// One value, on one line.
  public static func value(_ value: Value) -> String {
    switch value {
    case .bool(let truth): truth ? "true" : "false"
    case .int(let number): String(number)
    case .uint(let number): String(number)
    case .double(let number): DataText.number(number)
    case .string(let text): quoted(text)
    case .list(let values): "[" + values.map(DataText.value).joined(separator: ", ") + "]"
    case .map(let fields):
      "{" + fields.map { "\(quoted($0.name))=\(DataText.value($0.value))" }.joined(separator: " ") + "}"
    }
  }

  /// A text as it is where it stands alone on its line, else as `value` has it.
  public static func plain(_ value: Value) -> String {
    if case .string(let text) = value { return SafeText.printable(text) }
    return DataText.value(value)
  }

  /// Whether there is nothing to show.
  public static func isEmpty(_ value: Value) -> Bool {
    switch value {
    case .string(let text): text.isEmpty
    case .list(let values): values.isEmpty
    case .map(let fields): fields.isEmpty
    default: false
    }
  }

  private static func quoted(_ text: String) -> String {
    let shown = SafeText.printable(text)
    let needsQuotes = shown.isEmpty || shown.contains { " \"=[]{},".contains($0) }
    guard needsQuotes else { return shown }
    return "\"" + shown.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\\\"") + "\""
  }

  /// A number with at most three digits after the dot.
  private static func number(_ number: Double) -> String {
    guard number.isFinite, abs(number) < 1e15 else { return String(number) }
    let rounded = (number * 1000).rounded() / 1000
    return rounded == rounded.rounded() ? String(Int64(rounded)) : String(rounded)
  }
}
