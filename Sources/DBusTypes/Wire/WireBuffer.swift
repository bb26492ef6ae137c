// SPDX-License-Identifier: Apache-2.0
// The memory in which messages are written. Fence: raw memory, and the C library's search for a byte.
//
// Messages are written by the tens of thousands a second, a few bytes at a time. One piece of memory that is used again
// for each message, and stores without a check for each byte, cost a fifth of what an array does. Every store below
// first makes sure of its room; nothing else touches the memory.

private import Glibc

/// Bytes that grow at the end.
@safe struct WireBuffer: ~Copyable {
  /// More than this is given back when the buffer is emptied: one large message does not cost memory for ever.
  private static let keptCapacity = 64 << 10

  private var memory: UnsafeMutableRawPointer
  private var capacity: Int
  private(set) var count = 0

  init(capacity: Int) {
    self.capacity = max(capacity, 64)
    unsafe memory = .allocate(byteCount: self.capacity, alignment: 8)
  }

  deinit { unsafe memory.deallocate() }

  /// What was written, as an array.
  var array: [UInt8] { unsafe Array(UnsafeRawBufferPointer(start: memory, count: count)) }

  /// Lends what was written, for as long as `body` runs.
  @unsafe borrowing func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    unsafe body(UnsafeRawBufferPointer(start: memory, count: count))
  }

  /// Forgets everything that was written.
  mutating func removeAll() {
    count = 0
    guard capacity > Self.keptCapacity else { return }
    unsafe memory.deallocate()
    capacity = Self.keptCapacity
    unsafe memory = .allocate(byteCount: capacity, alignment: 8)
  }

  /// Pads with zeros up to a multiple of `boundary`, which is 1, 2, 4 or 8.
  mutating func align(_ boundary: Int) {
    reserve(8)
    unsafe memory.storeBytes(of: 0, toByteOffset: count, as: UInt64.self)
    count = (count + boundary - 1) & ~(boundary - 1)
  }

  /// Writes a number, least significant byte first, on the next boundary of its own size, with zeros before it.
  mutating func appendAligned<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number) {
    let size = MemoryLayout<Number>.size
    reserve(16)
    unsafe memory.storeBytes(of: 0, toByteOffset: count, as: UInt64.self)
    let place = (count &+ size &- 1) & ~(size &- 1)
    unsafe memory.storeBytes(of: number.littleEndian, toByteOffset: place, as: Number.self)
    count = place &+ size
  }

  /// Writes a string of the wire: its length on a boundary of 4, its bytes, and a zero byte.
  ///
  /// False, and nothing of use is written, if one of its bytes is zero.
  mutating func appendString(_ bytes: borrowing Span<UInt8>) -> Bool {
    let length = bytes.count
    reserve(length + 16)
    appendAligned(UInt32(truncatingIfNeeded: length))
    let start = unsafe memory + count
    unsafe bytes.withUnsafeBytes { source in
      if let bytes = source.baseAddress { unsafe start.copyMemory(from: bytes, byteCount: length) }
    }
    unsafe start.storeBytes(of: 0, toByteOffset: length, as: UInt8.self)
    count = count &+ length &+ 1
    return unsafe memchr(start, 0, length) == nil
  }

  /// Writes a signature: its length, its letters, and a zero byte.
  mutating func appendSignature(_ signature: Signature) {
    let letters = signature.rawValue.utf8.span
    append(UInt8(truncatingIfNeeded: letters.count))
    append(letters)
    append(0 as UInt8)
  }

  /// Writes the signature of one value whose type is one letter: a length of one, the letter, the end.
  mutating func appendSignature(ofCode code: UInt8) {
    reserve(4)
    unsafe memory.storeBytes(of: (1 | UInt32(code) << 8).littleEndian, toByteOffset: count, as: UInt32.self)
    count += 3
  }

  /// Writes a number, least significant byte first, where the buffer ends.
  mutating func append<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number) {
    reserve(MemoryLayout<Number>.size)
    unsafe memory.storeBytes(of: number.littleEndian, toByteOffset: count, as: Number.self)
    count += MemoryLayout<Number>.size
  }

  /// Writes bytes.
  mutating func append(_ bytes: borrowing Span<UInt8>) {
    let added = bytes.count
    reserve(added)
    unsafe bytes.withUnsafeBytes { source in
      if let start = source.baseAddress { unsafe (memory + count).copyMemory(from: start, byteCount: added) }
    }
    count += added
  }

  /// Overwrites a number at an offset where one was written.
  mutating func store<Number: FixedWidthInteger & BitwiseCopyable>(_ number: Number, at offset: Int) {
    precondition(offset >= 0 && offset + MemoryLayout<Number>.size <= count, "nothing was written there")
    unsafe memory.storeBytes(of: number.littleEndian, toByteOffset: offset, as: Number.self)
  }

  /// Whether what was written from `start` on is a signature.
  func isSignature(from start: Int) -> Bool {
    precondition(start >= 0 && start <= count, "nothing was written there")
    let bytes = unsafe UnsafeRawBufferPointer(start: memory + start, count: count - start)
    return unsafe SignatureParser.isValid(bytes.bindMemory(to: UInt8.self).span)
  }

  private mutating func reserve(_ added: Int) {
    if count + added > capacity { grow(count + added) }
  }

  @inline(never) private mutating func grow(_ needed: Int) {
    let larger = max(needed, capacity * 2)
    let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 8)
    unsafe moved.copyMemory(from: memory, byteCount: count)
    unsafe memory.deallocate()
    unsafe memory = moved
    capacity = larger
  }
}

extension [UInt8] {
  /// The number that lies at an offset, on a boundary or not.
  @inline(__always) func number<Number: FixedWidthInteger & BitwiseCopyable>(
    _ type: Number.Type, at offset: Int, isBigEndian: Bool
  ) -> Number {
    precondition(offset >= 0 && offset + MemoryLayout<Number>.size <= count, "there is no number")
    let number = unsafe withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: offset, as: Number.self) }
    return isBigEndian ? Number(bigEndian: number) : Number(littleEndian: number)
  }
}

extension String {
  /// A text of bytes that are known to be ASCII.
  init(ascii bytes: Span<UInt8>) {
    self.init(copying: unsafe UTF8Span(unchecked: bytes, isKnownASCII: true))
  }
}
