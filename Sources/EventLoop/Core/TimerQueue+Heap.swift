// SPDX-License-Identifier: Apache-2.0
// TimerQueue: which timer is due next.

/// The armed timers, ordered by deadline: a heap in which each node has four children, which lie side by side.
///
/// Each timer's slot knows the timer's place in the heap, so that re-arming and cancelling need no search. A timer that is put
/// off, as most are that ever change, or switched off, stays where it is: its node is then early, and is corrected or
/// taken out when it has come to the top. So a timeout that is armed and disarmed again and again costs next to nothing.
///
/// The rarer halves are functions of their own, so that the common ones need few registers.
extension TimerQueue {
  struct Node: BitwiseCopyable {
    var deadline: Int64
    var slot: UInt32
  }

  @inline(__always) mutating func insertNode(_ slot: UInt32, deadline: Int64) {
    let node = Node(deadline: deadline, slot: slot)
    nodes.append(node)
    settle(node, at: nodes.count &- 1)
  }

  /// Moves the node at a place up to another deadline, or leaves it where it is if that is later.
  @inline(__always) mutating func updateNode(at place: Int, deadline: Int64) {
    let old = nodes[place]
    if deadline < old.deadline { settle(Node(deadline: deadline, slot: old.slot), at: place) }
  }

  /// Takes the node at a place out; its timer's slot is the caller's to correct.
  @inline(__always) mutating func removeNode(at place: Int) {
    let last = nodes.removeLast()
    guard place < nodes.count else { return }
    // Most places have nothing below them.
    if place &* 4 &+ 1 >= nodes.count {
      settle(last, at: place)
    } else {
      siftEitherWay(last, from: place)
    }
  }

  /// Has the node at the top tell the truth, or takes it out if its timer is off.
  @inline(never) mutating func correctFirstNode() {
    let slot = nodes[0].slot
    let deadline = slots[Int(slot)].deadline
    guard deadline == Slot.never else { return siftDown(Node(deadline: deadline, slot: slot), from: 0) }
    slots[Int(slot)].place = Slot.nowhere
    removeNode(at: 0)
  }

  /// Puts a node at a place below which all is well.
  @inline(__always) private mutating func settle(_ node: Node, at place: Int) {
    if place > 0 && nodes[(place &- 1) >> 2].deadline > node.deadline {
      siftUp(node, from: place)
    } else {
      put(node, at: place)
    }
  }

  @inline(never) private mutating func siftEitherWay(_ node: Node, from place: Int) {
    if place > 0 && nodes[(place &- 1) >> 2].deadline > node.deadline {
      siftUp(node, from: place)
    } else {
      siftDown(node, from: place)
    }
  }

  @inline(never) private mutating func siftUp(_ node: Node, from start: Int) {
    var place = start
    while place > 0 {
      let above = (place &- 1) >> 2
      let parent = nodes[above]
      guard parent.deadline > node.deadline else { break }
      put(parent, at: place)
      place = above
    }
    put(node, at: place)
  }

  @inline(__always) private mutating func siftDown(_ node: Node, from start: Int) {
    var place = start
    var child = place &* 4 &+ 1
    while child < nodes.count {
      let least = leastOfFour(from: child)
      let moved = nodes[least]
      guard moved.deadline < node.deadline else { break }
      put(moved, at: place)
      place = least
      child = place &* 4 &+ 1
    }
    put(node, at: place)
  }

  /// The place of the earliest of the (up to) four nodes from a place on.
  @inline(__always) private func leastOfFour(from first: Int) -> Int {
    guard first &+ 3 < nodes.count else { return leastOfFew(from: first) }
    let left = nodes[first &+ 1].deadline < nodes[first].deadline ? first &+ 1 : first
    let right = nodes[first &+ 3].deadline < nodes[first &+ 2].deadline ? first &+ 3 : first &+ 2
    return nodes[right].deadline < nodes[left].deadline ? right : left
  }

  @inline(__always) private func leastOfFew(from first: Int) -> Int {
    var least = first
    for place in first..<nodes.count where nodes[place].deadline < nodes[least].deadline { least = place }
    return least
  }

  @inline(__always) private mutating func put(_ node: Node, at place: Int) {
    nodes[place] = node
    slots[Int(node.slot)].place = Int32(truncatingIfNeeded: place)
  }
}
