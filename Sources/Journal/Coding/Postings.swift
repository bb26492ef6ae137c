// SPDX-License-Identifier: Apache-2.0
// The sequences of a stride that stand under one key of an index.

/// Rising sequences as bytes: the first, then the distance of each to the one before it.
enum Postings {
  /// Writes rising sequences.
  static func write(_ sequences: some Sequence<UInt64>, to writer: inout ByteWriter) {
    var last: UInt64 = 0
    for sequence in sequences {
      writer.write(unsigned: sequence - last)
      last = sequence
    }
  }

  /// The sequences in those bytes, from one through another.
  static func sequences(
    in bytes: Span<UInt8>, from: UInt64, through: UInt64
  ) throws(CodingError) -> [UInt64] {
    var sequences: [UInt64] = []
    var reader = ByteReader()
    var last: UInt64 = 0
    while !reader.isAtEnd(of: bytes) {
      let (sequence, overflow) = last.addingReportingOverflow(try reader.unsigned(bytes))
      guard !overflow else { throw .overflow }
      last = sequence
      if sequence > through { break }
      if sequence >= from { sequences.append(sequence) }
    }
    return sequences
  }
}
