// SPDX-License-Identifier: Apache-2.0
// How large an event may be.

import EventModel

/// How large an event may be; what is larger is cut, and says so.
///
/// An event stays below 64 KiB in all its forms, the size that every broker of CloudEvents must pass on.
public enum EventLimits {
  /// Bytes of the text that a source gave.
  public static let rawBytes = 16 << 10
  /// Bytes of the data, about.
  public static let dataBytes = 32 << 10
  /// Bytes of a name.
  public static let nameBytes = 256

  /// The draft within the limits; data that had to be cut has `truncated` set.
  static func fit(_ draft: inout EventDraft) {
    if let raw = draft.raw, raw.utf8.count > rawBytes {
      draft.raw = prefix(of: raw, bytes: rawBytes)
      draft.data["truncated"] = true
    }
    guard draft.data.footprint > dataBytes else { return }
    var kept = Fields()
    var bytes = 0
    for entry in draft.data {
      let size = entry.name.utf8.count + entry.value.footprint
      guard bytes + size <= dataBytes else { continue }
      bytes += size
      kept.append(new: entry.name, entry.value)
    }
    kept["truncated"] = true
    draft.data = kept
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
