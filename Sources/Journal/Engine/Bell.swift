// SPDX-License-Identifier: Apache-2.0
// FENCE: the journal's own thread, and what wakes it.
internal import EventModel
private import Glibc

/// What wakes the journal's thread: a pipe.
final class Bell: Sendable {
  private let reader: CInt
  private let writer: CInt

  init() throws(FileError) {
    var ends: [CInt] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { throw FileError(operation: "pipe", path: "", code: errno) }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    reader = ends[0]
    writer = ends[1]
  }

  deinit {
    close(reader)
    close(writer)
  }

  /// Wakes the thread, now or when it next waits.
  func ring() {
    var byte: UInt8 = 0
    // A full pipe has rung already.
    _ = unsafe write(writer, &byte, 1)
  }

  /// Waits for a ring.
  ///
  /// - Returns: false when the moment came first.
  func wait(until deadline: ContinuousClock.Instant?) -> Bool {
    while true {
      var entry = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
      let ready = unsafe poll(&entry, 1, Bell.milliseconds(until: deadline))
      if ready > 0 {
        var bytes = [UInt8](repeating: 0, count: 64)
        _ = unsafe bytes.withUnsafeMutableBytes { unsafe read(reader, $0.baseAddress, $0.count) }
        return true
      }
      if let deadline, ContinuousClock.now >= deadline { return false }
    }
  }

  /// Rounded up, so that nobody wakes early and spins.
  private static func milliseconds(until deadline: ContinuousClock.Instant?) -> CInt {
    guard let deadline else { return -1 }
    let (seconds, attoseconds) = ContinuousClock.now.duration(to: deadline).components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    guard seconds < 86_400 else { return 86_400_000 }
    return CInt(seconds * 1000) + CInt(attoseconds / 1_000_000_000_000_000) + 1
  }
}

/// The journal's own thread.
enum JournalThread {
  private final class Body: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) {
      self.run = run
    }
  }

  /// Runs a function on a new thread that takes no signals and ends with the function.
  static func start(_ body: @escaping @Sendable () -> Void) throws(FileError) {
    var all = sigset_t()
    var before = sigset_t()
    unsafe sigfillset(&all)
    // A new thread inherits the mask; the signals of the process belong to whoever set them up.
    unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
    let code = create(Body(body))
    unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
    guard code == 0 else { throw FileError(operation: "pthread_create", path: "", code: code) }
  }

  private static func create(_ body: Body) -> CInt {
    let box = unsafe Unmanaged.passRetained(body)
    var thread = pthread_t()
    let code = unsafe pthread_create(&thread, nil, main, box.toOpaque())
    if code == 0 { pthread_detach(thread) } else { unsafe box.release() }
    return code
  }

  private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
    guard let argument = unsafe argument else { return nil }
    setName()
    unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
    return nil
  }

  /// Gives the calling thread its name, for ps(1) and debuggers (proc(5), /proc/pid/task/tid/comm).
  private static func setName() {
    let descriptor = unsafe open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = unsafe write(descriptor, "journal", 7)
    close(descriptor)
  }
}
