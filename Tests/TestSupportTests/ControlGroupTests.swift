// SPDX-License-Identifier: Apache-2.0
// Control groups of tests, and those that killed tests left.

import Foundation
import Testing

@testable import TestSupport

@Suite(.needs(all: UnitGroup.requirements)) struct ControlGroupTests {
  private let hierarchy =
    FileManager.default.fileExists(atPath: "/sys/fs/cgroup/unified") ? "/sys/fs/cgroup/unified" : "/sys/fs/cgroup"

  @Test func `a group goes with its last reference`() throws {
    var group: ControlGroup? = try ControlGroup(in: hierarchy)
    let path = try #require(group?.path)
    #expect(FileManager.default.fileExists(atPath: path))
    group = nil
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func `the group of a test process that is no more is removed, and that of a living one is not`() throws {
    let living = try ControlGroup(in: hierarchy)
    // No process can have that number (proc(5), pid_max).
    let forgotten = "\(hierarchy)/vireo-test-4194305-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: forgotten, withIntermediateDirectories: false)
    ControlGroup.removeForgotten()
    #expect(!FileManager.default.fileExists(atPath: forgotten))
    #expect(FileManager.default.fileExists(atPath: living.path))
  }
}
