// SPDX-License-Identifier: Apache-2.0
// Another program in the place of this one. FENCE: execve(2).

private import Glibc
import VireoCommand

/// Another program in the place of this one.
enum Program {
  /// Runs a program of ours: the one beside this program, where a build has both, else where it is installed.
  ///
  /// - Returns: why it could not be run; when it could, this does not return.
  static func replace(with arguments: [String]) -> ToolError {
    let name = arguments[0]
    for path in candidates(name) {
      // The library wants pointers that it may write to; they live until the process is another one, or until this returns.
      var pointers = unsafe arguments.map { unsafe strdup($0) } + [nil]
      _ = unsafe execv(path, &pointers)
      let error = errno
      unsafe pointers.forEach { unsafe free($0) }
      if error != ENOENT { return ToolError("\(path): \(unsafe String(cString: strerror(error)))") }
    }
    return ToolError("\(name) is not installed")
  }

  private static func candidates(_ name: String) -> [String] {
    var paths = ["/usr/sbin/\(name)", "/usr/local/sbin/\(name)"]
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = unsafe readlink("/proc/self/exe", &buffer, buffer.count)
    if count > 0 {
      let own = String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
      if let slash = own.lastIndex(of: "/") { paths.insert(own[...slash] + name, at: 0) }
    }
    return paths
  }
}
