// SPDX-License-Identifier: Apache-2.0
// One monitor: the way to it, the connection if there is one, and whose it is.

import EventLoop
import EventModel

/// A monitor, by a number that is never used twice.
struct MonitorID: Hashable, Sendable {
  let number: UInt64
}

/// One monitor: the way to it, the connection if there is one, and whose it is.
///
/// Threading: belongs to the source, on the loop.
final class Monitor {
  /// How the hub and the monitor meet.
  enum Way: Hashable {
    /// QEMU dialled the hub's socket.
    case dialled
    /// The hub dials a socket that appeared in the directory.
    case directory(path: String)
    /// The hub dials a socket that an administrator named, for a machine of that key.
    case requested(path: String, key: String)

    /// The word for it in `vm.added`.
    var word: String {
      switch self {
      case .dialled: "dialled"
      case .directory: "directory"
      case .requested: "request"
      }
    }

    /// The socket to dial; `nil` when QEMU dials.
    var path: String? {
      switch self {
      case .dialled: nil
      case .directory(let path), .requested(let path, _): path
      }
    }
  }

  let id: MonitorID
  let way: Way
  /// Its object; `nil` for a stranger who has not shown whose monitor it is.
  var source: Subject?
  /// The connection, while there is one.
  var link: MonitorLink?
  /// The machine that it belongs to, once that is known.
  var machine: Machine?
  /// Whether it was ever served.
  var wasUp = false
  /// Since when it is away; `nil` while it is there, and before it was ever there.
  var downSince: MonotonicTime?
  /// Whether that was said.
  var isDownTold = false
  /// Whether it was said that another client holds it.
  var isBusy = false
  var backoff: Backoff
  var retryTimer: TimerID?
  /// The look at the machine that is under way.
  var resync: Resync?

  init(_ id: MonitorID, _ way: Way, limits: QEMULimits) {
    self.id = id
    self.way = way
    backoff = Backoff(first: limits.firstRetry, limit: limits.lastRetry)
  }

  /// Whether it serves its machine; a monitor whose machine has another one already stands by.
  var isServing: Bool { machine?.monitor === self }
}

/// One connection to a monitor.
final class MonitorLink: SocketLink {
  var session: QMPSession
  var isWaitingToWrite = false
  /// What is known of whose monitor it is, until all is known.
  var introduction: Introduction? = Introduction()
  /// How many lines in a row were refused.
  var refusedLines = 0
  /// Keeps reports of refused lines rare.
  var reports: RateGuard?
  /// When the last good line came.
  var lastLine: Timestamp
  /// Whether an answer to `query-status` is awaited, and whether the state must be asked for again after it.
  var isAskingStatus = false
  var mustAskStatusAgain = false

  init(
    _ descriptor: consuming OwnedDescriptor, credentials: UnixSocket.Credentials, limits: QEMULimits, now: MonotonicTime
  ) {
    session = QMPSession(
      limits: .init(
        greeting: limits.greeting, reply: limits.reply, inFlight: min(8, max(1, limits.commandsInFlight))), now: now)
    lastLine = .now()
    super.init(descriptor, credentials: credentials, lineBytes: limits.lineBytes)
  }
}

/// What a new connection says of its machine: QEMU's version, the state, the name and the UUID.
///
/// The state is asked for first. So an event that comes after its answer happened after it, and one that comes before is
/// contained in it.
struct Introduction {
  static let questions: [QMPQuery] = [.status, .name, .uuid]

  var greeting: QMPGreeting?
  var state: VMState?
  var name: String?
  var uuid: String?
  /// Questions that were not answered yet, one way or the other.
  var open = Set(questions)
  /// Events that came meanwhile, and whether they happened after the state was told.
  var held: [(event: QMPEvent, isAfterState: Bool)] = []
}
