# SPDX-License-Identifier: Apache-2.0
"""1 to 4,096 monitors, idle and with one busy: memory, CPU, latency, and the time to see all again after a restart."""
import os, subprocess, sys, threading, time

import bus, daemon, fleet_process, results

COUNTS = [1, 64, 512, 4096]
EVENTS = 300
IDLE_SECONDS = 10
SETTINGS = {"VIREO_LINKS_ENABLED": "false", "VIREO_DEVICES_ENABLED": "false"}


def busy(fleet, on, subscriber):
    """Microseconds from the moment of an event of the first monitor to its signal."""
    process = subprocess.Popen(
        [subscriber, on.address, "type='signal',interface='org.vireo.Hub1.Manager',member='Event'", "Event"], stdout=subprocess.PIPE,
        text=True)
    process.stdout.readline()
    arrived = []

    def read():
        for line in process.stdout:
            words = line.split()
            if len(words) > 1 and words[1] in ("vm.state.paused", "vm.state.running"):
                arrived.append(int(words[0]))
    threading.Thread(target=read, daemon=True).start()
    sent = fleet.busy(EVENTS, 0.01)
    daemon.wait_for("the busy monitor's events", lambda: len(arrived) >= EVENTS)
    process.kill()
    process.wait()
    return sorted(there - here for here, there in zip(sent, arrived))


def measure_one(count, subscriber):
    with bus.Bus("dbus-daemon") as on, daemon.Daemon(on, SETTINGS) as hub, fleet_process.Fleet(hub, count) as fleet:
        daemon.settle(hub.process)
        # An idle journal moves what it wrote to its place once, five seconds after the last commit.
        time.sleep(7)
        resident, own = daemon.memory(hub.process)
        before = daemon.processor_time(hub.process)
        time.sleep(IDLE_SECONDS)
        idle = (daemon.processor_time(hub.process) - before) / IDLE_SECONDS * 100
        delays = busy(fleet, on, subscriber)
        hub.kill()
        begin = time.monotonic()
        hub.start()
        fleet.wait_until_up()
        again = time.monotonic() - begin
        work = daemon.processor_time(hub.process)
    return {"resident MB": resident, "own MB": own, "idle CPU %": idle, "busy p50 us": delays[len(delays) // 2],
            "busy p99 us": delays[len(delays) * 99 // 100], "all again after s": again, "CPU s for that": work}


def measure():
    subscriber = results.compile(os.path.join(results.ROOT, "EndToEnd", "subscriber.c"), "dbus-1")
    rows = {}
    for count in COUNTS:
        rows[f"{count:,} monitors"] = measure_one(count, subscriber)
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
        results.curve(f"{what}, by monitors", "monitors", COUNTS, what, [[row[what] for row in rows.values()]])
        for what in ("resident MB", "busy p50 us", "all again after s")]
    results.save(
        "5-scale", lines,
        [results.table("Scale: monitors", "Fake monitors of one process; times are of a machine that others use too.", list(first), rows)], curves)
