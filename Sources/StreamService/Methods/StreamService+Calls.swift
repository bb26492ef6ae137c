// SPDX-License-Identifier: Apache-2.0
// StreamService: calls and their answers.

internal import EventLoop
internal import EventModel
internal import Hub

extension StreamService {
  static let interfaceName = "org.vireo.Hub1"
  static let serviceInterfaceName = "org.varlink.service"

  /// Answers a call, now or later; until then the client is busy.
  func answer(_ call: VarlinkCall, from client: Client) {
    client.work = .call(isOneway: call.isOneway)
    do throws(VarlinkError) {
      guard !call.wantsUpgrade else { throw .methodNotImplemented(printable(call.method)) }
      try dispatch(call, from: client)
    } catch {
      reply(VarlinkReply.bytes(error), to: client)
    }
  }

  private func dispatch(_ call: VarlinkCall, from client: Client) throws(VarlinkError) {
    switch call.method {
    case "org.varlink.service.GetInfo": reply(try info(call), to: client)
    case "org.varlink.service.GetInterfaceDescription": reply(try description(call), to: client)
    case "org.vireo.Hub1.ListVMs": reply(try list(call, .vm, as: "vms"), to: client)
    case "org.vireo.Hub1.ListDevices": reply(try listDevices(call), to: client)
    case "org.vireo.Hub1.ListLinks": reply(try list(call, .link, as: "links"), to: client)
    case "org.vireo.Hub1.ListSources": reply(try list(call, .source, as: "sources"), to: client)
    case "org.vireo.Hub1.GetEvents": try getEvents(call, from: client)
    case "org.vireo.Hub1.Monitor": try monitor(call, from: client)
    default: throw notFound(call.method)
    }
  }

  private func notFound(_ method: String) -> VarlinkError {
    let name = printable(method)
    guard let dot = name.lastIndex(of: ".") else { return .methodNotFound(name) }
    let interface = String(name[..<dot])
    let isOurs = [StreamService.interfaceName, StreamService.serviceInterfaceName].contains(interface)
    return isOurs ? .methodNotFound(name) : .interfaceNotFound(interface)
  }

  /// Gives the one reply to a call; the client may call again.
  func reply(_ bytes: [UInt8], to client: Client) {
    guard case .call(let isOneway) = client.work else { return }
    client.work = .none
    if !isOneway { client.outgoing.append(bytes) }
  }

  // MARK: org.varlink.service

  private func info(_ call: VarlinkCall) throws(VarlinkError) -> [UInt8] {
    try call.allow()
    return VarlinkReply.bytes([
      "vendor": "Vireo", "product": "Vireo event hub", "version": .string(identity.version),
      "url": "https://github.com/vireo-hub/vireo",
      "interfaces": .strings([StreamService.serviceInterfaceName, StreamService.interfaceName]),
    ])
  }

  private func description(_ call: VarlinkCall) throws(VarlinkError) -> [UInt8] {
    try call.allow("interface")
    guard let name = try call.text("interface") else { throw .invalidParameter("interface") }
    let text: [UInt8]
    switch name {
    case StreamService.interfaceName: text = PackageResources.org_vireo_Hub1_varlink
    case StreamService.serviceInterfaceName: text = PackageResources.org_varlink_service_varlink
    default: throw .interfaceNotFound(printable(name))
    }
    return VarlinkReply.bytes(["description": .string(String(decoding: text, as: UTF8.self))])
  }

  // MARK: Lists

  private func listDevices(_ call: VarlinkCall) throws(VarlinkError) -> [UInt8] {
    try call.allow("subsystem")
    let subsystem = try call.text("subsystem") ?? ""
    return objects(.device, as: "devices") { subsystem.isEmpty || $0[.subsystem]?.string == subsystem }
  }

  private func list(
    _ call: VarlinkCall, _ category: Subject.Category, as name: String
  ) throws(VarlinkError) -> [UInt8] {
    try call.allow()
    return objects(category, as: name) { _ in true }
  }

  private func objects(
    _ category: Subject.Category, as name: String, where isWanted: (HubObject) -> Bool
  ) -> [UInt8] {
    let objects = hub.assumeIsolated { $0.objects(category) }.filter(isWanted)
    return VarlinkReply.bytes { writer in
      writer.write(verbatim: "{")
      writer.write(name)
      writer.write(verbatim: ":")
      writer.write(objects)
      writer.write(verbatim: "}")
    }
  }
}
