// SPDX-License-Identifier: Apache-2.0
// The sources of devices and links by themselves in a process, for tests that run them in namespaces or guests of their own.
//
// It prints each event as a line of JSON. On standard input it takes lines: `objects` prints what the hub knows as one line of
// JSON, `stop` ends the sources and their hub, and `start` begins them anew with what the hub knew then, as after a restart of
// the daemon; `vlan INDEX FUNCTION VLAN QOS` and `mac INDEX FUNCTION ADDRESS` set up a virtual function; `run COMMAND` runs a
// command and prints its status. Arguments are options, `name=value`.

import EventLoop
import EventModel
import Hub
import NetlinkSource
import UdevSource

/// Prints every event.
final class Printer: EventSink {
  let instance: InstanceID

  init(instance: InstanceID) { self.instance = instance }

  nonisolated func publish(_ batch: PublishedBatch) {
    for event in batch.events { print(event.json(instance: instance)) }
    // What is read from sysfs after the event is no event of its own.
    for change in batch.changed where change.properties.contains(.details) {
      Probe.print(["kind": "learned", "name": change.object[.name] ?? "", "details": change.object[.details] ?? [:]])
    }
    Terminal.flush()
  }
}

/// A log that holds what an earlier hub knew.
struct Reopened: EventLog {
  let contents: LogContents
  let log = MemoryLog()

  init(_ objects: [HubObject]) {
    contents = LogContents(instance: log.contents.instance, head: 0, oldest: 1, objects: objects)
  }

  var oldest: UInt64 { log.oldest }

  func append(_ batch: LogBatch, completion: @escaping @Sendable (LogOutcome) -> Void) {
    log.append(batch, completion: completion)
  }

  func read(_ query: LogQuery, completion: @escaping @Sendable (Result<LogPage, LogError>) -> Void) {
    log.read(query, completion: completion)
  }

  func findCursor(_ time: Timestamp, completion: @escaping @Sendable (Result<UInt64, LogError>) -> Void) {
    log.findCursor(time, completion: completion)
  }

  func close(completion: @escaping @Sendable () -> Void) { log.close(completion: completion) }
}

/// The hub and its sources, and what becomes of them.
actor Probe: LoopActor {
  nonisolated let loop: EventLoop
  private let options: ProbeOptions
  private var hub: Hub
  private var devices: UdevSource?
  private var links: NetlinkSource?
  private var known: [HubObject] = []
  private var input: [UInt8] = []

  init(loop: EventLoop, options: ProbeOptions) {
    self.loop = loop
    self.options = options
    hub = Hub(loop: loop, log: Reopened([]))
  }

  func start() {
    hub = Hub(loop: loop, log: Reopened(known))
    hub.assumeIsolated { hub in hub.addSink(Printer(instance: hub.instance)) }
    devices = options.sources.contains("udev") ? UdevSource(hub: hub, options: options.udev) : nil
    links = options.sources.contains("rtnetlink") ? NetlinkSource(hub: hub) : nil
    devices?.assumeIsolated { $0.start() }
    links?.assumeIsolated { $0.start() }
  }

  func readCommands() {
    guard let bytes = Terminal.read() else { return loop.stop() }
    input += bytes
    while let end = input.firstIndex(of: UInt8(ascii: "\n")) {
      obey(String(decoding: input[..<end], as: UTF8.self))
      input.removeSubrange(...end)
    }
  }

  private func obey(_ line: String) {
    let words = line.split(whereSeparator: \.isWhitespace).map(String.init)
    switch words.first {
    case "objects": printObjects()
    case "stop":
      devices?.assumeIsolated { $0.stop() }
      links?.assumeIsolated { $0.stop() }
      known = objects
      say(["kind": "stopped"])
    case "start": start()
    case "run": say(["kind": "ran", "status": .int(Int64(Terminal.run(String(line.dropFirst(4)))))])
    case "vlan" where words.count == 5:
      let numbers = words.dropFirst().compactMap { UInt32($0) }
      guard numbers.count == 4 else { return say(["kind": "unknown command"]) }
      links?.setVLAN(
        link: Subject(.link, words[1]), function: numbers[1], vlan: numbers[2], qos: numbers[3], completion: answer)
    case "mac" where words.count == 4:
      links?.setAddress(
        link: Subject(.link, words[1]), function: UInt32(words[2]) ?? 0, address: words[3], completion: answer)
    default: say(["kind": "unknown command"])
    }
  }

  private nonisolated var answer: @Sendable (Result<Void, ControlError>) -> Void {
    { result in
      switch result {
      case .success: Probe.print(["kind": "answer", "error": ""])
      case .failure(let error): Probe.print(["kind": "answer", "error": .string("\(error)")])
      }
    }
  }

  private var objects: [HubObject] {
    hub.assumeIsolated { $0.objects(.device) + $0.objects(.link) + $0.objects(.source) }
  }

  private func printObjects() {
    var list: [Value] = []
    for object in objects {
      var fields: Fields = [:]
      for (definition, value) in object.properties { fields[definition.name.rawValue] = value }
      list.append(.map(fields))
    }
    say(["kind": "objects", "objects": .list(list)])
  }

  private func say(_ fields: Fields) { Probe.print(fields) }

  static func print(_ fields: Fields) {
    var writer = JSONWriter()
    writer.write(fields)
    Swift.print(writer.text)
    Terminal.flush()
  }
}
