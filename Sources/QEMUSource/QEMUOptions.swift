// SPDX-License-Identifier: Apache-2.0
// Where monitors are found, and how much each may take.

/// Where the source finds monitors, and how much it takes of them.
public struct QEMUOptions: Hashable, Sendable {
  /// The socket that QEMUs dial; `nil` for none.
  public var socketPath: String?
  /// The access rights of that socket.
  public var socketMode: UInt32 = 0o660
  /// The directory in which sockets of monitors appear, made if it is not there; `nil` for none.
  public var monitorsDirectory: String?
  /// How the files in that directory are named that are taken for monitors.
  ///
  public var monitorSuffix = ".qmp"
  /// How long a stopped machine stays known.
  public var retention: Duration = .seconds(3600)
  /// What others control is bounded by these.
  public var limits = QEMULimits()
  /// Whether and how guest agents are asked.
  public var agents = AgentOptions()

  /// Options that name no place: machines come only by request.
  public init(socketPath: String? = nil, monitorsDirectory: String? = nil) {
    self.socketPath = socketPath
    self.monitorsDirectory = monitorsDirectory
  }
}

/// The limits on what monitors, their machines and strangers may take.
public struct QEMULimits: Hashable, Sendable {
  /// The longest line of a monitor, in bytes.
  public var lineBytes = 16 << 20
  /// The deepest nesting of a line.
  public var depth = 128
  /// How many connections may be there that have not shown to be a machine's monitor.
  public var strangers = 4096
  /// How many of them one user may have.
  public var strangersPerUser = 1024
  /// How many machines may be known.
  public var machines = 16_384
  /// How many machines are compared with what was known at one time.
  public var resyncs = 64
  /// How many lines in a row may be refused before the connection is given up.
  public var refusedLines = 16
  /// How many events are held until it is known whose they are.
  public var heldEvents = 1024
  /// How long the greeting of a monitor may take.
  public var greeting: Duration = .seconds(5)
  /// How many commands may be under way at one monitor, 8 at most.
  public var commandsInFlight = 1
  /// How long an answer may take.
  public var reply: Duration = .seconds(30)
  /// The first wait before a monitor is tried again; it doubles.
  public var firstRetry: Duration = .milliseconds(250)
  /// The longest wait before a monitor is tried again.
  public var lastRetry: Duration = .seconds(30)
  /// How long a machine whose monitor closed without a word may take to end before it is unknown.
  public var grace: Duration = .seconds(1)
  /// The same after a word: QEMU gives its memory back before it ends.
  public var graceAfterShutdown: Duration = .seconds(10)
  /// How long the parent of a process that has ended may take to hear of it (the kernel tells the exit status after that), and
  /// whoever else holds the process's socket to close it.
  public var aftermath: Duration = .seconds(2)
  /// How often a machine is asked how far its long work is.
  public var progress: Duration = .seconds(1)
  /// How seldom, in the end, a machine that stands still is asked whether its memory is dumped; at first as often as for progress.
  public var dumpLook: Duration = .seconds(30)
  /// How many events a machine may bring at once.
  public var eventBurst = 2000
  /// How many events a second it may bring in the long run.
  public var eventsPerSecond = 200

  /// The default limits.
  public init() {}
}
