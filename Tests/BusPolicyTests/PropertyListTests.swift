// SPDX-License-Identifier: Apache-2.0
// The XML and the registry's lists of properties are one.

import EventModel
import TestSupport
import Testing

@Suite struct PropertyListTests {
  @Test(arguments: [
    (Subject.Category.vm, "VM"), (.device, "Device"), (.link, "Link"), (.source, "Source"),
  ])
  func `the XML has the properties of the category, in their order, with their types and emissions`(
    _ category: Subject.Category, _ name: String
  ) throws {
    let file = try InterfaceFile.named("org.vireo.Hub1.\(name)")
    let written = file.members(.property).map { "\($0.name) \($0.type) \($0.emitsChanged)" }
    let listed = PropertyDefinition.list(for: category).map {
      "\($0.name.rawValue) \($0.signature) \($0.emission.rawValue)"
    }
    #expect(written == listed)
    let meanings = zip(file.members(.property), PropertyDefinition.list(for: category))
    for (property, definition) in meanings { #expect(property.documentation == definition.meaning) }
  }
}
