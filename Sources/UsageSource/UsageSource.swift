// SPDX-License-Identifier: Apache-2.0
// The source of usage: which machine uses which device and link of the host.
//
// Nobody tells it: a management layer opens a tap or a disk and hands QEMU the descriptor, without a name that any monitor
// could ask for. But the process holds it open, and /proc says of each open file what it is: the link of a tap, the group of
// a passed-through PCI device, the numbers of a disk or a USB device. So each machine's process is looked at: when it comes,
// when something happened that may have to do with it, and now and then. What it holds is joined with the devices and links
// in the registry; the machine then shows them as `HostDevices`, they show it as `VMs`, and their events carry it.

private import Dispatch
public import EventLoop
public import EventModel
public import Hub

/// The source of usage: which machine uses which device and link of the host, by the files that its process holds open.
///
/// Threading: lives on the loop.
public actor UsageSource: LoopActor {
  /// The loop that the source lives on.
  public nonisolated let loop: EventLoop
  /// The source, as the subject of its events.
  public static let subject = Subject(.source, "usage")

  private let hub: Hub
  private let options: UsageOptions
  private let feed: HubFeed
  private let queue = DispatchQueue(label: "usage")
  private var table: UsageTable
  private var health: SourceHealth
  private var isStopped = true
  private var isSink = false
  private var isLooking = false
  private var needsLook = false
  private var gatherTimer: TimerID?
  private var intervalTimer: TimerID?

  /// A source that reads and corrects the registry of that hub; it does nothing until `start`.
  public init(hub: Hub, options: UsageOptions = UsageOptions()) {
    self.hub = hub
    self.options = options
    loop = hub.loop
    feed = HubFeed(hub: hub)
    table = UsageTable(limits: options.limits)
    health = SourceHealth(kind: "usage", name: Self.subject.key, feed: feed)
  }

  /// Begins to look.
  ///
  /// Threading: on the loop.
  public func start() {
    guard isStopped else { return }
    isStopped = false
    health.register()
    health.up()
    if !isSink { hub.assumeIsolated { $0.addSink(self) } }
    isSink = true
    intervalTimer = loop.addTimeout(.every(options.interval)) { [weak self] _ in self?.assumeIsolated { $0.look() } }
    look()
  }

  /// Ends the looking.
  ///
  /// Threading: on the loop.
  public func stop() {
    isStopped = true
    for id in [gatherTimer, intervalTimer].compactMap(\.self) { loop.removeTimeout(id) }
    (gatherTimer, intervalTimer) = (nil, nil)
  }

  // MARK: Looking

  /// Looks at all machines soon, together with what else happens until then.
  private func lookSoon() {
    guard gatherTimer == nil, !isStopped else { return }
    gatherTimer = loop.addTimeout(.every(options.gathering)) { [weak self] id in
      self?.assumeIsolated { source in
        source.loop.removeTimeout(id)
        source.gatherTimer = nil
        source.look()
      }
    }
  }

  /// Looks at all machines, and joins what they hold with what the host has, off the loop: both may be a lot.
  private func look() {
    guard !isLooking, !isStopped else {
      needsLook = true
      return
    }
    isLooking = true
    let registry = hub.assumeIsolated { UsageTable.Registry($0) }
    queue.async { [weak self, loop, table, limits = options.limits] in
      var table = table
      var denied = 0
      table.retain(registry.machines)
      for (machine, process) in registry.processes {
        do throws(ProcessFiles.Failure) {
          table.put(try ProcessFiles.resources(of: process, limits: limits), of: machine)
        } catch {
          if error == .denied { denied += 1 }
        }
      }
      let corrections = table.corrections(registry)
      loop.submit { [table, denied] in self?.assumeIsolated { $0.looked(table, corrections, denied: denied) } }
    }
  }

  private func looked(_ table: UsageTable, _ corrections: [UsageTable.Correction], denied: Int) {
    isLooking = false
    guard !isStopped else { return }
    self.table = table
    for correction in corrections {
      feed.send(.update(correction.subject, [correction.property: .strings(correction.paths)]))
    }
    if denied > 0 {
      health.degraded("of \(denied) machines it may not be seen what they use, CAP_SYS_PTRACE is needed for that")
    } else {
      health.up()
    }
    guard needsLook else { return }
    needsLook = false
    lookSoon()
  }

  /// Whether what became public may have to do with who uses what.
  private static func isRelevant(_ batch: PublishedBatch) -> Bool {
    batch.added.contains { $0.subject.category != .source }
      || batch.changed.contains { !$0.properties.isDisjoint(with: properties) && $0.object.subject.category == .vm }
      || batch.events.indices.contains { kinds.contains(batch.events[$0].kind) }
  }

  /// What changes when the process of a machine, or what it has open, is another one.
  private static let properties: PropertySet = [.processID, .drives]

  /// What may mean that a machine opened or closed something: a tap that it opens gets a carrier.
  private static let kinds: Set<EventKind> = [
    .linkCarrierGained, .linkCarrierLost, .deviceBound, .deviceUnbound, .vmDeviceAdded, .vmDeviceRemoved,
    .vmBlockTray, .vmStateRunning,
  ]
}

extension UsageSource: EventSink {
  /// Takes what became public, on the loop.
  public nonisolated func publish(_ batch: PublishedBatch) {
    guard Self.isRelevant(batch) else { return }
    assumeIsolated { $0.lookSoon() }
  }
}
