// SPDX-License-Identifier: Apache-2.0
// What may wait for the kernel, off the loop.

private import Dispatch
import Hub

/// Asks the kernel for lists and settings, one after the other, on a thread that may wait.
///
/// Threading: every function from any thread; completions come on the worker's thread.
struct KernelWorker: Sendable {
  /// How often lists that changed meanwhile are asked for at once again.
  static let repetitions = 8

  private let queue = DispatchQueue(label: "rtnetlink")
  private let opener: NetlinkDescriptor.Opener
  private let limits: NetlinkLimits

  init(opener: @escaping NetlinkDescriptor.Opener, limits: NetlinkLimits) {
    self.opener = opener
    self.limits = limits
  }

  /// Asks for everything.
  func list(
    addresses: Bool, neighbours: Bool, completion: @escaping @Sendable (Result<Snapshot, NetlinkError>) -> Void
  ) {
    queue.async {
      completion(
        Result { () throws(NetlinkError) in
          var socket = try RequestSocket(opener, limits: limits)
          return try snapshot(&socket, addresses: addresses, neighbours: neighbours)
        })
    }
  }

  /// Asks cards for their virtual functions; a card that is gone meanwhile is left out.
  func functions(of cards: [UInt32], completion: @escaping @Sendable ([UInt32: [VirtualFunction]]) -> Void) {
    queue.async {
      var functions: [UInt32: [VirtualFunction]] = [:]
      do throws(NetlinkError) {
        var socket = try RequestSocket(opener, limits: limits)
        for card in cards {
          _ = try socket.ask({ Request.link(card, sequence: $0) }) { message in
            guard let link = LinkRecord(message, limits: limits) else { return }
            functions[link.index] = link.functions ?? []
          }
        }
      } catch {
        // What is known stays; the next notification about the card asks again.
      }
      completion(functions)
    }
  }

  /// Asks to set something.
  func set(
    _ request: @escaping @Sendable (_ sequence: UInt32) -> [UInt8],
    completion: @escaping @Sendable (Result<Answer, NetlinkError>) -> Void
  ) {
    queue.async {
      completion(
        Result { () throws(NetlinkError) in
          var socket = try RequestSocket(opener, limits: limits)
          return try socket.ask(request)
        })
    }
  }

  private func snapshot(
    _ socket: inout RequestSocket, addresses: Bool, neighbours: Bool
  ) throws(NetlinkError) -> Snapshot {
    var snapshot = Snapshot()
    let links = try repeating(&socket, Request.links) { message -> LinkRecord? in
      guard message.type == MessageType.newLink, var link = LinkRecord(message, limits: limits) else { return nil }
      // Of a card without any the kernel says nothing, although it was asked.
      link.functions = link.functions ?? []
      return link
    }
    snapshot.links = links.list
    snapshot.isConsistent = links.isConsistent
    if addresses {
      let answer = try repeating(&socket, Request.addresses) { message in
        message.type == MessageType.newAddress ? AddressRecord(message) : nil
      }
      snapshot.addresses = answer.list
      snapshot.isConsistent = snapshot.isConsistent && answer.isConsistent
    }
    if neighbours {
      let answer = try repeating(&socket, Request.neighbours) { message in
        message.type == MessageType.newNeighbour ? NeighbourRecord(message) : nil
      }
      snapshot.neighbours = answer.list
      snapshot.isConsistent = snapshot.isConsistent && answer.isConsistent
    }
    return snapshot
  }

  private func repeating<Record>(
    _ socket: inout RequestSocket, _ request: (UInt32) -> [UInt8], _ record: (NetlinkMessage) -> Record?
  ) throws(NetlinkError) -> (list: [Record], isConsistent: Bool) {
    var list: [Record] = []
    for _ in 0..<Self.repetitions {
      list = []
      if try socket.dump(request, { record($0).map { list.append($0) } }) { return (list, true) }
    }
    return (list, false)
  }
}
