#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""From a QEMU event to a signal at a subscriber: vireod beside libvirtd with libvirt-dbus, on one VM, in one run.

  measure.py all [ROUNDS]   into ../.build/results/6-end-to-end.json; as root

The daemon is the release build of the repository with default settings, journal included.
"""
import json, os, statistics, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "Support"))
import results

VIREOD = os.environ.get("VIREOD") or os.path.join(os.path.dirname(results.ROOT), ".build", "release", "vireod")
EVENTS = "400"


def run():
    with tempfile.NamedTemporaryFile("r", suffix=".json") as file:
        subprocess.run([os.path.join(HERE, "run"), VIREOD, file.name, EVENTS], check=True)
        return json.load(file)


def measure_all(rounds):
    runs = [run() for _ in range(rounds)]
    both = ("libvirt", "vireo")
    rows = {}
    for what in ("p50_us", "p90_us", "p99_us", "cpu_us_per_event_all"):
        rows[what] = {stack: statistics.median(each[stack][what] for each in runs) for stack in both}
    for stack in both:
        for part in runs[0][stack]["cpu_us_per_event"]:
            rows[f"CPU us an event: {part}"] = {stack: statistics.median(each[stack]["cpu_us_per_event"][part] for each in runs)}
            for kind in ("rss", "pss"):
                rows[f"{kind.upper()} KB: {part}"] = {stack: statistics.median(each[stack]["memory_kb"][part][kind] for each in runs)}
    delay = statistics.median(each["ratio_p50"] for each in runs)
    work = statistics.median(each["ratio_cpu"] for each in runs)
    theirs = rows["cpu_us_per_event_all"]["libvirt"]
    parts = [f"{name}: {cells['vireo']:.0f} us" for name, cells in rows.items() if name.startswith("CPU") and "vireo" in cells]
    share = rows["CPU us an event: vireo's dbus-daemon"]["vireo"] / theirs
    results.save(
        "6-end-to-end",
        [
            results.line(
                "QEMU event → signal at a subscriber, p50, journaled", f"{delay:.2f} × libvirt's ({rows['p50_us']['vireo']:.0f} us)", "0.25 ×",
                delay <= 0.25, libvirt=f"{rows['p50_us']['libvirt']:.0f} us", floor="about 200 us",
                profile=["the line's way from QEMU and the signal's through the bus to the subscriber are four wakings of a process, which libvirt pays too",
                         "the journal's thread and back are two more; the commit itself is four writes"]),
            results.line(
                "CPU per event, all processes", f"{work:.2f} × libvirt's ({rows['cpu_us_per_event_all']['vireo']:.0f} us)", "0.125 ×", work <= 0.125,
                libvirt=f"{theirs:.0f} us",
                profile=parts + [f"the bus alone takes {share:.3f} × what libvirt's whole stack takes; see *Daemon* below for the instructions"]),
        ],
        [results.table(
            "End to end", f"Medians of {rounds} runs of {EVENTS} events, 10 ms apart; both stacks watch the same VM at the same time.", list(both), rows)])


if __name__ == "__main__":
    results.main(__doc__, measure_all, rounds=3)
