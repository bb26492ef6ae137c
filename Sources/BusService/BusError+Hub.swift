// SPDX-License-Identifier: Apache-2.0
// The errors of our interfaces by their names.

internal import DBusTypes
internal import EventModel
internal import Hub

extension ErrorName {
  static let noSuchObject: ErrorName = "org.vireo.Hub1.Error.NoSuchObject"
  static let cursorExpired: ErrorName = "org.vireo.Hub1.Error.CursorExpired"
  static let cursorForeign: ErrorName = "org.vireo.Hub1.Error.CursorForeign"
  static let unknownKind: ErrorName = "org.vireo.Hub1.Error.UnknownKind"
  static let hubLimitsExceeded: ErrorName = "org.vireo.Hub1.Error.LimitsExceeded"
  static let notAuthorized: ErrorName = "org.vireo.Hub1.Error.NotAuthorized"
  static let alreadyExists: ErrorName = "org.vireo.Hub1.Error.AlreadyExists"
  static let invalidArgument: ErrorName = "org.vireo.Hub1.Error.InvalidArgument"
}

/// A refusal as the bus tells it: a name for programs, a text for people.
struct Refusal: Error {
  let name: ErrorName
  let text: String

  init(_ name: ErrorName, _ text: String) {
    self.name = name
    self.text = text
  }

  init(_ error: FilterError) {
    switch error {
    case .unknownKind(let kind):
      self.init(.unknownKind, "no kind of event is named or begins with '\(printable(kind))'; ListKinds tells them all")
    case .invalidSubject(let path):
      self.init(.invalidArgument, "'\(printable(path))' is no object path of the hub")
    case .tooManyPatterns(let limit):
      self.init(.hubLimitsExceeded, "a filter holds at most \(limit) kinds and \(limit) subjects")
    }
  }

  init(_ error: LogError) {
    switch error {
    case .expired(let oldest):
      // The number comes last and alone, so that a script can take it from the text.
      self.init(.cursorExpired, "the events after that cursor are no longer held; the oldest held is \(oldest)")
    case .unavailable(let reason):
      self.init(.failed, "the journal cannot be read: \(reason)")
    }
  }

  init(_ error: ControlError) {
    switch error {
    case .noSuchObject(let what): self.init(.noSuchObject, "there is no \(printable(what))")
    case .alreadyExists(let what): self.init(.alreadyExists, "there is already \(printable(what))")
    case .invalidArgument(let text): self.init(.invalidArgument, printable(text))
    case .limitExceeded(let text): self.init(.hubLimitsExceeded, printable(text))
    case .refused(let text): self.init(.failed, printable(text))
    }
  }
}

/// The beginning of a text from outside, without control characters: fit for an error message.
func printable(_ text: String) -> String {
  var shown = ""
  for scalar in text.unicodeScalars.prefix(120) {
    shown.unicodeScalars.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
  }
  return shown
}
