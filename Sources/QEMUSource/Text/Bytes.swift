// SPDX-License-Identifier: Apache-2.0
// Searching and copying runs of bytes. FENCE: memchr over a span.

private import Glibc

extension Span<UInt8> {
  /// Where `byte` first is, from `start` on.
  ///
  /// The corresponding C function is `memchr`.
  func firstIndex(of byte: UInt8, from start: Int) -> Int? {
    unsafe withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress, start < buffer.count else { return nil }
      guard let found = unsafe memchr(base + start, Int32(byte), buffer.count - start) else {
        return nil
      }
      return unsafe UnsafeRawPointer(found) - UnsafeRawPointer(base)
    }
  }
}

extension [UInt8] {
  /// Appends a run of bytes in one copy.
  mutating func append(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
  }
}
