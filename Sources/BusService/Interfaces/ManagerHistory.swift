// SPDX-License-Identifier: Apache-2.0
// The methods of the Manager that read history.

internal import DBusBridge
internal import DBusTypes
internal import EventModel
internal import Hub

/// The methods of the Manager that read history.
struct ManagerHistory {
  /// How many events a reply has when the caller names no number.
  static let defaultCount = 1000
  /// How many events a reply has at most, whatever the caller asks for.
  static let maximumCount = 10_000
  /// About how many bytes of events a reply has at most, so that it stays below 1 MiB.
  static let replyBytes = 640 << 10

  let hub: Hub

  var methods: [BusMethod] {
    let inputs = arguments(("after", "t"), ("max", "u"), ("kinds", "as"), ("subject", "s"))
    return [
      BusMethod(
        name: "GetEvents", inputs: inputs, outputs: arguments(("events", "a(tttsssosa{sv})"), ("head", "t"))
      ) { call in
        read(call) { events, head in
          call.reply([.array("(tttsssosa{sv})", events.map(\.bus)), .uint64(head)])
        }
      },
      BusMethod(name: "GetEventsJSON", inputs: inputs, outputs: arguments(("lines", "s"), ("head", "t"))) { call in
        read(call) { events, head in
          call.reply([.text(lines(events)), .uint64(head)])
        }
      },
      BusMethod(
        name: "FindCursor", inputs: arguments(("time", "t")), outputs: arguments(("sequence", "t")), handler: findCursor
      ),
    ]
  }

  private func findCursor(_ call: BusCall) {
    let time = Timestamp(microseconds: Int64(clamping: call.arguments[0].uint64 ?? 0))
    hub.assumeIsolated { hub in
      hub.findCursor(time) { result in
        switch result {
        case .success(let sequence): call.reply(.uint64(sequence))
        case .failure(let error): call.fail(Refusal(error))
        }
      }
    }
  }

  private func read(_ call: BusCall, answer: @escaping @Sendable ([Event], UInt64) -> Void) {
    let values = call.arguments
    var after = values[0].uint64 ?? 0
    let (oldest, stamped) = hub.assumeIsolated { ($0.oldest, $0.stamped) }
    // A number that was never given out is of another instance: an empty answer would hide that for ever.
    guard after <= stamped else { return call.fail(Refusal(foreignTo: hub.instance)) }
    if after == 0 { after = oldest - 1 }
    do throws(FilterError) {
      let filter = try EventFilter(kinds: values[2].strings ?? [], subjects: [values[3].string ?? ""])
      let asked = Int(values[1].uint32 ?? 0)
      let limit = asked == 0 ? ManagerHistory.defaultCount : min(asked, ManagerHistory.maximumCount)
      let query = LogQuery(
        after: after, limit: limit, byteLimit: ManagerHistory.replyBytes, filter: filter)
      search(query, for: call, answer: answer)
    } catch {
      call.fail(Refusal(error))
    }
  }

  /// Reads on until something passes the filter or the end is reached: an empty reply always means the end.
  private func search(_ query: LogQuery, for call: BusCall, answer: @escaping @Sendable ([Event], UInt64) -> Void) {
    hub.assumeIsolated { hub in
      hub.read(query) { result in
        let head = self.hub.assumeIsolated { $0.head }
        switch result {
        case .failure(let error): call.fail(Refusal(error))
        case .success(let page):
          if page.events.isEmpty, page.searched < head, page.searched > query.after {
            var next = query
            next.after = page.searched
            search(next, for: call, answer: answer)
          } else {
            answer(page.events, max(head, page.events.last?.sequence ?? 0))
          }
        }
      }
    }
  }

  /// The events as JSON lines, as many as the reply may hold; what escaping makes longer counts too.
  private func lines(_ events: [Event]) -> String {
    var writer = JSONWriter()
    for event in events {
      guard writer.bytes.count < ManagerHistory.replyBytes else { break }
      event.write(to: &writer, instance: hub.instance)
      writer.write(verbatim: "\n")
    }
    return writer.text
  }
}

extension Event {
  /// The event as the structure that `GetEvents` gives: `(tttsssosa{sv})`.
  var bus: BusValue {
    var data = data
    if let raw { data["raw"] = .string(raw) }
    return .structure([
      .uint64(sequence), .uint64(time.unsigned), .uint64(recorded.unsigned), .text(kind.rawValue),
      .text(severity.name), .text(origin.rawValue), .objectPath(subject.busPath), .text(source.objectPath), data.bus,
    ])
  }
}
