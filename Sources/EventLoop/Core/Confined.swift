// SPDX-License-Identifier: Apache-2.0
// Confined: state that one thread at a time may touch.
//
// A fence file. A class would do, were it not for the price: each look at a property of a class is recorded and checked
// against overlapping ones at run time, which is several times what the dispatch of an event costs altogether. Here nothing is
// checked, and so the user of a `Confined` value keeps two rules. Only one thread at a time touches it. And no access lasts
// while anything is called that may touch it too: a callback is called between two accesses, never inside one.

@safe struct Confined<State: ~Copyable> {
  private let address: UnsafeMutablePointer<State>

  init(_ state: consuming State) {
    unsafe address = .allocate(capacity: 1)
    unsafe address.initialize(to: state)
  }

  var state: State {
    @inline(__always) unsafeAddress { unsafe UnsafePointer(address) }
    @inline(__always) nonmutating unsafeMutableAddress { unsafe address }
  }

  /// Ends the state, which nothing may touch any more.
  func end() {
    unsafe address.deinitialize(count: 1)
    unsafe address.deallocate()
  }
}
