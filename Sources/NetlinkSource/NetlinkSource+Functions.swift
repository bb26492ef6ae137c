// SPDX-License-Identifier: Apache-2.0
// Virtual functions of cards: asking what they are like, and setting them up.
//
// A notification about a card says nothing of its functions; the kernel tells them only to who asks for them
// (RTEXT_FILTER_VF). So a card is asked after each notification about it. All cards are when one comes or goes, and a
// little later again: functions come and go as links of their own, while the driver of their card is not done yet. And of a
// card that is switched off the kernel says nothing at all, so cards that have functions are asked now and then.

import EventLoop
public import EventModel
public import Hub

extension NetlinkSource {
  /// How long notifications gather before the cards are asked.
  static let gathering = Duration.milliseconds(50)
  /// How long after a card came or went all cards are asked once more.
  static let settling = Duration.seconds(1)

  /// A card came or went: asks all cards for their functions, soon and once more later.
  func askAllCards() {
    ask(cards: table.cards)
    guard settleTimer == nil, !isStopped else { return }
    settleTimer = loop.addTimeout(.every(Self.settling)) { [weak self] id in
      self?.assumeIsolated { source in
        source.loop.removeTimeout(id)
        source.settleTimer = nil
        source.ask(cards: source.table.cards)
      }
    }
  }

  /// Asks the cards that have functions now and then, as long as there are any.
  func askNowAndThen() {
    guard functionTimer == nil, !isStopped, !table.cardsWithFunctions.isEmpty else { return }
    functionTimer = loop.addTimeout(.every(options.functionInterval)) { [weak self] id in
      self?.assumeIsolated { source in
        source.loop.removeTimeout(id)
        source.functionTimer = nil
        source.ask(cards: source.table.cardsWithFunctions)
      }
    }
  }

  /// Asks cards for their functions, soon.
  func ask(cards: [UInt32]) {
    for card in cards {
      guard cardsToAsk.count < options.limits.functionQueries else {
        health.note("more than \(options.limits.functionQueries) cards to ask for their virtual functions")
        break
      }
      cardsToAsk.insert(card)
    }
    guard cardTimer == nil, !cardsToAsk.isEmpty, !isStopped else { return }
    cardTimer = loop.addTimeout(.every(Self.gathering)) { [weak self] id in
      self?.assumeIsolated { source in
        source.loop.removeTimeout(id)
        source.cardTimer = nil
        source.askNow()
      }
    }
  }

  private func askNow() {
    let cards = cardsToAsk.sorted()
    cardsToAsk = []
    worker.functions(of: cards) { [weak self, loop] functions in
      loop.submit { self?.assumeIsolated { $0.take(functions) } }
    }
  }

  private func take(_ functions: [UInt32: [VirtualFunction]]) {
    guard !isStopped else { return }
    for (card, list) in functions.sorted(by: { $0.key < $1.key }) {
      touched.note(functionsOf: card)
      emit(table.put(functions: list, of: card), origin: .live)
    }
    askNowAndThen()
  }

  func set(
    _ subject: Subject, completion: @escaping @Sendable (Result<Void, ControlError>) -> Void,
    _ request: @escaping @Sendable (_ index: UInt32, _ sequence: UInt32) -> [UInt8]
  ) {
    guard subject.category == .link, let index = UInt32(subject.key), table.links[index] != nil else {
      return completion(.failure(.noSuchObject(subject.objectPath)))
    }
    guard requestsUnderWay < options.limits.requests else {
      return completion(.failure(.limitExceeded("requests to the kernel under way: \(requestsUnderWay)")))
    }
    requestsUnderWay += 1
    let numbered: @Sendable (UInt32) -> [UInt8] = { request(index, $0) }
    worker.set(numbered) { [loop] result in
      loop.submit {
        self.assumeIsolated { source in
          source.requestsUnderWay -= 1
          source.ask(cards: [index])
        }
        completion(Self.outcome(result))
      }
    }
  }

  /// The kernel's answer in the words of the hub, its text included.
  static func outcome(_ result: Result<Answer, NetlinkError>) -> Result<Void, ControlError> {
    switch result {
    case .success(let answer) where answer.errorNumber == 0: return .success(())
    case .success(let answer):
      let text = NetlinkError.text(of: answer.errorNumber)
      return .failure(.refused(answer.text.isEmpty ? text : "\(answer.text) (\(text))"))
    case .failure(let error): return .failure(.refused(error.description))
    }
  }
}

extension NetlinkSource: LinkControl {
  /// The largest number of a VLAN that can be given to a function (IEEE 802.1Q).
  static let largestVLAN: UInt32 = 4094
  /// The largest priority (IEEE 802.1Q).
  static let largestQoS: UInt32 = 7

  /// Sets the VLAN of a virtual function; 0 takes it away.
  ///
  /// Threading: on the loop; the completion comes on the loop.
  public nonisolated func setVLAN(
    link: Subject, function: UInt32, vlan: UInt32, qos: UInt32,
    completion: @escaping @Sendable (Result<Void, ControlError>) -> Void
  ) {
    guard vlan <= Self.largestVLAN else {
      return completion(.failure(.invalidArgument("vlan: 0 to \(Self.largestVLAN) was expected, not \(vlan)")))
    }
    guard qos <= Self.largestQoS else {
      return completion(.failure(.invalidArgument("qos: 0 to \(Self.largestQoS) was expected, not \(qos)")))
    }
    assumeIsolated { source in
      source.set(link, completion: completion) {
        Request.setVLAN(link: $0, function: function, vlan: vlan, qos: qos, sequence: $1)
      }
    }
  }

  /// Sets the hardware address of a virtual function.
  ///
  /// Threading: on the loop; the completion comes on the loop.
  public nonisolated func setAddress(
    link: Subject, function: UInt32, address: String,
    completion: @escaping @Sendable (Result<Void, ControlError>) -> Void
  ) {
    guard let bytes = HardwareAddress.parse(address) else {
      return completion(.failure(.invalidArgument("mac: six pairs of hexadecimal digits with colons were expected")))
    }
    // The lowest bit of the first byte makes an address one of a group, which no card can have.
    guard bytes[0] & 1 == 0 else {
      return completion(.failure(.invalidArgument("mac: the address of one card was expected, not that of a group")))
    }
    assumeIsolated { source in
      source.set(link, completion: completion) {
        Request.setAddress(link: $0, function: function, address: bytes, sequence: $1)
      }
    }
  }
}
