// SPDX-License-Identifier: Apache-2.0
// What the lock file says, as text of a fixed length.

internal import EventModel

/// What the lock file says: who holds the journal, and which numbers have been given out.
///
/// It is text of a fixed length, so that it can be written over in place: that needs no room on a full disk, and a
/// reader sees the old text or the new one.
struct LockRecord: Hashable {
  /// What the journal was doing when the record was written.
  enum State: String, CaseIterable {
    /// Each number was given out after its event was in the database.
    case running
    /// Numbers were given out while the disk did not take their events.
    case stranded
    /// The journal was closed in good order; no number was given out after `last`.
    case closed
  }

  /// How many bytes the text has.
  static let length = 256
  /// Where the digits of `last` begin, which alone are written with each commit.
  static let lastOffset = LockRecord.length - 21

  /// The process that holds the journal.
  var processID: Int32
  /// The identity of the system it runs on, from its start to its end; empty when unknown.
  var bootID: String
  /// What the journal was doing.
  var state: State
  /// What acknowledged events survive.
  var durability: JournalOptions.Durability
  /// The identity of the journal.
  var instance: InstanceID
  /// Up to which sequence numbers may have been given out.
  var reserved: UInt64
  /// The last sequence given out.
  var last: UInt64

  /// The text of the record.
  var bytes: [UInt8] {
    var text = "vireo journal 1\nprocess \(processID)\nboot \(bootID.prefix(64))\nstate \(state.rawValue)\n"
    text += "durability \(durability.rawValue)\ninstance \(instance)\nreserved \(reserved)\n"
    var bytes = Array(text.utf8)
    let last = Array("last ".utf8)
    while bytes.count < LockRecord.lastOffset - last.count - 1 { bytes.append(UInt8(ascii: " ")) }
    return bytes + [UInt8(ascii: "\n")] + last + LockRecord.digits(self.last)
  }

  /// The text of a sequence, twenty digits and the end of the line.
  static func digits(_ sequence: UInt64) -> [UInt8] {
    var digits = [UInt8](repeating: UInt8(ascii: "0"), count: 21)
    digits[20] = UInt8(ascii: "\n")
    var rest = sequence
    var position = 19
    while rest > 0 {
      digits[position] = UInt8(ascii: "0") + UInt8(rest % 10)
      rest /= 10
      position -= 1
    }
    return digits
  }
}

extension LockRecord {
  /// The record with that text; nil when it is none.
  init?(_ bytes: [UInt8]) {
    guard bytes.count == LockRecord.length else { return nil }
    let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.first == "vireo journal 1" else { return nil }
    var fields: [Substring: Substring] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: " ", maxSplits: 1)
      if parts.count == 2 { fields[parts[0]] = parts[1] }
    }
    guard let processID = fields["process"].flatMap({ Int32($0) }),
      let state = fields["state"].flatMap({ State(rawValue: String($0)) }),
      let durability = fields["durability"].flatMap({ JournalOptions.Durability(rawValue: String($0)) }),
      let instance = fields["instance"].flatMap({ InstanceID(String($0)) }),
      let reserved = fields["reserved"].flatMap({ UInt64($0) }), let last = fields["last"].flatMap({ UInt64($0) })
    else { return nil }
    self.init(
      processID: processID, bootID: fields["boot"].map(String.init) ?? "", state: state, durability: durability,
      instance: instance, reserved: reserved, last: last)
  }
}
