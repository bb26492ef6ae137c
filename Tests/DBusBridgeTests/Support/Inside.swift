// SPDX-License-Identifier: Apache-2.0
// What the tests of the bridge see of a connection's inside.

@testable import DBusBridge

extension BusConnection {
  /// Several steps with nothing of the loop between them.
  func inOneStep<Value: Sendable>(_ body: @Sendable (isolated BusConnection) -> Value) -> Value { body(self) }

  /// How many watches libdbus has given.
  var watchCount: Int { link?.watches.count ?? 0 }
  /// Their descriptors.
  var watchDescriptors: [CInt] { link?.watches.descriptors ?? [] }
  /// How many of them libdbus wants served now.
  var enabledWatches: Int { link?.watches.enabledCount ?? 0 }
  /// How many timeouts libdbus has given.
  var timeoutCount: Int { link?.timeouts.count ?? 0 }
}

extension Result {
  /// The error, if it failed.
  var failure: Failure? { if case .failure(let error) = self { error } else { nil } }
}
