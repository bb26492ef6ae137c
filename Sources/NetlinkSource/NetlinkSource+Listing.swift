// SPDX-License-Identifier: Apache-2.0
// Asking for lists and comparing them with what is known.

import EventLoop
import EventModel
import Hub

extension NetlinkSource {
  /// Asks the kernel for its lists, unless it is asked already; then it is asked again when it has answered.
  func requestListing() {
    needsListing = true
    guard case .none = listing, !isStopped else { return }
    needsListing = false
    listing = .underWay
    touched = .listing
    listingBegan = .now()
    worker.list(addresses: options.watchesAddresses, neighbours: options.watchesNeighbours) {
      [weak self, loop] result in
      loop.submit { self?.assumeIsolated { $0.listed(result) } }
    }
  }

  private func listed(_ result: Result<Snapshot, NetlinkError>) {
    guard case .underWay = listing, !isStopped else { return }
    switch result {
    case .success(let snapshot):
      listing = .waiting(snapshot)
      drain()
    case .failure(let error):
      listing = .none
      touched = .none
      needsListing = true
      health.down("the list of links: \(error)")
      retry { $0.requestListing() }
    }
  }

  /// Compares the lists with the table, when everything that was queued before they were complete has been read.
  func compare(with snapshot: Snapshot) {
    var changes = table.reconcile(snapshot, touched: touched)
    touched = .none
    if isFirstListing {
      // What bridges learned is not kept over a restart, so that it is there is no news.
      changes.removeAll { if case .neighbourAdded = $0 { true } else { false } }
    }
    if let blind { health.gap(from: blind.since, to: listingBegan, reason: blind.reason) }
    blind = nil
    health.up()
    if isFirstRun, isFirstListing {
      let report = LinkReport(source: Self.subject, origin: .resync, table: table)
      for link in table.links.values.sorted(by: { $0.index < $1.index }) {
        feed.send(.later { [.add(report.object(link), nil)] })
      }
    } else {
      emit(changes, origin: .resync)
      health.resynced(differences: changes.filter { if case .silent = $0 { false } else { true } }.count)
    }
    askNowAndThen()
    health.compared(since: listingBegan)
    isFirstListing = false
    lastComplete = listingBegan
    leavesOut = false
    tellExcess()
    guard !snapshot.isConsistent else { return }
    health.degraded("the list of links changes faster than the kernel can tell it; it is asked for again")
    needsListing = true
    retry { $0.requestListing() }
  }
}
