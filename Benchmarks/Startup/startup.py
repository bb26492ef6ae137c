# SPDX-License-Identifier: Apache-2.0
"""Measures `vireo list vms` against a real vireod that knows many VMs, and splits the time.

Wall times are for a quiet machine; processor times say much the same on a busy one.

Each round runs, one after the other: `vireo list vms --version` (the process alone: exec, linking, parsing of the same command
line), the same question by a C client of libdbus (connecting; the call, which is the bus's and the hub's), and `vireo list vms`. What is
left of the last after the first three is the tool's own: decoding, sorting, printing. `busctl call` is beside it, which asks
the same and prints what comes as it comes.
"""

import argparse
import json
import os
import resource
import selectors
import socket
import statistics
import subprocess
import sys
import threading
import time

BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><auth>EXTERNAL</auth><listen>unix:path={path}</listen>
<policy context="default"><allow user="*"/><deny own="*"/><deny send_type="method_call"/><allow send_type="signal"/>
<allow send_requested_reply="true" send_type="method_return"/><allow send_requested_reply="true" send_type="error"/>
<allow receive_type="method_call"/><allow receive_type="method_return"/><allow receive_type="error"/>
<allow receive_type="signal"/><allow send_destination="org.freedesktop.DBus"/></policy>
<includedir>{policy}</includedir></busconfig>
"""

ANSWERS = {
    "qmp_capabilities": {}, "migrate-set-capabilities": {}, "query-migrate": {},
    "query-status": {"status": "running", "running": True, "singlestep": False},
    "query-kvm": {"enabled": True, "present": True}, "query-target": {"arch": "x86_64"},
}


class Fleet(threading.Thread):
    """Monitors of VMs that dial the hub and answer what it asks."""

    def __init__(self, path, count):
        super().__init__(daemon=True)
        self.selector = selectors.DefaultSelector()
        for number in range(count):
            monitor = socket.socket(socket.AF_UNIX)
            monitor.connect(path)
            version = {"qemu": {"major": 7, "minor": 2, "micro": 22}, "package": ""}
            self.send(monitor, {"QMP": {"version": version, "capabilities": ["oob"]}})
            self.selector.register(monitor, selectors.EVENT_READ, [number, b""])

    @staticmethod
    def send(monitor, message):
        monitor.sendall(json.dumps(message).encode() + b"\r\n")

    def run(self):
        while True:
            for key, _ in self.selector.select():
                data = key.fileobj.recv(65536)
                if not data:
                    self.selector.unregister(key.fileobj)
                    continue
                lines = (key.data[1] + data).split(b"\n")
                key.data[1] = lines.pop()
                for line in lines:
                    if line.strip():
                        self.answer(key.fileobj, key.data[0], json.loads(line))

    def answer(self, monitor, number, command):
        name = command["execute"]
        own = {
            "query-name": {"name": f"vm-{number:04}"},
            "query-uuid": {"UUID": f"5ca1ab1e-0000-4000-8000-{number:012}"},
        }
        if name in own or name in ANSWERS:
            reply = {"return": own.get(name, ANSWERS.get(name)), "id": command.get("id")}
        else:
            error = {"class": "CommandNotFound", "desc": f"The command {name} has not been found"}
            reply = {"error": error, "id": command.get("id")}
        self.send(monitor, reply)


def run(command, environment):
    """Runs a command: its wall time and its processor time in microseconds, and what it printed."""
    begin = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    wall = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall * 1e6, used * 1e6, result.stdout


def processor(child):
    """The processor time that a running child has used, in microseconds, its threads included."""
    total = 0
    for task in os.listdir(f"/proc/{child.pid}/task"):
        with open(f"/proc/{child.pid}/task/{task}/schedstat", encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total / 1e3


def until(condition, what):
    deadline = time.monotonic() + 120
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"startup: {what} took too long")
        time.sleep(0.05)


def main():
    parser = argparse.ArgumentParser()
    for name in ["--work", "--vireo", "--vireod", "--policy"]:
        parser.add_argument(name, required=True)
    parser.add_argument("--vms", type=int, required=True)
    parser.add_argument("--runs", type=int, required=True)
    options = parser.parse_args()
    path = options.work + "/bus"
    with open(options.work + "/bus.conf", "w", encoding="utf-8") as file:
        file.write(BUS.format(path=path, policy=options.policy))
    environment = dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=f"unix:path={path}")
    children = [subprocess.Popen(["dbus-daemon", "--nofork", "--config-file", options.work + "/bus.conf"])]
    try:
        until(lambda: os.path.exists(path), "the bus")
        runtime = options.work + "/run"
        daemon = [options.vireod, "--bus", f"unix:path={path}", "--state-directory", options.work + "/state"]
        children.append(
            subprocess.Popen(daemon + ["--runtime-directory", runtime], stderr=subprocess.DEVNULL, cwd=options.work))
        until(lambda: os.path.exists(runtime + "/qmp.sock"), "vireod")
        Fleet(runtime + "/qmp.sock", options.vms).start()
        listing = [options.vireo, "list", "vms", "--names"]

        def complete():
            result = subprocess.run(listing, env=environment, capture_output=True, text=True, check=False)
            return len(result.stdout.splitlines()) == options.vms

        until(complete, "introducing the VMs")
        print(json.dumps(measure(options, environment, path, *children), indent=2))
    finally:
        for child in reversed(children):
            child.terminate()
            child.wait()


def measure(options, environment, path, bus, hub):
    wall = {"process": [], "connect": [], "call": [], "total": [], "busctl": []}
    question = ["org.vireo.Hub1", "/org/vireo/Hub1", "org.vireo.Hub1.Manager", "ListVMs"]
    used = {"process": [], "tool": [], "bus": [], "hub": []}
    for _ in range(options.runs):
        time_taken, processor_time, _ = run([options.vireo, "list", "vms", "--version"], environment)
        wall["process"].append(time_taken)
        used["process"].append(processor_time)
        connect, call, machines = run([options.work + "/call", f"unix:path={path}"], environment)[2].split()
        assert int(machines) == options.vms
        wall["connect"].append(float(connect))
        wall["call"].append(float(call))
        wall["busctl"].append(run(["busctl", "--system", "call", *question], environment)[0])
        before = processor(bus), processor(hub)
        time_taken, processor_time, text = run([options.vireo, "list", "vms"], environment)
        assert text.splitlines()[-1].startswith(f"{options.vms} VM")
        wall["total"].append(time_taken)
        used["tool"].append(processor_time)
        used["bus"].append(processor(bus) - before[0])
        used["hub"].append(processor(hub) - before[1])
    median = {name: statistics.median(values) for name, values in wall.items()}
    median["own"] = median["total"] - median["process"] - median["connect"] - median["call"]
    return {
        "vms": options.vms,
        "runs": options.runs,
        "unit": "microseconds",
        "wall, median": {name: round(value) for name, value in median.items()},
        "wall, best": {name: round(min(values)) for name, values in wall.items()},
        "processor, median": {name: round(statistics.median(values)) for name, values in used.items()},
    }


main()
