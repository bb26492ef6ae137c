// SPDX-License-Identifier: Apache-2.0
// The reviewed interface files of this repository.

import Foundation
public import Testing

/// One file of `DBusPolicy/interfaces`.
public struct InterfaceFile: Sendable, CustomTestStringConvertible {
  /// The name of the file.
  public let fileName: String
  /// How many interfaces it describes; a reviewed file describes one.
  public let interfaceCount: Int
  /// How many nodes it has; a reviewed file has one.
  public let nodeCount: Int
  /// The interface.
  public let description: InterfaceDescription

  /// The name of the file, in reports.
  public var testDescription: String { fileName }
  /// The name of the interface.
  public var name: String { description.name }
  /// The interface as a member.
  public var interface: InterfaceDescription.Member { description.interface }
  /// Its members.
  public var members: [InterfaceDescription.Member] { description.members }
  /// Its members of a kind.
  public func members(_ kind: InterfaceDescription.Member.Kind) -> [InterfaceDescription.Member] {
    description.members(kind)
  }

  /// Where the files are.
  public static let directory = "DBusPolicy/interfaces"

  /// All of them, by name.
  public static let all: [InterfaceFile] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: Repository.file(directory))) ?? []
    return names.filter { $0.hasSuffix(".xml") }.sorted().compactMap(InterfaceFile.init)
  }()

  /// The file of an interface.
  public static func named(_ name: String) throws -> InterfaceFile { try #require(all.first { $0.name == name }) }

  private init?(fileName: String) {
    guard let data = FileManager.default.contents(atPath: Repository.file("\(Self.directory)/\(fileName)")) else {
      return nil
    }
    let found = InterfaceDescription.all(in: data)
    guard let first = found.first else { return nil }
    self.fileName = fileName
    description = first
    interfaceCount = found.count
    nodeCount = String(decoding: data, as: UTF8.self).components(separatedBy: "<node").count - 1
  }
}
