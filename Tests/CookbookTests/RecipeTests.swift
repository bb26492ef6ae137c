// SPDX-License-Identifier: Apache-2.0
// How a recipe is read and held against what was printed.

import TestSupport
import Testing

@Suite struct RecipeTests {
  private let document = """
    ```console
    $ not a recipe
    ```
    ```console recipe one
    $ vireo why web01
    web01 is stopped, for 415ms

      Sun 2026-11-22 22:34:48.982930 UTC, 415ms ago
    $ vireo monitor
    Nov 22 22:34:48.247 NOTE  web01 vm.added processID=4668
    ```
    """

  @Test func `commands and their output are found`() throws {
    let recipes = Recipe.all(in: document)
    #expect(recipes.count == 1)
    let steps = try #require(recipes["one"]).steps
    #expect(steps.map(\.command) == ["vireo why web01", "vireo monitor"])
    #expect(steps.map(\.follows) == [false, true])
    #expect(steps[0].output.count == 3 && steps[1].output.count == 1)
  }

  @Test(arguments: [
    ("for 415ms", "for 2min 3s", true), ("for 415ms", "for ever", false),
    ("Nov 22 22:34:48.247 NOTE", "Dec  1 01:02:03.004 NOTE", true), ("Nov 22 22:34:48.247 NOTE", "NOTE", false),
    ("processID=1 a=2", "processID=77 a=2", true), ("processID=1 a=2", "processID=77 a=3", false),
    ("vm.added", "vm.removed", false), ("a   b", "a b", true),
    ("Sun 2026-11-22 22:34:48.982930 UTC", "Mon 2027-01-04 00:00:00.000001 CET", true),
  ])
  func `what differs from run to run is no difference, anything else is`(one: String, other: String, isSame: Bool) {
    #expect((Recipe.difference([one], [other]) == nil) == isSame)
  }

  @Test func `a line more or less is a difference`() {
    #expect(Recipe.difference(["a", "b"], ["a"]) != nil)
    #expect(Recipe.difference(["a"], ["a", "b"]) != nil)
    #expect(Recipe.difference(["a", ""], ["a"]) == nil)
  }

  @Test func `the README has the ten recipes that are played`() throws {
    let recipes = Recipe.all(in: try Repository.text(of: "README.md"))
    let played = ["stopped", "panic", "disk", "watchdog", "ready", "migration", "link", "device", "memory", "night"]
    #expect(Set(recipes.keys) == Set(played))
    #expect(recipes.values.allSatisfy { recipe in recipe.steps.allSatisfy { !$0.output.isEmpty } })
  }
}
