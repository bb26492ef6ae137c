// SPDX-License-Identifier: Apache-2.0
// Does what each line of its input says.

import EventModel
import Glibc
import Journal

/// Does what each line of its input says, and answers each with a line.
struct Server {
  let directory: String

  func run() async {
    var journal: Journal?
    while let line = readLine() {
      let words = line.split(separator: " ").map(String.init)
      let numbers = words.dropFirst().compactMap { UInt64($0) }
      switch (words.first, journal) {
      case ("open", nil): journal = open(strandedEvents: Int(numbers[0]))
      case ("append", let journal?): JournalProcess.say(await append(numbers[0]...numbers[1], to: journal))
      case ("read", let journal?): JournalProcess.say(await read(after: numbers[0], words.dropFirst(2).first, journal))
      case ("metrics", let journal?):
        let metrics = journal.metrics
        JournalProcess.say("\(metrics.stranded) \(metrics.lost) \(metrics.errors) \(journal.oldest)")
      case ("close", let open?):
        await withCheckedContinuation { continuation in open.close { continuation.resume() } }
        journal = nil
        JournalProcess.say("closed")
      default: JournalProcess.say("what is \(line)?")
      }
    }
  }

  private func open(strandedEvents: Int) -> Journal? {
    var options = JournalOptions(directory: directory)
    options.bytes = JournalOptions.smallestBytes
    options.retryInterval = .milliseconds(20)
    options.strandedEvents = strandedEvents
    do throws(JournalError) {
      let journal = try Journal(options)
      let contents = journal.contents
      let remarks = contents.remarks.map { remark in
        "\(remark.kind.name)=\(remark.data["first"]?.uint ?? 0)-\(remark.data["last"]?.uint ?? 0)"
      }
      JournalProcess.say(
        (["\(contents.instance)", "\(contents.head)", "\(contents.objects.count)"] + remarks).joined(separator: " "))
      return journal
    } catch {
      JournalProcess.say("refused \(error)")
      return nil
    }
  }

  private func append(_ numbers: ClosedRange<UInt64>, to journal: Journal) async -> String {
    let events = numbers.map { number in
      let now = Timestamp.now()
      return Event(
        sequence: number, time: now, recorded: now, kind: .vmReset, severity: .info, origin: .live,
        subject: Subject(.vm, "vm\(number % 7)"), name: "", source: .hub,
        data: ["fill": .string(String(repeating: "x", count: 200))])
    }
    let batch = LogBatch(events: events, objects: [HubObject(Subject(.vm, "web1"))])
    let outcome = await withCheckedContinuation { continuation in
      journal.append(batch) { continuation.resume(returning: $0) }
    }
    return if case .notDurable(let text) = outcome { "notDurable \(text)" } else { "accepted" }
  }

  private func read(after: UInt64, _ subject: String?, _ journal: Journal) async -> String {
    let filter = EventFilter(kinds: nil, subjects: subject.map { [Subject(.vm, $0)] })
    let query = LogQuery(after: after, limit: .max, filter: filter)
    let result = await withCheckedContinuation { continuation in
      journal.read(query) { continuation.resume(returning: $0) }
    }
    switch result {
    case .success(let page):
      return (["page", "\(page.searched)"] + page.events.map { "\($0.sequence)" }).joined(separator: " ")
    case .failure(.expired(let oldest)): return "expired \(oldest)"
    case .failure(.unavailable(let text)): return "unavailable \(text)"
    }
  }
}
