// SPDX-License-Identifier: Apache-2.0
// In which stretches a history is read to be told newest first.

/// In which stretches a history is read to be told newest first, and what of each is told in which order.
///
/// A hub reads forwards only. So a stretch before the end is read, turned round and told, and then the one before it. Where little
/// passes the filters the stretches grow, and where much does only the end of one is kept: whatever the history holds, no more
/// than `itemLimit` items are in memory.
public struct BackwardReading: Sendable {
  /// How many items of a stretch are kept, the last ones.
  public static let itemLimit = 2000
  /// How long the first stretch is.
  public static let firstLength: UInt64 = 1000

  /// The numbers that are read next: what comes after `start`, up to `end`.
  public struct Stretch: Equatable, Sendable {
    /// The number before the first.
    public let start: UInt64
    /// The last number.
    public let end: UInt64
  }

  private let floor: UInt64
  private var end: UInt64
  private var length: UInt64
  /// A gap that reaches down to what was read, and perhaps further; its end is told with its beginning.
  private var open: GapRecord?

  /// The reading of what comes after `floor`, up to `head`; `count` items at most will be wanted of it, if that is known.
  public init(floor: UInt64, head: UInt64, count: Int? = nil) {
    self.floor = floor
    end = max(floor, head)
    length = min(BackwardReading.firstLength, UInt64(max(count ?? .max, 1)))
  }

  /// What is to be read next; nil when everything was.
  public var stretch: Stretch? {
    end > floor ? Stretch(start: end - floor > length ? end - length : floor, end: end) : nil
  }

  /// Takes what there is in the stretch, in order, and gives what is to be told, newest first.
  ///
  /// `isCut` says that there was more before it, which was not kept.
  public mutating func take(_ items: [StreamItem], isCut: Bool) -> [StreamItem] {
    guard let stretch else { return [] }
    var items = items
    if let above = open, case .gap(let gap) = items.last, let last = gap.last, last >= stretch.end {
      items[items.count - 1] = .gap(GapRecord(first: gap.first, last: above.last, reason: gap.reason))
    } else if let open {
      items.append(.gap(open))
    }
    open = nil
    let first = items.lazy.map(\.firstNumber).first { $0 > 0 } ?? stretch.end
    end = isCut ? max(min(first, stretch.end) - 1, stretch.start) : stretch.start
    if end > floor, case .gap(let gap) = items.first, gap.first == end + 1 {
      open = gap
      items.removeFirst()
    }
    if isCut {
      length = max(length / 4, BackwardReading.firstLength)
    } else if items.count < BackwardReading.itemLimit / 4 {
      length = min(length, .max / 4) * 4
    }
    return items.reversed()
  }
}

extension StreamItem {
  /// The number of the event, or the first of the gap; 0 where that is not known.
  public var firstNumber: UInt64 {
    switch self {
    case .event(let event): event.sequence
    case .gap(let gap): gap.first ?? 0
    }
  }
}
