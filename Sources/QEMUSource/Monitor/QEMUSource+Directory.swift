// SPDX-License-Identifier: Apache-2.0
// The directory in which sockets of monitors appear.

import EventLoop
import EventModel

/// The directory in which sockets of monitors appear.
final class WatchedDirectory {
  let path: String
  let source: Subject
  var watch: WatchHolder?
  var handle: HandleID?
  var retryTimer: TimerID?
  var backoff = Backoff(first: .seconds(1), limit: .seconds(30))
  /// The monitor of each file.
  var monitors: [String: MonitorID] = [:]

  init(path: String, source: Subject) {
    self.path = path
    self.source = source
  }

  /// Holds the watch, which cannot be copied.
  final class WatchHolder {
    let watch: DirectoryWatch
    init(_ watch: consuming DirectoryWatch) { self.watch = watch }
  }
}

extension QEMUSource {
  /// Begins to watch; what fails is said and tried again.
  func watch(_ path: String) {
    let directory = directory ?? WatchedDirectory(path: path, source: addSource("qmp-directory", state: "connecting"))
    self.directory = directory
    cancel(&directory.retryTimer)
    do throws(SystemError) {
      try DirectoryWatch.make(path, mode: 0o755)
      // Watch first, look then: nothing can come in between.
      let holder = WatchedDirectory.WatchHolder(try DirectoryWatch(path))
      directory.watch = holder
      directory.handle = loop.addHandle(holder.watch.number, events: .readable) { [self] _, _, _ in
        assumeIsolated { $0.directoryChanged() }
      }
      directory.backoff.reset()
      publish(EventDraft(.sourceUp, subject: directory.source, source: directory.source, changes: [.state: "up"]))
      lookIntoDirectory(directory)
    } catch {
      directoryFailed(directory, "\(path): \(error)")
    }
  }

  /// Ends watching.
  ///
  /// The monitors stay.
  func stopWatching() {
    guard let directory else { return }
    self.directory = nil
    unwatch(directory)
    cancel(&directory.retryTimer)
  }

  private func unwatch(_ directory: WatchedDirectory) {
    if let handle = directory.handle { loop.removeHandle(handle) }
    directory.handle = nil
    directory.watch = nil
  }

  private func directoryFailed(_ directory: WatchedDirectory, _ why: String) {
    unwatch(directory)
    publish(
      EventDraft(
        .sourceDown, subject: directory.source, source: directory.source, data: ["error": .string(why)],
        changes: [
          .state: "down", .lastError: .string(why), .lastErrorTime: .uint(Timestamp.now().unsigned),
        ]))
    let path = directory.path
    directory.retryTimer = after(directory.backoff.next(using: &generator)) { $0.watch(path) }
  }

  private func directoryChanged() {
    guard let directory, let holder = directory.watch else { return }
    while let changes = holder.watch.next() {
      for change in changes {
        switch change {
        case .came(let name): fileCame(name, directory)
        case .went(let name): fileWent(name, directory)
        case .lost: lookIntoDirectory(directory)
        case .ended: return directoryFailed(directory, "\(directory.path): the directory is gone")
        }
      }
    }
  }

  private func lookIntoDirectory(_ directory: WatchedDirectory) {
    let names = Set(DirectoryWatch.names(in: directory.path) ?? [])
    for name in directory.monitors.keys where !names.contains(name) { fileWent(name, directory) }
    for name in names.sorted() { fileCame(name, directory) }
  }

  private func fileCame(_ name: String, _ directory: WatchedDirectory) {
    if name.hasSuffix(options.agents.suffix) { return agentFileCame("\(directory.path)/\(name)") }
    guard name.hasSuffix(options.monitorSuffix), name.utf8.count > options.monitorSuffix.utf8.count else { return }
    if let id = directory.monitors[name], let monitor = monitors[id] {
      // A QEMU that starts again binds anew: no reason to wait.
      monitor.backoff.reset()
      return connect(monitor)
    }
    guard monitors.count < options.limits.machines + options.limits.strangers else { return }
    let monitor = addMonitor(.directory(path: "\(directory.path)/\(name)"))
    directory.monitors[name] = monitor.id
    monitor.source = addSource("qmp:\(name)", state: "connecting")
    connect(monitor)
  }

  private func fileWent(_ name: String, _ directory: WatchedDirectory) {
    if name.hasSuffix(options.agents.suffix) { return agentFileWent("\(directory.path)/\(name)") }
    guard let id = directory.monitors[name], let monitor = monitors[id] else { return }
    // A connection outlives its file; when it closes, dialling again finds nothing.
    if monitor.link == nil { vanished(monitor) }
  }

  /// The socket of a monitor in the directory is not there any more.
  func vanished(_ monitor: Monitor) {
    if let path = monitor.way.path, let name = path.split(separator: "/").last {
      directory?.monitors[String(name)] = nil
    }
    socketWent(monitor)
  }
}
