// SPDX-License-Identifier: Apache-2.0
// One JSON text in, one immutable value out. FENCE: the only file that sees simdjson.

private import CJSON

/// What a parser takes at most; both are limits on what a peer may send.
public struct JSONLimits: Hashable, Sendable {
  /// The longest text, in bytes.
  public var bytes: Int
  /// The deepest nesting of arrays and objects.
  public var depth: Int

  /// The limits, by default 16 MiB and 128 levels.
  public init(bytes: Int = 16 << 20, depth: Int = 128) {
    self.bytes = bytes
    self.depth = depth
  }
}

/// A reusable parser.
///
/// It keeps its working memory (about a megabyte of address space, touched only as far as texts reach) between texts; what a text
/// above 64 KiB needed is given back at once.
///
/// Threading: one owner at a time; it is not `Sendable`. The values it makes are.
@safe
public final class JSONParser {
  private let parser: OpaquePointer
  /// The limits it was made with.
  public let limits: JSONLimits

  /// Makes a parser.
  ///
  /// Errors: `.outOfMemory`.
  public init(limits: JSONLimits = JSONLimits()) throws(JSONError) {
    // One level more: simdjson counts the document itself.
    guard let parser = unsafe cjson_parser_new(max(0, limits.bytes), max(1, limits.depth) + 1) else {
      throw .outOfMemory
    }
    unsafe self.parser = parser
    self.limits = limits
  }

  deinit { unsafe cjson_parser_free(parser) }

  /// Parses one whole text: validated UTF-8, nothing after the value but white space.
  public func parse(_ text: Span<UInt8>) throws(JSONError) -> JSONValue {
    var words = 0
    var bytes = 0
    let code = unsafe text.withUnsafeBufferPointer { text in
      unsafe cjson_parse(parser, text.baseAddress, text.count, &words, &bytes)
    }
    defer { unsafe cjson_parser_shrink(parser) }
    guard code == Int32(CJSON_OK) else { throw Self.error(code) }
    let total = words + (bytes + 7) / 8
    let tape = unsafe [UInt64](unsafeUninitializedCapacity: total) { buffer, count in
      guard let base = buffer.baseAddress else { return }
      // The last word may be filled only in part.
      unsafe base[total - 1] = 0
      unsafe cjson_copy(parser, base, words, bytes)
      count = total
    }
    return JSONValue(tape: tape, stringWords: words, index: 1)
  }

  /// Parses one whole text.
  public func parse(_ text: [UInt8]) throws(JSONError) -> JSONValue { try parse(text.span) }

  /// Parses one whole text.
  public func parse(_ text: String) throws(JSONError) -> JSONValue { try parse([UInt8](text.utf8).span) }

  private static func error(_ code: Int32) -> JSONError {
    switch Int(code) {
    case CJSON_OUT_OF_MEMORY: .outOfMemory
    case CJSON_TOO_LARGE: .tooLarge
    case CJSON_TOO_DEEP: .tooDeep
    case CJSON_INVALID_UTF8: .invalidUTF8
    case CJSON_CONTROL_CHARACTER: .controlCharacter
    case CJSON_UNCLOSED_STRING: .unclosedString
    case CJSON_INVALID_STRING: .invalidString
    case CJSON_INVALID_NUMBER: .invalidNumber
    case CJSON_EMPTY: .empty
    default: .malformed
    }
  }
}
