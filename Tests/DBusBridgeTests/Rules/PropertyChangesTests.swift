// SPDX-License-Identifier: Apache-2.0
// Many changes become one, none becomes silence.

import DBusTypes
import Testing

@testable import DBusBridge

@Suite struct PropertyChangesTests {
  private let place = PropertyChanges.Place(path: "/a", interface: "a.b")
  private let other = PropertyChanges.Place(path: "/b", interface: "a.b")

  @Test func `marks of one turn are gathered in the order of the first`() {
    var changes = PropertyChanges()
    changes.mark(place, [1])
    changes.mark(other, [0])
    changes.mark(place, [0, 1])
    let taken = changes.take()
    #expect(taken.map(\.place) == [place, other])
    #expect(taken.map(\.indices) == [[1, 0], [0]])
    #expect(changes.isEmpty)
    #expect(changes.take().isEmpty)
  }

  @Test func `only what differs from what was told is news`() {
    var changes = PropertyChanges()
    #expect(changes.isNews(place, 2, .byte(1)))
    changes.tell(place, [(2, .byte(1))])
    #expect(!changes.isNews(place, 2, .byte(1)))
    #expect(changes.isNews(place, 2, .byte(2)))
    #expect(changes.isNews(place, 1, .byte(1)))
    changes.untell(place, [(2, .byte(1))])
    #expect(changes.isNews(place, 2, .byte(1)))
  }

  @Test func `what is news is told, once`() {
    var changes = PropertyChanges()
    changes.tell(place, [(0, .byte(1))])
    let news = changes.tellNews(place, [(0, .byte(1)), (3, .byte(4))])
    #expect(news.map(\.index) == [3])
    let later = changes.tellNews(place, [(0, .byte(2)), (3, .byte(4))])
    #expect(later.map(\.index) == [0])
    let none = changes.tellNews(place, [])
    #expect(none.isEmpty)
    #expect(!changes.isNews(place, 0, .byte(2)))
    #expect(changes.isNews(other, 0, .byte(2)))
  }

  @Test func `a value that one client read and the others were not told counts as unknown`() {
    var changes = PropertyChanges()
    changes.tell(place, [(0, .byte(1))])
    changes.read(place, 0, .byte(1))
    #expect(!changes.isNews(place, 0, .byte(1)))
    // It is 2 for a moment, somebody reads that, and it goes back before anything is told.
    changes.read(place, 0, .byte(2))
    #expect(changes.isNews(place, 0, .byte(1)))
  }

  @Test func `an object that goes takes its marks along, and one that comes at its place is marked once`() {
    var changes = PropertyChanges()
    changes.tell(place, [(0, .byte(1))])
    changes.mark(place, [0])
    changes.forget(place)
    #expect(changes.take().isEmpty)
    #expect(changes.isNews(place, 0, .byte(1)))
    changes.mark(place, [0])
    changes.forget(place)
    changes.mark(place, [1])
    #expect(changes.take().map(\.indices) == [[1]])
  }
}

@Suite struct ObjectTreeTests {
  @Test func `the points on the way to an object come and go with it`() {
    var tree = ObjectTree()
    #expect(tree.contains(.root))
    #expect(tree.children(of: .root) == [])
    for path in ["/a/b/c", "/a/b", "/a/d"] as [ObjectPath] {
      #expect(tree.insert(BusObject(path: path, interfaces: [])) == nil)
    }
    #expect(tree.contains("/a") && tree["/a"] == nil)
    #expect(tree.children(of: "/a") == ["b", "d"])
    #expect(tree.objects(below: .root).map(\.path) == ["/a/b", "/a/b/c", "/a/d"])
    #expect(tree.objects(below: "/a/b").map(\.path) == ["/a/b/c"])
    #expect(tree.remove("/a/b")?.path == "/a/b")
    #expect(tree.contains("/a/b"))
    #expect(tree.remove("/a/b") == nil)
    _ = tree.remove("/a/b/c")
    #expect(!tree.contains("/a/b"))
    #expect(tree.children(of: "/a") == ["d"])
    _ = tree.remove("/a/d")
    #expect(!tree.contains("/a"))
    #expect(tree.contains(.root))
    #expect(tree.count == 0)
  }

  @Test func `the nearest manager above is the one`() {
    var tree = ObjectTree()
    _ = tree.insert(BusObject(path: "/a", interfaces: [], isObjectManager: true))
    _ = tree.insert(BusObject(path: "/a/b", interfaces: [], isObjectManager: true))
    #expect(tree.manager(of: "/a/b/c") == "/a/b")
    #expect(tree.manager(of: "/a/b") == "/a")
    #expect(tree.manager(of: "/a") == nil)
  }

  @Test func `an object at the root is found and listed as any other`() {
    var tree = ObjectTree()
    _ = tree.insert(BusObject(path: "/", interfaces: [], isObjectManager: true))
    _ = tree.insert(BusObject(path: "/x", interfaces: []))
    #expect(tree.manager(of: "/x") == .root)
    #expect(tree.objects(below: .root).map(\.path) == ["/x"])
  }
}
