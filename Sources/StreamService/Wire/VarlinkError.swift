// SPDX-License-Identifier: Apache-2.0
// The errors of our interfaces by their names.

internal import EventModel
internal import Hub

/// An error reply: a name for programs, and its parameters.
struct VarlinkError: Error, Hashable {
  let name: String
  let parameters: Fields

  private init(_ name: String, _ parameters: Fields = [:]) {
    self.name = name
    self.parameters = parameters
  }

  static func interfaceNotFound(_ name: String) -> VarlinkError {
    VarlinkError("org.varlink.service.InterfaceNotFound", ["interface": .string(name)])
  }
  static func methodNotFound(_ name: String) -> VarlinkError {
    VarlinkError("org.varlink.service.MethodNotFound", ["method": .string(name)])
  }
  static func methodNotImplemented(_ name: String) -> VarlinkError {
    VarlinkError("org.varlink.service.MethodNotImplemented", ["method": .string(name)])
  }
  static func invalidParameter(_ name: String) -> VarlinkError {
    VarlinkError("org.varlink.service.InvalidParameter", ["parameter": .string(name)])
  }
  static let expectedMore = VarlinkError("org.varlink.service.ExpectedMore")

  static func overflow(after: UInt64) -> VarlinkError {
    VarlinkError("org.vireo.Hub1.Overflow", ["after": .uint(after)])
  }
  static func limit(_ name: String, _ value: Int) -> VarlinkError {
    VarlinkError("org.vireo.Hub1.LimitsExceeded", ["limit": .string(name), "value": .int(Int64(value))])
  }
  static func foreign(_ instance: InstanceID) -> VarlinkError {
    VarlinkError("org.vireo.Hub1.CursorForeign", ["instance": .string(instance.description)])
  }
  static func unavailable(_ reason: String) -> VarlinkError {
    VarlinkError("org.vireo.Hub1.Unavailable", ["reason": .string(reason)])
  }

  init(_ error: FilterError) {
    switch error {
    case .unknownKind(let kind): self.init("org.vireo.Hub1.UnknownKind", ["kind": .string(printable(kind))])
    case .invalidSubject: self = .invalidParameter("subjects")
    case .tooManyPatterns(let limit): self = .limit("patterns", limit)
    }
  }

  init(_ error: LogError) {
    switch error {
    case .expired(let oldest): self.init("org.vireo.Hub1.CursorExpired", ["oldest": .uint(oldest)])
    case .unavailable(let reason): self = .unavailable(reason)
    }
  }

  init(_ refusal: DeliveryRefusal) {
    switch refusal {
    case .expired(let oldest): self.init(LogError.expired(oldest: oldest))
    case .foreign(let instance): self = .foreign(instance)
    case .limitReached(let name, let value): self = .limit(name, value)
    case .unavailable(let text): self = .unavailable(text)
    case .neverGiven, .ended: self = .unavailable("the delivery has ended")
    }
  }
}
