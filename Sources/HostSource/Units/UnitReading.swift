// SPDX-License-Identifier: Apache-2.0
// What systemd said of one unit until now, and whether that is its word on the end of a process.

import DBusTypes
import Hub

/// What systemd said of one unit until now.
struct UnitReading {
  private let question: UnitQuestion
  /// Until when the process was known to live in the unit, in microseconds of `CLOCK_MONOTONIC`: what began later is another life.
  private let seen: UInt64
  private var mainCode: Int32?
  private var mainStatus: Int32?
  private var mainProcess: UInt32?
  private var mainBegan: UInt64?
  private var result: String?
  private var activeState: String?
  private var began: UInt64?

  /// Nothing was said yet; `asked` is when the question came, in microseconds of `CLOCK_MONOTONIC`.
  ///
  /// That clock stands while the host sleeps, so an age by the wall clock may be too large; then less is believed.
  init(_ question: UnitQuestion, asked: UInt64) {
    self.question = question
    seen = asked - min(asked, question.age.inMicroseconds)
  }

  /// Takes the value of a property; false if it is not of the type that systemd has for it.
  mutating func take(_ property: UnitProperty, _ value: BusValue) -> Bool {
    switch property {
    case .result: return keep(value.string, &result)
    case .mainProcess: return keep(value.uint32, &mainProcess)
    case .mainBegan: return keep(value.uint64, &mainBegan)
    case .mainCode: return keep(value.int32, &mainCode)
    case .mainStatus: return keep(value.int32, &mainStatus)
    case .activeState: return keep(value.string, &activeState)
    case .began: return keep(value.uint64, &began)
    }
  }

  private func keep<Kept>(_ value: Kept?, _ kept: inout Kept?) -> Bool {
    guard let value else { return false }
    kept = value
    return true
  }

  /// What follows from what was said.
  enum Verdict: Hashable {
    /// More is to come.
    case open
    /// It says nothing about the end of that process.
    case nothing
    /// So it ended.
    case ended(UnitEnd)
  }

  /// What follows from what was said.
  var verdict: Verdict { question.unit.kind == .service ? serviceVerdict : scopeVerdict }

  /// The result of a service is there as soon as systemd has taken note of the end of its main process; what it does after that, cleaning
  /// up or starting it anew, is no part of it.
  private var serviceVerdict: Verdict {
    guard let mainCode, let mainStatus, let mainProcess, let mainBegan, let result else { return .open }
    // Its main process is another one, or it is in another life, or was not known to systemd any more; or another process has had
    // the number since.
    guard mainProcess == UInt32(bitPattern: question.process), isSameLife(mainBegan) else { return .nothing }
    guard mainCode != 0 else { return .open }
    guard let exit = ProcessExit(code: mainCode, status: mainStatus) else { return .nothing }
    return ended(result, exit)
  }

  /// A scope has ended when no process is left in it; that it is going to fail is known before.
  private var scopeVerdict: Verdict {
    guard let activeState, let result, let began else { return .open }
    guard isSameLife(began) else { return .nothing }
    if activeState == "inactive" || activeState == "failed" || result != "success" { return ended(result, nil) }
    // That of a login, or of helpers that outlive their machine for a while: nobody waits for it.
    return activeState == "active" && question.isUnitPopulated ? .nothing : .open
  }

  /// Whether the process was in what began then; 0 when it was not known to systemd any more.
  private func isSameLife(_ began: UInt64) -> Bool { began != 0 && began <= seen }

  private func ended(_ result: String, _ exit: ProcessExit?) -> Verdict {
    UnitEnd(unit: question.unit, result: result, exit: exit).map { .ended($0) } ?? .nothing
  }
}

extension ProcessExit {
  /// How a process ended, from `si_code` and `si_status` as waitid(2) gives them; nil if they cannot be that.
  fileprivate init?(code: Int32, status: Int32) {
    switch (code, status) {
    // CLD_EXITED; CLD_KILLED, CLD_DUMPED.
    case (1, 0...255): self = .exited(code: status)
    case (2...3, 1...64): self = .signalled(status)
    default: return nil
    }
  }
}
