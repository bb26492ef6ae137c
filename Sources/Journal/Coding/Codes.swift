// SPDX-License-Identifier: Apache-2.0
// The bytes that stand for cases of the model's enumerations.

internal import EventModel

/// The bytes that stand for cases of the model's enumerations; part of the format of the journal, never reused.
///
/// They are spelled out so that a new or moved case in the model changes no journal that exists.
enum Codes {
  static func code(_ severity: Severity) -> UInt8 {
    switch severity {
    case .debug: 7
    case .info: 6
    case .notice: 5
    case .warning: 4
    case .error: 3
    case .critical: 2
    }
  }

  static func code(_ origin: Origin) -> UInt8 {
    switch origin {
    case .live: 1
    case .resync: 2
    case .derived: 3
    }
  }

  static func code(_ category: Subject.Category) -> UInt8 {
    switch category {
    case .hub: 1
    case .vm: 2
    case .device: 3
    case .link: 4
    case .source: 5
    }
  }

  static func severity(_ code: UInt8) throws(CodingError) -> Severity {
    guard let severity = severities[code] else { throw .unknownCode(code) }
    return severity
  }

  static func origin(_ code: UInt8) throws(CodingError) -> Origin {
    guard let origin = origins[code] else { throw .unknownCode(code) }
    return origin
  }

  static func category(_ code: UInt8) throws(CodingError) -> Subject.Category {
    guard let category = categories[code] else { throw .unknownCode(code) }
    return category
  }

  private static let severities = Dictionary(uniqueKeysWithValues: Severity.allCases.map { (code($0), $0) })
  private static let origins = Dictionary(uniqueKeysWithValues: Origin.allCases.map { (code($0), $0) })
  private static let categories = Dictionary(uniqueKeysWithValues: Subject.Category.allCases.map { (code($0), $0) })
}
