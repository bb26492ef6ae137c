#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts what one event costs the daemon as a whole, and what of that is spent from a line of a monitor to a draft event.

  measure.py all [ROUNDS]   into ../.build/results/3-daemon.json; ROUNDS is ignored, instructions do not vary

The release build of the repository runs under callgrind with default settings and one fake monitor, which stops and continues: the
line is read, parsed, becomes an event that changes a machine, goes to the journal, and out as a signal and a change of properties.
"""
import glob, os, shutil, subprocess, sys, tempfile, time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "Support"))
import bus, callgrind, results

EVENTS = 200
VIREOD = os.environ.get("VIREOD") or os.path.join(os.path.dirname(results.ROOT), ".build", "release", "vireod")
FLEET = os.path.join(os.path.dirname(HERE), "Scale", "fleet.py")


def run(directory, on):
    """The threads of the daemon over so many events, those that ran longest first."""
    os.makedirs(os.path.join(directory, "run"))
    os.makedirs(results.STRIPPED, exist_ok=True)
    program = os.path.join(results.STRIPPED, "vireod")
    subprocess.run(["strip", "-g", "-o", program, VIREOD], check=True)
    socket, out = os.path.join(directory, "run", "qmp.sock"), os.path.join(directory, "callgrind")
    daemon = subprocess.Popen(
        callgrind.VALGRIND + [
            "--instr-atstart=no", "--separate-threads=yes", f"--callgrind-out-file={out}", program, "--bus", on.address,
            "--state-directory", os.path.join(directory, "state"), "--runtime-directory", os.path.join(directory, "run")],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "VIREO_DEVICES_ENABLED": "false", "VIREO_LINKS_ENABLED": "false"})
    while not os.path.exists(socket):
        time.sleep(0.1)
    fleet = subprocess.Popen([sys.executable, FLEET, socket, "1"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def busy(events):
        fleet.stdin.write(f"busy {events} 0.05\n")
        fleet.stdin.flush()
        for _ in range(events):
            fleet.stdout.readline()
        # What is under way in the daemon, which runs fifty times slower than otherwise, comes to its end.
        time.sleep(5)
    try:
        time.sleep(15)
        busy(50)
        subprocess.run(["callgrind_control", "-i", "on", str(daemon.pid)], check=True, stdout=subprocess.DEVNULL)
        busy(EVENTS)
        subprocess.run(["callgrind_control", "-d", str(daemon.pid)], check=True, stdout=subprocess.DEVNULL)
    finally:
        fleet.kill()
        fleet.wait()
        daemon.kill()
        daemon.wait()
    # The first dump is the one asked for, a file a thread.
    stretches = [callgrind.Stretch(EVENTS, open(path, errors="replace").read()) for path in glob.glob(out + ".1-*")]
    return sorted(stretches, key=lambda stretch: -stretch.total)


def measure_all():
    directory = tempfile.mkdtemp(prefix="vireo-bench-", dir="/tmp")
    try:
        with bus.Bus("dbus-daemon") as on:
            threads = run(directory, on)
    finally:
        shutil.rmtree(directory)
    loop = next(thread for thread in threads if thread.inclusive_of(r"^\$s9EventLoopAAC3runyyF"))
    journal = next(thread for thread in threads if thread.inclusive_of(r"^\$s7Journal6EngineC3run"))
    # A stop is followed by a question for the status and its answer: three lines for two events.
    line = (loop.inclusive_of(r"^\$s10QEMUSourceAAC5ready") - loop.inclusive_of(r"^\$s3HubAAC7publish")) / 1.5
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
    results.main(__doc__, measure_all)
