#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures how the daemon's cost grows with the host: 1, 64, 512 and 4,096 monitors, idle and with one busy.

  measure.py all [ROUNDS]   into ../.build/results/5-scale.json; ROUNDS is ignored, a run is long enough

The daemon is the release build of the repository, with default settings but for devices and links, which are the machine's and not
the case's.
"""
import os, re, shutil, signal, statistics, subprocess, sys, tempfile, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "Support"))
import bus, results

COUNTS = [1, 64, 512, 4096]
EVENTS = 300
IDLE_SECONDS = 10
VIREOD = os.environ.get("VIREOD") or os.path.join(os.path.dirname(results.ROOT), ".build", "release", "vireod")


def wait_for(what, condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"{what} did not come within {seconds} s")
        time.sleep(0.05)


def processor_time(process):
    """Seconds that a process has run, with all threads that it has and had: its clock by clock_getcpuclockid(3)."""
    return time.clock_gettime((~process.pid << 3) | 2)


def settle(process):
    """Returns when a process has all but stopped."""
    for _ in range(60):
        before = processor_time(process)
        time.sleep(1)
        if processor_time(process) - before < 0.002:
            return


def memory(process):
    """Resident megabytes: all, and those that are its own."""
    status = open(f"/proc/{process.pid}/status").read()
    return [int(re.search(rf"^{name}:\s+(\d+)", status, re.M)[1]) / 1024 for name in ("VmRSS", "RssAnon")]


class Host:
    """A bus, a daemon and its monitors."""

    def __init__(self, count, directory, on):
        self.count, self.directory, self.on = count, directory, on
        os.makedirs(os.path.join(directory, "run"))
        self.start()
        self.fleet = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "fleet.py"), os.path.join(directory, "run", "qmp.sock"), str(count)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.wait_until_up()

    def start(self):
        with open(os.path.join(self.directory, "log"), "a") as log:
            self.daemon = subprocess.Popen(
                [VIREOD, "--bus", self.on.address, "--state-directory", os.path.join(self.directory, "state"), "--runtime-directory",
                 os.path.join(self.directory, "run"), "--log-level", "error"], stdout=log, stderr=log,
                env={**os.environ, "VIREO_DEVICES_ENABLED": "false", "VIREO_LINKS_ENABLED": "false"})

    def up(self):
        """How many monitors deliver."""
        run = subprocess.run(
            ["busctl", "--address=" + self.on.address, "call", "org.vireo.Hub1", "/org/vireo/Hub1", "org.vireo.Hub1.Manager", "GetMetrics"],
            capture_output=True, text=True)
        found = re.search(r'vireo_sources\{source=\\"qmp\\",state=\\"up\\"\} (\d+)', run.stdout)
        return int(found.group(1)) if found else 0

    def wait_until_up(self):
        wait_for(f"{self.count} monitors", lambda: self.up() >= self.count)

    def busy(self):
        """Microseconds from the moment of an event of the first monitor to its signal."""
        subscriber = subprocess.Popen(
            [os.path.join(self.directory, "subscriber"), self.on.address, "type='signal',interface='org.vireo.Hub1.Manager',member='Event'",
             "Event"], stdout=subprocess.PIPE, text=True)
        subscriber.stdout.readline()
        arrived = []

        def read():
            for line in subscriber.stdout:
                words = line.split()
                if len(words) > 1 and words[1] in ("vm.state.paused", "vm.state.running"):
                    arrived.append(int(words[0]))
        threading.Thread(target=read, daemon=True).start()
        self.fleet.stdin.write(f"busy {EVENTS} 0.01\n")
        self.fleet.stdin.flush()
        sent = [int(self.fleet.stdout.readline()) for _ in range(EVENTS)]
        wait_for("the busy monitor's events", lambda: len(arrived) >= EVENTS)
        subscriber.kill()
        subscriber.wait()
        return sorted(there - here for here, there in zip(sent, arrived))

    def restart(self):
        """Seconds until all monitors deliver again after the daemon was killed."""
        self.daemon.kill()
        self.daemon.wait()
        begin = time.monotonic()
        self.start()
        self.wait_until_up()
        return time.monotonic() - begin

    def stop(self):
        self.fleet.kill()
        self.daemon.terminate()
        self.fleet.wait()
        self.daemon.wait()


def measure(count):
    directory = tempfile.mkdtemp(prefix="scale-", dir=os.path.join(results.ROOT, ".build"))
    subscriber = os.path.join(os.path.dirname(HERE), "EndToEnd", "subscriber.c")
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "dbus-1"], capture_output=True, text=True, check=True).stdout.split()
    subprocess.run(["cc", "-O2", "-o", os.path.join(directory, "subscriber"), subscriber] + flags, check=True)
    # The path of a socket is short.
    short = tempfile.mkdtemp(prefix="vireo-bench-", dir="/tmp")
    os.rename(os.path.join(directory, "subscriber"), os.path.join(short, "subscriber"))
    try:
        with bus.Bus("dbus-daemon") as on:
            host = Host(count, short, on)
            try:
                settle(host.daemon)
                resident, own = memory(host.daemon)
                before = processor_time(host.daemon)
                time.sleep(IDLE_SECONDS)
                idle = (processor_time(host.daemon) - before) / IDLE_SECONDS * 100
                delays = host.busy()
                again = host.restart()
                work = processor_time(host.daemon)
            finally:
                host.stop()
    finally:
        shutil.rmtree(directory)
        shutil.rmtree(short)
    return {"resident MB": resident, "own MB": own, "idle CPU %": idle, "busy p50 us": delays[len(delays) // 2],
            "busy p99 us": delays[len(delays) * 99 // 100], "all again after s": again, "CPU s for that": work}


def measure_all():
    rows = {}
    for count in COUNTS:
        rows[f"{count:,} monitors"] = measure(count)
        print(count, rows[f"{count:,} monitors"], file=sys.stderr)
    first, last = rows[f"{COUNTS[0]:,} monitors"], rows[f"{COUNTS[-1]:,} monitors"]
    each = (last["own MB"] - first["own MB"]) * 1024 / (COUNTS[-1] - COUNTS[0])
    lines = [
        results.line(
            f"memory: daemon idle / with {COUNTS[-1]:,} monitors", f"{first['resident MB']:.0f} / {last['resident MB']:.0f} MB", "30 / 64 MB",
            first["resident MB"] <= 30 and last["resident MB"] <= 64, libvirt="52 MB (two daemons) / –",
            note=f"{each:.1f} KB a machine; of its own {first['own MB']:.0f} / {last['own MB']:.0f} MB, the rest is pages of files",
            profile=[f"{first['resident MB'] - first['own MB']:.0f} MB are pages of files: the program and the libraries that it maps",
                     f"{each:.1f} KB of heap a machine: two objects with all their properties, what the bus was told of them, and the monitor"]),
        results.line(f"idle CPU with {COUNTS[-1]:,} connected monitors", f"{last['idle CPU %']:.3f} %", "below 0.1 %", last["idle CPU %"] < 0.1, floor="0"),
        results.line(f"resync of {COUNTS[-1]:,} monitors after a restart", f"{last['all again after s']:.1f} s", "10 s", last["all again after s"] <= 10),
    ]
    curves = [
        {"title": f"{what}, by monitors", "x_name": "monitors", "x": COUNTS, "y_name": what, "series": [[row[what] for row in rows.values()]]}
        for what in ("resident MB", "busy p50 us", "all again after s")]
    results.save(
        "5-scale", lines,
        [results.table("Scale: monitors", "Fake monitors of one process; times are of a machine that others use too.", list(first), rows)], curves)


if __name__ == "__main__":
    results.main(__doc__, measure_all)
