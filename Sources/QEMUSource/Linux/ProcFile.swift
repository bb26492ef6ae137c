// SPDX-License-Identifier: Apache-2.0
// What /proc says of a process (proc(5)). FENCE: small files read by system calls.

import EventModel
private import Glibc

/// What /proc says of a process.
enum ProcFile {
  /// When a process began, in clock ticks since the start of the machine; `nil` if there is no such process.
  static func startTicks(of process: Int32) -> UInt64? { statistics(of: process, 22)?.first.flatMap(UInt64.init) }

  /// How a process ended of which its parent has not taken note, as wait(2) would tell; `nil` where that is not told.
  ///
  /// To whom must not know it the kernel says 0, so that means nothing.
  static func exitStatus(of process: ProcessIdentity) -> CInt? {
    guard let fields = statistics(of: process.id, 3, 22, 52), fields[0] == "Z", UInt64(fields[1]) == process.startTicks,
      let status = CInt(fields[2]), status != 0
    else { return nil }
    return status
  }

  /// Fields of a process's `stat`, by their numbers in proc(5), from 3 on.
  private static func statistics(of process: Int32, _ numbers: Int...) -> [String]? {
    guard let text = read("/proc/\(process)/stat", limit: 4096) else { return nil }
    // The second field is the name in brackets and may hold anything, brackets and spaces included.
    guard let end = text.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = text[(end + 1)...].split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
    guard let last = numbers.max(), fields.count > last - 3 else { return nil }
    return numbers.map { String(decoding: fields[$0 - 3], as: UTF8.self) }
  }

  /// When a process that began at that tick began, by the wall clock.
  static func startTime(ticks: UInt64) -> Timestamp {
    let perSecond = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
    var uptime = timespec()
    _ = unsafe clock_gettime(CLOCK_BOOTTIME, &uptime)
    let sinceStart = Int64(uptime.tv_sec) * 1_000_000 + Int64(uptime.tv_nsec) / 1000
    let (seconds, rest) = ticks.quotientAndRemainder(dividingBy: perSecond)
    let started = Int64(clamping: seconds) &* 1_000_000 &+ Int64(rest * 1_000_000 / perSecond)
    return Timestamp(microseconds: Timestamp.now().microseconds - sinceStart + started)
  }

  /// Whether two reckonings mean the same start; the wall clock may have been set a little between them.
  static func isSameStart(_ told: UInt64, _ reckoned: Timestamp) -> Bool {
    abs(reckoned.microseconds - Int64(clamping: told)) < 2_000_000
  }

  /// Whether a process is a QEMU, by the file it runs, or by its name where that may not be seen.
  static func isQEMU(_ process: Int32) -> Bool {
    let program =
      link("/proc/\(process)/exe")
      ?? read("/proc/\(process)/comm", limit: 64).map { String(decoding: $0, as: UTF8.self) }
    guard let name = program?.split(separator: "/").last else { return false }
    // Also `.qemu-system-x86_64-wrapped`, and the program of a package that was upgraded meanwhile: "… (deleted)".
    return name.contains("qemu-system") || name.hasPrefix("qemu") || name.hasPrefix("kvm")
  }

  /// A small file; `nil` if it cannot be read.
  static func read(_ path: String, limit: Int) -> [UInt8]? {
    let number = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { return nil }
    defer { close(number) }
    return unsafe [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
      count = max(0, unsafe Glibc.read(number, buffer.baseAddress, buffer.count))
    }
  }

  private static func link(_ path: String) -> String? {
    var target = [CChar](repeating: 0, count: 4096)
    let count = unsafe readlink(path, &target, target.count)
    guard count > 0 else { return nil }
    return String(decoding: target[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
