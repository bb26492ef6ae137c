// SPDX-License-Identifier: Apache-2.0
// How a journal is opened, or begun.

internal import EventModel

extension Engine {
  var path: String { options.directory + "/journal.db" }

  /// Opens the journal of a directory, or begins one.
  ///
  /// A directory that takes no writes is no error: the journal begins in trouble, and under a new identity because it
  /// cannot leave word of the numbers that it gives out.
  static func open(_ options: JournalOptions, inbox: Inbox) throws(JournalError) -> (Engine, LogContents) {
    let bootID = options.bootID ?? StateFiles.bootID() ?? ""
    let engine = Engine(options: options, bootID: bootID, inbox: inbox, instance: .random(), head: 0)
    var remarks: [EventDraft] = []
    do throws(LockFile.Failure) {
      try engine.takeLock()
    } catch {
      guard case .file(let error) = error else {
        throw .inUse(directory: options.directory, processID: error.processID)
      }
      engine.beginInTrouble("\(error)")
      return (engine, engine.contents(remarks: remarks, objects: []))
    }
    try engine.openFirst(&remarks)
    engine.number(&remarks)
    var objects: [HubObject] = []
    do throws(StoreFailure) {
      objects = try engine.store?.objects() ?? []
    } catch {
      guard error.kind == .damaged else { throw .unavailable(path: engine.path, error.text) }
      try engine.replace(error.text, &remarks)
      engine.number(&remarks)
    }
    return (engine, engine.contents(remarks: remarks, objects: objects))
  }

  /// Takes the lock of the directory, which is made when it is not there.
  func takeLock() throws(LockFile.Failure) {
    lock = nil
    do throws(FileError) {
      try StateFiles.makeDirectory(options.directory)
    } catch {
      throw .file(error)
    }
    lock = try LockFile(directory: options.directory)
  }

  /// Opens the database file; nil when there is none.
  func openStore(verifies: Bool = false, readOnly: Bool = false) throws(StoreFailure) -> Store? {
    do throws(FileError) {
      guard try StateFiles.size(path) != nil else { return nil }
      // Read without its WAL, the file is whole only when the WAL is empty.
      if readOnly, try StateFiles.size(path + "-wal") ?? 0 > 0 { return nil }
    } catch {
      throw StoreFailure(.refused, "\(error)")
    }
    return try Store(
      path: path,
      options: Store.Options(
        durability: options.durability, walBytes: sizes.walBytes, isReadOnly: readOnly, verifies: verifies))
  }

  /// Makes an empty database and opens it.
  func createStore(floor: UInt64) throws(StoreFailure) -> Store {
    try Store.create(path: path, instance: instance, floor: floor)
    guard let store = try openStore() else { throw StoreFailure(.refused, "\(path) has gone") }
    return store
  }

  /// Opens what there is, replaces what is damaged, begins where there is nothing.
  private func openFirst(_ remarks: inout [EventDraft]) throws(JournalError) {
    let found = lock?.found
    // After a power cut the whole file is looked at; after anything else what was written is what is read.
    let verifies = found.map { $0.state != .closed && $0.bootID != bootID } ?? true
    do throws(StoreFailure) {
      store = try openStore(verifies: verifies)
    } catch {
      switch error.kind {
      case .damaged: return try replace(error.text, &remarks)
      case .tooNew: throw .tooNew(path: path, error.text)
      case .busy: throw .inUse(directory: options.directory, processID: nil)
      case .refused, .full:
        do throws(StoreFailure) { store = try openStore(readOnly: true) } catch { store = nil }
        guard store != nil else { throw .unavailable(path: path, error.text) }
        beginInTrouble(error.text)
      }
    }
    if let store {
      instance = store.instance
      return
    }
    if let found {
      remark(replaced: nil, "\(path) is missing; it had the identity \(found.instance)", &remarks)
    }
    do throws(StoreFailure) {
      store = try createStore(floor: 0)
    } catch {
      beginInTrouble(error.text)
    }
  }

  /// Sets a damaged journal aside and begins another.
  private func replace(_ text: String, _ remarks: inout [EventDraft]) throws(JournalError) {
    store?.close()
    store = nil
    instance = .random()
    do throws(StoreFailure) {
      let kept = try setAside(name: asideName())
      remark(replaced: kept, text, &remarks)
      store = try createStore(floor: 0)
    } catch {
      throw .unavailable(path: path, "\(text); it cannot be replaced: \(error.text)")
    }
  }

