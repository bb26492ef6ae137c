// SPDX-License-Identifier: Apache-2.0
// A source of links that watches a namespace of the test's own.

import EventLoop
import EventModel
import Hub
import NetlinkSource
import SourceTestSupport
import TestSupport
import Testing

/// A namespace and a source that watches it.
struct NetlinkRig {
  let namespace: Namespace
  let rig: SourceRig
  let source: NetlinkSource

  /// Makes sockets in the namespace.
  static func opener(_ namespace: Namespace) -> NetlinkDescriptor.Opener {
    { () throws(NetlinkError) in
      let number = namespace.descriptor {
        do throws(NetlinkError) { return try NetlinkDescriptor.open().release() } catch { return -1 }
      }
      guard number >= 0 else { throw NetlinkError("socket in the namespace", errorNumber: 1) }
      return OwnedDescriptor(adopting: number)
    }
  }

  init(
    restored: [HubObject] = [], options: NetlinkOptions = NetlinkOptions(), namespace: Namespace? = nil,
    opener: NetlinkDescriptor.Opener? = nil
  ) async throws {
    if let namespace { self.namespace = namespace } else { self.namespace = try await Namespace() }
    rig = try SourceRig(restored: restored)
    source = NetlinkSource(hub: rig.hub, options: options, opener: opener ?? Self.opener(self.namespace))
  }

  /// Starts the source and waits until it has seen what there is.
  func start() async throws {
    await rig.onLoop { [source] in source.assumeIsolated { $0.start() } }
    try await rig.event(.sourceUp)
  }

  /// The object of a link by its name.
  func link(_ name: String) async -> HubObject? {
    await rig.objects(.link).first { $0.name == name }
  }

  /// Waits for an event about a link.
  @discardableResult
  func event(
    _ kind: EventKind, _ name: String, from start: Int = 0,
    where matches: @escaping @Sendable (Event) -> Bool = { _ in true }
  ) async throws -> Event {
    try await rig.event(kind, from: start) { $0.name == name && matches($0) }
  }
}

extension Trait where Self == NeedsTrait {
  /// The test needs a namespace of its own.
  static var needsNamespace: NeedsTrait { .needs(all: Namespace.requirements) }
}
