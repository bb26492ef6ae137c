// SPDX-License-Identifier: Apache-2.0
// How often each method was called, and how often by somebody who may not.

internal import DBusBridge
internal import DBusTypes
private import Synchronization

/// How often a method was called; `denials` is nil for one that everybody may call whom the bus lets through.
struct CallCount {
  var method: MemberName
  var calls: UInt64 = 0
  var denials: UInt64?
}

/// Counts the calls of the methods that it was given.
///
/// Threading: calls come on the loop; everything may be called from any thread.
final class CallCounts: Sendable {
  private let counts = Mutex<[MemberName: CallCount]>([:])

  /// The methods, which from now on are counted; `areGuarded` says that not everybody may call them.
  func counting(_ methods: [BusMethod], areGuarded: Bool = false) -> [BusMethod] {
    methods.map { method in
      let none = CallCount(method: method.name, denials: areGuarded ? 0 : nil)
      counts.withLock { counts in counts[method.name] = counts[method.name] ?? none }
      var method = method
      let (name, handler) = (method.name, method.handler)
      method.handler = { [self] call in
        counts.withLock { $0[name]?.calls += 1 }
        handler(call)
      }
      return method
    }
  }

  /// A call was refused, since its caller may not make it.
  func deny(_ call: BusCall) {
    guard let method = call.message.member else { return }
    counts.withLock { counts in
      if let denials = counts[method]?.denials { counts[method]?.denials = denials + 1 }
    }
  }

  /// All counts, by name.
  var all: [CallCount] { counts.withLock { $0.values.sorted { $0.method < $1.method } } }
}