  /// Begins after every number that may have been given out, and leaves word of the new run.
  private func number(_ remarks: inout [EventDraft]) {
    guard let store else { return }
    let found = lock?.found.flatMap { $0.instance == store.instance ? $0 : nil }
    let numbering = Numbering(held: store.head, reserved: store.reserved, record: found, bootID: bootID)
    head = numbering.head
    if let gap = numbering.gap {
      unsavedGaps.add(gap)
      remark(gap, since: store.lastRecorded, &remarks)
    }
    beginRecord()
    if record == nil {
      // Nobody could tell later which numbers this run gave out, so they must not be taken for those of another.
      formerInstance = store.instance
      instance = .random()
    }
    guard trouble == nil else { return }
    do throws(StoreFailure) {
      try flushTail(to: store)
    } catch {
      fail(error)
    }
  }

  /// Writes the record of this run.
  func beginRecord() {
    let record = LockRecord(
      processID: StateFiles.processID(), bootID: bootID, state: trouble == nil ? .running : .stranded,
      durability: options.durability, instance: instance,
      reserved: max(store?.reserved ?? 0, head + Numbering.step), last: head)
    self.record = (try? lock?.write(record)) == nil ? nil : record
  }

  private func beginInTrouble(_ text: String) {
    trouble = Trouble(text: text, needsReopening: true, retry: .now + options.retryInterval)
    count { $0.errors += 1 }
  }

  private func contents(remarks: [EventDraft], objects: [HubObject]) -> LogContents {
    publishOldest()
    return LogContents(
      instance: instance, head: head, oldest: oldest, objects: objects, lastRecorded: store?.lastRecorded,
      reboot: reboot, remarks: remarks)
  }

  /// Whether the host was started anew since the last run; the record of another journal, or none, does not tell.
  private var reboot: HostReboot? {
    guard let store, let found = lock?.found, found.instance == store.instance, let former = BootID(found.bootID),
      let current = BootID(bootID)
    else { return nil }
    return HostReboot(from: former, to: current, isOrderly: found.state == .closed)
  }
}

// MARK: - Setting aside

extension Engine {
  private static let asidePrefix = "journal-"
  private static let asideSuffix = ".damaged.db"

  /// The name under which a damaged journal is kept.
  func asideName() -> String {
    Engine.asidePrefix + options.now().rfc3339.filter { $0 != "-" && $0 != ":" } + Engine.asideSuffix
  }

  /// Gives the database file another name, with its WAL, and removes the oldest of those set aside before.
  ///
  /// - Returns: the name.
  func setAside(name: String) throws(StoreFailure) -> String {
    let directory = options.directory + "/"
    do throws(FileError) {
      try StateFiles.rename(path, to: directory + name)
      if try StateFiles.size(path + "-wal") != nil {
        try StateFiles.rename(path + "-wal", to: directory + name + "-wal")
      }
      let kept = try StateFiles.names(in: options.directory)
        .filter { $0.hasPrefix(Engine.asidePrefix) && $0.hasSuffix(Engine.asideSuffix) }.sorted()
      for old in kept.dropLast(JournalOptions.keptJournals) {
        try StateFiles.remove(directory + old)
        try StateFiles.remove(directory + old + "-wal")
      }
    } catch {
      throw StoreFailure(.refused, "\(error)")
    }
    return name
  }

  private func remark(replaced kept: String?, _ text: String, _ remarks: inout [EventDraft]) {
    remarks.append(
      EventDraft(
        .hubJournalReplaced, subject: .hub, source: Engine.source,
        data: ["kept": .string(kept ?? ""), "error": .string(text)]))
  }

  private func remark(_ gap: Gap, since: Timestamp?, _ remarks: inout [EventDraft]) {
    let begin = since ?? Timestamp(microseconds: 0)
    // The clock may have been set back meanwhile; a stretch does not end before it begins.
    let end = max(begin, options.now())
    remarks.append(
      EventDraft(
        .hubGap, subject: .hub, source: Engine.source,
        data: [
          "from": .string(begin.rfc3339), "to": .string(end.rfc3339), "reason": "hub-down", "first": .uint(gap.first),
          "last": .uint(gap.last),
        ]))
  }

  private static let source = Subject.hub
}

extension LockFile.Failure {
  /// Who has the lock, where that is known.
  fileprivate var processID: Int32? {
    if case .held(let holder) = self { holder.processID } else { nil }
  }
}
