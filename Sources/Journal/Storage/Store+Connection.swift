// SPDX-License-Identifier: Apache-2.0
// How a connection to the database file is set up.

internal import EventModel
internal import GRDB

extension Store {
  /// How a connection is set up.
  static func configuration(_ options: Options) -> Configuration {
    var configuration = Configuration()
    configuration.label = "journal"
    configuration.foreignKeysEnabled = false
    configuration.readonly = options.isReadOnly
    configuration.prepareDatabase { database in
      if !options.isReadOnly { try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE") }
      try database.execute(
        sql: """
          PRAGMA synchronous = \(options.durability == .powerLoss ? "FULL" : "NORMAL");
          PRAGMA wal_autocheckpoint = 0;
          PRAGMA journal_size_limit = \(options.walBytes);
          PRAGMA secure_delete = OFF;
          PRAGMA temp_store = MEMORY;
          PRAGMA cache_size = -2048;
          """)
    }
    return configuration
  }

  /// The file as SQLite opens it from a file system that takes no writes (https://www.sqlite.org/uri.html).
  static func immutableURI(_ path: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var uri = Array("file:".utf8)
    for byte in path.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "-"):
        uri.append(byte)
      default: uri += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
      }
    }
    return String(decoding: uri, as: UTF8.self) + "?immutable=1"
  }
}
