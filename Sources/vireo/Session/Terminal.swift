// SPDX-License-Identifier: Apache-2.0
// What the tool's descriptors are connected to. FENCE: terminal system calls.

private import Glibc
import VireoCommand

/// What the tool's descriptors are connected to.
enum Terminal {
  /// Rows and columns.
  struct Size: Equatable, Sendable {
    var rows: Int
    var columns: Int
  }

  /// What stands at the other end of a descriptor.
  enum Kind {
    case terminal
    case pipe
    case socket
    /// A regular file, `/dev/null` and the like: writing to it does not wait for a reader.
    case file
  }

  /// What a descriptor is connected to.
  static func kind(of descriptor: CInt) -> Kind {
    var information = stat()
    guard unsafe fstat(descriptor, &information) == 0 else { return .file }
    switch information.st_mode & S_IFMT {
    case S_IFIFO: return .pipe
    case S_IFSOCK: return .socket
    case S_IFCHR: return isatty(descriptor) == 1 ? .terminal : .file
    default: return .file
    }
  }

  /// Whether standard output is a terminal.
  static var isOutput: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Whether standard input is a terminal.
  static var isInput: Bool { isatty(STDIN_FILENO) == 1 }

  /// The size of the terminal that a descriptor is connected to; nil when it is none or does not know.
  static func size(of descriptor: CInt = STDOUT_FILENO) -> Size? {
    var size = winsize()
    guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return nil }
    return Size(rows: Int(size.ws_row), columns: Int(size.ws_col))
  }

  /// The columns of standard output; nil where it is no terminal.
  static var outputWidth: Int? { isOutput ? size()?.columns : nil }

  /// How long this host is running, its sleep included.
  static var microsecondsSinceBoot: Int64 {
    var time = timespec()
    // The clock is there since Linux 2.6.39, and nothing else can fail.
    _ = unsafe clock_gettime(CLOCK_BOOTTIME, &time)
    return Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000
  }

  /// A variable of the environment.
  static func environment(_ name: String) -> String? {
    unsafe getenv(name).map { unsafe String(cString: $0) }
  }

  /// The style for standard output, or for a terminal in any case.
  static func style(isTerminal: Bool = isOutput) -> Style {
    Style(isTerminal: isTerminal, noColor: environment("NO_COLOR"), term: environment("TERM"))
  }

  /// A descriptor for the same terminal or pipe that never makes the caller wait; nil where there can be none.
  ///
  /// It is opened anew: the mode of a descriptor that others share (a shell, for one) is not ours to change. It stays open
  /// for the life of the process, as the standard ones do.
  static func nonblocking(_ descriptor: CInt) -> CInt? {
    let number = unsafe open("/proc/self/fd/\(descriptor)", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    return number < 0 ? nil : number
  }

  /// Writes what fits; the count, or the error number below zero.
  static func write(_ bytes: ArraySlice<UInt8>, to descriptor: CInt, isSocket: Bool) -> Int {
    let count = unsafe bytes.withUnsafeBytes { buffer in
      isSocket
        ? unsafe send(descriptor, buffer.baseAddress, buffer.count, CInt(MSG_DONTWAIT | MSG_NOSIGNAL))
        : unsafe Glibc.write(descriptor, buffer.baseAddress, buffer.count)
    }
    return count < 0 ? -Int(errno) : count
  }

  /// Writes a line to standard error.
  static func complain(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    // Where not even standard error can be written there is nobody to tell.
    _ = unsafe Glibc.write(STDERR_FILENO, bytes, bytes.count)
  }

  /// Whether the process was started with a signal ignored.
  static func isIgnored(_ signal: CInt) -> Bool {
    var action = sigaction()
    guard unsafe sigaction(signal, nil, &action) == 0 else { return false }
    // SIG_IGN, which is 1 on Linux; a handler has no other name that could be compared.
    return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: UInt.self) == 1
  }

  /// Ends the process as a signal would have ended it, so that the shell sees which one it was.
  static func die(of signal: CInt) -> Never {
    Glibc.signal(signal, SIG_DFL)
    var set = sigset_t()
    unsafe sigemptyset(&set)
    unsafe sigaddset(&set, signal)
    unsafe sigprocmask(SIG_UNBLOCK, &set, nil)
    raise(signal)
    exit(128 + signal)
  }

  /// Ends the process.
  static func exit(_ status: Int32) -> Never { Glibc.exit(status) }
}
