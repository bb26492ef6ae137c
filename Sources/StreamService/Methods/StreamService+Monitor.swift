// SPDX-License-Identifier: Apache-2.0
// StreamService: Monitor.

internal import EventLoop
internal import EventModel
internal import Hub

extension StreamService {
  /// Objects in one reply.
  private static let objectsPerReply = 64

  func monitor(_ call: VarlinkCall, from client: Client) throws(VarlinkError) {
    try call.allow("kinds", "subjects", "after", "instance")
    guard call.wantsMore, !call.isOneway else { throw .expectedMore }
    let filter = try filter(call)
    try checkInstance(call)
    let after = try call.number("after")
    // The objects are as they are after the newest event that was numbered; that one may still be on its way to the log.
    let (start, objects) = hub.assumeIsolated { hub in
      (after ?? hub.stamped, after == nil ? StreamService.objects(of: hub, filter) : [])
    }
    let request = DeliveryRequest(
      filter: filter, start: .after(start), user: client.user, window: .zero, patience: options.patience)
    let id = client.id
    let opened = desk.assumeIsolated { desk in
      Result { () throws(DeliveryRefusal) in
        try desk.open(request) { notice in self.assumeIsolated { $0.tell(notice, id) } }.id
      }
    }
    switch opened {
    case .failure(let refusal): throw VarlinkError(refusal)
    case .success(let delivery):
      client.work = .monitor(Client.Monitoring(delivery: delivery, last: start, objects: objects[...]))
      tellObjects(client, isFirst: true)
    }
  }

  private static func objects(of hub: isolated Hub, _ filter: EventFilter) -> [HubObject] {
    Subject.Category.allCases.flatMap { hub.objects($0) }
      .filter { filter.subjects?.contains($0.subject) ?? true }
  }

  /// Tells the next objects; after the last of them the events may come.
  private func tellObjects(_ client: Client, isFirst: Bool) {
    guard case .monitor(var monitoring) = client.work else { return }
    let objects = monitoring.objects.prefix(StreamService.objectsPerReply)
    monitoring.objects = monitoring.objects.dropFirst(objects.count)
    client.work = .monitor(monitoring)
    let isComplete = monitoring.objects.isEmpty
    client.outgoing.append(
      VarlinkReply.bytes(continues: true) { [instance = hub.instance] writer in
        writer.write(verbatim: "{")
        if isFirst {
          writer.write(verbatim: #""instance":"#)
          writer.write(instance.description)
          writer.write(verbatim: #","sequence":"#)
          writer.write(.uint(monitoring.last))
          writer.write(verbatim: ",")
        }
        writer.write(verbatim: #""objects":"#)
        writer.write(objects)
        writer.write(verbatim: #","complete":"#)
        writer.write(.bool(isComplete))
        writer.write(verbatim: "}")
      })
    guard isComplete else { return }
    desk.assumeIsolated { [window = options.window] in $0.setWindow(monitoring.delivery, window) }
  }

  /// Everything that waited has gone out: the next objects are due, or the events count as read.
  func drained(_ client: Client) {
    guard case .monitor(let monitoring) = client.work else { return }
    if !monitoring.objects.isEmpty { return tellObjects(client, isFirst: false) }
    desk.assumeIsolated { desk in
      do throws(DeliveryRefusal) {
        try desk.acknowledge(monitoring.delivery, through: monitoring.last)
      } catch {
        assertionFailure("a monitor acknowledges what it was given: \(error)")
      }
    }
  }

  private func tell(_ notice: DeliveryNotice, _ id: ClientID) -> DeliveryReceipt {
    guard let client = clients[id], case .monitor(var monitoring) = client.work else { return .taken }
    switch notice {
    case .events(let batch):
      monitoring.last = batch.events.last?.sequence ?? monitoring.last
      client.outgoing.append(
        VarlinkReply.bytes(continues: true) { [instance = hub.instance] writer in
          writer.write(verbatim: #"{"events":"#)
          writer.write(batch.events, instance: instance)
          writer.write(verbatim: "}")
        })
    case .gap(let gap, _):
      monitoring.last = gap.last
      let fields: Fields = ["from": .uint(gap.first), "to": .uint(gap.last), "reason": .string(gap.reason)]
      client.outgoing.append(VarlinkReply.bytes(Fields([("gap", .map(fields))]), continues: true))
    case .overflow(let after):
      overflow(client, after: after)
      return .taken
    case .suspended: return .taken
    }
    client.work = .monitor(monitoring)
    advance(client)
    return .taken
  }

  /// The client took nothing for too long: it is told so, and let go when it has read that or its time is over.
  private func overflow(_ client: Client, after: UInt64) {
    client.work = .closing
    client.outgoing.append(VarlinkReply.bytes(VarlinkError.overflow(after: after)))
    let id = client.id
    client.closingTimer = loop.addTimeout(.every(options.closingTime)) { _ in
      self.assumeIsolated { service in
        if let client = service.clients[id] { service.end(client) }
      }
    }
    advance(client)
  }
}
