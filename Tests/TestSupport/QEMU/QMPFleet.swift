// SPDX-License-Identifier: Apache-2.0
// Many fake monitors.

/// A host full of VMs: many fake monitors that dial one socket.
public final class QMPFleet: Sendable {
  /// The peers; the VM of number `n` is called `vm-n` and has a UUID that ends in `n`.
  public let peers: [QMPPeer]

  /// Makes `count` peers and lets them dial `path`.
  public init(_ count: Int, dialling path: String, redials: Duration = .milliseconds(20)) throws {
    try DescriptorLimit.raise()
    peers = try (0..<count).map { number in
      let behaviour = QMPBehaviour(name: "vm-\(number)", uuid: Self.uuid(of: number))
      return try QMPPeer(.dials(path, redials: redials), behaviour).start()
    }
  }

  /// The UUID of the VM of a number.
  public static func uuid(of number: Int) -> String {
    let digits = String(number)
    return "5ca1ab1e-0000-4000-8000-" + String(repeating: "0", count: max(0, 12 - digits.count)) + digits
  }

  /// Waits until every peer has a client that has negotiated.
  public func negotiated(within limit: Duration = Patience.standard) async throws {
    for peer in peers { try await peer.negotiations.atLeast(1, "negotiation", within: limit) }
  }

  /// Sends an event from every peer; gives how many had a client.
  @discardableResult
  public func emit(_ event: String, _ data: TestJSON? = nil) -> Int { peers.count { $0.emit(event, data) } }

  /// Ends them all: every QEMU of the host is gone at once.
  public func stop() { for peer in peers { peer.stop() } }
}
