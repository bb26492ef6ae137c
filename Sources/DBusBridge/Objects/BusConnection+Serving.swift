// SPDX-License-Identifier: Apache-2.0
// BusConnection: calls that come in, and their answers.

import DBusTypes

/// What a call asks for.
private enum CallTarget {
  case introspect
  case get
  case getAll
  case set
  case managedObjects
  case method(BusMethod)

  /// The types that the call must have.
  var inputs: Signature {
    switch self {
    case .introspect, .managedObjects: .empty
    case .get: Signature.get
    case .getAll: Signature.getAll
    case .set: Signature.set
    case .method(let method): method.inputSignature
    }
  }
}

extension MemberName {
  // Made once: a literal is checked each time that it is met.
  fileprivate static let introspect: MemberName = "Introspect"
  fileprivate static let get: MemberName = "Get"
  fileprivate static let getAll: MemberName = "GetAll"
  fileprivate static let set: MemberName = "Set"
  fileprivate static let getManagedObjects: MemberName = "GetManagedObjects"
}

extension Signature {
  fileprivate static let get: Signature = "ss"
  fileprivate static let getAll: Signature = "s"
  fileprivate static let set: Signature = "ssv"
}

extension BusConnection {
  /// Serves a call: finds what it is for, checks its types, and only then reads its arguments.
  func serve(_ received: ReceivedMessage) {
    let call = received.header
    do throws(BusError) {
      let (object, target) = try find(call)
      guard received.signature == target.inputs else {
        let name = "\(call.interface.map { "\($0)." } ?? "")\(call.member?.rawValue ?? "")"
        throw BusError(
          .invalidArguments, "\(name) takes arguments of the types “\(target.inputs)”, not “\(received.signature)”")
      }
      let message: BusMessage
      do throws(WireError) {
        message = try received.decoded(limits: options.limits.incoming)
      } catch {
        counts.refused += 1
        throw BusError(error)
      }
      try carryOut(target, object, message)
    } catch {
      answer(call, .failure(error))
    }
  }

  private func carryOut(_ target: CallTarget, _ object: BusObject?, _ call: BusMessage) throws(BusError) {
    switch target {
    case .introspect:
      let children = objects.children(of: call.path ?? .root)
      answer(call, .success([.string(IntrospectionXML.text(object, children: children))]))
    case .get: answer(call, .success([try getProperty(call, object)]))
    case .getAll: answer(call, .success([try getAllProperties(call, object)]))
    case .set: try setProperty(call, object)
    case .managedObjects: answer(call, .success([managedObjects(below: call.path ?? .root)]))
    case .method(let method): method.handler(try admit(call, outputs: method.outputSignature))
    }
  }

  /// Finds the object and the method; throws the error that says best what is missing.
  private func find(_ call: BusMessage) throws(BusError) -> (BusObject?, CallTarget) {
    let path = call.path ?? .root
    let object = objects[path]
    guard let member = call.member, object != nil || objects.contains(path) else {
      throw BusError(.unknownObject, "there is no object at \(path)")
    }
    guard let interface = call.interface else {
      if let method = object?.interfaces.lazy.compactMap({ $0.method(member) }).first {
        return (object, .method(method))
      }
      for interface in [InterfaceName.introspectable, .properties, .objectManager] {
        if let target = standardTarget(interface, member, object) { return (object, target) }
      }
      throw BusError(.unknownMethod, "the object at \(path) has no method \(member)")
    }
    if let target = standardTarget(interface, member, object) { return (object, target) }
    if let described = object?.interfaces.first(where: { $0.name == interface }) {
      if let method = described.method(member) { return (object, .method(method)) }
    } else if !StandardInterfaces.described(for: object).contains(where: { $0.name == interface }) {
      guard object != nil else { throw BusError(.unknownObject, "there is no object at \(path), only below it") }
      throw BusError(.unknownInterface, "the object at \(path) has no interface \(interface)")
    }
    throw BusError(.unknownMethod, "the interface \(interface) has no method \(member)")
  }

  private func standardTarget(
    _ interface: InterfaceName, _ member: MemberName, _ object: BusObject?
  ) -> CallTarget? {
    switch interface {
    case .properties:
      guard object != nil else { return nil }
      switch member {
      case .getAll: return .getAll
      case .get: return .get
      case .set: return .set
      default: return nil
      }
    case .introspectable: return member == .introspect ? .introspect : nil
    case .objectManager:
      return member == .getManagedObjects && object?.isObjectManager == true ? .managedObjects : nil
    default: return nil
    }
  }

  /// A call that may take its time; throws if too many do already.
  func admit(_ call: BusMessage, outputs: Signature) throws(BusError) -> BusCall {
    guard let sender = call.sender else { throw BusError(.accessDenied, "a call without a sender") }
    if let refusal = quota.refusal(of: sender) {
      counts.callsRefused += 1
      throw BusError(.limitsExceeded, refusal)
    }
    return BusCall(call, from: sender, outputs: outputs, connection: self, generation: generation)
  }

  /// A call that took its time has its answer; after a loss of the bus there is nobody to tell.
  func finish(
    _ call: BusMessage, generation: UInt64, outputs: Signature, _ result: Result<[BusValue], BusError>
  ) {
    guard generation == self.generation else { return }
    if let sender = call.sender { quota.release(sender) }
    if case .success(let values) = result, !values.haveSignature(outputs) {
      return answer(call, .failure(BusError(.failed, "the service made an answer of the wrong types")))
    }
    answer(call, result)
  }

  /// Sends an answer, if one is wanted; one that cannot be sent becomes an error that says so.
  func answer(_ call: BusMessage, _ result: Result<[BusValue], BusError>) {
    guard call.kind == .methodCall, !call.flags.contains(.noReplyExpected) else { return }
    let message =
      switch result {
      case .success(let values): BusMessage.reply(to: call, values)
      case .failure(let error): BusMessage.error(to: call, error.name, error.text)
      }
    if case .rejected(let error) = queue(message, .reply), case .success = result {
      _ = queue(.error(to: call, error.name, "the answer cannot be sent: \(error.text)"), .reply)
    }
  }
}

extension BusInterface {
  /// The method of that name.
  fileprivate func method(_ name: MemberName) -> BusMethod? { methods.first { $0.name == name } }
}

extension [BusValue] {
  /// Whether the values together have exactly these types.
  fileprivate func haveSignature(_ signature: Signature) -> Bool {
    map(\.signature.rawValue).joined() == signature.rawValue
  }
}
