// SPDX-License-Identifier: Apache-2.0
// The two streams of events.

import EventLoop
import EventModel
import Hub

extension UdevSource {
  /// Reads what is queued, at most an allowance of a turn; what is left wakes the loop again.
  ///
  /// The kernel's stream first: so an event is in the backlog before udevd's repetition of it is seen.
  func drain() {
    guard let monitors else { return }
    guard drain(monitors.kernel, { $0.takeFromKernel($1) }) else { return }
    if let udev = monitors.udev {
      guard drain(udev, { $0.takeFromUdevd($1) }) else { return }
    }
    caughtUp()
  }

  /// Whether a stream is read to its end.
  private func drain(_ monitor: UdevMonitor, _ take: (isolated UdevSource, UdevEvent) -> Void) -> Bool {
    for _ in 0..<options.datagramsPerTurn {
      switch monitor.receive() {
      case .event(let event):
        if filter.admits(event.device) || event.action == .remove { take(self, event) }
      case .nothing: return true
      case .overrun:
        health.overrun()
        lose("overrun")
      case .refused(let text): health.rejected(text)
      case .failed(let error):
        lost(error)
        return false
      }
    }
    return false
  }

  /// Something was lost: what is listed now is not the newest any more either.
  private func lose(_ reason: String) {
    blind = blind ?? (lastComplete, reason)
    needsListing = true
  }

  /// Everything that was queued has been read.
  private func caughtUp() {
    tellExcess()
    switch listing {
    case .waiting(let devices):
      listing = .none
      needsListing ? requestListing() : compare(with: devices)
    case .none where needsListing: requestListing()
    case .none: lastComplete = .now()
    case .underWay: break
    }
  }

  private func takeFromKernel(_ event: UdevEvent) {
    guard monitors?.udev != nil else { return apply(event) }
    if let oldest = backlog.add(event, now: .now) { apply(oldest) }
    lookAfterUdevd()
  }

  private func takeFromUdevd(_ event: UdevEvent) {
    backlog.answered(event.sequence)
    apply(event)
  }

  private func apply(_ event: UdevEvent) {
    touched.insert(event.device.path)
    if !event.oldPath.isEmpty { touched.insert(event.oldPath) }
    emit(table.apply(event), origin: .live)
    // There is room again for those that were left out.
    if leavesOut, event.action == .remove, table.devices.count < options.limits.devices - options.limits.devices / 16 {
      leavesOut = false
      requestListing()
    }
  }

  /// Hands changes to the hub, and lets sysfs be read about what is new.
  func emit(_ changes: [DeviceChange], origin: Origin) {
    guard !changes.isEmpty else { return }
    let report = DeviceReport(source: Self.subject, origin: origin, table: table)
    var curious: [(path: String, capability: Capability)] = []
    for change in changes {
      if isFirstRun, isFirstListing, case .added(let device) = change {
        // It may have been there all the time: which of the two, the list would not tell either.
        feed.send(.add(report.object(device), nil))
      } else if origin == .live {
        for operation in report.operations(change) { feed.send(operation) }
      } else {
        // Of a comparison there may be thousands. They share the table as it is now, which is copied once for that.
        feed.send(.later { report.operations(change) })
      }
      if origin == .live, let device = change.worthLook, let capability = device.capability {
        if !capability.attributes.isEmpty { curious.append((device.path, capability)) }
      }
    }
    guard !curious.isEmpty else { return }
    worker.attributes(of: curious) { [weak self, loop] attributes in
      loop.submit { self?.assumeIsolated { $0.learn(attributes) } }
    }
  }

  private func learn(_ attributes: [String: [String: String]]) {
    guard !isStopped else { return }
    for (path, values) in attributes.sorted(by: { $0.key < $1.key }) {
      emit(table.learn(values, about: path), origin: .live)
    }
  }

  /// Says what was left out because of a limit.
  func tellExcess() {
    guard table.takeExcess() else { return }
    leavesOut = true
    health.degraded("more devices than the limit of \(options.limits.devices) allows")
  }
}

extension DeviceChange {
  /// The device, when its files in sysfs may say something new.
  var worthLook: DeviceRecord? {
    switch self {
    case .added(let device), .changed(let device, _), .bound(let device, _), .unbound(let device, _),
      .online(let device, _), .offline(let device, _), .moved(let device, _, _):
      device
    case .removed, .learned: nil
    }
  }
}

// MARK: - udevd

extension UdevSource {
  /// Sees to it that udevd's absence, silence and return are noticed.
  func lookAfterUdevd() {
    guard lookTimer == nil, !isStopped, monitors?.udev == nil || !backlog.isEmpty else { return }
    lookTimer = loop.addTimeout(.every(options.lookInterval)) { [weak self] id in
      self?.assumeIsolated { source in
        source.loop.removeTimeout(id)
        source.lookTimer = nil
        source.look()
      }
    }
  }

  private func look() {
    guard let monitors, !isStopped else { return }
    switch (monitors.udev != nil, UdevMonitor.isUdevRunning) {
    case (true, false):
      // It went: what it did not repeat any more is published now, and the kernel's word counts from here on.
      reopen()
      for event in backlog.takeAll() { apply(event) }
    case (false, true): reopen()
    case (true, true):
      let overdue = backlog.takeOverdue(options.patience, now: .now)
      if !overdue.isEmpty {
        shortcoming = "udevd does not answer: \(overdue.count) events are the kernel's, without the properties of udev"
        for event in overdue { apply(event) }
      } else if backlog.isEmpty {
        shortcoming = nil
      }
      // Before the devices were listed and compared the source is not up, however well udevd is; the comparison tells then.
      if case .none = listing, !needsListing { tellShortcoming() }
    case (false, false): break
    }
    lookAfterUdevd()
  }

  /// Opens the monitors anew, since udevd came or went; nothing is missed: the devices are compared.
  private func reopen() {
    close()
    open()
  }

  /// Says whether the source is as good as it could be.
  func tellShortcoming() {
    if let shortcoming { health.degraded(shortcoming) } else { health.up() }
  }
}
