// SPDX-License-Identifier: Apache-2.0
// FENCE: what /proc says of the files that a process holds open (proc(5)).

private import Glibc

/// What /proc says of the files that a process holds open.
enum ProcessFiles {
  /// Why nothing is known.
  enum Failure: Error {
    /// We may not look: that needs CAP_SYS_PTRACE where the process is another user's.
    case denied
    /// There is no such process any more.
    case gone
  }

  /// What of the host a process holds open.
  static func resources(of process: UInt64, limits: UsageLimits) throws(Failure) -> Set<Resource> {
    let folder = "/proc/\(process)"
    guard let stream = unsafe opendir(folder + "/fd") else { throw errno == EACCES || errno == EPERM ? .denied : .gone }
    defer { unsafe closedir(stream) }
    var resources: Set<Resource> = []
    var count = 0
    while let entry = unsafe readdir(stream), count < limits.descriptors, resources.count < limits.resources {
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
      }
      guard name != ".", name != ".." else { continue }
      count += 1
      if let resource = resource(folder, name) { resources.insert(resource) }
    }
    // Another user's descriptors have names, but may not be followed.
    if count > 0, resources.isEmpty, isDenied(folder) { throw .denied }
    return resources
  }

  private static func resource(_ folder: String, _ name: String) -> Resource? {
    let path = "\(folder)/fd/\(name)"
    // Only device files are looked at: one on a file server that is away would keep us waiting.
    guard let target = link(path), Resource.isWorthLook(target) else { return nil }
    var status = stat()
    var numbers: (isBlock: Bool, major: UInt32, minor: UInt32)?
    if unsafe stat(path, &status) == 0 {
      let kind = status.st_mode & S_IFMT
      if kind == S_IFBLK || kind == S_IFCHR {
        numbers = (kind == S_IFBLK, major(of: status.st_rdev), minor(of: status.st_rdev))
      }
    }
    return Resource.of(target: target, numbers: numbers, information: text("\(folder)/fdinfo/\(name)"))
  }

  /// The parts of a device number, as makedev(3) puts them together.
  private static func major(of device: dev_t) -> UInt32 {
    UInt32(truncatingIfNeeded: (device >> 8) & 0xFFF | (device >> 32) & ~0xFFF)
  }

  private static func minor(of device: dev_t) -> UInt32 {
    UInt32(truncatingIfNeeded: device & 0xFF | (device >> 12) & ~0xFF)
  }

  private static func isDenied(_ folder: String) -> Bool { link(folder + "/exe") == nil && errno == EACCES }

  private static func link(_ path: String) -> String? {
    var target = [CChar](repeating: 0, count: 4096)
    let count = unsafe readlink(path, &target, target.count)
    guard count > 0 else { return nil }
    return String(decoding: target[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  private static func text(_ path: String) -> String {
    let number = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { return "" }
    defer { _ = close(number) }
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = unsafe read(number, &buffer, buffer.count)
    return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
  }
}
