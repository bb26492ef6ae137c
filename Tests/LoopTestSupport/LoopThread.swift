// SPDX-License-Identifier: Apache-2.0
// A loop in a thread of its own.

public import EventLoop
import Foundation

/// A loop that runs in a thread of its own until this object goes.
public final class LoopThread: Sendable {
  /// The loop.
  public let loop: EventLoop

  /// Starts the thread under a name.
  public init(_ name: String) throws {
    let loop = try EventLoop()
    self.loop = loop
    let thread = Thread { loop.run() }
    thread.name = name
    thread.start()
  }

  deinit { loop.stop() }

  /// Runs something on the loop and gives its result.
  public func onLoop<Value: Sendable, Failure: Error>(
    _ body: @escaping @Sendable () throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    try await withCheckedContinuation { continuation in
      loop.submit { continuation.resume(returning: Result { () throws(Failure) in try body() }) }
    }.get()
  }

  /// Runs something on the loop as its last act for the thread's owner: the loop goes on until then.
  public func finish(_ body: @escaping @Sendable () -> Void) {
    loop.submit { [self] in
      body()
      withExtendedLifetime(self) {}
    }
  }
}
