// SPDX-License-Identifier: Apache-2.0
// Channels to guest agents: found, dialled, lost, tried again.
//
// An agent belongs to a machine: it is looked for when the machine's monitor is served, and let go when the machine stops. Its
// socket is the one that the administrator named with the machine, or the file beside the monitor's in the directory; or QEMU
// dials the hub with it, and then the process at the other end says whose it is.

import EventLoop
import EventModel

extension QEMUSource {
  /// Looks for the agent of a machine that is served now.
  func beginAgent(of machine: Machine) {
    guard options.agents.isEnabled, machine.agent == nil else { return }
    if let process = machine.process?.identity, let waiting = strayAgents.removeValue(forKey: process),
      let channel = agents[waiting]
    {
      return give(channel, to: machine)
    }
    let stems = [machine.monitor?.way.path.flatMap(stem), machine.identity.name].compactMap { $0 }
    guard let path = machine.agentPath ?? stems.lazy.compactMap({ self.agentFiles[$0] }).first else { return }
    lastAgent += 1
    let channel = AgentChannel(AgentID(number: lastAgent), path: path, limits: options.agents.limits)
    agents[channel.id] = channel
    give(channel, to: machine)
    connectAgent(channel)
  }

  /// Ends the channel to the agent of a machine.
  func endAgent(of machine: Machine) {
    guard let channel = machine.agent else { return }
    forgetAgent(channel)
    update(machine.subject, [.agentState: .string(AgentChannel.State.unknown.rawValue)])
  }

  private func give(_ channel: AgentChannel, to machine: Machine) {
    channel.machine = machine
    machine.agent = channel
    if let object = object(machine.subject) {
      channel.facts = GuestFacts(object, thresholds: options.agents.thresholds)
      channel.times = object[.guestTimes]?.map ?? [:]
    }
    channel.source = addSource("agent:\(machine.subject.key)", kind: "agent", state: "connecting")
    if let link = channel.link {
      countStranger(link.credentials.user, -1)
      beginConversation(channel, link, now: .now())
    }
  }

  // MARK: Channels that the hub dials

  /// The name of a monitor's or an agent's file without its suffix, if it is in the directory.
  private func stem(_ path: String) -> String? {
    guard let directory = options.monitorsDirectory, path.hasPrefix(directory + "/") else { return nil }
    let name = path.dropFirst(directory.utf8.count + 1)
    for suffix in [options.monitorSuffix, options.agents.suffix] where name.hasSuffix(suffix) {
      return String(name.dropLast(suffix.count))
    }
    return nil
  }

  /// The socket of an agent appeared in the directory.
  func agentFileCame(_ path: String) {
    guard options.agents.isEnabled, let stem = stem(path), agentFiles.count < options.limits.machines else { return }
    agentFiles[stem] = path
    let monitor = monitorOfPath[path.dropLast(options.agents.suffix.count) + options.monitorSuffix]
    let machine = monitor.flatMap { monitors[$0]?.machine } ?? machineOfName[stem].flatMap { machines[$0] }
    guard let machine, machine.monitor?.link != nil else { return }
    if let channel = machine.agent, channel.path == path {
      channel.backoff.reset()
      connectAgent(channel)
    } else {
      beginAgent(of: machine)
    }
  }

  /// The socket of an agent is gone from the directory; a connection outlives it.
  func agentFileWent(_ path: String) {
    if let stem = stem(path) { agentFiles[stem] = nil }
  }

  func connectAgent(_ channel: AgentChannel) {
    guard channel.link == nil, let path = channel.path else { return }
    cancel(&channel.retryTimer)
    do throws(SystemError) {
      let socket = try UnixSocket.connect(to: path)
      let credentials = UnixSocket.credentials(of: socket.rawValue) ?? .init(process: 0, user: 0)
      attach(AgentLink(socket, credentials: credentials, limits: options.agents.limits, now: .now()), to: channel)
    } catch {
      retryAgent(channel)
      // A busy channel, or a QEMU that has not opened it yet, is no news at once.
      if channel.backoff.attempts > 1 { agentDown(channel, "\(path): \(error)") }
    }
  }

  private func retryAgent(_ channel: AgentChannel) {
    guard channel.path != nil, channel.retryTimer == nil, agents[channel.id] != nil else { return }
    let id = channel.id
    channel.retryTimer = after(channel.backoff.next(using: &generator)) { source in
      guard let channel = source.agents[id] else { return }
      channel.retryTimer = nil
      source.connectAgent(channel)
    }
  }

  // MARK: Channels that QEMU dials

  /// A QEMU dialled with an agent's channel; whose it is, its process says, now or when the machine is known.
  func welcomeAgent(_ socket: consuming OwnedDescriptor, _ credentials: UnixSocket.Credentials) {
    let link = AgentLink(socket, credentials: credentials, limits: options.agents.limits, now: .now())
    guard let process = link.process, process.isQEMU else { return strangerLeft("an agent's channel of no QEMU") }
    lastAgent += 1
    let channel = AgentChannel(AgentID(number: lastAgent), path: nil, limits: options.agents.limits)
    agents[channel.id] = channel
    countStranger(credentials.user, 1)
    attach(link, to: channel)
    if let machine = machineOfProcess[process.identity].flatMap({ machines[$0] }) {
      if let old = machine.agent { forgetAgent(old) }
      return give(channel, to: machine)
    }
    if let old = strayAgents.updateValue(channel.id, forKey: process.identity), let channel = agents[old] {
      forgetAgent(channel)
    }
    let id = channel.id
    channel.retryTimer = after(options.agents.limits.stranger) { source in
      guard let channel = source.agents[id], channel.machine == nil else { return }
      source.forgetAgent(channel)
      source.strangerLeft("an agent's channel of no machine")
    }
  }

  // MARK: The end of a connection

  /// A connection to an agent's channel ended.
  func agentLost(_ channel: AgentChannel, _ why: String) {
    guard channel.link != nil else { return }
    closeAgent(channel)
    guard channel.machine != nil else { return forgetAgent(channel) }
    agentDown(channel, why)
    if channel.path == nil { forgetAgent(channel) } else { retryAgent(channel) }
  }

  private func agentDown(_ channel: AgentChannel, _ why: String) {
    enter(.disconnected, channel, data: [:])
    guard let source = channel.source else { return }
    update(
      source, [.state: "down", .lastError: .string(why), .lastErrorTime: .uint(Timestamp.now().unsigned)])
  }

  private func closeAgent(_ channel: AgentChannel) {
    guard let link = channel.link else { return }
    channel.link = nil
    channel.schedule = nil
    channel.nextSynchronization = nil
    detach(link)
    if channel.machine == nil { countStranger(link.credentials.user, -1) }
  }

  func forgetAgent(_ channel: AgentChannel) {
    closeAgent(channel)
    cancel(&channel.retryTimer)
    agents[channel.id] = nil
    if channel.machine?.agent === channel { channel.machine?.agent = nil }
    if let source = channel.source { removeObject(source) }
    channel.source = nil
  }
}
