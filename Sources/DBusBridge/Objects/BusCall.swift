// SPDX-License-Identifier: Apache-2.0
// One call that somebody made of us, until it has its answer.

public import DBusTypes
import EventLoop
import Synchronization

/// A call of one of our methods, to be answered exactly once, at once or later.
///
/// The arguments have the types that the method says. Of several answers the first counts; a call that is let go of
/// without one is answered with an error, so that no caller waits for nothing. Whether the caller wants an answer at
/// all is the bridge's business.
///
/// Threading: the handler gets it on the loop; it may be answered from any thread.
public final class BusCall: Sendable {
  /// The call as it came.
  public let message: BusMessage
  /// Who calls: a unique name.
  public let sender: BusName
  private let outputs: Signature
  private let loop: EventLoop
  // Weak, so that a call which is kept somewhere does not keep the connection, whose handlers may keep the call.
  private weak let connection: BusConnection?
  private let generation: UInt64
  private let isAnswered = Atomic(false)

  init(_ message: BusMessage, from sender: BusName, outputs: Signature, connection: BusConnection, generation: UInt64) {
    self.message = message
    self.sender = sender
    self.outputs = outputs
    self.connection = connection
    loop = connection.loop
    self.generation = generation
  }

  deinit { answer(.failure(BusError(.failed, "the call was let go of without an answer"))) }

  /// The object that is called.
  public var path: ObjectPath { message.path ?? .root }

  /// The arguments.
  public var arguments: [BusValue] { message.body }

  /// Answers; the values must have the types that the method says.
  public func reply(_ values: BusValue...) { reply(values) }

  /// Answers; the values must have the types that the method says.
  public func reply(_ values: [BusValue]) { answer(.success(values)) }

  /// Answers that it failed: a name for programs, a text for people.
  public func fail(_ name: ErrorName, _ text: String) { fail(BusError(name, text)) }

  /// Answers that it failed.
  public func fail(_ error: BusError) { answer(.failure(error)) }

  private func answer(_ result: Result<[BusValue], BusError>) {
    guard !isAnswered.exchange(true, ordering: .relaxed), let connection else { return }
    var header = message
    header.body = []
    if loop.isOnLoop {
      connection.assumeIsolated { $0.finish(header, generation: generation, outputs: outputs, result) }
    } else {
      loop.submit { [connection, generation, outputs, header] in
        connection.assumeIsolated { $0.finish(header, generation: generation, outputs: outputs, result) }
      }
    }
  }
}
