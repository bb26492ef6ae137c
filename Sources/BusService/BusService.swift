// SPDX-License-Identifier: Apache-2.0
// The D-Bus face of the hub.

public import DBusBridge
public import DBusTypes
public import EventLoop
internal import EventModel
public import Hub

/// What the hub says of itself.
public struct HubIdentity: Sendable {
  /// The version of the hub.
  public let version: String
  /// The name of the host.
  public let hostname: String

  /// An identity.
  public init(version: String, hostname: String) {
    self.version = version
    self.hostname = hostname
  }
}

/// The D-Bus face of the hub: objects, properties, methods and broadcast signals on one connection.
///
/// Threading: lives on the loop. The connection comes and goes; the hub goes on meanwhile, and what could not be broadcast
/// is told by `Gap` as soon as there is a bus again.
public actor BusService: LoopActor, EventSink {
  /// The name on the bus.
  public static let busName: BusName = "org.vireo.Hub1"
  /// How long the hub is silent at most.
  public static let heartbeatInterval = Duration.seconds(60)

  /// The loop that the service lives on.
  public nonisolated let loop: EventLoop
  let hub: Hub
  let connection: BusConnection
  /// By the ordinals of the categories.
  private let interfaces: [ObjectInterface?]
  private let manager: Manager
  private let calls: CallCounts
  private let subscriptions: Subscriptions
  private let streams: EventStreams
  let subject = Subject(.source, "bus")
  var broadcaster = Broadcaster()
  private let heartbeatInterval: Duration
  private var heartbeat: TimerID?
  /// Whether the name is ours: before that nobody who asks for the hub by its name hears what it says.
  var isNamed = false
  var wasNamed = false
  var lostSince: ContinuousClock.Instant?

  /// The face of a hub on a connection.
  ///
  /// - Parameters:
  ///   - hub: the hub.
  ///   - desk: delivers to subscribers; it is started by whoever made it.
  ///   - connection: the connection; it is started with the face.
  ///   - identity: what the hub says of itself.
  ///   - acknowledgementTimeout: how long a subscriber may owe an acknowledgement; zero for ever.
  ///   - heartbeatInterval: how often the newest number is told.
  public init(
    hub: Hub, desk: DeliveryDesk, connection: BusConnection, identity: HubIdentity,
    acknowledgementTimeout: Duration = .seconds(60), heartbeatInterval: Duration = BusService.heartbeatInterval
  ) {
    loop = hub.loop
    self.heartbeatInterval = heartbeatInterval
    self.hub = hub
    self.connection = connection
    let calls = CallCounts()
    self.calls = calls
    let authority = CallerAuthority(connection: connection, calls: calls)
    subscriptions = Subscriptions(
      desk: desk, connection: connection, acknowledgementTimeout: acknowledgementTimeout, calls: calls)
    streams = EventStreams(desk: desk, instance: hub.instance)
    let delivery = ManagerDelivery(connection: connection, subscriptions: subscriptions, streams: streams)
    manager = Manager(hub: hub, identity: identity, authority: authority, delivery: delivery, calls: calls)
    let linkMethods = calls.counting(LinkMethods(hub: hub, authority: authority).methods, areGuarded: true)
    interfaces = Subject.Category.allCases.map { category in
      ObjectInterface(category: category, hub: hub, methods: category == .link ? linkMethods : [])
    }
  }

  /// Puts the hub on the bus: exports what is known, and from then on whatever is published.
  public func start() {
    hub.assumeIsolated { hub in
      hub.addObject(HubObject(subject, [.name: "bus", .kind: "bus", .state: "down"]))
      hub.addSink(self)
      hub.addMetrics { self.assumeIsolated { $0.metrics() } }
    }
    subscriptions.assumeIsolated { $0.start() }
    connection.assumeIsolated { connection in
      connection.export(
        BusObject(path: Broadcaster.root, interfaces: [manager.interface], isObjectManager: true))
      connection.onStateChange { state in self.assumeIsolated { $0.connectionChanged(to: state) } }
      connection.onDrained { self.assumeIsolated { $0.drained() } }
      connection.own(BusService.busName) { event in self.assumeIsolated { $0.nameChanged(event) } }
    }
    for category in Subject.Category.allCases {
      for object in hub.assumeIsolated({ $0.objects(category) }) { export(object.subject) }
    }
    heartbeat = loop.addTimeout(.every(heartbeatInterval)) { _ in self.assumeIsolated { $0.beat() } }
    connection.assumeIsolated { $0.start() }
  }

  /// Takes the hub off the bus.
  public func stop() {
    if let heartbeat { loop.removeTimeout(heartbeat) }
    heartbeat = nil
    // The end of the connection is wanted now, and no trouble to tell of.
    wasNamed = false
    streams.assumeIsolated { $0.stop() }
    connection.assumeIsolated { $0.stop() }
  }

  // MARK: What the hub publishes

  /// Takes what became public: exports, tells, unexports.
  public nonisolated func publish(_ batch: PublishedBatch) {
    assumeIsolated { $0.tell(batch) }
  }

  private func tell(_ batch: PublishedBatch) {
    for object in batch.added { export(object.subject) }
    var broadcaster = broadcaster
    connection.assumeIsolated { [isNamed, interfaces] connection in
      if let gap = batch.gap { broadcaster.tell(gap, isNamed: isNamed, on: connection) }
      broadcaster.broadcast(batch.events, isNamed: isNamed, on: connection)
      for (object, properties) in batch.changed {
        interfaces[object.subject.category.ordinal]?.tell(properties, of: object, on: connection)
      }
    }
    self.broadcaster = broadcaster
    for subject in batch.removed { connection.assumeIsolated { $0.unexport(subject.busPath) } }
  }

  private func export(_ subject: Subject) {
    guard let interface = interfaces[subject.category.ordinal] else { return }
    connection.assumeIsolated {
      $0.export(BusObject(path: subject.busPath, interfaces: interface.interfaces, isObjectManager: false))
    }
  }

  private func metrics() -> [MetricFamily] {
    let (bus, waiting) = connection.assumeIsolated { ($0.statistics, $0.outgoingBytes) }
    return BusMetrics(
      signals: broadcaster.sent, withheld: broadcaster.withheld.total, waitingBytes: waiting, bus: bus,
      calls: calls.all
    ).families
  }
}
