// SPDX-License-Identifier: Apache-2.0
// Starting and reaping a process. Fence: posix_spawn, pidfd, waitpid.

private import CLinux
private import Glibc

/// How a process ended.
public enum ExitStatus: Sendable, Hashable, CustomStringConvertible {
  /// It returned or called `exit`.
  case exited(CInt)
  /// A signal ended it.
  case signalled(CInt)

  /// Whether it ended with 0.
  public var isSuccess: Bool { self == .exited(0) }

  /// In words.
  public var description: String {
    switch self {
    case .exited(let code): "exited with \(code)"
    case .signalled(let signal): "ended by signal \(signal)"
    }
  }
}

/// The system calls behind ``ChildProcess``.
///
/// All of them are called on the reactor's thread.
enum Spawn {
  /// Starts `arguments[0]` as the leader of a new process group and session, with default signal handling, and with
  /// the given descriptors (child's number ← ours); all others of ours are closed.
  static func start(
    _ arguments: [String], environment: [String: String], descriptors: [(child: CInt, ours: CInt)]
  ) throws -> Int32 {
    var actions = unsafe posix_spawn_file_actions_t()
    try check("posix_spawn_file_actions_init", unsafe posix_spawn_file_actions_init(&actions))
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    // Ours first move out of the way of the numbers that the child shall have.
    var moved: [CInt] = []
    defer { for number in moved { close(number) } }
    for (child, ours) in descriptors {
      let copy = fcntl(ours, F_DUPFD_CLOEXEC, 100)
      guard copy >= 0 else { throw SystemError("fcntl") }
      moved.append(copy)
      try check("adddup2", unsafe posix_spawn_file_actions_adddup2(&actions, copy, child))
    }
    // What a library opened without close-on-exec would live as long as the child.
    let first = (descriptors.map(\.child).max() ?? -1) + 1
    try check("addclosefrom", unsafe posix_spawn_file_actions_addclosefrom_np(&actions, first))

    var attributes = posix_spawnattr_t()
    try check("posix_spawnattr_init", unsafe posix_spawnattr_init(&attributes))
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    var all = sigset_t()
    unsafe sigemptyset(&none)
    unsafe sigfillset(&all)
    try check("setsigmask", unsafe posix_spawnattr_setsigmask(&attributes, &none))
    try check("setsigdefault", unsafe posix_spawnattr_setsigdefault(&attributes, &all))
    let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | CInt(0x80)  // POSIX_SPAWN_SETSID
    try check("setflags", unsafe posix_spawnattr_setflags(&attributes, Int16(flags)))

    var pid: pid_t = 0
    let environment = environment.map { "\($0.key)=\($0.value)" }.sorted()
    let program = arguments[0]
    let result = unsafe withCStrings(arguments) { arguments in
      unsafe withCStrings(environment) { environment in
        unsafe posix_spawnp(&pid, program, &actions, &attributes, arguments, environment)
      }
    }
    try check("posix_spawnp \(arguments[0])", result)
    return pid
  }

  /// A descriptor that becomes readable when the process has ended.
  static func processDescriptor(of pid: Int32) throws -> Descriptor {
    let number = pidfd_open(pid, 0)
    guard number >= 0 else { throw SystemError("pidfd_open") }
    return Descriptor(adopting: number)
  }

  /// Takes the status of an ended child, or nil while it runs.
  static func reap(_ pid: Int32) -> ExitStatus? {
    var status: CInt = 0
    guard unsafe waitpid(pid, &status, WNOHANG) == pid else { return nil }
    let signal = status & 0x7F
    return signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
  }

  /// Sends a signal to a process, or with a negative number to a process group.
  @discardableResult
  static func send(_ signal: CInt, to pid: Int32) -> Bool { kill(pid, signal) == 0 }

  /// A pipe, both ends closed on exec and blocking.
  static func pipe() throws -> (read: Descriptor, write: Descriptor) {
    var numbers: [CInt] = [-1, -1]
    guard unsafe Glibc.pipe(&numbers) == 0 else { throw SystemError("pipe") }
    let ends = (read: Descriptor(adopting: numbers[0]), write: Descriptor(adopting: numbers[1]))
    for number in numbers {
      guard fcntl(number, F_SETFD, FD_CLOEXEC) == 0 else { throw SystemError("fcntl") }
    }
    return ends
  }

  /// Opens a file for the child.
  static func open(_ path: String) throws -> Descriptor {
    let number = unsafe Glibc.open(path, O_RDWR | O_CLOEXEC)
    guard number >= 0 else { throw SystemError("open \(path)") }
    return Descriptor(adopting: number)
  }

  /// Makes our end of a pipe non-blocking; the child's end stays as it is.
  static func makeNonblocking(_ descriptor: Descriptor) throws {
    guard fcntl(descriptor.number, F_SETFL, O_NONBLOCK) == 0 else { throw SystemError("fcntl") }
  }

  private static func check(_ call: String, _ code: CInt) throws {
    guard code == 0 else { throw SystemError(call, code: code) }
  }

  private static func withCStrings(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> CInt
  ) -> CInt {
    var pointers = unsafe strings.map { unsafe strdup($0) }
    unsafe pointers.append(nil)
    defer { unsafe pointers.forEach { unsafe free($0) } }
    return unsafe pointers.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return EINVAL }
      return unsafe body(base)
    }
  }
}
