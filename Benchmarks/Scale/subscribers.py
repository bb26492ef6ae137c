# SPDX-License-Identifier: Apache-2.0
"""1 to 256 subscribers to the events of one monitor: what an event costs the daemon and the bus, and when each has it."""
import os, subprocess, sys, time

import bus, daemon, fleet_process, results

COUNTS = [1, 4, 16, 64, 256]
EVENTS = 200
PAUSE = 0.02
# The subscribers are all root's; who is root has no other limits than others have.
SETTINGS = {"VIREO_LINKS_ENABLED": "false", "VIREO_DEVICES_ENABLED": "false", "VIREO_SUBSCRIPTIONS_MAX_PER_USER": "1000"}
FORMS = {"rule": "match rule", "subscription": "Subscribe"}


def measure_one(program, form, count):
    with bus.Bus("dbus-daemon") as on, daemon.Daemon(on, SETTINGS) as hub, fleet_process.Fleet(hub, 1) as fleet:
        # What the monitor's coming brings is over.
        daemon.settle(hub.process)
        subscribers = subprocess.Popen([program, on.address, form, str(count), str(EVENTS)], stdout=subprocess.PIPE, text=True)
        if subscribers.stdout.readline() != "ready\n":
            raise SystemExit(f"{count} subscribers did not come")
        daemon.settle(hub.process)
        before = [daemon.processor_time(process) for process in (hub.process, on.process)]
        sent = fleet.busy(EVENTS, PAUSE)
        arrived = [line.split() for line in subscribers.stdout]
        subscribers.wait()
        time.sleep(1)
        work = [(daemon.processor_time(process) - start) / EVENTS * 1e6 for process, start in zip((hub.process, on.process), before)]
        delays = sorted(int(moment) - sent[int(number)] for number, moment in arrived)
        if len(delays) != EVENTS * count or delays[0] < 0:
            raise SystemExit(f"{len(delays)} of {EVENTS * count} messages came, the quickest after {delays[0]} us")
    return {"vireod us an event": work[0], "bus us an event": work[1], "both": sum(work), "p50 us": delays[len(delays) // 2],
            "p99 us": delays[len(delays) * 99 // 100]}


def measure():
    program = results.compile(os.path.join(os.path.dirname(os.path.abspath(__file__)), "subscribers.c"), "dbus-1")
    rows = {(form, count): measure_one(program, form, count) for form in FORMS for count in COUNTS}
    for key, row in rows.items():
        print(*key, row, file=sys.stderr)
    table = results.table(
        "Scale: subscribers",
        f"{EVENTS} events of one monitor, {PAUSE * 1000:.0f} ms apart, by dbus-daemon; the subscribers are connections of one process, "
        "which reads what came only while nothing comes. The times are from the event to each subscriber, over all of them.",
        list(next(iter(rows.values()))), {f"{count} by {FORMS[form]}": row for (form, count), row in rows.items()})
    curves = [
        results.curve(
            f"{title}, by subscribers ({' and '.join(FORMS.values())})", "subscribers", COUNTS, title,
            [[rows[form, count][what] for count in COUNTS] for form in FORMS])
        for what, title in (("both", "CPU us an event, vireod and bus"), ("p50 us", "delivery p50 us"), ("p99 us", "delivery p99 us"))]
    results.save("5-scale-subscribers", [], [table], curves)
