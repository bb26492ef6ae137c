// SPDX-License-Identifier: Apache-2.0
// What is done when the test process ends by itself. Fence: atexit.

private import Glibc
import Synchronization

/// Work for the end of the process.
enum AtExit {
  private static let jobs = Mutex<[@Sendable () -> Void]>([])

  /// Has `job` done when the process calls `exit`; a process that is killed does not come to it.
  static func register(_ job: @escaping @Sendable () -> Void) {
    let isFirst = jobs.withLock { jobs in
      jobs.append(job)
      return jobs.count == 1
    }
    guard isFirst else { return }
    // It fails only when memory is out.
    _ = atexit { for job in AtExit.jobs.withLock({ $0 }) { job() } }
  }
}
