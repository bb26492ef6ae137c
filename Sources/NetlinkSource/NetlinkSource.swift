// SPDX-License-Identifier: Apache-2.0
// The source of network links: rtnetlink(7).
//
// Two ways to the kernel, since a read must never wait. Notifications come in by a socket on the loop on which nothing is
// ever asked, so that a read only takes what is queued. Lists and settings are asked for on a thread that may wait, each on
// a socket of its own: the kernel carries them out inside the call, under the lock of all networking, which somebody else
// may hold for long.
//
// One order out of the two. The notifications are joined first, then the lists are asked for. From that moment on it is
// noted which links and addresses notifications tell of ("touched"). When the lists are there, first everything queued is
// read; whatever is touched then is newer in the table than in the lists, and the rest of the lists is compared with the
// table. What differs becomes events of origin `resync`.
//
// Nothing is lost silently. When the queue overflows the kernel says so (ENOBUFS): what is queued is read, the lists are
// asked for again, and one gap tells the stretch. A list that changed while the kernel went through it (NLM_F_DUMP_INTR) is
// asked for again. The socket is opened again if it fails, however often. The links of an earlier run are compared in the
// same way at the start. On the very first run the links that are there are taken in without events: nothing happened.

public import EventLoop
public import EventModel
public import Hub

/// The source of network links, their addresses and virtual functions: rtnetlink(7).
///
/// Threading: lives on the loop.
public actor NetlinkSource: LoopActor {
  /// The loop that the source lives on.
  public nonisolated let loop: EventLoop
  /// The source, as the subject of its events.
  public static let subject = Subject(.source, "rtnetlink")

  /// What becomes of lists that were asked for.
  enum Listing {
    /// None is asked for.
    case none
    /// The kernel is asked.
    case underWay
    /// It is here; what is queued has to be read first.
    case waiting(Snapshot)
  }

  let hub: Hub
  let feed: HubFeed
  let options: NetlinkOptions
  let opener: NetlinkDescriptor.Opener
  /// Runs what may wait for the kernel, one after the other.
  let worker: KernelWorker
  var table: LinkTable
  var health: SourceHealth
  var socket: MulticastSocket?
  var handle: HandleID?
  var timer: TimerID?
  var isStopped = true

  var listing = Listing.none
  var touched = Touched.none
  /// When the lists under way were asked for.
  var listingBegan = Timestamp.now()
  /// Whether the lists have to be asked for (again).
  var needsListing = false
  /// Whether the table has not been compared since the start.
  var isFirstListing = true
  /// Whether this host was never looked at before: then what is there is no event.
  var isFirstRun = true
  /// Whether links were left out because of the limit.
  var leavesOut = false
  /// The moment up to which everything is known to have been seen.
  var lastComplete = Timestamp.now()
  /// Since when something may be missing, and why.
  var blind: (since: Timestamp, reason: String)?

  /// Cards to be asked for their virtual functions.
  var cardsToAsk: Set<UInt32> = []
  var cardTimer: TimerID?
  var settleTimer: TimerID?
  var functionTimer: TimerID?
  var requestsUnderWay = 0

  /// A source that feeds that hub; it does nothing until `start`.
  ///
  /// With an opener that makes its sockets in another network namespace it watches that one.
  public init(
    hub: Hub, options: NetlinkOptions = NetlinkOptions(),
    opener: @escaping NetlinkDescriptor.Opener = NetlinkDescriptor.open
  ) {
    self.hub = hub
    self.options = options
    self.opener = opener
    loop = hub.loop
    feed = HubFeed(hub: hub)
    worker = KernelWorker(opener: opener, limits: options.limits)
    table = LinkTable(limits: options.limits)
    health = SourceHealth(kind: "rtnetlink", name: Self.subject.key, feed: feed)
  }

  /// Begins to watch.
  ///
  /// Threading: on the loop.
  public func start() {
    guard isStopped else { return }
    isStopped = false
    restore()
    health.register()
    hub.assumeIsolated { $0.offer(links: self) }
    open()
  }

  /// Ends the watch.
  ///
  /// Threading: on the loop.
  public func stop() {
    isStopped = true
    close()
    for id in [timer, cardTimer, settleTimer, functionTimer].compactMap(\.self) { loop.removeTimeout(id) }
    (timer, cardTimer, settleTimer, functionTimer) = (nil, nil, nil, nil)
    listing = .none
    touched = .none
  }

  /// The table as an earlier run left it.
  private func restore() {
    let links = hub.restored.filter { $0.subject.category == .link }
    // There is always one, the loopback.
    isFirstRun = links.isEmpty
    let indices = Dictionary(
      links.compactMap { link in link[.index]?.uint.flatMap(UInt32.init(exactly:)).map { (link.name, $0) } },
      uniquingKeysWith: { $1 })
    for object in links {
      guard let link = LinkRecord(object, indexOfMaster: { indices[$0] }) else { continue }
      _ = table.put(link)
      for text in object[.addresses]?.list?.compactMap(\.string) ?? [] {
        _ = table.put(AddressRecord(index: link.index, text: text))
      }
    }
  }

  // MARK: The socket

  func open() {
    guard !isStopped, socket == nil else { return }
    do throws(NetlinkError) {
      let socket = try MulticastSocket(try opener(), options: options)
      self.socket = socket
      handle = loop.addHandle(socket.number, events: .readable) { [weak self] _, _, _ in
        self?.assumeIsolated { $0.drain() }
      }
      if socket.receiveBuffer < options.receiveBuffer {
        health.note(
          "the receive buffer has \(socket.receiveBuffer) of \(options.receiveBuffer) bytes, CAP_NET_ADMIN is needed for more"
        )
      }
      requestListing()
    } catch {
      lost(error)
    }
  }

  func close() {
    if let handle { loop.removeHandle(handle) }
    handle = nil
    socket = nil
  }

  /// The socket is of no more use: another one is tried, again and again.
  func lost(_ error: NetlinkError) {
    close()
    if !isFirstListing { blind = blind ?? (lastComplete, "source-down") }
    health.down(error.description)
    retry { $0.open() }
  }

  /// Does something again after the waiting time that the health suggests.
  func retry(_ action: @escaping @Sendable (isolated NetlinkSource) -> Void) {
    if let timer { loop.removeTimeout(timer) }
    timer = loop.addTimeout(.every(health.retryDelay)) { [weak self] id in
      self?.assumeIsolated { source in
        source.loop.removeTimeout(id)
        source.timer = nil
        guard !source.isStopped else { return }
        action(source)
      }
    }
  }
}
