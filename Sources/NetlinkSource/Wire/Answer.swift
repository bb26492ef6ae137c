// SPDX-License-Identifier: Apache-2.0
// The kernel's answer to a request: netlink(7), struct nlmsgerr with its extended acknowledgement.

import Hub

/// What the kernel answered: 0 and nothing, or an error number and often a text.
struct Answer: Equatable {
  var errorNumber: Int32
  /// The text of the extended acknowledgement; empty when the kernel gave none.
  var text = ""

  init(errorNumber: Int32, text: String = "") {
    self.errorNumber = errorNumber
    self.text = text
  }

  /// The answer among the replies to a request, after each that comes before it was handed to `body`; nil when there is none.
  init?(among replies: [NetlinkMessage], _ body: (NetlinkMessage) -> Void = { _ in }) {
    guard let message = replies.first else { return nil }
    guard message.type == MessageType.error else {
      // A request for one link that asks for no acknowledgement is answered by the link alone.
      body(message)
      self.init(errorNumber: 0)
      return
    }
    self = Answer(message) ?? Answer(errorNumber: KernelNumber.protocolError)
  }

  /// The answer that a message of type NLMSG_ERROR, or NLMSG_DONE, holds.
  init?(_ message: NetlinkMessage) {
    guard let number = message.payload.number(UInt32.self) else { return nil }
    let negative = Int32(bitPattern: number)
    errorNumber = negative == .min ? .max : -negative
    guard message.flags & MessageFlag.hasAttributes != 0 else { return }
    var fixed = 4
    if message.type == MessageType.error {
      // The header of the request follows, and the rest of the request too unless it was left out.
      let request = Int(message.payload.number(UInt32.self, at: 4) ?? 0)
      fixed += message.flags & MessageFlag.capped != 0 ? NetlinkMessage.headerSize : (request + 3) & ~3
    }
    if let payload = message.attributes(after: fixed)[OtherAttribute.errorText] {
      text = OutsideText.printable(bytes: payload.untilZero, limit: EventLimits.nameBytes)
    }
  }
}
