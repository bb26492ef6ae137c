// SPDX-License-Identifier: Apache-2.0
// vireod: the command line of the daemon.

import ArgumentParser
import Dispatch
import EventLoop
import EventModel
import Foundation
import Glibc
import Logging
import Settings
import Synchronization

/// The daemon's command line; vireod(8).
@main
struct Vireod: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vireod",
    abstract: "Publish the events of virtual machines, devices and links of this host on D-Bus.",
    discussion: """
      Works without any configuration. SIGTERM, SIGINT and SIGQUIT end it in good order, a second one at once; SIGHUP
      reads the configuration again.

      Exit status: 0 success, 1 failure or forced end, 64 wrong command line, 73 a directory or socket cannot be made,
      75 another vireod works on the state directory, 78 wrong configuration.
      """,
    version: Release.version)

  @Option(help: ArgumentHelp("Read this file instead of \(Settings.standardPath).", valueName: "file"))
  var config: String?

  @Option(help: ArgumentHelp("The bus: system, session, private, or an address.", valueName: "bus"))
  var bus: String?

  @Option(help: ArgumentHelp("Where the journal lies.", valueName: "dir"))
  var stateDirectory: String?

  @Option(help: ArgumentHelp("Where the sockets lie.", valueName: "dir"))
  var runtimeDirectory: String?

  @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "level"))
  var logLevel: String?

  @Flag(help: "Check the configuration and exit.")
  var checkConfig = false

  func run() throws {
    let settings: Settings
    do throws(SettingsError) {
      settings = try loadSettings()
    } catch {
      FileHandle.standardError.write(Data("vireod: \(error)\n".utf8))
      ExitStatus.configuration.exit()
    }
    guard !checkConfig else {
      print("\(configPath ?? "the defaults"): the configuration is right")
      return
    }
    let threshold = LogThreshold(Logger.Level(rawValue: settings.text("log-level")) ?? .info)
    LoggingSystem.bootstrap { _ in ThresholdLogHandler(queue: .standardError, threshold: threshold) }
    let logger = Logger(label: "vireod")
    // Events tell who uses what on this host: what the daemon writes is for its own account and group.
    umask(0o027)
    do {
      // Before any thread is started, so that no other thread takes a signal.
      try EventLoop.blockSignals(Daemon.signals)
      let loop = try EventLoop()
      let daemon = Daemon(loop: loop, settings: settings, logger: logger, reload: loadSettings)
      loop.submit { daemon.assumeIsolated { $0.start() } }
      loop.run()
      ExitStatus.success.exit()
    } catch {
      logger.critical("cannot begin: \(error)")
      ExitStatus.failure.exit()
    }
  }

  /// The file to read: the one named, else the standard one where it exists.
  private var configPath: String? {
    config ?? (FileManager.default.fileExists(atPath: Settings.standardPath) ? Settings.standardPath : nil)
  }

  /// Reads the file and the environment, and puts the command line over both.
  ///
  /// Reading is asynchronous in the library; nobody else waits here, neither at the beginning nor on the thread of a
  /// reload, so this waits for it.
  @Sendable private func loadSettings() throws(SettingsError) -> Settings {
    let result = Mutex<Result<Settings, SettingsError>?>(nil)
    let done = DispatchSemaphore(value: 0)
    let path = configPath
    Task.detached {
      let loaded: Result<Settings, SettingsError>
      do throws(SettingsError) {
        loaded = .success(try await Settings(path: path))
      } catch {
        loaded = .failure(error)
      }
      result.withLock { $0 = loaded }
      done.signal()
    }
    done.wait()
    var settings = try (result.withLock(\.self) ?? .success(Settings())).get()
    if let bus { try settings.override("bus", bus) }
    if let stateDirectory { try settings.override("state-directory", absolute(stateDirectory)) }
    if let runtimeDirectory { try settings.override("runtime-directory", absolute(runtimeDirectory)) }
    if let logLevel { try settings.override("log-level", logLevel) }
    return settings
  }

  private func absolute(_ path: String) -> String {
    URL(filePath: path).standardizedFileURL.path(percentEncoded: false)
  }
}
