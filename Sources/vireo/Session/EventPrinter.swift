// SPDX-License-Identifier: Apache-2.0
// Printing events, and keeping the cursor of what was printed.

import EventLoop
import EventModel
import VireoCommand

/// Prints events, and keeps the cursor of what was printed.
///
/// Threading: lives on the loop.
actor EventPrinter: LoopActor {
  /// How often a cursor file is written at most while events flow.
  static let saveInterval: Duration = .seconds(1)

  nonisolated let loop: EventLoop
  private let output: Output
  private let renderer: EventRenderer
  private let file: CursorFile?
  private let showsCursor: Bool
  private var instance: InstanceID?
  private var printed: UInt64?
  /// What is dealt with as soon as the output has taken everything.
  private var underWay: UInt64?
  private var saved: UInt64?
  private var timer: TimerID?
  private(set) var count = 0

  /// `begin` is where reading begins, when nobody named that: who is ended before the first event goes on there.
  init(_ session: Session, renderer: EventRenderer, range: TimeRange, instance: InstanceID?, begin: UInt64?) {
    loop = session.loop
    output = session.output
    self.renderer = renderer
    file = range.cursorFile.map(CursorFile.init)
    showsCursor = range.showCursor
    self.instance = instance
    printed = begin
  }

  /// The journal is another one from here on.
  func changeInstance(_ new: InstanceID?) {
    instance = new
    printed = nil
    underWay = nil
  }

  /// Prints items, and takes everything up to `position` for dealt with once they are written.
  func print(_ items: [StreamItem], position: UInt64) async throws(OutputError) {
    write(items, position: position)
    try await output.drained()
    settle()
    saveSoon()
  }

  /// Writes, and notes in one go what is under way: a signal may end the run before anything else happens.
  private func write(_ items: [StreamItem], position: UInt64) {
    var text = ""
    for item in items { text += renderer.text(item) }
    count += items.count
    if !text.isEmpty { output.assumeIsolated { $0.write(text) } }
    underWay = position
  }

  /// Prints the cursor, where that was asked for, and saves it.
  func finish() async throws {
    if showsCursor, let cursor { await output.write("-- cursor: \(cursor)\n") }
    try await output.drained()
    try save()
  }

  /// Saves the cursor of what was printed.
  func save() throws(CursorFileError) {
    if let timer { loop.removeTimeout(timer) }
    timer = nil
    if output.assumeIsolated({ $0.isWritten }) { settle() }
    guard let file, let cursor, cursor.sequence != saved else { return }
    try file.write(cursor)
    saved = cursor.sequence
  }

  private func settle() {
    printed = underWay ?? printed
    underWay = nil
  }

  private var cursor: Cursor? {
    guard let instance, let printed else { return nil }
    return Cursor(instance: instance, sequence: printed)
  }

  private func saveSoon() {
    guard file != nil, timer == nil, printed != saved else { return }
    timer = loop.addTimeout(.every(EventPrinter.saveInterval)) { _ in self.assumeIsolated { $0.saveOrComplain() } }
  }

  /// While events flow a cursor file that cannot be written is told, and the events go on.
  func saveOrComplain() {
    do throws(CursorFileError) {
      try save()
    } catch {
      Terminal.complain("vireo: --cursor-file: \(error)")
    }
  }
}
