// SPDX-License-Identifier: Apache-2.0
// The client-socket face of the hub: Varlink.
//
// A connection carries calls as JSON objects, each with a NUL behind it, and their replies in the same order
// (varlink.org). So a client is in the middle of one thing at a time; what it says meanwhile waits, first here up to the
// size of one message, then in its own socket. The same holds for what it does not read: its next call is not looked at
// before the replies to the last have gone out, and a client of Monitor that reads nothing is let go with the number to
// come back with.

public import EventLoop
internal import EventModel
public import Hub
internal import JSONText

/// Serves the hub to clients of a socket by the Varlink protocol.
///
/// Threading: lives on the loop.
public actor StreamService: LoopActor {
  /// Clients that are taken in one turn of the loop before others get theirs.
  private static let acceptsPerTurn = 64

  /// The loop that the service lives on.
  public nonisolated let loop: EventLoop
  let hub: Hub
  let desk: DeliveryDesk
  let options: StreamOptions
  let identity: ServiceIdentity
  let subject = Subject(.source, "varlink")
  private let parser: JSONParser?
  private var buffer = ReadBuffer()
  private var listener: OwnedDescriptor?
  private var listenerHandle: HandleID?
  private var retryTimer: TimerID?
  var clients: [ClientID: Client] = [:]
  private var counts: [UInt32: Int] = [:]
  private var lastID: UInt64 = 0
  var statistics = StreamStatistics()

  /// The face of a hub at a path.
  public init(hub: Hub, desk: DeliveryDesk, options: StreamOptions, identity: ServiceIdentity) {
    loop = hub.loop
    self.hub = hub
    self.desk = desk
    self.options = options
    self.identity = identity
    parser = try? JSONParser(limits: JSONLimits(bytes: FrameBuffer.messageBytes, depth: VarlinkCall.depth))
  }

  // MARK: Beginning and end

  /// Begins to serve; what fails is told by the service's own source and tried again.
  public func start() {
    hub.assumeIsolated { hub in
      hub.addObject(
        HubObject(subject, [.name: "varlink", .kind: "varlink", .state: "connecting"]))
      hub.addMetrics { self.assumeIsolated { $0.statistics.families(clients: $0.clients.count) } }
    }
    listen()
  }

  /// Ends all connections and takes the socket away.
  public func stop() {
    if let retryTimer { loop.removeTimeout(retryTimer) }
    if let listenerHandle {
      loop.removeHandle(listenerHandle)
      ListeningSocket.unlink(options.path)
    }
    listenerHandle = nil
    listener = nil
    for client in clients.values { end(client) }
  }

  private func listen() {
    do throws(SocketError) {
      let socket = try ListeningSocket.listen(at: options.path, group: options.group)
      listenerHandle = loop.addHandle(socket.rawValue, events: .readable) { _, _, _ in
        self.assumeIsolated { $0.acceptClients() }
      }
      listener = consume socket
      say(.sourceUp, state: "up")
    } catch {
      say(.sourceDown, state: "down", "\(error)")
      retry(after: .seconds(10)) { $0.listen() }
    }
  }

  private func retry(after wait: Duration, _ action: @escaping @Sendable (isolated StreamService) -> Void) {
    retryTimer = loop.addTimeout(.every(wait)) { timer in
      self.loop.removeTimeout(timer)
      self.assumeIsolated { service in
        service.retryTimer = nil
        action(service)
      }
    }
  }

  private func say(_ kind: EventKind, state: String, _ error: String = "") {
    var changes: PropertyChanges = [.state: .string(state)]
    if !error.isEmpty {
      changes[.lastError] = .string(error)
      changes[.lastErrorTime] = .uint(Timestamp.now().unsigned)
    }
    let data: Fields = error.isEmpty ? [:] : ["error": .string(error)]
    let draft = EventDraft(kind, subject: subject, source: subject, data: data, changes: changes)
    hub.assumeIsolated { _ = $0.publish(draft) }
  }

  // MARK: Connections

  private func acceptClients() {
    guard let number = listener?.rawValue, let listenerHandle else { return }
    for _ in 0..<StreamService.acceptsPerTurn {
      switch ListeningSocket.accept(from: number) {
      case .client(let descriptor, let user): welcome(descriptor, user: user)
      case .nobody: return
      case .failed(let error):
        // Nobody can be taken in now: wait a second rather than ask the kernel again and again.
        say(.sourceDegraded, state: "degraded", "\(error)")
        loop.updateHandle(listenerHandle, events: [])
        retry(after: .seconds(1)) { service in
          guard let handle = service.listenerHandle else { return }
          service.loop.updateHandle(handle, events: .readable)
          service.say(.sourceUp, state: "up")
        }
        return
      }
    }
  }

  private func welcome(_ descriptor: consuming OwnedDescriptor, user: UInt32) {
    if let error = refusal(of: user) {
      statistics.refused += 1
      var outgoing = OutgoingBytes()
      outgoing.append(VarlinkReply.bytes(error))
      // A fresh socket takes this at once; then the descriptor closes itself.
      _ = outgoing.write(to: descriptor.rawValue)
      return
    }
    lastID += 1
    let id = ClientID(rawValue: lastID)
    let client = Client(id, descriptor, user: user)
    client.handle = loop.addHandle(client.descriptor.rawValue, events: client.interest) { _, _, events in
      self.assumeIsolated { $0.ready(id, events) }
    }
    clients[id] = client
    counts[user, default: 0] += 1
    statistics.connections += 1
  }

  private func refusal(of user: UInt32) -> VarlinkError? {
    if clients.count >= options.connections { return .limit("clients.max", options.connections) }
    if counts[user, default: 0] >= options.connectionsPerUser {
      return .limit("clients.max-per-user", options.connectionsPerUser)
    }
    return nil
  }

  func end(_ client: Client) {
    guard clients.removeValue(forKey: client.id) != nil else { return }
    if let handle = client.handle { loop.removeHandle(handle) }
    if let timer = client.closingTimer { loop.removeTimeout(timer) }
    if case .monitor(let monitoring) = client.work { desk.assumeIsolated { $0.close(monitoring.delivery) } }
    counts[client.user] = counts[client.user].flatMap { $0 > 1 ? $0 - 1 : nil }
  }

  private func ready(_ id: ClientID, _ events: HandleEvents) {
    guard let client = clients[id] else { return }
    // A hang-up may come together with the last calls; then the reading finds the end behind them.
    if events.contains(.readable) {
      read(client)
    } else if !events.isDisjoint(with: [.error, .hangup]) {
      return end(client)
    }
    advance(client)
  }

  private func read(_ client: Client) {
    switch buffer.read(client.descriptor.rawValue) {
    case .bytes(let bytes): client.frames.append(bytes)
    case .nothing: break
    case .end: client.hasEnded = true
    case .broken: end(client)
    }
  }

  /// Carries a client as far as it goes now: its calls, what is to be written, and what comes after that.
  func advance(_ client: Client) {
    while clients[client.id] === client {
      guard flush(client) else { return }
      guard client.isFree, client.outgoing.count < options.outgoingBytes else { break }
      guard let message = client.frames.next() else {
        // A message that has no end in sight; or nothing more comes, and everything was answered.
        if client.frames.isOverfull || client.hasEnded && client.outgoing.count == 0 { return end(client) }
        break
      }
      guard let parser, let call = VarlinkCall(message, parser: parser) else {
        statistics.malformed += 1
        return end(client)
      }
      statistics.calls += 1
      answer(call, from: client)
    }
    guard clients[client.id] === client, let handle = client.handle else { return }
    // Who only listens and has closed its side has left: a client ends a Monitor by closing.
    if client.hasEnded, case .monitor = client.work { return end(client) }
    loop.updateHandle(handle, events: client.interest)
  }

  /// Writes what waits; what is due when everything has gone out is done then.
  ///
  /// - Returns: whether the client is still there.
  private func flush(_ client: Client) -> Bool {
    let before = client.outgoing.taken
    switch client.outgoing.write(to: client.descriptor.rawValue) {
    case .broken:
      end(client)
      return false
    case .blocked:
      // Whoever reads at all is slow, and not asleep.
      if client.outgoing.taken > before, case .monitor(let monitoring) = client.work {
        desk.assumeIsolated { $0.progress(monitoring.delivery) }
      }
      return true
    case .drained:
      switch client.work {
      case .closing:
        end(client)
        return false
      case .monitor: drained(client)
      case .none, .call: break
      }
      return clients[client.id] === client
    }
  }
}
