// SPDX-License-Identifier: Apache-2.0
// Slab: elements that stay where they are.
//
// A fence file. The closures of handles and timers live here, apart from the plain state beside them, because they have to be
// called without being copied: a copy costs two counted references for each event. So an element is lent where it lies.
// That is sound because it lies still (the slab grows by whole chunks), because nothing in it ever changes, and because it
// is taken out only at the end of a turn, when no callback is on the stack.
//
// Which places are filled is known to the slab's owner, who empties it before it goes.

@safe struct Slab<Element: ~Copyable>: ~Copyable {
  private static var chunkSize: Int { 64 }

  private var chunks = FlatBuffer<Chunk>(capacity: 8)

  deinit {
    for number in 0..<chunks.count { unsafe chunks[number].base.deallocate() }
  }

  /// Makes room for a place.
  mutating func prepare(_ index: Int) {
    while index / Self.chunkSize >= chunks.count {
      unsafe chunks.append(Chunk(base: .allocate(capacity: Self.chunkSize)))
    }
  }

  /// Fills an empty place, for which room was made.
  @inline(__always) func put(_ element: consuming Element, at index: Int) {
    unsafe place(index).initialize(to: element)
  }

  /// Empties a filled place.
  func take(at index: Int) -> Element {
    unsafe place(index).move()
  }

  /// Lends the element of a filled place, until it is taken out.
  @inline(__always) func lend(at index: Int) -> Loan {
    unsafe Loan(element: place(index))
  }

  /// An element that stays where it is.
  @safe struct Loan {
    fileprivate let element: UnsafeMutablePointer<Element>

    @inline(__always) func use(_ body: (borrowing Element) -> Void) {
      unsafe body(element.pointee)
    }
  }

  @safe private struct Chunk: BitwiseCopyable {
    let base: UnsafeMutablePointer<Element>
  }

  @inline(__always) private func place(_ index: Int) -> UnsafeMutablePointer<Element> {
    unsafe chunks[index / Self.chunkSize].base + index % Self.chunkSize
  }
}
