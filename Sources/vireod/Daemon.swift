// SPDX-License-Identifier: Apache-2.0
// The daemon: what is wired to what, from the first turn of the loop to the last.

import BusService
import DBusBridge
import Dispatch
import EventLoop
import EventModel
import Foundation
import Glibc
import Hub
import Logging
import Settings

/// The daemon: makes the hub, its log, its sources and its faces, and ends them in order.
actor Daemon: LoopActor {
  /// The signals that the daemon reads.
  static let signals: [CInt] = [SIGINT, SIGQUIT, SIGTERM, SIGHUP]
  /// How long an end in good order may take.
  static let stopDeadline: Duration = .seconds(30)

  nonisolated let loop: EventLoop
  private var settings: Settings
  private var logger: Logger
  private let reload: @Sendable () throws(SettingsError) -> Settings
  private let serviceManager = ServiceManager()
  private var reloads = ReloadQueue()
  private var isStopping = false
  private var privateBus: PrivateBus?
  private var privateBusProcess: Process?
  private var parts: Parts?

  init(
    loop: EventLoop, settings: Settings, logger: Logger,
    reload: @escaping @Sendable () throws(SettingsError) -> Settings
  ) {
    self.loop = loop
    self.settings = settings
    self.logger = logger
    self.reload = reload
  }

  // MARK: Beginning

  /// Begins everything; ends the process with a status that says why when that fails.
  func start() {
    do {
      try loop.addSignals(Daemon.signals) { signal in self.assumeIsolated { $0.received(signal) } }
      let runtime = try Directories.make(settings.text("runtime-directory"), mode: 0o755)
      let address = try busAddress(runtime: runtime)
      var parts = try Parts(loop: loop, settings: settings, address: address, logger: logger)
      parts.start(settings: settings)
      self.parts = parts
    } catch let error as StartError {
      logger.critical("\(error.text)")
      error.status.exit()
    } catch {
      logger.critical("cannot begin: \(error.localizedDescription)")
      ExitStatus.cannotCreate.exit()
    }
    if let interval = serviceManager.watchdogInterval {
      loop.addTimeout(.every(interval)) { [serviceManager] _ in serviceManager.alive() }
    }
    serviceManager.ready()
    serviceManager.status("Watching")
  }

  private func busAddress(runtime: URL) throws -> BusAddress {
    let text = settings.text("bus")
    switch text {
    case "system": return .system
    case "session":
      guard let address = BusAddress.session else {
        throw StartError(.configuration, "bus: session: DBUS_SESSION_BUS_ADDRESS is not set")
      }
      return address
    case "private":
      let bus = try PrivateBus(directory: runtime)
      privateBus = bus
      try startPrivateBus()
      print("bus address: \(bus.address)")
      fflush(nil)
      guard let address = BusAddress(bus.address) else { throw StartError(.failure, "no private bus") }
      return address
    default:
      guard let address = BusAddress(text) else {
        throw StartError(.configuration, "bus: '\(text)' is neither system, session, private nor a D-Bus address")
      }
      return address
    }
  }

  private func startPrivateBus() throws {
    privateBusProcess = try privateBus?.start { [loop] in
      loop.submit { self.assumeIsolated { $0.privateBusEnded() } }
    }
  }

  private func privateBusEnded() {
    guard !isStopping else { return }
    logger.error("the private bus ended; starting it again")
    do {
      try startPrivateBus()
    } catch {
      logger.critical("the private bus cannot be started: \(error.localizedDescription)")
    }
  }

  // MARK: Signals

  private func received(_ signal: SignalInfo) {
    if signal.signal == SIGHUP { return reloadSettings() }
    guard !isStopping else {
      logger.warning("told to end at once by process \(signal.senderPID)")
      endPrivateBus()
      ExitStatus.failure.exit()
    }
    stop(reason: "signal \(signal.signal) from process \(signal.senderPID), user \(signal.senderUID)")
  }

  /// Ends in good order: the last events are in the log and on the bus before the loop stops.
  private func stop(reason: String) {
    isStopping = true
    logger.notice("ending: \(reason)")
    serviceManager.stopping()
    loop.addTimeout(.every(Daemon.stopDeadline)) { [logger] _ in
      logger.error("the end in good order took longer than \(Daemon.stopDeadline); ending at once")
      ExitStatus.failure.exit()
    }
    guard let parts else { return finish() }
    parts.stop(reason: reason) { [loop] in
      if loop.isOnLoop {
        self.assumeIsolated { $0.finish() }
      } else {
        loop.submit { self.assumeIsolated { $0.finish() } }
      }
    }
  }

  private func finish() {
    endPrivateBus()
    loop.stop()
  }

  private func endPrivateBus() {
    if let process = privateBusProcess, process.isRunning { kill(process.processIdentifier, SIGKILL) }
  }

  // MARK: Reload

  private func reloadSettings() {
    guard !isStopping, reloads.request() else { return }
    serviceManager.reloading()
    readSettings()
  }

  private func readSettings() {
    DispatchQueue.global().async { [reload, loop] in
      let result = Result { () throws(SettingsError) in try reload() }
      loop.submit { self.assumeIsolated { $0.reloaded(result) } }
    }
  }

  private func reloaded(_ result: Result<Settings, SettingsError>) {
    switch result {
    case .success(let new): apply(new)
    case .failure(let error):
      logger.error("the new configuration is wrong, the old one stays in force: \(error)")
      parts?.tell(EventDraft(.hubConfigRejected, subject: .hub, source: .hub, data: ["error": .string("\(error)")]))
    }
    if reloads.finish() { return readSettings() }
    serviceManager.ready()
  }

  private func apply(_ new: Settings) {
    let changed = new.differences(from: settings)
    settings = new
    logger.logLevel = Logger.Level(rawValue: new.text("log-level")) ?? .info
    let later = changed.filter { name in SettingKey.all.contains { $0.name == name && !$0.isReloadable } }
    if !later.isEmpty { logger.notice("takes effect at the next start: \(later.joined(separator: ", "))") }
    parts?.apply(new)
    logger.notice(
      "read the configuration again; changed: \(changed.isEmpty ? "nothing" : changed.joined(separator: ", "))")
    parts?.tell(EventDraft(.hubConfigReloaded, subject: .hub, source: .hub, data: ["changed": .strings(changed)]))
  }
}

/// Why the daemon cannot begin, and with which status it ends.
struct StartError: Error {
  let status: ExitStatus
  let text: String

  init(_ status: ExitStatus, _ text: String) {
    self.status = status
    self.text = text
  }
}
