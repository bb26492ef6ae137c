// SPDX-License-Identifier: Apache-2.0
// The grammar of signatures, and how to walk one.

/// Checks and walks signatures.
enum SignatureParser {
  /// Whether the bytes are a list of complete types within the specification's limits.
  static func isValid(_ bytes: Span<UInt8>) -> Bool {
    guard bytes.count <= Signature.maximumLength else { return false }
    var offset = 0
    while offset < bytes.count {
      guard let end = checkedEnd(bytes, at: offset, arrays: 0, structures: 0) else { return false }
      offset = end
    }
    return true
  }

  /// Where the complete type that begins at `start` ends.
  ///
  /// Only for a valid signature.
  static func endOfType(_ bytes: Span<UInt8>, at start: Int) -> Int {
    var offset = start
    while offset < bytes.count, bytes[offset] == TypeCode.array { offset += 1 }
    var open = 0
    while offset < bytes.count {
      switch bytes[offset] {
      case TypeCode.structureBegin, TypeCode.entryBegin: open += 1
      case TypeCode.structureEnd, TypeCode.entryEnd: open -= 1
      default: break
      }
      offset += 1
      if open == 0 { break }
    }
    return offset
  }

  /// How many complete types stand from `start` to the end of their structure.
  ///
  /// Only for a valid signature.
  static func typeCount(_ bytes: Span<UInt8>, at start: Int) -> Int {
    var (count, offset) = (0, start)
    while bytes[offset] != TypeCode.structureEnd {
      offset = endOfType(bytes, at: offset)
      count += 1
    }
    return count
  }

  /// A part of a signature as text.
  static func text(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
    var text = ""
    for index in range { text.unicodeScalars.append(Unicode.Scalar(bytes[index])) }
    return text
  }

  /// The end of the complete type at `start`; nil if there is none.
  private static func checkedEnd(_ bytes: Span<UInt8>, at start: Int, arrays: Int, structures: Int) -> Int? {
    guard start < bytes.count else { return nil }
    switch bytes[start] {
    case TypeCode.variant: return start + 1
    case TypeCode.array:
      guard arrays < Signature.maximumNesting else { return nil }
      guard start + 1 < bytes.count, bytes[start + 1] == TypeCode.entryBegin else {
        return checkedEnd(bytes, at: start + 1, arrays: arrays + 1, structures: structures)
      }
      return checkedEntryEnd(bytes, at: start + 1, arrays: arrays + 1, structures: structures)
    case TypeCode.structureBegin:
      guard structures < Signature.maximumNesting else { return nil }
      var offset = start + 1
      while offset < bytes.count, bytes[offset] != TypeCode.structureEnd {
        guard let end = checkedEnd(bytes, at: offset, arrays: arrays, structures: structures + 1) else { return nil }
        offset = end
      }
      return offset < bytes.count && offset > start + 1 ? offset + 1 : nil
    case let code: return TypeCode.isBasic(code) ? start + 1 : nil
    }
  }

  /// The end of the entry `{kv}` at `start`: a basic key, one complete type, and nothing else.
  private static func checkedEntryEnd(_ bytes: Span<UInt8>, at start: Int, arrays: Int, structures: Int) -> Int? {
    guard start + 2 < bytes.count, TypeCode.isBasic(bytes[start + 1]) else { return nil }
    let end = checkedEnd(bytes, at: start + 2, arrays: arrays, structures: structures)
    guard let end, end < bytes.count, bytes[end] == TypeCode.entryEnd else { return nil }
    return end + 1
  }
}
