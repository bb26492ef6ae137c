// SPDX-License-Identifier: Apache-2.0
// Watches one child until it is reaped; kept alive by the reactor, so that every child is reaped.

import Foundation
import Synchronization

/// The part of a child process that outlives the test's reference to it.
final class Supervisor: Sendable {
  let pid: Int32
  let output: OutputCapture
  let errors: OutputCapture
  /// Gets the one exit status.
  let ends = Recorder<ExitStatus>()

  private struct State {
    var isReaped = false
    var token: Reactor.Token?
  }

  private let process: Descriptor
  private let state = Mutex(State())

  /// Starts the process.
  ///
  /// On the reactor's thread only.
  static func start(
    _ arguments: [String], environment: [String: String], options: ChildProcess.Options
  ) throws -> (supervisor: Supervisor, input: Descriptor?) {
    let null = try Spawn.open("/dev/null")
    let input = options.hasInput ? try Spawn.pipe() : nil
    let output = try Spawn.pipe()
    let errors = try Spawn.pipe()
    for ours in [output.read, errors.read, input?.write] {
      if let ours { try Spawn.makeNonblocking(ours) }
    }
    var descriptors = [(child: CInt(0), ours: input?.read.number ?? null.number)]
    descriptors += [(1, output.write.number), (2, errors.write.number)]
    descriptors += options.descriptors.sorted { $0.key < $1.key }.map { ($0.key, $0.value.number) }
    let pid = try Spawn.start(arguments, environment: environment, descriptors: descriptors)
    return (try Supervisor(pid: pid, output: output.read, errors: errors.read), input?.write)
  }

  private init(pid: Int32, output: Descriptor, errors: Descriptor) throws {
    self.pid = pid
    self.output = try OutputCapture(output)
    self.errors = try OutputCapture(errors)
    process = try Spawn.processDescriptor(of: pid)
    let token = try Reactor.shared.watch(process, for: .readable) { [self] _ in reap() }
    state.withLock { $0.token = token }
  }

  /// Sends a signal unless the process is reaped already (its number could be another's by then).
  @discardableResult
  func send(_ signal: CInt, toGroup: Bool) -> Bool {
    state.withLock { state in
      guard !state.isReaped else { return false }
      // Right after the start the child may not lead its group yet; then it is alone, and its own number reaches it.
      if toGroup, Spawn.send(signal, to: -pid) { return true }
      return Spawn.send(signal, to: pid)
    }
  }

  private func reap() {
    let ended = state.withLock { state -> (ExitStatus, Reactor.Token?)? in
      guard !state.isReaped else { return nil }
      // The dead leader still holds the group's number: what it left behind can be ended safely now.
      Spawn.send(SIGKILL, to: -pid)
      guard let status = Spawn.reap(pid) else { return nil }
      state.isReaped = true
      return (status, state.token)
    }
    guard let (status, token) = ended else { return }
    if let token { Reactor.shared.unwatch(token) }
    process.close()
    ends.append(status)
    ends.finish()
  }
}
