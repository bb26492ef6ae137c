// SPDX-License-Identifier: Apache-2.0
// The source of steps of the wall clock: the smallest source, and the example of how one is written (see ARCHITECTURE.md).

public import EventLoop
public import EventModel
public import Hub

/// What can be chosen about the source of clock steps.
public struct ClockOptions: Sendable {
  /// The smallest step that is told, default 10 ms: less is what a time daemon does all day.
  public var smallestStep = Duration.milliseconds(10)

  /// The defaults.
  public init() {}
}

/// The source of steps of the wall clock: whoever reads times of events wants to know when time itself moved.
///
/// Threading: lives on the loop.
public actor ClockSource: LoopActor {
  /// The loop that the source lives on.
  public nonisolated let loop: EventLoop
  /// The source, as the subject of its events.
  public static let subject = Subject(.source, "clock")

  private let options: ClockOptions
  private let feed: HubFeed
  private let offset: @Sendable () -> Duration
  private var health: SourceHealth
  private var watch: ClockWatch?
  private var handle: HandleID?
  private var retryTimer: TimerID?
  private var lastOffset = Duration.zero

  /// A source that feeds that hub; it does nothing until `start`.
  public init(hub: Hub, options: ClockOptions = ClockOptions()) {
    self.init(hub: hub, options: options, offset: ClockWatch.offset)
  }

  /// A source that learns from `offset` how far the wall clock is ahead of the clock that nobody can set.
  init(hub: Hub, options: ClockOptions, offset: @escaping @Sendable () -> Duration) {
    loop = hub.loop
    self.options = options
    self.offset = offset
    feed = HubFeed(hub: hub)
    health = SourceHealth(kind: "clock", name: Self.subject.key, feed: feed)
  }

  /// Begins to watch.
  ///
  /// Threading: on the loop.
  public func start() {
    guard watch == nil else { return }
    health.register()
    open()
  }

  /// Ends the watch.
  ///
  /// Threading: on the loop.
  public func stop() {
    if let handle { loop.removeHandle(handle) }
    if let retryTimer { loop.removeTimeout(retryTimer) }
    (handle, retryTimer, watch) = (nil, nil, nil)
  }

  private func open() {
    do throws(HostError) {
      let watch = try ClockWatch()
      self.watch = watch
      lastOffset = offset()
      handle = loop.addHandle(watch.number, events: .readable) { [weak self] _, _, _ in
        self?.assumeIsolated { $0.clockWasSet() }
      }
      health.up()
    } catch {
      health.down(error.description)
      retryTimer = loop.addTimeout(.every(health.retryDelay)) { [weak self] id in
        self?.assumeIsolated { source in
          source.loop.removeTimeout(id)
          source.retryTimer = nil
          source.open()
        }
      }
    }
  }

  private func clockWasSet() {
    watch?.drain()
    let now = offset()
    let step = now - lastOffset
    // Setting it by very little again and again moves it far in the end, so what is not told stays in the account.
    guard abs(step) >= options.smallestStep else { return }
    lastOffset = now
    feed.send(
      .publish(
        EventDraft(
          .hostClockChanged, subject: .hub, source: Self.subject, data: ["offset": .double(step.inSeconds)])))
  }

  private func abs(_ span: Duration) -> Duration { span < .zero ? .zero - span : span }
}

extension Duration {
  /// The span in seconds.
  var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
  /// The whole microseconds of a span that is not negative.
  var inMicroseconds: UInt64 {
    UInt64(clamping: components.seconds) &* 1_000_000 &+ UInt64(clamping: components.attoseconds / 1_000_000_000_000)
  }
}
