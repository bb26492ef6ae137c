// SPDX-License-Identifier: Apache-2.0
// A terminal whose keys come one by one. FENCE: termios(3).

private import Glibc

/// A terminal whose keys come one by one and unseen, until it is restored.
final class RawTerminal: Sendable {
  /// What takes the screen: the alternate screen, without a cursor.
  static let enter = "\u{1B}[?1049h\u{1B}[?25l"
  /// What gives it back.
  static let leave = "\u{1B}[0m\u{1B}[?25h\u{1B}[?1049l"

  private let former: termios
  private let raw: termios

  /// Takes the terminal at standard input; nil when there is none.
  init?() {
    var settings = termios()
    guard unsafe tcgetattr(STDIN_FILENO, &settings) == 0 else { return nil }
    former = settings
    settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
    settings.c_cc.6 = 1
    settings.c_cc.5 = 0
    raw = settings
    guard unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings) == 0 else { return nil }
  }

  /// Takes the terminal once more, from a shell that had it meanwhile.
  func takeAgain() {
    var settings = raw
    _ = unsafe tcsetattr(STDIN_FILENO, TCSADRAIN, &settings)
  }

  /// Stops the process, as the shell expects of Ctrl-Z; returns when it is continued.
  static func stopProcess() { kill(getpid(), SIGSTOP) }

  /// Gives the terminal back as it was.
  func restore() {
    var settings = former
    // A terminal that hung up needs no restoring.
    _ = unsafe tcsetattr(STDIN_FILENO, TCSADRAIN, &settings)
  }

  /// What was typed; empty when there is nothing now, nil when the terminal is gone.
  static func read() -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = unsafe Glibc.read(STDIN_FILENO, &bytes, bytes.count)
    if count > 0 { return Array(bytes.prefix(count)) }
    return count < 0 && (errno == EAGAIN || errno == EINTR) ? [] : nil
  }
}
