// SPDX-License-Identifier: Apache-2.0
// What a test needs of the machine, and saying so when it is not there.

import Foundation
import Synchronization
public import Testing

/// A program that is not on this machine.
public struct MissingProgram: Error, CustomStringConvertible, Sendable {
  /// The program.
  public let name: String

  /// In words.
  public var description: String { "\(name) is not on this machine: run Scripts/install-dependencies" }
}

/// Something that a test needs and that a machine may lack.
///
/// A test that needs something absent does not pass: it is reported as skipped, with the name of what is missing, and
/// a line goes to the file that `VIREO_TEST_ABSENT` names, which `make test` prints at its end.
public struct Requirement: Sendable, Hashable, CustomStringConvertible {
  /// Its name, as shown.
  public let description: String
  private let check: Check

  private enum Check: Hashable {
    case program(String)
    case file(String)
    case root
    case probe(String)
  }

  /// A program on the path.
  public static func program(_ name: String) -> Requirement {
    Requirement(description: "program \(name)", check: .program(name))
  }
  /// A file or directory.
  public static func file(_ path: String) -> Requirement {
    Requirement(description: "file \(path)", check: .file(path))
  }
  /// A shell command that succeeds where the machine has what is needed; for kernel features.
  public static func probe(_ name: String, _ command: String) -> Requirement {
    Requirement(description: name, check: .probe(command))
  }
  /// Running as root.
  public static let root = Requirement(description: "root", check: .root)
  /// A real QEMU.
  public static let qemu = program("qemu-system-x86_64")
  /// Mount namespaces of one's own.
  public static let mountNamespaces = probe("mount namespaces", "unshare --mount true")

  /// Whether the machine has it.
  public var isMet: Bool {
    switch check {
    case .program(let name): (try? Self.path(of: name)) != nil
    case .file(let path): FileManager.default.fileExists(atPath: path)
    case .root: geteuid() == 0
    case .probe(let command): Self.probe(command)
    }
  }

  /// Where a program is.
  ///
  /// Errors: ``MissingProgram``.
  public static func path(of program: String) throws -> String {
    if program.contains("/") {
      guard FileManager.default.isExecutableFile(atPath: program) else { throw MissingProgram(name: program) }
      return program
    }
    for directory in (ChildProcess.baseEnvironment["PATH"] ?? "").split(separator: ":") {
      let path = "\(directory)/\(program)"
      if FileManager.default.isExecutableFile(atPath: path) { return path }
    }
    throw MissingProgram(name: program)
  }

  /// Writes the line of the summary.
  package func reportAbsent(for test: String, to file: String) {
    let line = "\(description): \(test)\n"
    Self.summaryLock.withLock { _ in
      guard let handle = FileHandle(forWritingAtPath: file) else { return }
      // A summary that cannot be written must not fail the test: the skip itself is reported by the runner.
      _ = try? handle.seekToEnd()
      try? handle.write(contentsOf: Data(line.utf8))
      try? handle.close()
    }
  }

  private static let summaryLock = Mutex(())
  private static let probes = Mutex<[String: Bool]>([:])

  private static func probe(_ command: String) -> Bool {
    probes.withLock { known in
      if let answer = known[command] { return answer }
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", command]
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      let answer: Bool
      do {
        try process.run()
        process.waitUntilExit()
        answer = process.terminationStatus == 0
      } catch {
        answer = false
      }
      known[command] = answer
      return answer
    }
  }
}

/// The trait of tests and suites that need something a machine may lack.
public struct NeedsTrait: TestTrait, SuiteTrait {
  let requirements: [Requirement]

  /// Suites hand it on to their tests, so that each is named in the summary.
  public var isRecursive: Bool { true }

  /// Cancels the test when something is absent, and says what.
  public func prepare(for test: Test) async throws {
    guard !test.isSuite else { return }
    for requirement in requirements where !requirement.isMet {
      if let file = ProcessInfo.processInfo.environment["VIREO_TEST_ABSENT"] {
        requirement.reportAbsent(for: test.displayName ?? test.name, to: file)
      }
      try Test.cancel("needs \(requirement)")
    }
  }
}

extension Trait where Self == NeedsTrait {
  /// The test needs these of the machine; where one is absent it is skipped by name, and the summary says so.
  public static func needs(_ requirements: Requirement...) -> NeedsTrait { NeedsTrait(requirements: requirements) }

  /// The test needs all of a list, and more.
  public static func needs(all list: [Requirement], _ more: Requirement...) -> NeedsTrait {
    NeedsTrait(requirements: list + more)
  }
}
