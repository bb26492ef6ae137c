// SPDX-License-Identifier: Apache-2.0
// The session without I/O: greeting, negotiation, IDs, crossing events, limits and time.

import JSONText
import QEMUSource
import Testing

@Suite struct QMPSessionTests {
  private let hello =
    #"{"QMP":{"version":{"qemu":{"major":7,"minor":2,"micro":22},"package":""},"capabilities":[]}}"#

  /// A word for each action, for comparing.
  private func word(_ action: QMPSession.Action) -> String {
    switch action {
    case .none: "none"
    case .ready(let greeting): "ready \(greeting.version)"
    case .event(let event): "event \(event.name)"
    case .answered(let command, .success): "\(command.name) answered"
    case .answered(let command, .failure(let failure)):
      "\(command.name) failed \(failure.errorClass)"
    case .timedOut(let command): "\(command.name) timed out"
    case .busy: "busy"
    case .refused: "refused"
    case .unasked(.late): "late"
    case .unasked(.unknownID): "unknown"
    case .unasked(.anonymous): "anonymous"
    case .unasked(.withoutID): "without ID"
    case .unasked(.greeting): "greeting"
    }
  }

  private func feed(_ session: inout QMPSession, _ text: String, at seconds: Double = 0) throws
    -> String
  {
    word(session.receive(try message(text), now: at(seconds)))
  }

  /// The IDs and names of what is to be written.
  private func sent(_ session: inout QMPSession) throws -> [String] {
    let text = String(decoding: session.takeOutput(), as: UTF8.self)
    return try text.split(separator: "\n").map { line in
      let command = try json(String(line))
      return "\(command["id"]?.uint64 ?? 0) \(command["execute"]?.string ?? "")"
    }
  }

  private func send(_ command: QMPCommand, _ session: inout QMPSession, _ now: MonotonicTime) -> Bool {
    session.send(command, now: now)
  }

