// swift-tools-version: 6.3
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

/// Every target of ours is built alike: Swift 6, strict memory safety, warnings are errors.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("InferIsolatedConformances"),
  .enableUpcomingFeature("ImmutableWeakCaptures"),
]

/// A layer: a library target; `uses` names what it may import, and nothing else (see ARCHITECTURE.md).
func layer(_ name: String, uses dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// The tests of a layer.
func tests(_ name: String, uses dependencies: [Target.Dependency] = []) -> Target {
  .testTarget(name: name + "Tests", dependencies: [.byName(name: name)] + dependencies, swiftSettings: settings)
}

let package = Package(
  name: "vireo",
  products: [
    .library(name: "EventLoop", targets: ["EventLoop"])
  ],
  dependencies: [],
  targets: [
    // What the tests share: private buses, real QEMUs, fake monitors, supervised children. No product uses it.
    .target(name: "TestSupport", dependencies: ["CLinux"], path: "Tests/TestSupport", swiftSettings: settings),
    tests("TestSupport"),

    .target(name: "CLinux"),
    layer("EventLoop", uses: ["CLinux"]),
    tests("EventLoop"),
    layer("EventModel"),
    tests("EventModel"),
    layer("Hub", uses: ["EventLoop", "EventModel"]),
    tests("Hub", uses: ["EventLoop", "EventModel"]),
    .target(name: "CJSON", linkerSettings: [.linkedLibrary("simdjson")]),
    layer("JSONText", uses: ["CJSON"]),
    tests("JSONText"),
    layer("QEMUSource", uses: ["EventModel", "JSONText"]),
    tests("QEMUSource", uses: ["EventModel", "JSONText"]),
  ],
  cxxLanguageStandard: .cxx17
)
