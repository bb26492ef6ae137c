// SPDX-License-Identifier: Apache-2.0
// Members of an object, read without a value between: what readers of many small messages use.

extension JSONValue {
  /// The truth value of the first member of that name, if there is one and it is one.
  public func bool(_ name: JSONKey) -> Bool? { member(name).flatMap(tape.bool) }

  /// The whole number of the first member of that name, if there is one that fits.
  public func int64(_ name: JSONKey) -> Int64? { member(name).flatMap(tape.int64) }

  /// The whole number of the first member of that name, if there is one and it is not negative.
  public func uint64(_ name: JSONKey) -> UInt64? { member(name).flatMap(tape.uint64) }

  /// The text of the first member of that name, if there is one and it is text.
  public func string(_ name: JSONKey) -> String? {
    member(name).flatMap { tape.string(at: $0, strings: stringWords * 8) }
  }

  /// Whether the first member of that name is there and is the string `text`.
  public func isString(_ name: JSONKey, _ text: String) -> Bool {
    member(name).map { tape[$0].has(.string) && tape.text(at: stringWords * 8 + tape[$0].payload, is: text) } ?? false
  }

  private func member(_ name: JSONKey) -> Int? { tape.member(name, of: index, strings: stringWords * 8) }
}
