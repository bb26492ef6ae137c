// SPDX-License-Identifier: Apache-2.0
// StreamService: GetEvents.

internal import EventLoop
internal import EventModel
internal import Hub

extension StreamService {
  func getEvents(_ call: VarlinkCall, from client: Client) throws(VarlinkError) {
    try call.allow("after", "max", "kinds", "subjects", "instance")
    let filter = try filter(call)
    try checkInstance(call)
    let request = HistoryRequest(
      after: try call.number("after") ?? 0, count: Int(clamping: try call.number("max") ?? 0), filter: filter)
    let id = client.id
    hub.assumeIsolated { hub in
      hub.history(request) { result in self.assumeIsolated { $0.found(result, for: id) } }
    }
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

  private func found(_ result: Result<HistoryPage, HistoryRefusal>, for id: ClientID) {
    guard let client = clients[id] else { return }
    switch result {
    case .failure(.foreign): reply(VarlinkReply.bytes(VarlinkError.foreign(hub.instance)), to: client)
    case .failure(.log(let error)): reply(VarlinkReply.bytes(VarlinkError(error)), to: client)
    case .success(let page):
      reply(
        VarlinkReply.bytes { [instance = hub.instance] writer in
          writer.write(verbatim: #"{"events":"#)
          let count = writer.write(page.events, instance: instance, within: HistoryRequest.pageBytes)
          let searched = count < page.events.count ? page.events[count - 1].sequence : page.searched
          writer.write(verbatim: #","searched":"#)
          writer.write(.uint(searched))
          writer.write(verbatim: #","head":"#)
          writer.write(.uint(max(page.head, searched)))
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
