// SPDX-License-Identifier: Apache-2.0
// Streams: events as JSON lines into a descriptor.

public import EventLoop
public import EventModel

/// Streams: each a socket into which events go as JSON lines, replay first and then live.
///
/// The kernel's buffer is the back-pressure: a page is read when the one before it has gone out altogether, so a reader that
/// is slow costs a page of memory, however far behind it is. A stretch that cannot be had is a line of its own,
/// `{"gap":{"from":…,"to":…,"reason":…}}`. The stream ends when the reader closes its end.
///
/// Threading: lives on the loop.
public actor EventStreams: LoopActor {
  /// What is read and written at once.
  public static let page = DeliveryAmount(events: 128, bytes: 32 << 10)

  /// A stream that was opened.
  public struct Opened: ~Copyable {
    /// The end to read from; it blocks.
    public let reader: OwnedDescriptor
    /// The newest public number at the moment of the opening.
    public let head: UInt64

    /// Gives the descriptor away.
    public consuming func release() -> CInt { reader.release() }
  }

  private final class Stream {
    let descriptor: OwnedDescriptor
    var delivery: DeliveryID?
    var handle: HandleID?
    var outgoing = OutgoingBytes()
    var last: UInt64 = 0

    init(_ descriptor: consuming OwnedDescriptor) {
      self.descriptor = descriptor
    }
  }

  /// The loop that the streams live on.
  public nonisolated let loop: EventLoop
  private let desk: DeliveryDesk
  private let instance: InstanceID
  private var streams: [UInt64: Stream] = [:]
  private var lastKey: UInt64 = 0

  /// Streams of what a desk delivers.
  public init(desk: DeliveryDesk, instance: InstanceID) {
    loop = desk.loop
    self.desk = desk
    self.instance = instance
  }

  /// Opens a stream; the window and the page of the request do not count here.
  ///
  /// - Throws: why it is refused.
  public func open(_ request: DeliveryRequest) throws(DeliveryRefusal) -> Opened {
    var request = request
    request.window = EventStreams.page
    request.page = EventStreams.page
    lastKey += 1
    let key = lastKey
    let opened = try desk.assumeIsolated { desk in
      Result { () throws(DeliveryRefusal) in
        try desk.open(request) { notice in self.assumeIsolated { $0.tell(notice, key) } }
      }
    }.get()
    switch SocketPair.make() {
    case .failure(let error):
      desk.assumeIsolated { $0.close(opened.id) }
      throw .unavailable("no socket could be made: error \(error.value)")
    case .success(let pair):
      let stream = Stream(OwnedDescriptor(adopting: pair.writer))
      stream.delivery = opened.id
      // Of the errors that arrive unasked one is the end of the reader.
      stream.handle = loop.addHandle(pair.writer, events: .error) { _, _, events in
        self.assumeIsolated { $0.ready(key, events) }
      }
      streams[key] = stream
      return Opened(reader: OwnedDescriptor(adopting: pair.reader), head: opened.head)
    }
  }

  /// Ends all streams; their readers see the end of the file after what was written.
  public func stop() {
    for key in streams.keys { end(key) }
  }

  private func tell(_ notice: DeliveryNotice, _ key: UInt64) -> DeliveryReceipt {
    guard let stream = streams[key] else { return .taken }
    var writer = JSONWriter()
    switch notice {
    case .events(let batch):
      for event in batch.events {
        event.write(to: &writer, instance: instance)
        writer.write(verbatim: "\n")
        stream.last = event.sequence
      }
    case .gap(let gap, _):
      let fields: Fields = ["from": .uint(gap.first), "to": .uint(gap.last), "reason": .string(gap.reason)]
      writer.write(Fields([("gap", .map(fields))]))
      writer.write(verbatim: "\n")
      stream.last = gap.last
    case .suspended, .overflow:
      // Nothing is owed to a clock, and patience has no end here.
      return .taken
    }
    stream.outgoing.append(writer.bytes)
    flush(stream, key)
    return .taken
  }

  private func ready(_ key: UInt64, _ events: HandleEvents) {
    guard let stream = streams[key] else { return }
    guard events.isDisjoint(with: [.error, .hangup]) else { return end(key) }
    flush(stream, key)
  }

  private func flush(_ stream: Stream, _ key: UInt64) {
    guard let handle = stream.handle, let delivery = stream.delivery else { return }
    switch stream.outgoing.write(to: stream.descriptor.rawValue) {
    case .broken: end(key)
    case .blocked: loop.updateHandle(handle, events: .writable)
    case .drained:
      loop.updateHandle(handle, events: .error)
      let last = stream.last
      desk.assumeIsolated { desk in
        do throws(DeliveryRefusal) {
          try desk.acknowledge(delivery, through: last)
        } catch {
          assertionFailure("a stream acknowledges what it was given: \(error)")
        }
      }
    }
  }

  private func end(_ key: UInt64) {
    guard let stream = streams.removeValue(forKey: key) else { return }
    if let handle = stream.handle { loop.removeHandle(handle) }
    if let delivery = stream.delivery { desk.assumeIsolated { $0.close(delivery) } }
  }
}
