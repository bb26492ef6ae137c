// SPDX-License-Identifier: Apache-2.0
// What --grep looks for.

import Synchronization

/// A regular expression to look for in text.
///
/// As with journalctl(1), a pattern without capital letters does not care for case.
public final class TextPattern: Sendable {
  /// Compiled once, for a history may have millions of events; a `Regex` is not Sendable by itself.
  private let regex: Mutex<Regex<AnyRegexOutput>>

  /// A pattern; nil when it is no regular expression.
  public init?(_ text: String) {
    guard let regex = try? Regex(text) else { return nil }
    self.regex = Mutex(text.contains(where: \.isUppercase) ? regex : regex.ignoresCase())
  }

  /// Whether the pattern is found in the text.
  public func matches(_ subject: String) -> Bool { regex.withLock { subject.contains($0) } }
}
