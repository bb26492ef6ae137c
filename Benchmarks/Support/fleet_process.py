# SPDX-License-Identifier: Apache-2.0
"""The process that plays a host full of monitors (../Scale/fleet.py)."""
import os, re, subprocess, sys

import daemon, results

PROGRAM = os.path.join(results.ROOT, "Scale", "fleet.py")


class Fleet:
    """So many monitors that dial a daemon; entered, all deliver."""

    def __init__(self, hub, count):
        self.hub, self.count = hub, count

    def __enter__(self):
        socket = os.path.join(self.hub.runtime, "qmp.sock")
        daemon.wait_for("the daemon", lambda: os.path.exists(socket))
        self.process = subprocess.Popen(
            [sys.executable, PROGRAM, socket, str(self.count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.wait_until_up()
        return self

    def up(self):
        """How many monitors deliver."""
        metrics = self.hub.busctl("call", *daemon.MANAGER, "GetMetrics")
        found = re.search(r'vireo_sources\{source=\\"qmp\\",state=\\"up\\"\} (\d+)', metrics)
        return int(found[1]) if found else 0

    def wait_until_up(self):
        daemon.wait_for(f"{self.count} monitors", lambda: self.up() >= self.count)

    def busy(self, events, pause):
        """Has the first monitor stop and continue; the moments of its events, in microseconds."""
        self.process.stdin.write(f"busy {events} {pause}\n")
        self.process.stdin.flush()
        return [int(self.process.stdout.readline()) for _ in range(events)]

    def __exit__(self, *unused):
        self.process.kill()
        self.process.wait()
