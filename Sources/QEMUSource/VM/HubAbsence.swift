// SPDX-License-Identifier: Apache-2.0
// A time in which the hub was down, as a fact about the machines that ended in it.

package import EventModel

/// A time in which the hub was down, as a fact about the machines that ended in it.
package struct HubAbsence: Hashable, Sendable {
  /// When it last recorded anything; the machine ran then.
  package let since: Timestamp?
  /// That the host was started anew in it; `nil` when it was not, or nobody knows.
  package let reboot: HostReboot?

  /// An absence.
  package init(since: Timestamp?, reboot: HostReboot?) {
    self.since = since
    self.reboot = reboot
  }

  /// What it says about an end, each with where it came from.
  var evidence: [String] {
    let since = since.map { " after \($0.rfc3339)" } ?? ""
    guard let reboot else { return ["hub: it was down when the machine ended\(since)"] }
    return [
      "kernel: the host was started anew: its boot ID is \(reboot.current), and was \(reboot.former)",
      reboot.isOrderly
        ? "hub: its last run ended in good order\(since), as when a host is shut down"
        : "hub: its last run broke off\(since), as when a host crashes or loses power",
    ]
  }
}
