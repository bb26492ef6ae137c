// SPDX-License-Identifier: Apache-2.0
// The source of devices: udev(7), by libudev.
//
// Two streams. The kernel sends each event at once; udevd sends it again when its rules have run, with the same number and
// with properties that only udev knows. Normally udevd's is the one that becomes an event. But udevd may be absent, stopped,
// or stuck in a rule, and then its stream is silent without a word. So the kernel's is read too: its events wait in a
// backlog until udevd repeats them, and are published themselves, without udev's properties, when it does not: at once while
// there is no udevd, else when patience ends. The source is `degraded` then, and says why.
//
// One order. Both monitors are opened first, then all devices are listed on a thread that may wait (sysfs is files, and some
// of them ask a driver). Which devices events tell of meanwhile is noted ("touched"). When the list is there, first
// everything queued is read; what is touched is newer in the table than in the list, and the rest is compared. What differs
// becomes events of origin `resync`.
//
// Nothing is lost silently. When a queue overflows (ENOBUFS) it is read to its end, all devices are listed and compared
// again, and one gap tells the stretch. The devices of an earlier run are compared in the same way at the start. On the
// very first run the devices that are there are taken in without events: nothing happened.

public import EventLoop
public import EventModel
public import Hub

/// The source of devices: udev(7), by libudev, and the kernel's own events where there is no udevd.
///
/// Threading: lives on the loop.
public actor UdevSource: LoopActor {
  /// The loop that the source lives on.
  public nonisolated let loop: EventLoop
  /// The source, as the subject of its events.
  public static let subject = Subject(.source, "udev")

  /// What becomes of a list that was asked for.
  enum Listing {
    /// None is asked for.
    case none
    /// The devices are being listed.
    case underWay
    /// It is here; what is queued has to be read first.
    case waiting([DeviceRecord])
  }

  /// The two monitors and their handles.
  struct Monitors {
    let kernel: UdevMonitor
    /// nil while there is no udevd.
    let udev: UdevMonitor?
    let handles: [HandleID]
  }

  let hub: Hub
  let feed: HubFeed
  let options: UdevOptions
  let filter: SubsystemFilter
  let worker: UdevWorker
  var table: DeviceTable
  var health: SourceHealth
  var monitors: Monitors?
  var backlog: KernelBacklog
  /// Fires while something waits for udevd, or udevd is not there.
  var lookTimer: TimerID?
  var retryTimer: TimerID?
  var isStopped = true
  /// Whether devices were left out because of the limit.
  var leavesOut = false
  /// Why the source is not as good as it could be; nil when it is.
  var shortcoming: String?

  var listing = Listing.none
  var touched: Set<String> = []
  var listingBegan = Timestamp.now()
  /// Whether all devices have to be listed (again).
  var needsListing = false
  /// Whether the table has not been compared since the start.
  var isFirstListing = true
  /// Whether this host was never looked at before: then what is there is no event.
  var isFirstRun = true
  /// The moment up to which everything is known to have been seen.
  var lastComplete = Timestamp.now()
  /// Since when something may be missing, and why.
  var blind: (since: Timestamp, reason: String)?

  /// A source that feeds that hub; it does nothing until `start`.
  public init(hub: Hub, options: UdevOptions = UdevOptions()) {
    self.hub = hub
    self.options = options
    loop = hub.loop
    feed = HubFeed(hub: hub)
    filter = SubsystemFilter(options)
    worker = UdevWorker(options)
    table = DeviceTable(limits: options.limits)
    backlog = KernelBacklog(limit: options.limits.pendingEvents)
    health = SourceHealth(kind: "udev", name: Self.subject.key, feed: feed)
  }

  /// Begins to watch.
  ///
  /// Threading: on the loop.
  public func start() {
    guard isStopped else { return }
    isStopped = false
    let known = hub.restored.filter { $0.subject.category == .device }
    isFirstRun = known.isEmpty
    let admitted = known.filter { DeviceRecord($0).map(filter.admits) ?? false }
    for device in admitted.compactMap(DeviceRecord.init) { table.restore(device) }
    health.register()
    // What the configuration leaves out now was not removed: it goes without an event.
    let kept = Set(admitted.map(\.subject))
    for object in known where !kept.contains(object.subject) { feed.send(.remove(object.subject, nil)) }
    open()
  }

  /// Ends the watch.
  ///
  /// Threading: on the loop.
  public func stop() {
    isStopped = true
    close()
    for id in [lookTimer, retryTimer].compactMap(\.self) { loop.removeTimeout(id) }
    lookTimer = nil
    retryTimer = nil
    listing = .none
  }

  // MARK: The monitors

  func open() {
    guard !isStopped, monitors == nil else { return }
    do throws(UdevError) {
      let kernel = try UdevMonitor(.kernel, subsystems: filter.list, options: options)
      let udev =
        UdevMonitor.isUdevRunning ? try UdevMonitor(.udev, subsystems: filter.list, options: options) : nil
      let handles = [kernel.number, udev?.number].compactMap(\.self).map { number in
        loop.addHandle(number, events: .readable) { [weak self] _, _, _ in self?.assumeIsolated { $0.drain() } }
      }
      monitors = Monitors(kernel: kernel, udev: udev, handles: handles)
      shortcoming = udev == nil ? "udevd is not there: events are the kernel's, without the properties of udev" : nil
      if kernel.receiveBuffer < options.receiveBuffer {
        health.note(
          "the receive buffer has \(kernel.receiveBuffer) of \(options.receiveBuffer) bytes, CAP_NET_ADMIN is needed for more"
        )
      }
      lookAfterUdevd()
      requestListing()
    } catch {
      lost(error)
    }
  }

  func close() {
    for handle in monitors?.handles ?? [] { loop.removeHandle(handle) }
    monitors = nil
  }

  /// The monitors are of no more use: others are tried, again and again.
  func lost(_ error: UdevError) {
    close()
    if !isFirstListing { blind = blind ?? (lastComplete, "source-down") }
    health.down(error.description)
    retry { $0.open() }
  }

  /// Does something again after the waiting time that the health suggests.
  func retry(_ action: @escaping @Sendable (isolated UdevSource) -> Void) {
    if let retryTimer { loop.removeTimeout(retryTimer) }
    retryTimer = loop.addTimeout(.every(health.retryDelay)) { [weak self] id in
      self?.assumeIsolated { source in
        source.loop.removeTimeout(id)
        source.retryTimer = nil
        guard !source.isStopped else { return }
        action(source)
      }
    }
  }
}
