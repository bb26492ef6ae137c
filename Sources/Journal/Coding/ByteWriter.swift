// SPDX-License-Identifier: Apache-2.0
// FENCE: raw memory, in which bytes are put one behind the other.

internal import EventModel

/// Writes numbers and text one behind the other; `ByteReader` reads them back.
///
/// Every event goes through one, a few bytes at a time. Memory that is used again, and stores that ask for their room once, cost a
/// third of what an array does. Every store below first makes sure of its room; nothing else touches the memory.
@safe struct ByteWriter: ~Copyable {
  /// More than this is given back when the writer is emptied: one large event does not cost memory for ever.
  private static let keptCapacity = 64 << 10
  /// The most bytes that a number takes in groups of seven bits.
  private static let longestNumber = 10

  private var memory: UnsafeMutableRawPointer
  private var capacity: Int
  /// How many bytes were written so far.
  private(set) var count = 0

  init(capacity: Int = 512) {
    self.capacity = max(capacity, 64)
    unsafe memory = .allocate(byteCount: self.capacity, alignment: 8)
  }

  deinit { unsafe memory.deallocate() }

  /// A copy of the bytes written so far.
  var bytes: [UInt8] { unsafe Array(UnsafeRawBufferPointer(start: memory, count: count)) }

  /// Lends the bytes written so far, from one on, for as long as `body` runs.
  borrowing func withSpan<Result>(from start: Int = 0, _ body: (Span<UInt8>) throws -> Result) rethrows -> Result {
    precondition(start >= 0 && start <= count, "so much was not written")
    let bytes = unsafe UnsafeRawBufferPointer(start: memory + start, count: count - start)
    return try body(unsafe bytes.bindMemory(to: UInt8.self).span)
  }

  /// Forgets what was written and keeps the memory.
  mutating func removeAll() {
    count = 0
    guard capacity > Self.keptCapacity else { return }
    unsafe memory.deallocate()
    capacity = Self.keptCapacity
    unsafe memory = .allocate(byteCount: capacity, alignment: 8)
  }

  /// Takes back what was written after the first `count` bytes.
  mutating func cut(to count: Int) {
    precondition(count >= 0 && count <= self.count, "so much was not written")
    self.count = count
  }

  /// Writes one byte.
  mutating func write(byte: UInt8) {
    reserve(1)
    store(byte)
  }

  /// Writes a number in groups of seven bits, the lowest first: small numbers take one byte.
  mutating func write(unsigned number: UInt64) {
    reserve(Self.longestNumber)
    store(unsigned: number)
  }

  /// Writes a number so that those near zero take one byte, whatever their sign.
  mutating func write(signed number: Int64) {
    write(unsigned: UInt64(bitPattern: (number << 1) ^ (number >> 63)))
  }

  /// Writes the bytes of a number, the lowest first.
  mutating func write<Number: FixedWidthInteger & BitwiseCopyable>(fixed number: Number) {
    reserve(MemoryLayout<Number>.size)
    unsafe memory.storeBytes(of: number.littleEndian, toByteOffset: count, as: Number.self)
    count += MemoryLayout<Number>.size
  }

  /// Writes the length of a text and its UTF-8.
  mutating func write(text: String) {
    let bytes = text.utf8.span
    reserve(Self.longestNumber + bytes.count)
    store(unsigned: UInt64(bytes.count))
    unsafe bytes.withUnsafeBytes { source in
      if let start = source.baseAddress { unsafe (memory + count).copyMemory(from: start, byteCount: source.count) }
    }
    count += bytes.count
  }

  @inline(__always) private mutating func store(_ byte: UInt8) {
    unsafe memory.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
    count &+= 1
  }

  @inline(__always) private mutating func store(unsigned number: UInt64) {
    var rest = number
    while rest >= 0x80 {
      store(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    store(UInt8(truncatingIfNeeded: rest))
  }

  @inline(__always) private mutating func reserve(_ added: Int) {
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
