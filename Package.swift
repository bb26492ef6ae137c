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
    .library(name: "EventLoop", targets: ["EventLoop"]),
    .library(name: "DBusBridge", targets: ["DBusBridge", "DBusTypes"]),
    .library(name: "Journal", targets: ["EventModel", "Journal"]),
  ],
  dependencies: [
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: [.defaults, "YAML"]),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
  ],
  targets: [
    // What the tests share: private buses, real QEMUs, fake monitors, supervised children. No product uses it.
    .target(name: "TestSupport", dependencies: ["CLinux"], path: "Tests/TestSupport", swiftSettings: settings),
    tests("TestSupport"),
    .executableTarget(
      name: "source-probe", dependencies: ["EventLoop", "EventModel", "Hub", "NetlinkSource", "UdevSource"],
      path: "Tests/SourceProbe",
      swiftSettings: settings),
    .target(
      name: "LoopTestSupport", dependencies: ["EventLoop"], path: "Tests/LoopTestSupport", swiftSettings: settings),
    .target(
      name: "BusTestSupport", dependencies: ["DBusBridge", "DBusTypes", "EventLoop", "LoopTestSupport", "TestSupport"],
      path: "Tests/BusTestSupport", swiftSettings: settings),
    .target(
      name: "SourceTestSupport", dependencies: ["EventLoop", "EventModel", "Hub", "LoopTestSupport", "TestSupport"],
      path: "Tests/SourceTestSupport", swiftSettings: settings),
    .testTarget(name: "ReadmeTests", dependencies: ["Settings", "TestSupport", "vireod"], swiftSettings: settings),
    .testTarget(name: "CookbookTests", dependencies: ["vireo", "vireod", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "BusPolicyTests", dependencies: ["EventModel", "TestSupport", "vireod"], swiftSettings: settings),
    .testTarget(
      name: "PackagingTests", dependencies: ["EventModel", "TestSupport", "vireo", "vireod"], swiftSettings: settings),

    .target(name: "CLinux"),
    layer("EventLoop", uses: ["CLinux"]),
    .target(name: "WallClock", path: "Tests/WallClock"),
    tests("EventLoop", uses: ["WallClock"]),
    layer("EventModel"),
    tests("EventModel"),
    layer(
      "Journal",
      uses: [
        "EventModel", .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "GRDBSQLite", package: "GRDB.swift"),
      ]),
    .executableTarget(
      name: "JournalProcess", dependencies: ["EventModel", "Journal"], path: "Tests/JournalProcess",
      swiftSettings: settings),
    tests(
      "Journal", uses: ["EventModel", "JournalProcess", "TestSupport", .product(name: "GRDB", package: "GRDB.swift")]),
    layer("Hub", uses: ["EventLoop", "EventModel"]),
    tests("Hub", uses: ["EventLoop", "EventModel"]),
    layer(
      "Settings",
      uses: [
        .product(name: "Configuration", package: "swift-configuration"),
        .product(name: "SystemPackage", package: "swift-system"),
        .product(name: "Yams", package: "Yams"),
      ]),
    tests("Settings"),
    .target(name: "CJSON", linkerSettings: [.linkedLibrary("simdjson")]),
    layer("JSONText", uses: ["CJSON"]),
    tests("JSONText"),
    layer("QEMUSource", uses: ["CLinux", "EventLoop", "EventModel", "Hub", "JSONText"]),
    .testTarget(
      name: "GuestTests",
      dependencies: ["EventLoop", "EventModel", "Hub", "QEMUSource", "SourceTestSupport", "TestSupport"],
      exclude: ["Guest"], swiftSettings: settings),
    tests("QEMUSource", uses: ["EventLoop", "EventModel", "Hub", "JSONText", "SourceTestSupport", "TestSupport"]),
    .target(name: "CNetlink"),
    layer("NetlinkSource", uses: ["CNetlink", "EventLoop", "EventModel", "Hub"]),
    .systemLibrary(name: "CUdev", pkgConfig: "libudev", providers: [.apt(["libudev-dev"])]),
    layer("UdevSource", uses: ["CUdev", "EventLoop", "EventModel", "Hub"]),
    .testTarget(
      name: "SRIOVTests", dependencies: ["TestSupport", "source-probe"], exclude: ["Guest"], swiftSettings: settings),
    tests("UdevSource", uses: ["EventModel", "TestSupport", "source-probe"]),
    layer("HostSource", uses: ["CLinux", "DBusBridge", "DBusTypes", "EventLoop", "EventModel", "Hub"]),
    tests(
      "HostSource",
      uses: ["DBusBridge", "DBusTypes", "EventLoop", "EventModel", "Hub", "SourceTestSupport", "TestSupport"]),
    layer("UsageSource", uses: ["EventLoop", "EventModel", "Hub"]),
    tests(
      "UsageSource", uses: ["EventLoop", "EventModel", "Hub", "NetlinkSource", "SourceTestSupport", "TestSupport"]),
    tests("NetlinkSource", uses: ["EventLoop", "EventModel", "Hub", "SourceTestSupport", "TestSupport"]),
    .target(
      name: "StreamService",
      dependencies: ["CLinux", "EventLoop", "EventModel", "Hub", "JSONText"],
      resources: [
        .embedInCode("Resources/org.vireo.Hub1.varlink"), .embedInCode("Resources/org.varlink.service.varlink"),
      ],
      swiftSettings: settings),
    tests(
      "StreamService", uses: ["EventLoop", "EventModel", "Hub", "JSONText", "LoopTestSupport", "TestSupport", "vireod"]),
    layer("BusService", uses: ["EventLoop", "DBusTypes", "DBusBridge", "EventModel", "Hub"]),
    .testTarget(
      name: "DeliveryTests",
      dependencies: [
        "BusService", "BusTestSupport", "DBusBridge", "DBusTypes", "EventLoop", "EventModel", "Hub", "LoopTestSupport",
        "TestSupport", "vireod",
      ], swiftSettings: settings),
    .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
    .executableTarget(
      name: "vireod",
      dependencies: [
        "BusService", "CSystemd", "DBusBridge", "DBusTypes", "EventLoop", "EventModel", "HostSource", "Hub", "Journal",
        "NetlinkSource", "QEMUSource", "Settings", "StreamService", "UdevSource", "UsageSource",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "Logging", package: "swift-log"),
      ],
      resources: [.embedInCode("Resources/org.vireo.Hub1.conf")],
      swiftSettings: settings),
    .testTarget(
      name: "VireodTests",
      dependencies: ["EventModel", "vireod", "TestSupport", .product(name: "Logging", package: "swift-log")],
      swiftSettings: settings),
    .systemLibrary(name: "CDBus", pkgConfig: "dbus-1", providers: [.apt(["libdbus-1-dev"])]),
    layer("DBusTypes"),
    tests("DBusTypes"),
    layer("DBusBridge", uses: ["EventLoop", "DBusTypes", "CDBus"]),
    .target(name: "CMemoryFault", path: "Tests/CMemoryFault"),
    tests("DBusBridge", uses: ["EventLoop", "DBusTypes", "CDBus", "CMemoryFault", "BusTestSupport", "TestSupport"]),
    layer("VireoCommand", uses: ["EventModel", "JSONText"]),
    tests("VireoCommand", uses: ["EventModel", "JSONText", "TestSupport"]),
    .executableTarget(
      name: "vireo",
      dependencies: [
        "DBusBridge", "DBusTypes", "EventLoop", "EventModel", "VireoCommand",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    // The first programs that the documentation of the libraries shows.
    .executableTarget(
      name: "LoopExample", dependencies: ["EventLoop"], path: "Documentation/Examples/LoopExample",
      swiftSettings: settings),
    .executableTarget(
      name: "BusExample", dependencies: ["DBusBridge", "DBusTypes", "EventLoop"],
      path: "Documentation/Examples/BusExample", swiftSettings: settings),
    .testTarget(
      name: "ExampleTests", dependencies: ["BusExample", "LoopExample", "TestSupport"], swiftSettings: settings),
    // Writes Documentation/man; no product uses it.
    .executableTarget(
      name: "manual", dependencies: ["EventModel", "Settings"], path: "Documentation/Generator", swiftSettings: settings
    ),
    .testTarget(
      name: "VireoTests",
      dependencies: [
        "vireo", "vireod", "manual", "TestSupport", "BusService", "DBusBridge", "EventLoop", "EventModel", "Hub",
        "LoopTestSupport",
      ],
      swiftSettings: settings),
  ],
  cxxLanguageStandard: .cxx17
)
