// SPDX-License-Identifier: Apache-2.0
// The methods of the Manager that begin a delivery.

internal import DBusBridge
internal import DBusTypes

/// The methods of the Manager that begin a delivery.
struct ManagerDelivery {
  let subscriptions: Subscriptions

  var methods: [BusMethod] {
    [
      BusMethod(
        name: "Subscribe",
        inputs: arguments(
          ("kinds", "as"), ("subjects", "as"), ("after", "t"), ("credit", "u"), ("options", "a{sv}")),
        outputs: arguments(("subscription", "o"), ("head", "t")),
        handler: subscriptions.subscribe)
    ]
  }
}