  private func readySession() throws -> QMPSession {
    var session = QMPSession(now: at(0))
    _ = try feed(&session, hello)
    _ = session.takeOutput()
    _ = try feed(&session, #"{"return":{},"id":1}"#)
    return session
  }

  @Test func `greeting, negotiation, ready`() throws {
    var session = QMPSession(now: at(0))
    #expect(session.phase == .waiting)
    #expect(session.deadline == at(5))
    #expect(try sent(&session) == [])
    #expect(try feed(&session, hello) == "none")
    #expect(session.phase == .negotiating)
    #expect(try sent(&session) == ["1 qmp_capabilities"])
    #expect(session.deadline == at(30))
    #expect(try feed(&session, #"{"return":{},"id":1}"#) == "ready 7.2.22")
    #expect(session.phase == .ready)
    #expect(session.deadline == nil)
    #expect(!session.isAsking)
  }

  @Test func `without a greeting the monitor is busy`() throws {
    var session = QMPSession(now: at(10))
    #expect(word(session.expire(now: at(14.9))) == "none")
    #expect(word(session.expire(now: at(15))) == "busy")
  }

  @Test func `a refused negotiation is said`() throws {
    var session = QMPSession(now: at(0))
    _ = try feed(&session, hello)
    #expect(
      try feed(&session, #"{"id":1,"error":{"class":"GenericError","desc":"no"}}"#) == "refused")
  }

  @Test func `events are taken at any moment`() throws {
    var session = QMPSession(now: at(0))
    let stop = #"{"event":"STOP","timestamp":{"seconds":1,"microseconds":2}}"#
    #expect(try feed(&session, stop) == "event STOP")
    _ = try feed(&session, hello)
    #expect(try feed(&session, stop) == "event STOP")
    _ = try feed(&session, #"{"return":{},"id":1}"#)
    session.send(.query(.status), now: at(0))
    #expect(try feed(&session, stop) == "event STOP")
    #expect(try feed(&session, #"{"return":{},"id":2}"#) == "query-status answered")
  }

  @Test func `replies are matched by ID, in any order`() throws {
    var session = try readySession()
    for query in [QMPQuery.status, .name, .uuid] { session.send(.query(query), now: at(1)) }
    #expect(try sent(&session) == ["2 query-status", "3 query-name", "4 query-uuid"])
    #expect(try feed(&session, #"{"return":{},"id":4}"#) == "query-uuid answered")
    #expect(
      try feed(&session, #"{"id":2,"error":{"class":"GenericError","desc":"no"}}"#)
        == "query-status failed GenericError")
    #expect(try feed(&session, #"{"return":{},"id":3}"#) == "query-name answered")
    #expect(!session.isAsking)
  }

  @Test func `what nobody asked for is counted and dropped`() throws {
    var session = try readySession()
    session.send(.query(.status), now: at(1))
    #expect(try feed(&session, #"{"return":{},"id":77}"#) == "unknown")
    #expect(try feed(&session, #"{"return":{},"id":0}"#) == "unknown")
    #expect(try feed(&session, #"{"return":{}}"#) == "without ID")
    #expect(
      try feed(&session, #"{"error":{"class":"GenericError","desc":"parse"}}"#) == "anonymous")
    #expect(try feed(&session, hello) == "greeting")
    #expect(try feed(&session, #"{"return":{},"id":1}"#) == "late")
    #expect(session.unasked == 6)
    #expect(try feed(&session, #"{"return":{},"id":2}"#) == "query-status answered")
  }

  @Test func `a reply before the negotiation belongs to nobody`() throws {
    var session = QMPSession(now: at(0))
    #expect(try feed(&session, #"{"return":{},"id":1}"#) == "unknown")
    #expect(session.phase == .waiting)
  }

  @Test func `never more than eight commands are under way`() throws {
    var session = try readySession()
    for query in QMPQuery.allCases { #expect(send(.query(query), &session, at(1))) }
    #expect(session.inFlight == 8)
    var answered = 0
    var next = 2
    while session.isAsking {
      #expect(session.inFlight <= 8)
      #expect(try feed(&session, "{\"return\":{},\"id\":\(next)}").hasSuffix("answered"))
      next += 1
      answered += 1
    }
    #expect(answered == QMPQuery.allCases.count)
    #expect(try sent(&session).count == QMPQuery.allCases.count)
  }

  @Test func `a command without an answer times out, and its late reply is known as late`() throws {
    var session = try readySession()
    session.send(.query(.status), now: at(100))
    session.send(.query(.block), now: at(110))
    #expect(session.deadline == at(130))
    #expect(word(session.expire(now: at(129))) == "none")
    #expect(word(session.expire(now: at(130))) == "query-status timed out")
    #expect(word(session.expire(now: at(130))) == "none")
    #expect(session.deadline == at(140))
    #expect(try feed(&session, #"{"return":{},"id":2}"#) == "late")
    #expect(try feed(&session, #"{"return":{},"id":3}"#) == "query-block answered")
    #expect(session.deadline == nil)
  }

  @Test func `a command that waits is not queued twice, and the queue is bounded`() throws {
    var limits = QMPSession.Limits()
    limits.inFlight = 1
    limits.queued = 2
    var session = QMPSession(limits: limits, now: at(0))
    _ = try feed(&session, hello)
    _ = try feed(&session, #"{"return":{},"id":1}"#)
    _ = session.takeOutput()
    #expect(send(.query(.status), &session, at(0)))
    #expect(send(.query(.block), &session, at(0)))
    #expect(send(.query(.block), &session, at(0)))
    #expect(send(.query(.jobs), &session, at(0)))
    #expect(!send(.query(.kvm), &session, at(0)))
    #expect(try sent(&session) == ["2 query-status"])
    _ = try feed(&session, #"{"return":{},"id":2}"#)
    #expect(try sent(&session) == ["3 query-block"])
  }

  @Test func `a QEMU that is about to end is left alone`() throws {
    var session = try readySession()
    session.hold(true, now: at(1))
    #expect(send(.query(.status), &session, at(1)))
    #expect(try sent(&session) == [])
    #expect(session.deadline == nil)
    session.hold(false, now: at(2))
    #expect(try sent(&session) == ["2 query-status"])
  }

  @Test func `only commands that ask can be made`() throws {
    let commands: [QMPCommand] =
      [.negotiate, .enableMigrationEvents, .listPeripherals]
      + QMPQuery.allCases.map(QMPCommand.query)
    for command in commands {
      let line = command.line(id: 5)
      #expect(line.last == UInt8(ascii: "\n"))
      #expect(line.filter { $0 == UInt8(ascii: "\n") }.count == 1)
      let value = try JSONParser().parse(line)
      #expect(value["id"]?.uint64 == 5)
      let name = try #require(value["execute"]?.string)
      #expect(
        name.hasPrefix("query-")
          || ["qmp_capabilities", "migrate-set-capabilities", "qom-list"].contains(name))
    }
    let capability = try JSONParser().parse(QMPCommand.enableMigrationEvents.line(id: 1))
    #expect(
      capability["arguments"]?.description
        == #"{"capabilities":[{"capability":"events","state":true}]}"#)
    let nodes = try JSONParser().parse(QMPCommand.query(.namedBlockNodes).line(id: 1))
    #expect(nodes["arguments"]?.description == #"{"flat":true}"#)
  }
}
