// SPDX-License-Identifier: Apache-2.0
// FENCE: what the daemon tells systemd, through libsystemd (sd_notify(3)).
private import CSystemd

/// Tells systemd how the daemon is, where systemd asked; does nothing elsewhere.
struct ServiceManager {
  /// The daemon does its work.
  func ready() { notify("READY=1") }
  /// The daemon reads its configuration again; `ready` ends that.
  func reloading() {
    let now = MonotonicTime.microseconds()
    notify("RELOADING=1\nMONOTONIC_USEC=\(now)")
  }
  /// The daemon ends its work.
  func stopping() { notify("STOPPING=1") }
  /// The daemon lives.
  func alive() { notify("WATCHDOG=1") }
  /// One line for people.
  func status(_ text: String) { notify("STATUS=" + text) }

  /// How often systemd wants to hear that the daemon lives: half of what it waits; nil when it does not.
  var watchdogInterval: Duration? {
    var microseconds: UInt64 = 0
    guard unsafe sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
    return .microseconds(Int64(microseconds / 2))
  }

  private func notify(_ state: String) {
    _ = unsafe sd_notify(0, state)
  }
}
