// SPDX-License-Identifier: Apache-2.0
// Several short options after one dash.

/// Several short options after one dash, as getopt(3) has them: `-fn 100` for `-f -n 100`.
public enum ArgumentClusters {
  /// The arguments with clusters that begin with flags taken apart; what comes after `--` stays as it is.
  ///
  /// - Parameters:
  ///   - arguments: the command line without the program's name.
  ///   - flags: the short options that take no value.
  /// - Returns: arguments that each hold one option.
  public static func expand(_ arguments: [String], flags: String) -> [String] {
    var expanded: [String] = []
    var isOver = false
    for argument in arguments {
      if argument == "--" { isOver = true }
      guard !isOver, argument.count > 2, argument.hasPrefix("-"), !argument.hasPrefix("--") else {
        expanded.append(argument)
        continue
      }
      var rest = argument.dropFirst()
      while rest.count > 1, let first = rest.first, flags.contains(first) {
        expanded.append("-\(first)")
        rest = rest.dropFirst()
      }
      expanded.append("-" + rest)
    }
    return expanded
  }
}
