// SPDX-License-Identifier: Apache-2.0
// The methods of the Manager that read history.

internal import DBusBridge
internal import DBusTypes
internal import EventLoop
internal import EventModel
internal import Hub

/// The methods of the Manager that read history.
struct ManagerHistory {
  let hub: Hub

  var methods: [BusMethod] {
    let inputs = arguments(("after", "t"), ("max", "u"), ("kinds", "as"), ("subject", "s"))
    return [
      BusMethod(
        name: "GetEvents", inputs: inputs, outputs: arguments(("events", "a(tttsssosa{sv})"), ("head", "t"))
      ) { call in
        read(call) { events, head in
          call.reply([.array("(tttsssosa{sv})", fitting(events).map(\.bus)), .uint64(head)])
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
    let filter: EventFilter
    do throws(FilterError) {
      filter = try EventFilter(kinds: values[2].strings ?? [], subjects: [values[3].string ?? ""])
    } catch {
      return call.fail(Refusal(error))
    }
    let request = HistoryRequest(after: values[0].uint64 ?? 0, count: Int(values[1].uint32 ?? 0), filter: filter)
    hub.assumeIsolated { hub in
      hub.history(request) { result in
        switch result {
        case .failure(.foreign): call.fail(Refusal(foreignTo: hub.instance))
        case .failure(.log(let error)): call.fail(Refusal(error))
        case .success(let page): answer(page.events, max(page.head, page.events.last?.sequence ?? 0))
        }
      }
    }
  }

  /// The first events, as many as the reply may hold; the paths count too, which need no memory of an event's own.
  private func fitting(_ events: [Event]) -> ArraySlice<Event> {
    var bytes = 0
    return events.prefix { event in
      defer { bytes += event.footprint + event.subject.objectPath.utf8.count + event.source.objectPath.utf8.count }
      return bytes < HistoryRequest.pageBytes
    }
  }

  /// The events as JSON lines, as many as the reply may hold; what escaping makes longer counts too.
  private func lines(_ events: [Event]) -> String {
    var writer = JSONWriter()
    for event in events {
      guard writer.bytes.count < HistoryRequest.pageBytes else { break }
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
