// SPDX-License-Identifier: Apache-2.0
// Short options as fingers type them.

import Testing
import VireoCommand

@Suite struct ArgumentTests {
  @Test(arguments: [
    (["log", "-fn", "5"], ["log", "-f", "-n", "5"]),
    (["log", "-fn5"], ["log", "-f", "-n5"]),
    (["log", "-bq"], ["log", "-b", "-q"]),
    (["log", "-n5"], ["log", "-n5"]),
    (["log", "-S", "-2h"], ["log", "-S", "-2h"]),
    (["log", "--", "-fn5"], ["log", "--", "-fn5"]),
    (["log", "--boot", "-", "-f"], ["log", "--boot", "-", "-f"]),
  ])
  func `flags share a dash with the option that follows them`(arguments: [String], expanded: [String]) {
    #expect(ArgumentClusters.expand(arguments, flags: "bfq") == expanded)
  }
}
