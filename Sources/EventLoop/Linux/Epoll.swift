// SPDX-License-Identifier: Apache-2.0
// Epoll: the kernel's interest list and its list of what is ready.

private import CLinux
import Glibc

/// An epoll instance, level-triggered, with room for what one wait reports.
@safe struct Epoll: ~Copyable {
  private static let smallestRoom = 128
  private static let largestRoom = 4096

  private var descriptor: OwnedDescriptor
  private var room: UnsafeMutableBufferPointer<epoll_event>

  init() throws(LoopError) {
    descriptor = try Self.open()
    unsafe room = .allocate(capacity: Self.smallestRoom)
  }

  deinit {
    unsafe room.deallocate()
  }

  /// Applies a change; false when the kernel refuses it. Taking out what is not there counts as done.
  ///
  /// A descriptor that was closed and whose number was used again is not in the kernel's list, whatever we believe, so that
  /// a change that does not fit what the kernel has is made as it fits.
  func apply(_ change: KernelChange) -> Bool {
    switch change {
    case .add(let number, let events, let token):
      return control(EPOLL_CTL_ADD, number, events, token) || control(EPOLL_CTL_MOD, number, events, token)
    case .modify(let number, let events, let token):
      return control(EPOLL_CTL_MOD, number, events, token) || control(EPOLL_CTL_ADD, number, events, token)
    case .delete(let number):
      _ = epoll_ctl(descriptor.rawValue, EPOLL_CTL_DEL, number, nil)
      return true
    }
  }

  /// Waits for at most so many milliseconds (-1: without end); returns how many are ready, nil when a signal interrupted.
  mutating func wait(milliseconds: CInt) -> Int? {
    let count = unsafe epoll_wait(descriptor.rawValue, room.baseAddress, CInt(room.count), milliseconds)
    guard count >= 0 else {
      precondition(errno == EINTR, "epoll_wait on a good descriptor is only ever interrupted")
      return nil
    }
    return Int(count)
  }

  /// The token and the events of one that is ready.
  func ready(_ place: Int) -> (token: UInt64, events: HandleEvents) {
    let event = unsafe room[place]
    let bits = unsafe event.events
    return unsafe (event.data.u64, HandleEvents(rawValue: UInt8(truncatingIfNeeded: bits & 1 | bits >> 1 & 14)))
  }

  /// Makes more room after a wait that filled all of it.
  mutating func grow(after count: Int) {
    guard unsafe count == room.count, count < Self.largestRoom else { return }
    unsafe room.deallocate()
    unsafe room = .allocate(capacity: count * 2)
  }

  /// Starts again with an empty interest list; false when the kernel has no descriptor left, and then nothing changes.
  mutating func renew() -> Bool {
    do throws(LoopError) {
      descriptor = try Self.open()
      return true
    } catch {
      return false
    }
  }

  private static func open() throws(LoopError) -> OwnedDescriptor {
    let number = epoll_create1(CInt(EPOLL_CLOEXEC))
    guard number >= 0 else { throw LoopError(.createPoll, errorNumber: errno) }
    return OwnedDescriptor(adopting: number)
  }

  private func control(_ operation: CInt, _ number: CInt, _ events: HandleEvents, _ token: UInt64) -> Bool {
    let readable = events.contains(.readable) ? EPOLLIN.rawValue : 0
    let writable = events.contains(.writable) ? EPOLLOUT.rawValue : 0
    var event = unsafe epoll_event(events: readable | writable, data: epoll_data_t(u64: token))
    return unsafe epoll_ctl(descriptor.rawValue, operation, number, &event) == 0
  }
}
