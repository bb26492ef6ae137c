// SPDX-License-Identifier: Apache-2.0
// Which release this is.

/// Which release this is.
public enum Release {
  /// The version of Vireo: of the daemon, the command line, the package and the manual alike.
  public static let version = "0.1.0"
}
