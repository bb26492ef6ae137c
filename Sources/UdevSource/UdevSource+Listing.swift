// SPDX-License-Identifier: Apache-2.0
// Listing all devices and comparing them with what is known.

import EventLoop
import EventModel
import Hub

extension UdevSource {
  /// Lists all devices, unless that is under way already; then it is done again afterwards.
  func requestListing() {
    needsListing = true
    guard case .none = listing, !isStopped else { return }
    needsListing = false
    listing = .underWay
    touched = []
    listingBegan = .now()
    worker.list { [weak self, loop] result in
      loop.submit { self?.assumeIsolated { $0.listed(result) } }
    }
  }

  private func listed(_ result: Result<[DeviceRecord], UdevError>) {
    guard case .underWay = listing, !isStopped else { return }
    switch result {
    case .success(let devices):
      listing = .waiting(devices)
      drain()
    case .failure(let error):
      listing = .none
      needsListing = true
      health.down("the list of devices: \(error)")
      retry { $0.requestListing() }
    }
  }

  /// Compares the list with the table, when everything that was queued before it was complete has been read.
  func compare(with devices: [DeviceRecord]) {
    let changes = table.reconcile(devices, touched: touched)
    if let blind { health.gap(from: blind.since, to: listingBegan, reason: blind.reason) }
    blind = nil
    tellShortcoming()
    if isFirstRun, isFirstListing {
      let report = DeviceReport(source: Self.subject, origin: .resync, table: table)
      for device in table.devices.values.sorted(by: { $0.path < $1.path }) {
        feed.send(.later { [.add(report.object(device), nil)] })
      }
    } else {
      emit(changes, origin: .resync)
      health.resynced(differences: changes.filter { if case .learned = $0 { false } else { true } }.count)
    }
    health.compared(since: listingBegan)
    isFirstListing = false
    lastComplete = listingBegan
    leavesOut = false
    tellExcess()
  }
}
