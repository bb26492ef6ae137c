// SPDX-License-Identifier: Apache-2.0
// One connection of a client.

internal import EventLoop
internal import EventModel
internal import Hub

/// The token of a client; it is never used again.
struct ClientID: Hashable {
  let rawValue: UInt64
}

/// One connection of a client, and what it is in the middle of.
final class Client {
  /// What the client is in the middle of.
  ///
  /// Replies come in the order of the calls, so there is one thing at a time.
  enum Work {
    /// It may call.
    case none
    /// The answer to a call is being looked for.
    case call(isOneway: Bool)
    /// It is told everything; first the objects that are left.
    case monitor(Monitoring)
    /// It reads what is left for it, and then it is let go.
    case closing
  }

  /// A call of `Monitor`.
  struct Monitoring {
    var delivery: DeliveryID
    /// The last number that was handed over.
    var last: UInt64
    /// The objects that are still to be told.
    var objects: ArraySlice<HubObject>
  }

  let id: ClientID
  let descriptor: OwnedDescriptor
  let user: UInt32
  var handle: HandleID?
  var closingTimer: TimerID?
  var frames = FrameBuffer()
  var outgoing = OutgoingBytes()
  var work = Work.none
  /// Whether the client has said all that it will.
  var hasEnded = false

  init(_ id: ClientID, _ descriptor: consuming OwnedDescriptor, user: UInt32) {
    self.id = id
    self.descriptor = descriptor
    self.user = user
  }

  /// Whether its next call may be looked at.
  var isFree: Bool { if case .none = work { true } else { false } }

  /// What to wait for: a client that has said enough is not read, so its own socket holds it up.
  var interest: HandleEvents {
    var events: HandleEvents = .error
    if outgoing.count > 0 { events.insert(.writable) }
    if !hasEnded, frames.count <= FrameBuffer.messageBytes { events.insert(.readable) }
    return events
  }
}
