// SPDX-License-Identifier: Apache-2.0
// A source of devices by itself in a process, for tests that run it in namespaces of its own.
//
// It prints each event as a line of JSON. On standard input it takes lines: `objects` prints the devices and the source as
// one line of JSON, `stop` ends the source and its hub, and `start` begins both anew with what the hub knew then, as after a
// restart of the daemon. Arguments are options of the source, `name=value`.

import EventLoop
import EventModel
import Foundation
import Glibc
import Hub
import UdevSource

/// Prints every event.
final class Printer: EventSink {
  let instance: InstanceID

  init(instance: InstanceID) { self.instance = instance }

  nonisolated func publish(_ batch: PublishedBatch) {
    for event in batch.events { print(event.json(instance: instance)) }
    fflush(nil)
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

/// The hub and its source, and what becomes of them.
actor Probe: LoopActor {
  nonisolated let loop: EventLoop
  private let options: UdevOptions
  private var hub: Hub
  private var source: UdevSource
  private var known: [HubObject] = []
  private var input = ""

  init(loop: EventLoop, options: UdevOptions) {
    self.loop = loop
    self.options = options
    (hub, source) = Self.make(loop, options, [])
  }

  private static func make(_ loop: EventLoop, _ options: UdevOptions, _ known: [HubObject]) -> (Hub, UdevSource) {
    let hub = Hub(loop: loop, log: Reopened(known))
    return (hub, UdevSource(hub: hub, options: options))
  }

  func start() {
    if !known.isEmpty { (hub, source) = Self.make(loop, options, known) }
    hub.assumeIsolated { hub in hub.addSink(Printer(instance: hub.instance)) }
    source.assumeIsolated { $0.start() }
  }

  func readCommands() {
    let bytes = FileHandle.standardInput.availableData
    guard !bytes.isEmpty else { return loop.stop() }
    input += String(decoding: bytes, as: UTF8.self)
    while let end = input.firstIndex(of: "\n") {
      obey(String(input[..<end]))
      input = String(input[input.index(after: end)...])
    }
  }

  private func obey(_ command: String) {
    switch command {
    case "objects": printObjects()
    case "stop":
      source.assumeIsolated { $0.stop() }
      known = objects
      print(#"{"kind":"stopped"}"#)
    case "start": start()
    default: print(#"{"kind":"unknown command"}"#)
    }
    fflush(nil)
  }

  private var objects: [HubObject] {
    hub.assumeIsolated { $0.objects(.device) + $0.objects(.source) }
  }

  private func printObjects() {
    var list: [Value] = []
    for object in objects {
      var fields: Fields = [:]
      for (definition, value) in object.properties { fields[definition.name.rawValue] = value }
      list.append(.map(fields))
    }
    var writer = JSONWriter()
    writer.write(["kind": "objects", "objects": .list(list)] as Value)
    print(writer.text)
  }
}

@main
enum SourceProbe {
  static func main() throws {
    var options = UdevOptions()
    for argument in CommandLine.arguments.dropFirst() {
      let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { throw UsageError(argument: argument) }
      switch parts[0] {
      case "receive-buffer": options.receiveBuffer = Int(parts[1]) ?? 0
      case "subsystems": options.subsystems = Set(parts[1].split(separator: ",").map(String.init))
      case "patience-ms": options.patience = .milliseconds(Int(parts[1]) ?? 0)
      case "look-ms": options.lookInterval = .milliseconds(Int(parts[1]) ?? 0)
      case "max-devices": options.limits.devices = Int(parts[1]) ?? 0
      default: throw UsageError(argument: argument)
      }
    }
    let loop = try EventLoop()
    let probe = Probe(loop: loop, options: options)
    loop.addHandle(0, events: .readable) { _, _, _ in probe.assumeIsolated { $0.readCommands() } }
    loop.submit { probe.assumeIsolated { $0.start() } }
    loop.run()
  }
}

struct UsageError: Error {
  let argument: String
}
