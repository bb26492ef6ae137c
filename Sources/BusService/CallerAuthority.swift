// SPDX-License-Identifier: Apache-2.0
// Who may change something.

internal import DBusBridge
internal import DBusTypes
internal import EventLoop
internal import EventModel
private import Glibc

/// Decides who may change something: root and the hub's own user, and whom polkit lets where it runs.
///
/// The bus policy lets nobody else's call through in the first place; this is the second lock, for a policy that was
/// opened by mistake. The identity comes from the bus, which has it from the kernel; no answer means no.
struct CallerAuthority: Sendable {
  /// What can be asked for; the raw value is the polkit action.
  enum Action: String {
    /// Add or remove a machine.
    case manageMachines = "org.vireo.hub1.manage-machines"
    /// Set up a virtual function.
    case setVirtualFunction = "org.vireo.hub1.set-virtual-function"
  }

  let connection: BusConnection
  let calls: CallCounts

  /// Runs the action if the caller may do it, else answers the call with NotAuthorized.
  func require(_ action: Action, for call: BusCall, _ body: @escaping @Sendable () -> Void) {
    let sender = call.sender
    connection.assumeIsolated { connection in
      connection.askUser(of: sender) { user in
        if let user, user == 0 || user == geteuid() { return body() }
        askPolkit(action, sender, call, body)
      }
    }
  }

  private func askPolkit(_ action: Action, _ sender: BusName, _ call: BusCall, _ body: @escaping @Sendable () -> Void) {
    let interactive = call.message.flags.contains(.allowInteractiveAuthorization)
    let subject: BusValue = .structure([.text("system-bus-name"), .variants([("name", .text(sender.rawValue))])])
    guard let details = BusDictionary(key: "s", value: "s") else { return }
    let question = BusMessage.call(
      "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority",
      "org.freedesktop.PolicyKit1.Authority", "CheckAuthorization",
      [subject, .text(action.rawValue), .dictionary(details), .uint32(interactive ? 1 : 0), .text("")])
    connection.assumeIsolated { connection in
      // A person may have to type a password; everybody else is answered at once.
      connection.call(question, timeout: interactive ? .seconds(300) : .seconds(25)) { result in
        if (try? result.get())?.body.first?.structure?.first?.boolean == true { return body() }
        calls.deny(call)
        call.fail(.notAuthorized, "only root, or whom polkit lets do \(action.rawValue), may do this")
      }
    }
  }
}

extension BusCall {
  /// What the object that is called stands for.
  var subject: Subject? { message.path.flatMap { Subject(objectPath: $0.rawValue) } }

  /// Answers with a refusal.
  func fail(_ refusal: Refusal) { fail(refusal.name, refusal.text) }
}
