// SPDX-License-Identifier: Apache-2.0
// A terminal that a test looks at and types on. Fence: Glibc's pseudo-terminals.

import Foundation
private import Glibc
import Synchronization

/// A pseudo-terminal with a program at its other end, and the screen that a person would see.
///
/// Threading: every function from any thread.
public final class PseudoTerminal: Sendable {
  /// The program; its exit status is that of `setsid --wait`.
  public let process: ChildProcess
  /// The screen after each piece of output, the newest last.
  public let screens = Recorder<TerminalScreen>()

  private let connection: StreamConnection
  private let master: Descriptor
  private let screen: Mutex<TerminalScreen>

  /// Starts a program whose standard input, output and error are a new terminal, which it also controls.
  public init(
    rows: Int = 24, columns: Int = 80, _ executable: String, _ arguments: [String] = [],
    environment: [String: String] = [:]
  ) throws {
    let number = unsafe open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
    guard number >= 0 else { throw SystemError("open of /dev/ptmx") }
    let master = Descriptor(adopting: number)
    self.master = master
    var isLocked: CInt = 0
    guard unsafe ioctl(number, PseudoTerminal.setLock, &isLocked) == 0 else { throw SystemError("TIOCSPTLCK") }
    let slave = ioctl(number, PseudoTerminal.getPeer, O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard slave >= 0 else { throw SystemError("TIOCGPTPEER") }
    let other = Descriptor(adopting: slave)
    screen = Mutex(TerminalScreen(rows: rows, columns: columns))
    try PseudoTerminal.setSize(master, rows, columns)
    let path = try Requirement.path(of: executable)
    process = try ChildProcess(
      "bash",
      ["-c", "exec setsid --wait --ctty \"$@\" <&3 >&3 2>&3 3>&-", "bash", path] + arguments,
      options: .init(environment: ["TERM": "xterm"].merging(environment) { $1 }, descriptors: [3: other]))
    other.close()
    let (screens, screen) = (screens, UnownedScreen())
    connection = StreamConnection(
      master, onBytes: { _, bytes in screen.feed(bytes) }, onEnd: { _ in screens.finish() })
    screen.owner.withLock { $0 = WeakTerminal(terminal: self) }
    try connection.start()
  }

  deinit { hangUp() }

  /// The screen now.
  public var now: TerminalScreen { screen.withLock { $0 } }

  /// Waits until the screen is as described.
  @discardableResult
  public func screen(
    _ awaited: String, within limit: Duration = Patience.standard,
    where matches: @escaping @Sendable (TerminalScreen) -> Bool
  ) async throws -> TerminalScreen {
    try await screens.first(awaited, within: limit, where: matches)
  }

  /// Whether the program has taken the terminal's line editing: keys come one by one and unseen.
  public var isRaw: Bool {
    get throws {
      var settings = termios()
      guard master.withNumber({ unsafe tcgetattr($0, &settings) }) == 0 else { throw SystemError("tcgetattr") }
      return settings.c_lflag & tcflag_t(ICANON | ECHO) == 0
    }
  }

  /// Sends a signal to the program itself: `process` waits for it, or for a shell that does.
  public func signal(_ number: CInt) throws {
    var program = process.pid
    while let child = try PseudoTerminal.child(of: program) { program = child }
    guard program != process.pid, kill(program, number) == 0 else { throw SystemError("kill") }
  }

  private static func child(of process: pid_t) throws -> pid_t? {
    let text = try String(contentsOfFile: "/proc/\(process)/task/\(process)/children", encoding: .utf8)
    return text.split(separator: " ").first.flatMap { pid_t($0) }
  }

  /// Hangs up, as a terminal does whose window is closed or whose line breaks.
  public func hangUp() { connection.close() }

  /// Types.
  public func type(_ text: String) { connection.send(Array(text.utf8)) }

  /// Stops or goes on taking what the program writes, as a terminal that stands still.
  public func setReading(_ isReading: Bool) { connection.setReading(isReading) }

  /// Gives the terminal another size; the program is told by SIGWINCH.
  public func resize(rows: Int, columns: Int) throws {
    screen.withLock { $0.resize(rows: rows, columns: columns) }
    screens.removeAll()
    try PseudoTerminal.setSize(master, rows, columns)
  }

  private func feed(_ bytes: [UInt8]) {
    let snapshot = screen.withLock { screen in
      screen.feed(bytes)
      return screen
    }
    screens.append(snapshot)
  }

  // ioctl_tty(2); the overlay has them as expressions that it cannot import.
  private static let setLock: UInt = 0x4004_5431
  private static let getPeer: UInt = 0x5441

  private static func setSize(_ master: Descriptor, _ rows: Int, _ columns: Int) throws {
    var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    guard master.withNumber({ unsafe ioctl($0, UInt(TIOCSWINSZ), &size) }) == 0 else { throw SystemError("TIOCSWINSZ") }
  }

  /// The handler is made before the terminal is whole, and must not keep it.
  private struct WeakTerminal: Sendable {
    weak let terminal: PseudoTerminal?
  }

  private final class UnownedScreen: Sendable {
    let owner = Mutex<WeakTerminal?>(nil)

    func feed(_ bytes: [UInt8]) { owner.withLock { $0?.terminal }?.feed(bytes) }
  }
}
