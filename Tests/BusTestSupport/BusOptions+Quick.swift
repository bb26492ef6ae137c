// SPDX-License-Identifier: Apache-2.0
// Options of a connection for tests.

public import DBusBridge

extension BusOptions {
  /// Connects again quickly: tests do not wait for the patience of a daemon.
  public static var quick: BusOptions {
    var options = BusOptions()
    options.firstRetry = .milliseconds(5)
    options.longestRetry = .milliseconds(50)
    return options
  }
}
