// SPDX-License-Identifier: Apache-2.0
// FlatBuffer: a growing row of plain values.
//
// A fence file. What the tables of the loop need and an array does not give: elements are changed in place without asking
// whether somebody shares the storage, and the row grows by a sixteenth and not by doubling, so that the bytes of 100,000 timers
// are theirs. Large rows grow without copying, since `realloc` moves pages.
//
// Indices are checked in debug builds only: each one that reaches this file comes out of the tables themselves. Tokens,
// which come from outside, are checked where they are looked up.

import Glibc

@safe struct FlatBuffer<Element: BitwiseCopyable>: ~Copyable {
  private static var largestKeptRoom: Int { 4096 }

  private var base: UnsafeMutablePointer<Element>
  private var capacity: Int
  private(set) var count = 0

  init(capacity: Int = 16) {
    precondition(capacity > 0)
    self.capacity = capacity
    unsafe base = Self.resized(nil, to: capacity)
  }

  deinit {
    unsafe free(base)
  }

  var isEmpty: Bool { count == 0 }

  subscript(index: Int) -> Element {
    @inline(__always) unsafeAddress {
      assert(index >= 0 && index < count)
      return unsafe UnsafePointer(base + index)
    }
    @inline(__always) nonmutating unsafeMutableAddress {
      assert(index >= 0 && index < count)
      return unsafe base + index
    }
  }

  @inline(__always) mutating func append(_ element: Element) {
    if count == capacity { grow(to: count &+ 1) }
    unsafe (base + count).initialize(to: element)
    count &+= 1
  }

  /// Appends copies of an element until there are so many.
  mutating func extend(to wanted: Int, with element: Element) {
    if wanted > capacity { grow(to: wanted) }
    while count < wanted {
      unsafe (base + count).initialize(to: element)
      count += 1
    }
  }

  @inline(__always) mutating func removeLast() -> Element {
    assert(count > 0)
    count &-= 1
    return unsafe base[count]
  }

  /// Forgets the elements; the room that a burst took is given back.
  @inline(__always) mutating func removeAll() {
    count = 0
    if capacity > Self.largestKeptRoom { shrink() }
  }

  /// Forgets the first elements; there are so many.
  @inline(__always) mutating func removeFirst(_ count: Int) {
    if count == self.count { removeAll() } else { moveToFront(from: count) }
  }

  @inline(never) private mutating func moveToFront(from first: Int) {
    assert(first >= 0 && first < count)
    count -= first
    unsafe base.update(from: base + first, count: count)
  }

  @inline(never) private mutating func shrink() {
    capacity = Self.largestKeptRoom
    unsafe base = Self.resized(base, to: capacity)
  }

  @inline(never) private mutating func grow(to wanted: Int) {
    capacity = max(wanted, capacity + max(capacity / 16, 16))
    unsafe base = Self.resized(base, to: capacity)
  }

  private static func resized(_ old: UnsafeMutablePointer<Element>?, to count: Int) -> UnsafeMutablePointer<Element> {
    guard let room = unsafe realloc(old, count * MemoryLayout<Element>.stride) else { preconditionFailure("no memory") }
    return unsafe room.bindMemory(to: Element.self, capacity: count)
  }
}
