# SPDX-License-Identifier: Apache-2.0
"""10 to 5,000 network links: memory, the time to take them in and to list them, and what a change of one costs."""
import os, statistics, subprocess, sys, time

import bus, daemon, results
from namespace import Namespace

COUNTS = [10, 100, 1000, 5000]
CHANGES = 50
CALLS = 25
SETTINGS = {"VIREO_DEVICES_ENABLED": "false"}


def change(network, pause=0.02):
    """Changes one link, so often."""
    step = f"ip link set bench0 mtu {{}}; sleep {pause}"
    network.run("sh", "-c", f"for i in $(seq {CHANGES // 2}); do {step.format(1400)}; {step.format(1500)}; done")


def measure_one(count, call):
    with bus.Bus("dbus-daemon") as on, Namespace() as network:
        # The loopback link is one of them.
        network.ip(*(f"link add bench{number} type ifb" for number in range(count - 1)))
        begin = time.monotonic()
        with daemon.Daemon(on, SETTINGS, network.enter) as hub:
            hub.wait_for_source("rtnetlink")
            taken_in = time.monotonic() - begin
            daemon.settle(hub.process)
            resident, own = daemon.memory(hub.process)
            answers = [subprocess.run([call, on.address, "ListLinks"], capture_output=True, text=True, check=True).stdout.split()
                       for _ in range(CALLS)]
            if int(answers[0][2]) != count:
                raise SystemExit(f"{answers[0][2]} of {count} links are known")
            before = daemon.processor_time(hub.process)
            change(network)
            time.sleep(1)
            work = (daemon.processor_time(hub.process) - before) / CHANGES * 1e6
        with daemon.Daemon(on, SETTINGS, network.enter, counted=True) as hub:
            hub.wait_for_source("rtnetlink")
            change(network)
            # One after the other: two in one turn would share its cost.
            threads = hub.count(CHANGES, lambda: change(network, 0.1))
        loop = next(thread for thread in threads if thread.inclusive_of(r"^\$s9EventLoopAAC3runyyF"))
    return {"resident MB": resident, "own MB": own, "up after s": taken_in,
            "ListLinks ms": statistics.median(float(answer[1]) for answer in answers) / 1000, "CPU us a change": work,
            "instructions a change": sum(thread.each for thread in threads),
            "of these the loop's": loop.each}


def measure():
    call = results.compile(os.path.join(results.ROOT, "Startup", "call.c"), "dbus-1")
    rows = {}
    for count in COUNTS:
        rows[f"{count:,} links"] = measure_one(count, call)
        print(count, rows[f"{count:,} links"], file=sys.stderr)
    curves = [
        results.curve(f"{what}, by links", "links", COUNTS, what, [[row[what] for row in rows.values()]])
        for what in ("own MB", "up after s", "ListLinks ms", "instructions a change")]
    results.save(
        "5-scale-links", [],
        [results.table(
            "Scale: links",
            "Links of the type ifb in a namespace of their own, and the daemon with them; all of it from its start until the source is up. "
            "A change is one of the MTU, an event in the journal and on the bus. Instructions are those of user space, callgrind.",
            list(next(iter(rows.values()))), rows)], curves)
