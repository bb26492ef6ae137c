// SPDX-License-Identifier: Apache-2.0
// The conversation with an agent without I/O: synchronization, one question at a time, late and hostile answers.

import JSONText
import QEMUSource
import Testing

@Suite struct AgentSessionTests {
  private func word(_ action: AgentSession.Action) -> String {
    switch action {
    case .none: "none"
    case .synchronized: "synchronized"
    case .answered(let command, .success(let value)): "\(command.rawValue) \(value)"
    case .answered(let command, .failure(let failure)): "\(command.rawValue) failed \(failure.errorClass)"
    case .silent(let command): "silent \(command?.rawValue ?? "synchronization")"
    case .garbled: "garbled"
    case .flooded: "flooded"
    }
  }

  private func feed(_ session: inout AgentSession, _ bytes: [UInt8]) -> String {
    guard let range = session.text(of: bytes.span) else { return "thrown away" }
    let value = try? JSONParser().parse(bytes.span.extracting(range))
    return word(session.receive(value))
  }

  private func feed(_ session: inout AgentSession, _ text: String) -> String { feed(&session, Array(text.utf8)) }

  private func ready() -> AgentSession {
    var session = AgentSession()
    session.synchronize(id: 7, now: at(0))
    _ = session.takeOutput()
    _ = feed(&session, [0xFF] + Array(#"{"return": 7}"#.utf8))
    return session
  }

  @Test func `a conversation begins with a byte that no text holds and a random number`() {
    var session = AgentSession()
    #expect(session.isIdle && !session.isReady && session.deadline == nil)
    session.synchronize(id: 4242, now: at(1))
    let output = session.takeOutput()
    #expect(output.first == 0xFF)
    #expect(
      String(decoding: output.dropFirst(), as: UTF8.self)
        == #"{"execute":"guest-sync-delimited","arguments":{"id":4242}}"# + "\n")
    #expect(session.deadline == at(6))
    #expect(feed(&session, [0xFF] + Array(#"{"return": 4242}"#.utf8)) == "synchronized")
    #expect(session.isReady && session.deadline == nil)
  }

  @Test func `everything before the answer with the number is thrown away`() {
    var session = AgentSession()
    session.synchronize(id: 9, now: at(0))
    // What qemu-ga says first to the byte 0xFF, an answer of an earlier conversation, and half of another one.
    #expect(feed(&session, #"{"error": {"class": "GenericError", "desc": "JSON parse error"}}"#) == "thrown away")
    #expect(feed(&session, #"{"return": {"host-name": "old"}}"#) == "thrown away")
    #expect(feed(&session, [0xFF] + Array(#"{"return": 8}"#.utf8)) == "none")
    #expect(feed(&session, [0xFF] + Array("garbage".utf8)) == "none")
    #expect(
      feed(&session, Array(#"{"return": {"half"#.utf8) + [0xFF, 0xFF] + Array(#"{"return": 9}"#.utf8)) == "synchronized"
    )
  }

  @Test(arguments: ["null", "\"9\"", "9.0", "-9", "[9]", "{}", "18446744073709551615"])
  func `an answer of another type is none`(_ value: String) {
    var session = AgentSession()
    session.synchronize(id: 9, now: at(0))
    #expect(feed(&session, [0xFF] + Array("{\"return\": \(value)}".utf8)) == "none")
    #expect(!session.isReady)
  }

  @Test func `one question at a time`() {
    var session = ready()
    let first = session.ask(.hostName, now: at(1))
    let second = session.ask(.osInfo, now: at(1))
    #expect(first && !second)
    #expect(String(decoding: session.takeOutput(), as: UTF8.self) == "{\"execute\":\"guest-get-host-name\"}\n")
    #expect(feed(&session, #"{"return": {"host-name": "web"}}"#) == #"guest-get-host-name {"host-name":"web"}"#)
    let third = session.ask(.osInfo, now: at(2))
    #expect(third)
    #expect(
      feed(&session, #"{"error": {"class": "CommandNotFound", "desc": "no"}}"#)
        == "guest-get-osinfo failed CommandNotFound")
    #expect(session.isReady)
  }

  @Test func `before it is synchronized nothing can be asked`() {
    var session = AgentSession()
    let idle = session.ask(.ping, now: at(0))
    session.synchronize(id: 1, now: at(0))
    let synchronizing = session.ask(.ping, now: at(0))
    #expect(!idle && !synchronizing)
  }

  @Test func `an agent that keeps silent must be synchronized again, and its late answer is nobody's`() {
    var session = ready()
    session.ask(.fileSystems, now: at(100))
    #expect(session.deadline == at(110))
    #expect(word(session.expire(now: at(109.9))) == "none")
    #expect(word(session.expire(now: at(110))) == "silent guest-get-fsinfo")
    #expect(session.isIdle)
    #expect(feed(&session, #"{"return": []}"#) == "thrown away")
    session.synchronize(id: 11, now: at(120))
    #expect(feed(&session, #"{"return": []}"#) == "thrown away")
    #expect(word(session.expire(now: at(125))) == "silent synchronization")
  }

  @Test func `nonsense instead of an answer ends the conversation`() {
    for text in ["nonsense", "[]", "7", "{}", #"{"error": 7}"#] {
      var session = ready()
      session.ask(.ping, now: at(0))
      #expect(feed(&session, text) == "garbled")
      #expect(session.isIdle)
    }
  }

  @Test func `what nobody asked for is thrown away`() {
    var session = ready()
    #expect(feed(&session, #"{"return": {"host-name": "forced"}}"#) == "thrown away")
    #expect(session.isReady)
  }

  @Test func `a guest that sends without end while it is synchronized is given up`() {
    var limits = AgentSession.Limits()
    limits.discarded = 1000
    var session = AgentSession(limits: limits)
    session.synchronize(id: 5, now: at(0))
    let line = [UInt8](repeating: UInt8(ascii: "x"), count: 600)
    #expect(feed(&session, line) == "thrown away")
    #expect(feed(&session, [0xFF] + Array(#"{"return": 4}"#.utf8)) == "none")
    #expect(feed(&session, line) == "thrown away")
    #expect(feed(&session, [0xFF] + Array(#"{"return": 4}"#.utf8)) == "flooded")
  }

  @Test func `only questions can be asked`() throws {
    let allowed: Set = [
      "guest-ping", "guest-info", "guest-get-host-name", "guest-get-osinfo", "guest-network-get-interfaces",
      "guest-get-fsinfo", "guest-get-users", "guest-get-time", "guest-fsfreeze-status",
    ]
    #expect(Set(AgentCommand.allCases.map(\.rawValue)) == allowed)
    for command in AgentCommand.allCases {
      let line = try JSONParser().parse(command.line)
      #expect(line["execute"]?.string == command.rawValue)
      #expect(line.count == 1)
    }
  }
}

@Suite struct AgentScheduleTests {
  @Test func `the first round is at once, from the most telling on, then each in its time`() {
    var generator = SystemRandomNumberGenerator()
    var schedule = AgentSchedule(intervals: AgentIntervals(), asksForUsers: false, now: at(0))
    var asked: [AgentCommand] = []
    while let command = schedule.next(now: at(0), using: &generator) { asked.append(command) }
    #expect(asked == [.info, .freezeStatus, .hostName, .osInfo, .interfaces, .fileSystems, .time])
    let deadline = schedule.deadline ?? at(0)
    #expect(deadline >= at(9) && deadline <= at(10))
    #expect(schedule.next(now: at(8.9), using: &generator) == nil)
  }

  @Test func `addresses are asked for at doubling times`() {
    var generator = SystemRandomNumberGenerator()
    var schedule = AgentSchedule(intervals: AgentIntervals(), asksForUsers: false, now: at(0))
    var times: [Double] = []
    for tenth in 0..<6000 {
      while let command = schedule.next(now: at(Double(tenth) / 10), using: &generator) {
        if command == .interfaces { times.append(Double(tenth) / 10) }
      }
    }
    let gaps = zip(times.dropFirst(), times).map { $0 - $1 }
    for (gap, whole) in zip(gaps, [10, 20, 40, 80, 120, 120]) {
      #expect(gap <= Double(whole) + 0.2 && gap >= Double(whole) * 0.9 - 0.2)
    }
  }

  @Test func `a ping is needed only where nothing else is asked`() {
    var generator = SystemRandomNumberGenerator()
    var schedule = AgentSchedule(intervals: AgentIntervals(), asksForUsers: false, now: at(0))
    for command in AgentCommand.allCases where command != .ping { schedule.drop(command) }
    #expect(schedule.next(now: at(59), using: &generator) == nil)
    #expect(schedule.next(now: at(60), using: &generator) == .ping)
  }

  @Test func `what has no interval is never asked, not even again`() {
    var generator = SystemRandomNumberGenerator()
    var intervals = AgentIntervals()
    intervals.ping = .zero
    intervals.identity = .zero
    var schedule = AgentSchedule(intervals: intervals, asksForUsers: false, now: at(0))
    schedule.again(.hostName, now: at(0))
    var asked: Set<AgentCommand> = []
    for second in 0..<1000 {
      while let command = schedule.next(now: at(Double(second)), using: &generator) { asked.insert(command) }
    }
    #expect(asked == [.info, .freezeStatus, .interfaces, .fileSystems, .time])
  }

  @Test func `a question that was given up is due again`() {
    var generator = SystemRandomNumberGenerator()
    var schedule = AgentSchedule(intervals: AgentIntervals(), asksForUsers: false, now: at(0))
    while schedule.next(now: at(0), using: &generator) != nil {}
    schedule.again(.osInfo, now: at(1))
    let first = schedule.next(now: at(1), using: &generator)
    let second = schedule.next(now: at(1), using: &generator)
    #expect(first == .osInfo && second == nil)
  }

  @Test func `users are asked for only where that is wanted`() {
    var generator = SystemRandomNumberGenerator()
    var schedule = AgentSchedule(intervals: AgentIntervals(), asksForUsers: true, now: at(0))
    var asked: [AgentCommand] = []
    while let command = schedule.next(now: at(0), using: &generator) { asked.append(command) }
    #expect(asked.contains(.users))
  }

  @Test func `a frozen guest is asked only what it may answer`() {
    var generator = SystemRandomNumberGenerator()
    var schedule = AgentSchedule(intervals: AgentIntervals(), asksForUsers: true, now: at(0))
    schedule.isFrozen = true
    var asked: [AgentCommand] = []
    for second in 0..<1000 {
      while let command = schedule.next(now: at(Double(second)), using: &generator) { asked.append(command) }
    }
    #expect(Set(asked).isSubset(of: [.ping, .info, .freezeStatus]))
    #expect(asked.contains(.freezeStatus))
  }

  @Test func `what an agent cannot do is not asked, until it says that it can`() {
    var generator = SystemRandomNumberGenerator()
    var schedule = AgentSchedule(intervals: AgentIntervals(), asksForUsers: false, now: at(0))
    schedule.allow([.ping, .hostName])
    #expect(schedule.next(now: at(0), using: &generator) == .hostName)
    #expect(schedule.next(now: at(0), using: &generator) == nil)
    schedule.allow([])
    #expect(schedule.next(now: at(0), using: &generator) == .info)
  }
}
