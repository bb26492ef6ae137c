// SPDX-License-Identifier: Apache-2.0
// Epoll: the kernel's interest list and its list of what is ready.

private import CLinux
import Glibc

/// An epoll instance, level-triggered, with room for what one wait reports.
@safe struct Epoll: InterestList, ~Copyable {
  private static let smallestRoom: CInt = 128
  private static let largestRoom = 4096

  /// What comes back for the wake-up descriptor: slot 0, where there is never a handle.
  static let wakeUpToken: UInt64 = 0

  private var descriptor: OwnedDescriptor
  private var base: UnsafeMutablePointer<epoll_event>
  private var capacity = smallestRoom

  /// Makes an instance that watches the descriptor with which other threads interrupt a wait.
  init(wakeUp: CInt) throws(LoopError) {
    descriptor = try Self.open(wakeUp)
    unsafe base = .allocate(capacity: Int(Self.smallestRoom))
  }

  deinit {
    unsafe base.deallocate()
  }

  /// Starts again with nothing but the wake-up descriptor; what the last wait reported stays.
  mutating func renew(wakeUp: CInt) throws(LoopError) {
    descriptor = try Self.open(wakeUp)
  }

  // A descriptor that was closed and whose number was used again is not in the kernel's list, whatever we believe.

  func add(_ descriptor: CInt, _ events: HandleEvents, token: UInt64) -> Bool {
    control(EPOLL_CTL_ADD, descriptor, events, token) || control(EPOLL_CTL_MOD, descriptor, events, token)
  }

  func modify(_ descriptor: CInt, _ events: HandleEvents, token: UInt64) -> Bool {
    control(EPOLL_CTL_MOD, descriptor, events, token) || control(EPOLL_CTL_ADD, descriptor, events, token)
  }

  func remove(_ descriptor: CInt) {
    // Whoever closed it first has done this already.
    _ = epoll_ctl(self.descriptor.rawValue, EPOLL_CTL_DEL, descriptor, nil)
  }

  /// Waits for at most so many milliseconds (-1: without end).
  ///
  /// Returns how many are ready, or -1 when a signal interrupted.
  @inline(__always) mutating func wait(milliseconds: CInt) -> Int {
    let count = unsafe epoll_wait(descriptor.rawValue, base, capacity, milliseconds)
    if count < 0 { precondition(errno == EINTR, "epoll_wait on a good descriptor is only ever interrupted") }
    return Int(count)
  }

  /// The token and the events of one that is ready.
  @inline(__always) func ready(_ place: Int) -> (token: UInt64, events: HandleEvents) {
    let event = unsafe base[place]
    let bits = unsafe event.events
    return unsafe (event.data.u64, HandleEvents(rawValue: UInt8(truncatingIfNeeded: bits & 1 | bits >> 1 & 14)))
  }

  /// Makes more room after a wait that filled all of it.
  @inline(__always) mutating func grow(after count: Int) {
    if count == capacity && count < Self.largestRoom { grow() }
  }

  @inline(never) private mutating func grow() {
    unsafe base.deallocate()
    capacity *= 2
    unsafe base = .allocate(capacity: Int(capacity))
  }

  private static func open(_ wakeUp: CInt) throws(LoopError) -> OwnedDescriptor {
    let number = epoll_create1(CInt(EPOLL_CLOEXEC))
    guard number >= 0 else { throw LoopError(.createPoll, errorNumber: errno) }
    let descriptor = OwnedDescriptor(adopting: number)
    guard linux_epoll_control(number, EPOLL_CTL_ADD, wakeUp, EPOLLIN.rawValue, wakeUpToken) == 0 else {
      throw LoopError(.createWakeUp, errorNumber: errno)
    }
    return descriptor
  }

  @inline(__always) private func control(_ operation: CInt, _ number: CInt, _ events: HandleEvents, _ token: UInt64)
    -> Bool
  {
    // EPOLLIN is 1 and EPOLLOUT is 4, here as in every kernel; `readable` is 1 and `writable` is 2.
    let bits = UInt32(events.rawValue & 1 | events.rawValue << 1 & 4)
    return linux_epoll_control(descriptor.rawValue, operation, number, bits, token) == 0
  }
}
