// swift-tools-version: 6.3
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

// A package of its own, so that what we are measured against never becomes a dependency of ours. SwiftNIO is such a peer; the
// programs of the others are C, and built by the Makefiles of the suites.
let settings: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
  name: "benchmarks",
  dependencies: [
    .package(name: "vireo", path: ".."),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
  ],
  targets: [
    .target(name: "Measure", path: "Support/Measure"),
    .target(name: "LoopHarness", dependencies: ["Measure"], path: "EventLoop/Harness"),
    .executableTarget(
      name: "loop-ours", dependencies: ["LoopHarness", "Measure", .product(name: "EventLoop", package: "vireo")],
      path: "EventLoop/Ours", swiftSettings: settings),
    .executableTarget(
      name: "loop-nio",
      dependencies: [
        "LoopHarness", "Measure", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      path: "EventLoop/NIO", swiftSettings: settings),
    .executableTarget(
      name: "bus-ours",
      dependencies: [
        "Measure", .product(name: "DBusBridge", package: "vireo"), .product(name: "EventLoop", package: "vireo"),
      ], path: "Bus/Ours", swiftSettings: settings),
    .executableTarget(
      name: "journal-ours", dependencies: ["Measure", .product(name: "Journal", package: "vireo")],
      path: "Journal/Ours",
      swiftSettings: settings),
    .executableTarget(
      name: "journal-history", dependencies: ["Measure", .product(name: "Journal", package: "vireo")],
      path: "Journal/History", swiftSettings: settings),
  ]
)
