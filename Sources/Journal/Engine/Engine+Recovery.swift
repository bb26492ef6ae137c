// SPDX-License-Identifier: Apache-2.0
// How the journal gets out of trouble by itself.

extension Engine {
  /// Tries to write again: first whatever is missing for that, then what was held in memory.
  func recover() {
    guard let trouble else { return }
    do throws(StoreFailure) {
      if lock?.isWritable != true { try retakeLock() }
      let store = try usableStore(trouble)
      self.store = store
      if record == nil { beginRecord() }
      try flushTail(to: store)
      self.trouble = nil
      if record != nil { beginRecord() }
    } catch {
      count { $0.errors += 1 }
      self.trouble = Trouble(
        text: error.text, needsReopening: error.kind != .full, retry: .now + options.retryInterval,
        asideName: self.trouble?.asideName)
    }
  }

  private func retakeLock() throws(StoreFailure) {
    do throws(LockFile.Failure) {
      try takeLock()
    } catch {
      switch error {
      case .held: throw StoreFailure(.busy, "\(options.directory) is in use by another process")
      case .file(let error): throw StoreFailure(.refused, "\(error)")
      }
    }
    guard lock?.isWritable == true else { throw StoreFailure(.refused, "\(options.directory) takes no writes") }
  }

  /// The database, opened anew where that is needed, made anew where it is gone or damaged.
  ///
  /// The identity stays, whatever is lost: this process knows which numbers it gave out, so none comes twice. Consumers
  /// see that the oldest event held has moved.
  private func usableStore(_ trouble: Trouble) throws(StoreFailure) -> Store {
    if let store, !store.isReadOnly, !trouble.needsReopening { return store }
    if let store {
      if trouble.asideName != nil { salvage(store) }
      baseline = store.floor
      baselineHead = store.head
      store.close()
      self.store = nil
    }
    if let name = trouble.asideName {
      _ = try setAside(name: name)
      self.trouble?.asideName = nil
      return try createStore(floor: baselineHead)
    }
    do throws(StoreFailure) {
      if let found = try openStore() {
        if found.instance == instance || found.instance == formerInstance { return found }
        found.close()
        throw StoreFailure(.damaged, "it has the identity \(found.instance)")
      }
    } catch {
      guard error.kind == .damaged else { throw error }
      _ = try setAside(name: asideName())
    }
    return try createStore(floor: baselineHead)
  }

  /// Takes what can still be read of the registry from a damaged file.
  private func salvage(_ store: Store) {
    // What cannot be read is said again by its source.
    guard let objects = try? store.objects() else { return }
    tail.add(unchanged: objects)
  }
}
