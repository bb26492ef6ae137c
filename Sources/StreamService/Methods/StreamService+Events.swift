// SPDX-License-Identifier: Apache-2.0
// StreamService: GetEvents.

internal import EventLoop
internal import EventModel
internal import Hub

extension StreamService {
  /// How many events a reply has when the caller names no number.
  static let defaultCount = 1000
  /// How many events a reply has at most, whatever the caller asks for.
  static let maximumCount = 10_000
  /// About how many bytes of events a reply has at most.
  static let replyBytes = 640 << 10

  func getEvents(_ call: VarlinkCall, from client: Client) throws(VarlinkError) {
    try call.allow("after", "max", "kinds", "subjects", "instance")
    let filter = try filter(call)
    try checkInstance(call)
    let asked = Int(clamping: try call.number("max") ?? 0)
    let limit = asked == 0 ? StreamService.defaultCount : min(asked, StreamService.maximumCount)
    var after = try call.number("after") ?? 0
    let (oldest, stamped) = hub.assumeIsolated { ($0.oldest, $0.stamped) }
    guard after <= stamped else { throw .foreign(hub.instance) }
    if after == 0 { after = oldest - 1 }
    search(
      LogQuery(after: after, limit: limit, byteLimit: StreamService.replyBytes, filter: filter), for: client.id)
  }

  func filter(_ call: VarlinkCall) throws(VarlinkError) -> EventFilter {
    let (kinds, subjects) = (try call.texts("kinds"), try call.texts("subjects"))
    do throws(FilterError) {
      return try EventFilter(kinds: kinds, subjects: subjects)
    } catch {
      throw VarlinkError(error)
    }
  }

  /// Refuses a cursor of another instance.
  func checkInstance(_ call: VarlinkCall) throws(VarlinkError) {
    guard let text = try call.text("instance") else { return }
    guard let instance = InstanceID(text) else { throw .invalidParameter("instance") }
    guard instance == hub.instance else { throw .foreign(hub.instance) }
  }

  /// Reads on until something passes the filter or the end is reached, and answers.
  private func search(_ query: LogQuery, for id: ClientID) {
    hub.assumeIsolated { hub in
      hub.read(query) { result in self.assumeIsolated { $0.found(result, query, for: id) } }
    }
  }

  private func found(_ result: Result<LogPage, LogError>, _ query: LogQuery, for id: ClientID) {
    guard let client = clients[id] else { return }
    let head = hub.assumeIsolated { $0.head }
    switch result {
    case .failure(let error): reply(VarlinkReply.bytes(VarlinkError(error)), to: client)
    case .success(let page):
      if page.events.isEmpty, page.searched < head, page.searched > query.after {
        var next = query
        next.after = page.searched
        return search(next, for: id)
      }
      reply(
        VarlinkReply.bytes { [instance = hub.instance] writer in
          writer.write(verbatim: #"{"events":"#)
          writer.write(page.events, instance: instance)
          writer.write(verbatim: #","searched":"#)
          writer.write(.uint(page.searched))
          writer.write(verbatim: #","head":"#)
          writer.write(.uint(max(head, page.searched)))
          writer.write(verbatim: #","instance":"#)
          writer.write(instance.description)
          writer.write(verbatim: "}")
        }, to: client)
    }
    // The answer may have come at once, inside the call itself; then whoever looked at the call goes on.
    loop.submit {
      self.assumeIsolated { service in
        if let client = service.clients[id] { service.advance(client) }
      }
    }
  }
}
