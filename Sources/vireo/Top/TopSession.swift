// SPDX-License-Identifier: Apache-2.0
// One run of `top`: what comes from the hub and the keyboard, and when the screen is drawn.

import DBusBridge
import DBusTypes
import EventLoop
import EventModel
private import Glibc
import VireoCommand

/// One run of `top`.
///
/// Threading: lives on the loop.
actor TopSession: LoopActor {
  /// How often the screen is drawn at most while things change.
  static let shortest: Duration = .milliseconds(100)
  /// How often it is drawn for the clock and the rates alone.
  static let longest: Duration = .seconds(1)
  /// The signals by which a shell stops a job and goes on with it.
  static let jobControl: [CInt] = [SIGTSTP, SIGCONT]

  nonisolated let loop: EventLoop
  private let client: HubClient
  private let output: Output
  private let zone: ZoneRules
  private var terminal: RawTerminal?
  private var model = TopModel()
  private var painter: GridPainter
  private var keys = KeyReader()
  private var timer: TimerID?
  private var isListStale = true
  private var visible: [String] = []
  private var page = 1
  private var quitting: CheckedContinuation<Void, Never>?
  private var isQuitting = false
  private var failure: ToolError?
  private var isCompleting = false

  init(_ session: Session, zone: ZoneRules) {
    loop = session.loop
    client = session.client
    output = session.output
    self.zone = zone
    painter = GridPainter(style: Terminal.style(isTerminal: true))
  }

  /// Runs until `q`.
  func run(_ session: Session) async throws {
    try await client.connect()
    model.host = try await client.property("Hostname").string ?? ""
    guard let terminal = RawTerminal() else { throw ToolError("top needs a terminal") }
    self.terminal = terminal
    let output = output
    await session.atEnd {
      output.assumeIsolated { $0.writeAtOnce(RawTerminal.leave) }
      terminal.restore()
    }
    await output.write(RawTerminal.enter)
    try listen()
    Task {
      do throws(ToolError) {
        try await follow()
      } catch {
        failure = error
        quit()
      }
    }
    if !isQuitting { await withCheckedContinuation { quitting = $0 } }
    if let failure { throw failure }
  }

  // MARK: What comes

  private func listen() throws(LoopError) {
    try loop.addSignals([SIGWINCH]) { _ in self.assumeIsolated { $0.resized() } }
    try loop.addSignals(TopSession.jobControl) { info in
      self.assumeIsolated { $0.stopOrContinue(info.signal) }
    }
    loop.addHandle(STDIN_FILENO, events: .readable) { id, _, _ in
      self.assumeIsolated { top in
        guard let bytes = RawTerminal.read() else {
          top.loop.removeHandle(id)
          return top.quit()
        }
        for key in top.keys.keys(bytes) { top.pressed(key) }
      }
    }
    loop.addTimeout(.every(TopSession.longest)) { _ in self.assumeIsolated { $0.drawSoon() } }
    client.connection.assumeIsolated { connection in
      let rule = MatchRule(
        sender: HubClient.name, pathNamespace: HubClient.root, interface: .properties, member: "PropertiesChanged")
      connection.addMatch(rule) { signal in self.assumeIsolated { $0.changed(signal) } }
    }
  }

  private func pressed(_ key: Key) {
    switch key {
    case .quit: quit()
    case .redraw: resized()
    default:
      model.scroll(key, page: page)
      drawSoon()
    }
  }

  private func quit() {
    isQuitting = true
    quitting?.resume()
    quitting = nil
  }

  private func resized() {
    painter.forget()
    drawSoon()
  }

  /// Ctrl-Z leaves the shell with its own screen; going on takes ours again, whoever stopped us.
  private func stopOrContinue(_ signal: CInt) {
    guard signal == SIGCONT else {
      output.assumeIsolated { $0.writeAtOnce(RawTerminal.leave) }
      terminal?.restore()
      return RawTerminal.stopProcess()
    }
    terminal?.takeAgain()
    output.assumeIsolated { $0.write(RawTerminal.enter) }
    resized()
  }

  private func changed(_ signal: BusMessage) {
    guard signal.body.count == 3, let path = signal.path, let changes = signal.body[1].dictionary else { return }
    model.update(path.rawValue, changes.entries.map { ($0.key.string ?? "", Value(bus: $0.value)) })
    drawSoon()
  }

  // MARK: Following the hub

  /// Takes what happens, and asks anew for lists that are stale; goes on by itself when the hub was away.
  private func follow() async throws(ToolError) {
    var query = EventQuery(position: HubPosition(instance: nil, head: 0, oldest: 1))
    let doorbell = Doorbell(client: client)
    await doorbell.listen(to: [])
    var reader: EventReader?
    while !isQuitting {
      do throws(ToolError) {
        if reader == nil {
          query.position = try await client.position()
          query.after = max(query.position.oldest, query.position.head - min(query.position.head, 50) + 1) - 1
          reader = try EventReader(client: client, query: query)
          model.head = query.position.head
          isListStale = true
        }
        if let page = try await reader?.next() {
          if model.take(page.items, now: .now()) { isListStale = true }
          if isListStale { try await list() }
          model.notice = ""
          drawSoon()
          if page.isEnd { await doorbell.wait() }
        }
        if await doorbell.takeDeparture() { reader = nil }
      } catch {
        guard error.cause == .away else { throw error }
        reader = nil
        model.notice = "the hub went away; waiting for it"
        drawSoon()
        _ = await doorbell.waitForHub(nil)
      }
    }
  }

  private func list() async throws(ToolError) {
    isListStale = false
    let machines = try await client.list("ListVMs")
    model.setMachines(
      machines.map { row in
        let name = [row.cells[0], row.cells[1], row.path].first { !$0.isEmpty } ?? row.path
        return (row.path, TopModel.Machine(name: name, state: row.cells[2]))
      })
    model.setSources(try await client.list("ListSources").map { ($0.path, $0.cells[0], $0.cells[2]) })
  }

  /// Asks for the properties of the machines on the screen that are not known yet.
  private func completeSoon() {
    guard !isCompleting, visible.contains(where: { !model.isComplete($0) }) else { return }
    isCompleting = true
    Task {
      for path in visible where !model.isComplete(path) {
        guard let object = ObjectPath(path) else { continue }
        // One that cannot be asked went meanwhile, or the hub did: the events tell, and the next look asks again.
        guard let properties = try? await client.properties(of: object, "org.vireo.Hub1.VM") else {
          break
        }
        model.update(path, properties)
      }
      isCompleting = false
      drawSoon()
    }
  }

  // MARK: Drawing

  private func drawSoon() {
    guard timer == nil else { return }
    timer = loop.addTimeout(.every(TopSession.shortest)) { id in
      self.loop.removeTimeout(id)
      self.assumeIsolated { top in
        top.timer = nil
        top.draw()
      }
    }
  }

  private func draw() {
    // A terminal that stands still gets the newest screen when it goes on, and not all those between.
    guard output.assumeIsolated({ $0.isIdle }) else { return drawSoon() }
    let layout = layOut()
    let text = painter.paint(layout.grid)
    if !text.isEmpty { output.assumeIsolated { $0.write(text) } }
    completeSoon()
  }

  @discardableResult
  private func layOut() -> TopLayout {
    let size = Terminal.size() ?? Terminal.Size(rows: 24, columns: 80)
    let layout = TopLayout(model, rows: size.rows, columns: size.columns, now: .now(), zone: zone)
    visible = layout.visible
    page = layout.page
    return layout
  }
}
