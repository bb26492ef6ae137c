// SPDX-License-Identifier: Apache-2.0
// How large an event may be.

import EventModel

/// How large an event may be; what is larger is cut, and says so.
///
/// An event stays below 64 KiB in all its forms, the size that every broker of CloudEvents must pass on. JSON is the longest
/// of them: there a control character, which a guest may write as well as any other, takes six bytes.
public enum EventLimits {
  /// Bytes of the text that a source gave.
  public static let rawBytes = 16 << 10
  /// Bytes of that text as JSON.
  public static let rawJSONBytes = 24 << 10
  /// Bytes of the data, about, in memory, and exactly as JSON.
  public static let dataBytes = 32 << 10
  /// Bytes of a name.
  public static let nameBytes = 256
  /// Bytes of the whole event as JSON.
  ///
  /// What stands around data and raw text is names and paths, which the sources keep below 8 KiB.
  public static let jsonBytes = 64 << 10
  /// How many bytes of JSON a byte of memory becomes at most.
  private static let expansion = 6

  /// The draft within the limits; data that had to be cut has `truncated` set.
  static func fit(_ draft: inout EventDraft) {
    if let raw = draft.raw, raw.utf8.count > rawJSONBytes / expansion {
      let kept = fitting(raw)
      if kept.utf8.count < raw.utf8.count {
        draft.raw = kept
        draft.data["truncated"] = true
      }
    }
    let footprint = draft.data.footprint
    guard footprint > dataBytes / expansion else { return }
    if footprint <= dataBytes, jsonBytes(of: draft.data) <= dataBytes { return }
    var kept = Fields()
    var bytes = 0
    for entry in draft.data {
      let field: Fields = [entry.name: entry.value]
      let size = max(field.footprint, jsonBytes(of: field))
      guard bytes + size <= dataBytes else { continue }
      bytes += size
      kept.append(new: entry.name, entry.value)
    }
    kept["truncated"] = true
    draft.data = kept
  }

  private static func jsonBytes(of fields: Fields) -> Int {
    var writer = JSONWriter()
    writer.write(fields)
    return writer.bytes.count
  }

  /// The longest beginning of a text that is short enough as it is and as JSON.
  private static func fitting(_ raw: String) -> String {
    var (bytes, written) = (0, 0)
    for byte in raw.utf8 {
      written += JSONWriter.length(of: byte)
      guard bytes < rawBytes, written <= rawJSONBytes else { return prefix(of: raw, bytes: bytes) }
      bytes += 1
    }
    return raw
  }

  /// The longest beginning of a text that has at most that many bytes and ends at a character.
  public static func prefix(of text: String, bytes: Int) -> String {
    guard text.utf8.count > bytes else { return text }
    var end = text.utf8.index(text.startIndex, offsetBy: bytes)
    // Bytes of the form 10xxxxxx continue a character.
    while text.utf8[end] & 0xC0 == 0x80 { end = text.utf8.index(before: end) }
    return String(text[..<end])
  }
}
