// SPDX-License-Identifier: Apache-2.0
// How units of systemd ended, asked when processes in them did (org.freedesktop.systemd1(5)).
//
// systemd hears of the end of a process like anybody else, so its word may not be there yet when it is asked: then the changes of
// the unit's properties tell it. It sends them only while somebody has subscribed, so that is done as long as questions are open.
// A unit that succeeded is forgotten by systemd at once; then nothing is known, and nothing needs to be.
//
// Nobody waits for systemd longer than a bound: where it is not there, hangs or talks nonsense, there is one fact less.

public import DBusBridge
import DBusTypes
public import EventLoop
public import Hub

/// What can be chosen about asking for units.
public struct UnitOptions: Sendable {
  /// How long an answer may take; default 2 s.
  public var patience = Duration.seconds(2)
  /// How many units are asked for at once, default 64; the others wait, within their time.
  public var inquiries = 64

  /// The defaults.
  public init() {}
}

/// How units of systemd ended: asks its manager on the bus of a connection that others may use too.
///
/// Threading: lives on the loop.
public actor SystemdUnits: LoopActor, UnitResults {
  /// The loop that it lives on.
  public nonisolated let loop: EventLoop

  private let connection: BusConnection
  private let options: UnitOptions
  private var inquiries: [UInt64: Inquiry] = [:]
  /// Those whose turn has not come; one that is answered meanwhile stays in here until then.
  private var waiting: ArraySlice<UInt64> = []
  private var underWay = 0
  private var lastID: UInt64 = 0
  private var isListening = false

  /// One question, until it is answered.
  private struct Inquiry {
    let question: UnitQuestion
    let answer: @Sendable (UnitEnd?) -> Void
    let timer: TimerID
    var reading: UnitReading
    /// Whose turn has come hears of changes.
    var match: MatchID?
  }

  /// One that asks on that bus; the connection is started by whom it belongs to.
  public init(connection: BusConnection, options: UnitOptions = UnitOptions()) {
    self.connection = connection
    self.options = options
    loop = connection.loop
  }

  /// Asks how the unit of a process ended; the answer takes no longer than the options say.
  public nonisolated func ask(_ question: UnitQuestion, answer: @escaping @Sendable (UnitEnd?) -> Void) {
    assumeIsolated { $0.add(question, answer) }
  }

  private func add(_ question: UnitQuestion, _ answer: @escaping @Sendable (UnitEnd?) -> Void) {
    lastID += 1
    let id = lastID
    let timer = loop.addTimeout(.every(options.patience)) { [weak self] _ in
      self?.assumeIsolated { $0.conclude(id, nil) }
    }
    let reading = UnitReading(question, asked: ClockWatch.awake().inMicroseconds)
    inquiries[id] = Inquiry(question: question, answer: answer, timer: timer, reading: reading)
    waiting.append(id)
    startNext()
  }

  /// Asks what may be asked now.
  ///
  /// While the bus is being reached, as when the hub begins, all wait, within their time.
  private func startNext() {
    let isConnecting = connection.assumeIsolated { $0.state == .connecting }
    if isConnecting { return listen() }
    while underWay < options.inquiries, let next = waiting.popFirst() { start(next) }
  }

  private func listen() {
    guard !isListening else { return }
    // A handler of changes stays for ever.
    isListening = true
    connection.assumeIsolated { connection in
      connection.onStateChange { [weak self] _ in self?.assumeIsolated { $0.startNext() } }
    }
  }

  // MARK: One question

  private func start(_ id: UInt64) {
    guard let question = inquiries[id]?.question, let path = Systemd1.path(of: question.unit) else { return }
    underWay += 1
    if underWay == 1 { send(Systemd1.call("Subscribe")) }
    // Before the first question, so that no change can come between the two.
    inquiries[id]?.match = connection.assumeIsolated { connection in
      connection.addMatch(Systemd1.changes(of: path)) { [weak self] signal in
        self?.assumeIsolated { $0.changed(id, signal) }
      }
    }
    // One that is not known is not loaded for this.
    call(Systemd1.call("GetUnit", question.unit.rawValue), id) { units, reply in
      guard reply.body.first?.objectPath == path else { return units.conclude(id, nil) }
      units.askProperties(id, question.unit, path)
    }
  }

  private func askProperties(_ id: UInt64, _ unit: UnitName, _ path: ObjectPath) {
    for (interface, property) in Systemd1.properties(of: unit.kind) {
      call(Systemd1.get(property, interface, of: path), id) { units, reply in
        guard let value = reply.body.first?.variant else { return units.conclude(id, nil) }
        units.take(id, [(property, value)])
      }
    }
  }

  private func changed(_ id: UInt64, _ signal: BusMessage) {
    guard let kind = inquiries[id]?.question.unit.kind, signal.body.count == 3,
      let interface = signal.body[0].string.flatMap({ InterfaceName($0) }), let values = signal.body[1].dictionary,
      Systemd1.interfaces(of: kind).contains(interface)
    else { return }
    let told = Systemd1.properties(of: kind).compactMap { owner, property in
      owner == interface ? values[property.rawValue].map { (property, $0.variant ?? $0) } : nil
    }
    take(id, told)
  }

  private func take(_ id: UInt64, _ values: [(UnitProperty, BusValue)]) {
    for (property, value) in values where inquiries[id] != nil {
      guard inquiries[id]?.reading.take(property, value) ?? false else { return conclude(id, nil) }
    }
    switch inquiries[id]?.reading.verdict {
    case .open, nil: break
    case .nothing: conclude(id, nil)
    case .ended(let end): conclude(id, end)
    }
  }

  /// Answers a question, and lets the next one begin.
  private func conclude(_ id: UInt64, _ end: UnitEnd?) {
    guard let inquiry = inquiries.removeValue(forKey: id) else { return }
    loop.removeTimeout(inquiry.timer)
    if let match = inquiry.match {
      connection.assumeIsolated { $0.removeMatch(match) }
      underWay -= 1
    }
    inquiry.answer(end)
    startNext()
    if underWay == 0 { send(Systemd1.call("Unsubscribe")) }
  }

  // MARK: The bus

  /// Calls systemd about a question; what goes wrong answers it, and an answer to one that is over is not heard.
  private func call(
    _ message: BusMessage, _ id: UInt64, _ take: @escaping @Sendable (isolated SystemdUnits, BusMessage) -> Void
  ) {
    connection.assumeIsolated { [patience = options.patience] connection in
      connection.call(message, timeout: patience) { [weak self] result in
        self?.assumeIsolated { units in
          guard units.inquiries[id] != nil else { return }
          switch result {
          case .success(let reply): take(units, reply)
          case .failure: units.conclude(id, nil)
          }
        }
      }
    }
  }

  /// Tells systemd something that needs no answer: that somebody has subscribed already is all that it could say.
  private func send(_ message: BusMessage) {
    var message = message
    message.flags.insert(.noReplyExpected)
    connection.assumeIsolated { _ = $0.send(message) }
  }
}
