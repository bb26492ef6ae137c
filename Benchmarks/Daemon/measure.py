#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts what one event costs the daemon as a whole, and what of that is spent from a line of a monitor to a draft event.

  measure.py all [ROUNDS]   into ../.build/results/3-daemon.json; ROUNDS is ignored, instructions do not vary
  measure.py check          the loop against ../Thresholds/Daemon.json; fails if one is passed

The release build of the repository runs under callgrind with default settings and one fake monitor, which stops and continues: the
line is read, parsed, becomes an event that changes a machine, goes to the journal, and out as a signal and a change of properties.
"""
import os, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "Support"))
import bus, daemon, fleet_process, results

EVENTS = 200
SETTINGS = {"VIREO_LINKS_ENABLED": "false", "VIREO_DEVICES_ENABLED": "false"}


class Changes:
    """The changes of machines that a daemon tells."""

    def __init__(self, on):
        self.process = subprocess.Popen(
            ["timeout", "900", "busctl", "--address=" + on.address, "--json=short", "monitor",
             "--match=type='signal',member='PropertiesChanged',path_namespace='/org/vireo/Hub1/vm'"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def __enter__(self):
        # What is told before the bus has made it a monitor would never be heard.
        for line in self.process.stdout:
            if line.startswith("Monitoring"):
                return self
        raise SystemExit("the bus cannot be monitored")

    def wait_for_state(self):
        """Returns when a machine was told to be in another state."""
        for line in self.process.stdout:
            if "StateSince" in line:
                return
        raise SystemExit("the daemon did not tell an event")

    def __exit__(self, *unused):
        self.process.kill()
        self.process.wait()


def one_by_one(fleet, changes, events):
    """So many events, each alone: under valgrind those of one rhythm come together, and what is shared is paid once."""
    for _ in range(events):
        fleet.busy(1, 0)
        changes.wait_for_state()


def count():
    """The threads of the daemon over the events, those that ran longest first."""
    with bus.Bus("dbus-daemon") as on, daemon.Daemon(on, SETTINGS, counted=True) as hub, fleet_process.Fleet(hub, 1) as fleet:
        with Changes(on) as changes:
            one_by_one(fleet, changes, 50)
            return hub.count(EVENTS, lambda: one_by_one(fleet, changes, EVENTS))


def loop_of(threads):
    """The loop's thread, and what a line of a monitor costs it from the socket's being readable to the hub's being called."""
    loop = next(thread for thread in threads if thread.inclusive_of(r"^\$s9EventLoopAAC3runyyF"))
    # A stop is followed by a question for the status and its answer: three lines for two events.
    return loop, (loop.inclusive_of(r"^\$s10QEMUSourceAAC5ready") - loop.inclusive_of(r"^\$s3HubAAC7publish")) / 1.5


def check():
    loop, line = loop_of(count())
    limits = results.thresholds("Daemon")["instructions"]
    check = results.Check()
    check.at_most("an event, the loop: instructions", loop.each, limits["event, the loop"])
    check.at_most("a line to a draft event: instructions", line, limits["line"])
    # A profile in which a name is not found any more would pass every threshold.
    check.that(line > 0, "the profile knows where a line begins and ends")
    return check.failures


def measure_all():
    threads = count()
    loop, line = loop_of(threads)
    journal = next(thread for thread in threads if thread.inclusive_of(r"^\$s7Journal6EngineC3run"))
    rows = {"the loop": loop.each, "the journal's thread": journal.each, "all threads": sum(thread.each for thread in threads)}
    results.save(
        "3-daemon",
        [results.line(
            "one QMP line to draft event, all in", f"{line:,.0f}", "12,000", 0 < line <= 12000, peer="simdjson 2,011 (parse only)",
            libvirt="24,776 (parse only)", floor="371", note="from the socket's being readable to the hub's being called",
            profile=loop.profile(12))],
        [results.table(
            "Daemon: instructions an event", "User space, callgrind: one event of a monitor, with everything that follows.", ["ours"],
            {name: {"ours": value} for name, value in rows.items()}),
         results.table(
            "Daemon: where the loop's instructions go", "Of a function's own; what it calls is in other rows.", ["instructions"],
            {name.replace("|", "\\|"): {"instructions": cost} for cost, name in loop.profile(15)}),
         results.table(
            "Daemon: where the journal's instructions go", "Of a function's own.", ["instructions"],
            {name.replace("|", "\\|"): {"instructions": cost} for cost, name in journal.profile(15)})])


if __name__ == "__main__":
    results.main(__doc__, measure_all, check)
