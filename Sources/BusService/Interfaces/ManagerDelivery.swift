// SPDX-License-Identifier: Apache-2.0
// The methods of the Manager that begin a delivery.

internal import DBusBridge
internal import DBusTypes
internal import EventLoop
internal import Hub

/// The methods of the Manager that begin a delivery.
struct ManagerDelivery {
  let connection: BusConnection
  let subscriptions: Subscriptions
  let streams: EventStreams

  var methods: [BusMethod] {
    [
      BusMethod(
        name: "Subscribe",
        inputs: arguments(
          ("kinds", "as"), ("subjects", "as"), ("after", "t"), ("credit", "u"), ("options", "a{sv}")),
        outputs: arguments(("subscription", "o"), ("head", "t")),
        handler: subscriptions.subscribe),
      BusMethod(
        name: "OpenStream",
        inputs: arguments(("kinds", "as"), ("subjects", "as"), ("after", "t"), ("options", "a{sv}")),
        outputs: arguments(("stream", "h"), ("head", "t")),
        handler: openStream),
    ]
  }

  private func openStream(_ call: BusCall) {
    let values = call.arguments
    do throws(Refusal) {
      let asked = try DeliveryArguments(kinds: values[0], subjects: values[1], after: values[2], options: values[3])
      connection.assumeIsolated { connection in
        connection.askUser(of: call.sender) { user in
          guard let user else { return call.fail(.failed, "the bus does not say which user calls") }
          let request = DeliveryRequest(
            filter: asked.filter, start: asked.start, instance: asked.instance, user: user, window: EventStreams.page)
          streams.assumeIsolated { open(request, on: $0, for: call) }
        }
      }
    } catch {
      call.fail(error)
    }
  }

  private func open(_ request: DeliveryRequest, on streams: isolated EventStreams, for call: BusCall) {
    do throws(DeliveryRefusal) {
      let opened = try streams.open(request)
      let head = opened.head
      call.reply(.unixDescriptor(BusDescriptor(adopting: opened.release())), .uint64(head))
    } catch {
      call.fail(Refusal(error))
    }
  }
}
