# SPDX-License-Identifier: Apache-2.0
"""A private message bus: dbus-daemon or dbus-broker, with no limits that a benchmark would meet."""
import os, shutil, subprocess, tempfile, time

CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
  <limit name="max_incoming_bytes">1000000000</limit>
  <limit name="max_outgoing_bytes">1000000000</limit>
  <limit name="max_message_size">1000000000</limit>
  <limit name="max_replies_per_connection">50000</limit>
  <limit name="max_completed_connections">100000</limit>
  <limit name="max_connections_per_user">100000</limit>
  <limit name="max_match_rules_per_connection">50000</limit>
</busconfig>
"""

# The broker's launcher wants systemd's journal, and a socket that was opened for it; both are made in a mount namespace.
BROKER = """
mkdir -p /run/systemd && mount -t tmpfs tmpfs /run/systemd && mkdir -p /run/systemd/journal
python3 -c 'import socket,time; s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM); s.bind("/run/systemd/journal/socket"); time.sleep(86400)' &
while [ ! -e /run/systemd/journal/socket ]; do sleep 0.05; done
exec systemd-socket-activate -E XDG_RUNTIME_DIR -E DBUS_SESSION_BUS_ADDRESS -l "$SOCKET" \
  dbus-broker-launch --scope user --config-file "$CONFIGURATION"
"""


class Bus:
    """A bus, started on entering and ended on leaving."""

    def __init__(self, kind):
        self.kind = kind

    def __enter__(self):
        self.directory = tempfile.mkdtemp(prefix="vireo-bench-bus-", dir="/tmp")
        self.socket = os.path.join(self.directory, "bus")
        self.address = "unix:path=" + self.socket
        self.environment = {"DBUS_SESSION_BUS_ADDRESS": self.address}
        configuration = os.path.join(self.directory, "bus.conf")
        with open(configuration, "w") as file:
            file.write(CONFIGURATION.format(socket=self.socket))
        if self.kind == "dbus-daemon":
            command = ["dbus-daemon", "--config-file=" + configuration, "--nofork", "--nopidfile", "--nosyslog"]
        else:
            command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", BROKER]
        extra = {"SOCKET": self.socket, "CONFIGURATION": configuration, "XDG_RUNTIME_DIR": self.directory, **self.environment}
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **extra})
        end = time.monotonic() + 30
        while not os.path.exists(self.socket):
            if time.monotonic() > end:
                raise SystemExit(f"{self.kind} did not start")
            time.sleep(0.02)
        return self

    def __exit__(self, *unused):
        # unshare(1) is deaf to the gentle signals while it waits for its child, which goes with it.
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)
