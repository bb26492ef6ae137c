#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures what a program pays to be on the bus: a signal like ours (5 arguments, 4 entries), an answer to `Ping`, and one to
`GetAll` of 12 properties; the bridge beside libdbus, sd-bus and GDBus, on dbus-daemon and on dbus-broker.

  measure.py all [ROUNDS]   everything, into ../.build/results/2-bus.json
  measure.py check          the bridge against ../Thresholds/Bus.json; fails if one is passed
"""
import collections, os, random, statistics, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "Support"))
import bus, callgrind, results

PROGRAMS = ["ours", "libdbus", "sd-bus", "gdbus"]
CASES = ["emit", "ping", "getall"]
COUNTED = 1000
# Where the instructions of an answer go, each with what it calls.
PHASES = [
    (r"^dbus_watch_handle$", "libdbus reads the call off the socket and validates it"),
    (r"^dbus_connection_dispatch$", "libdbus hands it out, with our own reading of its bytes"),
    (r"^\$s10DBusBridge0A12MessageBytesO8received", "of that our own reading"),
    (r"^\$s10DBusBridge13BusConnectionC16getAllProperties", "the properties are read"),
    (r"^\$s10DBusBridge0A4LinkC4send", "the answer is written and sent"),
]
WARM_UP = 50


def program(name):
    return os.path.join(results.STRIPPED, "bus-ours") if name == "ours" else os.path.join(results.ROOT, ".build", "peers", name)


def build():
    results.build("bus-ours")
    subprocess.run(["make", "-s", "-C", HERE], check=True)


def client(on, case, count):
    """Calls as often as a server answers; its round trips in microseconds."""
    run = subprocess.run(
        [program("client"), case, str(count + WARM_UP)], env={**os.environ, **on.environment}, capture_output=True, text=True, timeout=600)
    if run.returncode:
        raise SystemExit(f"the client failed: {run.stderr}")
    return {name: float(value) for name, value in (line.split() for line in run.stdout.splitlines())}


def wait_for_name(on):
    """Returns when the service is on the bus."""
    call = ["busctl", "--address=" + on.address, "call", "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
            "NameHasOwner", "s", "org.bench.Srv"]
    for _ in range(600):
        if subprocess.run(call, capture_output=True, text=True).stdout.strip() == "b true":
            return
    raise SystemExit("a server did not come")


def counted(on, name, case):
    """The stretch of one case under callgrind."""
    if case == "emit":
        return callgrind.measure([program(name), "emit", COUNTED], on.environment)["emit"]
    import threading
    found = {}
    thread = threading.Thread(
        target=lambda: found.update(callgrind.measure([program(name), "serve", case, COUNTED], on.environment)))
    thread.start()
    wait_for_name(on)
    client(on, case, COUNTED)
    thread.join()
    return found[case]


def timed(on, name, case):
    """Nanoseconds a signal, or the round trips of calls in microseconds."""
    environment = {**os.environ, **on.environment}
    if case == "emit":
        run = subprocess.run([program(name), "emit", "20000"], env=environment, capture_output=True, text=True, check=True)
        return {"emit": float(run.stdout.split()[1]) / 1000}
    server = subprocess.Popen(
        [program(name), "serve", case, "3000"], env=environment, stdout=subprocess.PIPE, text=True)
    server.stdout.readline()
    found = client(on, case, 3000)
    server.communicate()
    return {f"{case} {what}": value for what, value in found.items()}


def measure_all(rounds):
    build()
    stretches, times = {}, collections.defaultdict(list)
    with bus.Bus("dbus-daemon") as on:
        for name in PROGRAMS:
            for case in CASES:
                stretches[case, name] = counted(on, name, case)
    for _ in range(rounds):
        for kind in ("dbus-daemon", "dbus-broker"):
            with bus.Bus(kind) as on:
                jobs = [(name, case) for name in PROGRAMS for case in CASES]
                random.shuffle(jobs)
                for name, case in jobs:
                    for what, value in timed(on, name, case).items():
                        times[f"{what}, {kind}", name].append(value)
    each = {key: stretch.each for key, stretch in stretches.items()}

    def row(table, what):
        return {name: table[what, name] for name in PROGRAMS}

    def line(case, what, limit):
        return results.line(
            case, f"{each[what, 'ours']:,.0f}", f"{limit:,}", each[what, "ours"] <= limit, peer=f"sd-bus {each[what, 'sd-bus']:,.0f}",
            libvirt=f"{each[what, 'gdbus']:,.0f} (GDBus)", profile=[
                f"{stretches[what, 'ours'].inclusive_of(pattern):,.0f} {meaning}" for pattern, meaning in PHASES])

    medians = {key: statistics.median(values) for key, values in times.items()}
    results.save(
        "2-bus",
        [line("emit a signal", "emit", 24000), line("answer `GetAll` of 12", "getall", 57000)],
        [
            results.table(
                "Bus: instructions per operation", "User space, callgrind, on dbus-daemon, the connection's own work with it.", PROGRAMS,
                {case: row(each, case) for case in CASES}),
            results.table(
                "Bus: microseconds",
                f"Medians of {rounds} interleaved rounds: for one of 20,000 signals sent in rows of 100 to nobody, and round trips of a "
                "libdbus client.", PROGRAMS, {what: row(medians, what) for what in dict.fromkeys(key[0] for key in times)}),
        ])


def check():
    thresholds = results.thresholds("Bus")
    results.build("bus-ours")
    subprocess.run(["make", "-s", "-C", HERE, "../.build/peers/client"], check=True)
    check = results.Check()
    with bus.Bus("dbus-daemon") as on:
        for case in CASES:
            stretch = counted(on, "ours", case)
            check.at_most(f"{case}: instructions", stretch.each, thresholds["instructions"][case])
            check.at_most(f"{case}: allocations", stretch.called(r"^(malloc|calloc|realloc)$"), thresholds["allocations"][case])
    return check.failures


if __name__ == "__main__":
    results.main(__doc__, measure_all, check, rounds=5)
