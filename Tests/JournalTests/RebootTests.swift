// SPDX-License-Identifier: Apache-2.0
// What a journal says of the boot under which it was last written.

import EventModel
import Foundation
import TestSupport
import Testing

@testable import Journal

@Suite("Journal: reboots of the host")
struct RebootTests {
  private let first = "0f3c1b1e-6d63-4ff1-a33c-8d4d6f6f8d2a"
  private let second = "7c1e6f0e-9d0f-4c8e-8a53-2b1f00c0ffee"

  private func open(_ directory: TemporaryDirectory, under boot: String?) throws -> Journal {
    var options = JournalOptions(directory: directory.path)
    options.bootID = boot
    return try Journal(options)
  }

  private func used(_ directory: TemporaryDirectory, under boot: String?) async throws {
    let journal = try open(directory, under: boot)
    #expect(await journal.append(Samples.mixed(1...3)).isAccepted)
    await journal.close()
  }

  private func reboot(_ directory: TemporaryDirectory, under boot: String?) async throws -> HostReboot? {
    let journal = try open(directory, under: boot)
    await journal.close()
    return journal.contents.reboot
  }

  @Test func `a journal that was closed under another boot says so, once`() async throws {
    let directory = try TemporaryDirectory()
    #expect(try await reboot(directory, under: first) == nil)
    try await used(directory, under: first)
    let told = try #require(try await reboot(directory, under: second))
    #expect(told.former == BootID(first) && told.current == BootID(second))
    #expect(told.isOrderly)
    #expect(try await reboot(directory, under: second) == nil)
  }

  @Test func `a journal that was not closed says that its end was not in good order`() async throws {
    let directory = try TemporaryDirectory()
    let copy = try TemporaryDirectory()
    let journal = try open(directory, under: first)
    #expect(await journal.append(Samples.mixed(1...3)).isAccepted)
    // As the files are when the host is gone.
    for name in ["journal.db", "journal.db-wal", "lock"] {
      try FileManager.default.copyItem(atPath: directory.file(name), toPath: copy.file(name))
    }
    await journal.close()
    #expect(try await reboot(copy, under: second)?.isOrderly == false)
  }

  @Test func `under the same boot there is no reboot, however the last run ended`() async throws {
    let directory = try TemporaryDirectory()
    // The boot ID of the running kernel, all three times.
    let filler = try ChildProcess(Repository.program("JournalProcess"), ["fill", directory.path])
    try await filler.output.first("an event is kept") { $0.hasPrefix("ack") }
    try await filler.kill()
    let journal = try open(directory, under: nil)
    #expect(journal.contents.head > 0)
    #expect(journal.contents.reboot == nil)
    await journal.close()
    #expect(try await reboot(directory, under: nil) == nil)
    // The kernel's is one that is understood: another one is told.
    #expect(try await reboot(directory, under: second)?.current == BootID(second))
  }

  @Test func `where the boot is not known, nothing is said`() async throws {
    let directory = try TemporaryDirectory()
    try await used(directory, under: "")
    #expect(try await reboot(directory, under: second) == nil)
    #expect(try await reboot(directory, under: "") == nil)
    #expect(try await reboot(directory, under: first) == nil)
  }

  @Test func `the record of another journal, or none, says nothing`() async throws {
    let directory = try TemporaryDirectory()
    try await used(directory, under: first)
    try FileManager.default.removeItem(atPath: directory.file("lock"))
    #expect(try await reboot(directory, under: second) == nil)
    let other = try TemporaryDirectory()
    try await used(other, under: first)
    try FileManager.default.removeItem(atPath: directory.file("lock"))
    try FileManager.default.copyItem(atPath: other.file("lock"), toPath: directory.file("lock"))
    #expect(try await reboot(directory, under: second) == nil)
  }
}
