// SPDX-License-Identifier: Apache-2.0
// One run of the tool: a loop, a connection, an output, and a command between them.

import DBusBridge
import EventLoop
private import Glibc
import Synchronization
import VireoCommand

/// One run of the tool: a loop in the main thread, and a command whose every step runs on it.
///
/// Commands are asynchronous functions that are isolated to this actor's executor, which is the loop; nothing runs on the
/// main actor, whose thread the loop occupies.
actor Session: LoopActor {
  nonisolated let loop: EventLoop
  nonisolated let client: HubClient
  nonisolated let output: Output
  nonisolated let isQuiet: Bool
  private var endHandlers: [@Sendable () -> Void] = []
  private let outcome = Mutex<Outcome?>(nil)

  private enum Outcome {
    case code(EndStatus)
    case signal(CInt)
  }

  private init(loop: EventLoop, options: ConnectionOptions) throws(ToolError) {
    self.loop = loop
    client = HubClient(address: try options.address(), loop: loop)
    output = Output(loop: loop)
    isQuiet = options.quiet
  }

  /// Signals that end a run, in an orderly way: a cursor is saved, a terminal restored.
  private static let ending: [CInt] = [SIGINT, SIGQUIT, SIGTERM, SIGHUP]

  /// Runs a command to its end and ends the process; `signals` are those that the command takes itself.
  static func run(
    _ options: ConnectionOptions, signals: [CInt] = [],
    _ body: @escaping @Sendable (isolated Session) async throws -> EndStatus
  ) -> Never {
    do {
      // What nohup(1) or a shell without job control had us ignore does not end us.
      let ending = ending.filter { !Terminal.isIgnored($0) }
      // Before any thread is started, so that the loop gets them.
      try EventLoop.blockSignals(ending + [SIGWINCH] + signals)
      // The end of a reader is an error number here, never a signal.
      Glibc.signal(SIGPIPE, SIG_IGN)
      let loop = try EventLoop()
      let session = try Session(loop: loop, options: options)
      try loop.addSignals(ending) { info in
        session.assumeIsolated { $0.end(.signal(info.signal)) }
      }
      loop.submit { session.assumeIsolated { $0.begin(body) } }
      loop.run()
      session.leave()
    } catch let error as ToolError {
      Terminal.complain("vireo: \(error)")
      Terminal.exit(error.status.rawValue)
    } catch {
      Terminal.complain("vireo: \(error)")
      Terminal.exit(EndStatus.failure.rawValue)
    }
  }

  /// Ends the run at once, whatever the command is doing.
  func finish(_ code: EndStatus) { end(.code(code)) }

  /// Calls back before the process ends, however it ends: to save a cursor, to restore a terminal.
  func atEnd(_ handler: @escaping @Sendable () -> Void) { endHandlers.append(handler) }

  /// Writes a notice to standard error, unless notices are not wanted.
  nonisolated func note(_ text: String) {
    if !isQuiet { Terminal.complain(text) }
  }

  /// Begins a command where it belongs: on the loop, all its steps, so that no other thread is started for it.
  private func begin(_ body: @escaping @Sendable (isolated Session) async throws -> EndStatus) {
    Task(executorPreference: loop) { await self.perform(body) }
  }

  private func perform(_ body: @Sendable (isolated Session) async throws -> EndStatus) async {
    do {
      await output.onClosed { self.assumeIsolated { $0.end(.signal($0.output.closingSignal)) } }
      let code = try await body(self)
      try await output.drained()
      end(.code(code))
    } catch let error as OutputError where error.isReaderGone {
      end(.signal(output.closingSignal))
    } catch let error as ToolError {
      Terminal.complain("vireo: \(error)")
      end(.code(error.status))
    } catch {
      Terminal.complain("vireo: \(error)")
      end(.code(.failure))
    }
  }

  private func end(_ what: Outcome) {
    let isFirst = outcome.withLock { outcome in
      defer { outcome = outcome ?? what }
      return outcome == nil
    }
    guard isFirst else { return }
    for handler in endHandlers { handler() }
    loop.stop()
  }

  private nonisolated func leave() -> Never {
    switch outcome.withLock(\.self) {
    case .signal(let signal)?: Terminal.die(of: signal)
    case .code(let code)?: Terminal.exit(code.rawValue)
    case nil: Terminal.exit(EndStatus.failure.rawValue)
    }
  }
}
