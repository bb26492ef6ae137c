// SPDX-License-Identifier: Apache-2.0
// Starting dbus-daemon, and dbus-broker without systemd.
//
// dbus-broker's launcher wants three things that systemd gives it: a listening socket as descriptor 3, a journal
// socket, and a system bus on which it can talk to systemd (only for activation). Here the socket comes from the test,
// the journal is a datagram socket of the test's, mounted where the launcher looks, and the bus is the one that it is
// about to be: the connection waits in its own listen queue and no reply is needed.
//
// The launcher asks for a SIGTERM to its broker when it dies itself, which a broker that a test has paused never takes. So
// the program that it finds is a script, which asks for SIGKILL instead.

import Foundation
import Synchronization

extension TestBus {
  func startDaemon(_ directory: TemporaryDirectory) async throws -> Running {
    let script = """
      mount --bind \(directory.file("passwd")) /etc/passwd
      mount --bind \(directory.file("group")) /etc/group
      exec dbus-daemon --config-file=\(directory.file("bus.conf")) --nofork --nopidfile --nosyslog --print-address=1
      """
    let process = try ChildProcess("unshare", ["--mount", "sh", "-e", "-c", script])
    do {
      try await process.output.first("the address of dbus-daemon") { $0.hasPrefix("unix:path=") }
    } catch {
      throw BusFailure(text: "\(error); \(process.errorText)")
    }
    return Running(process: process, journal: nil)
  }

  func startBroker(_ directory: TemporaryDirectory) async throws -> Running {
    let journal = try DatagramRecorder.journal(at: directory.file("journal"))
    let listener = try UnixSocket.listen(at: socketPath)
    let mortal = try directory.script(
      "exec setpriv --pdeathsig KILL -- \(directory.file("dbus-broker")) \"$@\"", named: "mortal-broker")
    let script = """
      mount --bind \(directory.file("passwd")) /etc/passwd
      mount --bind \(directory.file("group")) /etc/group
      mount -t tmpfs tmpfs /run
      mkdir -p /run/systemd/journal
      touch /run/systemd/journal/socket
      mount --bind \(directory.file("journal")) /run/systemd/journal/socket
      broker=$(command -v dbus-broker)
      touch \(directory.file("dbus-broker"))
      mount --bind "$broker" \(directory.file("dbus-broker"))
      mount --bind \(mortal) "$broker"
      export LISTEN_FDS=1 LISTEN_PID=$$ DBUS_SYSTEM_BUS_ADDRESS=\(address)
      exec dbus-broker-launch --scope system --config-file \(directory.file("bus.conf"))
      """
    let process = try ChildProcess(
      "unshare", ["--mount", "sh", "-e", "-c", script], options: .init(descriptors: [3: listener]))
    // Ours must not keep the socket open: killing the bus has to close it.
    listener.close()
    // The call waits in the listen queue until the broker answers, so it needs no second try.
    let ready = try await call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "GetId")
    guard ready.isSuccess else {
      throw BusFailure(text: "\(ready) \(process.errorText) \(journal.messages.all)")
    }
    return Running(process: process, journal: journal)
  }
}
