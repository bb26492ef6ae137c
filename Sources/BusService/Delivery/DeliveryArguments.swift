// SPDX-License-Identifier: Apache-2.0
// What a caller of Subscribe or OpenStream asks for.

internal import DBusTypes
internal import EventModel
internal import Hub

/// What a caller of `Subscribe` or `OpenStream` asks for: kinds, subjects, where to begin, options.
struct DeliveryArguments {
  var filter: EventFilter
  var start: DeliveryRequest.Start
  var instance: InstanceID?

  /// Reads the arguments; an option that is not known is refused, so that no wish is dropped in silence.
  init(kinds: BusValue, subjects: BusValue, after: BusValue, options: BusValue) throws(Refusal) {
    do throws(FilterError) {
      filter = try EventFilter(kinds: kinds.strings ?? [], subjects: subjects.strings ?? [])
    } catch {
      throw Refusal(error)
    }
    start = .after(after.uint64 ?? 0)
    for entry in options.dictionary?.entries ?? [] {
      let (name, value) = (entry.key.string ?? "", entry.value.variant)
      switch name {
      case "instance":
        guard let instance = value?.string.flatMap({ InstanceID($0) }) else {
          throw Refusal(.invalidArgument, "instance: expected the text of an InstanceID")
        }
        self.instance = instance
      case "from": start = try DeliveryArguments.start(from: value?.string, after: after.uint64 ?? 0)
      default: throw Refusal(.invalidArgument, "unknown option '\(printable(name))'; instance and from are known")
      }
    }
  }

  private static func start(from word: String?, after: UInt64) throws(Refusal) -> DeliveryRequest.Start {
    guard after == 0 else { throw Refusal(.invalidArgument, "from: after must be 0 then") }
    switch word {
    case "now": return .now
    case "oldest": return .oldest
    default: throw Refusal(.invalidArgument, "from: expected the text now or oldest")
    }
  }
}

extension Refusal {
  init(_ refusal: DeliveryRefusal) {
    switch refusal {
    case .expired(let oldest): self.init(LogError.expired(oldest: oldest))
    case .foreign(let instance): self.init(foreignTo: instance)
    case .limitReached(let name, let value): self.init(.hubLimitsExceeded, "past the limit \(name) = \(value)")
    case .neverGiven(let sequence):
      self.init(.invalidArgument, "\(sequence) was never delivered, so it cannot be acknowledged")
    case .unavailable(let text): self.init(.failed, text)
    case .ended: self.init(.noSuchObject, "the subscription has ended")
    }
  }

  /// A cursor belongs to another instance than this one.
  init(foreignTo instance: InstanceID) {
    // The identity comes last and alone, so that a script can take it from the text.
    self.init(.cursorForeign, "the cursor is of another instance, or was never given out; this one is \(instance)")
  }
}
