// SPDX-License-Identifier: Apache-2.0
// One consumer of the hub's stream, as the desk knows it.

internal import EventLoop

/// One consumer: what it asked for, how far it is, who takes what it is told, and what is waited for.
///
/// Threading: on the desk's loop only; it is not `Sendable`.
final class DeliveryConsumer {
  let id: DeliveryID
  let request: DeliveryRequest
  let receiver: DeliveryDesk.Receiver
  var delivery: Delivery
  /// Runs while an acknowledgement is due.
  var watch: TimerID?
  /// Runs while a delivery is postponed.
  var retry: TimerID?

  init(
    _ id: DeliveryID, _ request: DeliveryRequest, _ delivery: Delivery, _ receiver: @escaping DeliveryDesk.Receiver
  ) {
    self.id = id
    self.request = request
    self.delivery = delivery
    self.receiver = receiver
  }
}
