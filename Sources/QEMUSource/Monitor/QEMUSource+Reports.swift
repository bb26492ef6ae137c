// SPDX-License-Identifier: Apache-2.0
// What is said about monitors: their objects and their events.

import EventModel

extension QEMUSource {
  /// Reports of refused input are this frequent at most: the first few, then one a second.
  private static let reportLimits = RateLimits(burst: 8, perSecond: 1)
  /// How much of what was refused is shown.
  private static let sampleBytes = 120

  /// Makes the object of a monitor.
  func addSource(_ key: String, kind: String = "qmp", state: String) -> Subject {
    let subject = Subject(.source, key)
    if object(subject) == nil {
      add(HubObject(subject, [.name: .string(key), .kind: .string(kind), .state: .string(state)]))
    } else {
      update(subject, [.state: .string(state)])
    }
    return subject
  }

  /// Says that something from a monitor was refused.
  ///
  /// A stranger's words are reported as the listener's.
  func report(
    _ what: String, sample: Span<UInt8>? = nil, from monitor: Monitor, _ link: MonitorLink, now: MonotonicTime
  ) {
    guard let source = monitor.source ?? listener?.source else { return }
    let time = Timestamp.now()
    let changes: PropertyChanges = [
      .lastError: .string(what), .lastErrorTime: .uint(time.unsigned), .overruns: raised(.overruns, of: source),
    ]
    var guarded = link.reports ?? RateGuard(limits: Self.reportLimits, now: now)
    let verdict = guarded.admit(.sourceRejected, now: now)
    link.reports = guarded
    guard verdict == .pass else { return update(source, changes) }
    var data: Fields = ["error": .string(what)]
    if let sample { data["sample"] = .string(Self.printable(sample)) }
    publish(EventDraft(.sourceRejected, subject: source, source: source, data: data, changes: changes))
  }

  private static func printable(_ bytes: Span<UInt8>) -> String {
    let part = bytes.extracting(0..<min(bytes.count, sampleBytes))
    var copy: [UInt8] = []
    copy.append(part)
    let text = String(decoding: copy, as: UTF8.self).printable(limit: sampleBytes * 3)
    return bytes.count > part.count ? text + "…" : text
  }

  /// Says that a monitor delivers events, for the first time or again.
  func reportUp(_ monitor: Monitor, now: MonotonicTime) {
    guard let source = monitor.source else { return }
    monitor.isBusy = false
    if let since = monitor.downSince {
      publish(
        EventDraft(
          .sourceReconnected, subject: source, source: source,
          data: [
            "attempts": .uint(UInt64(max(1, monitor.backoff.attempts))), "seconds": .double((now - since).seconds),
          ],
          changes: [.state: "up", .reconnects: raised(.reconnects, of: source)]))
    } else if !monitor.wasUp {
      publish(EventDraft(.sourceUp, subject: source, source: source, changes: [.state: "up"]))
    }
    monitor.wasUp = true
    monitor.downSince = nil
    monitor.isDownTold = false
    monitor.backoff.reset()
  }

  /// Says that a monitor delivers no events, once until it does again.
  func reportDown(_ monitor: Monitor, _ why: String, now: MonotonicTime) {
    guard let source = monitor.source else { return }
    let changes: PropertyChanges = [
      .state: "down", .lastError: .string(why), .lastErrorTime: .uint(Timestamp.now().unsigned),
    ]
    if monitor.downSince == nil { monitor.downSince = now }
    guard !monitor.isDownTold else { return update(source, changes) }
    monitor.isDownTold = true
    publish(
      EventDraft(.sourceDown, subject: source, source: source, data: ["error": .string(why)], changes: changes))
  }
}

extension Duration {
  /// The time in seconds.
  var seconds: Double { Double(nanoseconds) / 1e9 }
}

extension QMPSession.Unasked {
  /// What came, in words.
  var description: String {
    switch self {
    case .late: "a reply came after its command was given up"
    case .unknownID: "a reply to a command that was never sent"
    case .anonymous(let failure): "an error without ID: \(failure.text.printable(limit: QMPFailure.limit))"
    case .withoutID: "a reply without ID"
    case .greeting: "a second greeting"
    }
  }
}

extension QMPMessage.Refusal {
  /// What is wrong, in words.
  var description: String {
    switch self {
    case .notAnObject: "not an object"
    case .unknownMessage: "neither greeting, event, return nor error"
    case .malformedEvent: "an event without a proper name"
    case .malformedError: "an error without class and text"
    }
  }
}
