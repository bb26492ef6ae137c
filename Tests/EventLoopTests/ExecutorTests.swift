// SPDX-License-Identifier: Apache-2.0
// Actors on the loop.

import EventLoop
import Testing

private actor Counter: LoopActor {
  nonisolated let loop: EventLoop
  private(set) var count = 0

  init(loop: EventLoop) { self.loop = loop }

  func add() -> Bool {
    count += 1
    return loop.isOnLoop
  }
}

private func enterFromOutside(_ counter: Counter) {
  _ = counter.assumeIsolated { $0.add() }
}

@Suite struct ExecutorTests {
  @Test func `an actor on the loop runs in the loop's thread`() async throws {
    let loop = try EventLoop()
    let thread = LoopThread(loop)
    defer { thread.stop() }
    let counter = Counter(loop: loop)
    for _ in 1...100 {
      #expect(await counter.add())
    }
    #expect(await counter.count == 100)
    #expect(!loop.isOnLoop)
  }

  @Test func `a task that prefers the loop takes all its steps there, also those of no actor`() async throws {
    let loop = try EventLoop()
    let thread = LoopThread(loop)
    defer { thread.stop() }
    let counter = Counter(loop: loop)
    let task = Task(executorPreference: loop) {
      var places = [loop.isOnLoop]
      await withCheckedContinuation { continuation in Task.detached { continuation.resume() } }
      places.append(loop.isOnLoop)
      await Task.yield()
      places.append(loop.isOnLoop)
      places.append(await counter.add())
      places.append(loop.isOnLoop)
      return places
    }
    #expect(await task.value == [true, true, true, true, true])
  }

  @Test func `a callback enters an actor synchronously`() throws {
    let loop = try EventLoop()
    let counter = Counter(loop: loop)
    let pipe = Pipe()
    let seen = Box<[Int]>([])
    loop.addHandle(pipe.reader.rawValue, events: .readable) { _, descriptor, _ in
      take(descriptor)
      counter.assumeIsolated { counter in
        _ = counter.add()
        seen.change { $0.append(counter.count) }
      }
    }
    pipe.write()
    loop.runOnce()
    #expect(seen.current == [1])
  }

  @Test func `a task inside an actor's method runs on the loop`() async throws {
    let loop = try EventLoop()
    let thread = LoopThread(loop)
    defer { thread.stop() }
    let counter = Counter(loop: loop)
    let results = await withTaskGroup(of: Bool.self) { group in
      for _ in 1...50 {
        group.addTask { await counter.add() }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(results == Array(repeating: true, count: 50))
  }

  @Test func `entering an actor from outside the loop traps`() async {
    await #expect(processExitsWith: .failure) {
      enterFromOutside(Counter(loop: try EventLoop()))
    }
  }

  @Test func `jobs run in the order of their submission`() throws {
    let loop = try EventLoop()
    let order = Box<[Int]>([])
    for number in 1...10 {
      loop.submit { order.change { $0.append(number) } }
    }
    loop.runOnce()
    #expect(order.current == Array(1...10))
  }

  @Test func `a job that a job submits runs in the next turn`() throws {
    let loop = try EventLoop()
    let order = Box()
    loop.submit {
      order.note("first")
      loop.submit { order.note("second") }
    }
    loop.runOnce()
    #expect(order.current == ["first"])
    loop.runOnce()
    #expect(order.current == ["first", "second"])
  }
}
