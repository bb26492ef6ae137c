#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts what an event of udev and a change of a link cost the daemon, from the socket's being readable to the draft in the hub's
hands, beside what libudev and libnl alone take to receive and read the same.

  measure.py all [ROUNDS]   into ../.build/results/3-sources.json; as root; ROUNDS is ignored, instructions do not vary

The release build of the repository runs under callgrind with default settings, but for the sources that are not of the case, in
namespaces of its own; what happens there is real. A device changes because the kernel is asked to say so (its file `uevent` in
sysfs), and the rules of an udevd of those namespaces add two properties. Links change by ip(8).
"""
import os, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "Support"))
import bus, callgrind, daemon, results
from namespace import Namespace

CHANGES = 100
PEERS = os.path.join(results.ROOT, ".build", "peers")
LINKS_OFF, DEVICES_OFF = {"VIREO_LINKS_ENABLED": "false"}, {"VIREO_DEVICES_ENABLED": "false"}
# Where a source hands over a draft.
HUB = r"^\$s3HubAAC(7publishy|9addObject|12removeObject|6updatey)"
LOOP = r"^\$s9EventLoopAAC3runyyF"
UDEV_DRAIN, UDEV_DATAGRAM, LIBUDEV = r"^\$s10UdevSourceAAC5drain33", r"^udev_device_get_properties_list_entry$", r"^udev_"
LINK_DRAIN, LINK_DATAGRAM = r"^\$s13NetlinkSourceAAC5drainyyF", r"^\$s13NetlinkSource0A7MessageV5parse"
# Where the way to the draft goes, each with what it calls.
UDEV_PARTS = {
    "libudev": LIBUDEV, "properties become a record": r"^\$s10UdevSource12DeviceRecordV_6limits",
    "the record becomes an event": r"^\$s10UdevSource0A5EventVyACSgAA12DeviceRecordV",
    "the table takes it": r"^\$s10UdevSource11DeviceTableV5apply", "the draft": r"^\$s10UdevSource12DeviceReportV10operations"}
LINK_PARTS = {
    "received and copied": r"^\$s13NetlinkSource15MulticastSocketC7receive", "split into messages": LINK_DATAGRAM,
    "a message becomes a record": r"^\$s13NetlinkSource10LinkRecordV_6limits",
    "the table takes it": r"^\$s13NetlinkSource9LinkTableV3put", "the draft": r"^\$s13NetlinkSource10LinkReportV10operations"}
SAY = "echo change 11111111-2222-3333-4444-555555555555 MODE={} >/sys/class/net/bench0/uevent"


def repeated(times, one, other, pause):
    """A line of the shell that does two things in turn, so often."""
    return f"for i in $(seq {times // 2}); do {one}; sleep {pause}; {other}; sleep {pause}; done"


def changes(times, pause=0.1):
    return repeated(times, SAY.format("one"), SAY.format("other"), pause)


def mtus(times, pause=0.1):
    return repeated(times, "ip link set bench1 mtu 1400", "ip link set bench1 mtu 1500", pause)


def ups(times, pause=0.1):
    return repeated(times, "ip link set bench1 up", "ip link set bench1 down", pause)


def count(hub, network, script, drain, datagram, parts):
    """The figures of one case, each for one event."""
    threads = hub.count(1, lambda: network.run("sh", "-c", script(CHANGES)))
    loop = next(thread for thread in threads if thread.inclusive_of(LOOP))
    events, datagrams = loop.called(r"^\$s3HubAAC7publishy"), loop.called(datagram)
    draft = loop.inclusive_of(drain) - loop.inclusive_of(HUB)
    inside = {name: loop.inclusive_of(pattern) / events for name, pattern in parts.items()}
    return {
        "to the draft": draft / events, "parts": {**inside, "the rest": draft / events - sum(inside.values())}, "datagrams": datagrams / events,
        "events a change": events / CHANGES, "events a datagram": events / datagrams, "the loop": loop.total / events,
        "all threads": sum(thread.total for thread in threads) / events}


def alone(network, peer, *words):
    """What a library alone takes for one datagram."""
    return callgrind.measure([os.path.join(PEERS, peer), *words], prefix=network.enter).popitem()[1].each


def udev_case(on, has_udevd):
    with Namespace(own_run=True, udevd=has_udevd) as network:
        network.ip("link add bench0 type ifb")
        with daemon.Daemon(on, LINKS_OFF, network.enter, counted=True) as hub:
            # Without udevd the source says that it is not as good as it could be.
            hub.wait_for_source("udev", ("up",) if has_udevd else ("degraded",))
            network.run("sh", "-c", changes(10))
            found = count(hub, network, changes, UDEV_DRAIN, UDEV_DATAGRAM, UDEV_PARTS)
        groups = ("kernel", "udev") if has_udevd else ("kernel",)
        found["the library alone"] = sum(alone(network, "udev", group, CHANGES, changes(2 * CHANGES, 0.02)) for group in groups)
    return found


def link_cases(on):
    with Namespace() as network:
        network.ip("link add bench1 type veth peer name bench2", "link set bench2 up")
        with daemon.Daemon(on, DEVICES_OFF, network.enter, counted=True) as hub:
            hub.wait_for_source("rtnetlink")
            for script in (mtus, ups):
                network.run("sh", "-c", script(10))
                found = count(hub, network, script, LINK_DRAIN, LINK_DATAGRAM, LINK_PARTS)
                one = alone(network, "libnl", CHANGES, script(2 * CHANGES, 0.02))
                yield {**found, "the library alone": one * found["datagrams"]}


def measure_all():
    subprocess.run(["make", "-s", "-C", HERE], check=True)
    with bus.Bus("dbus-daemon") as on:
        rows = {"a device's change, udevd there": udev_case(on, True), "a device's change, no udevd": udev_case(on, False)}
        rows["a link's MTU"], rows["a veth up, or down"] = link_cases(on)
    columns = ["to the draft", "the library alone", "datagrams", "events a change", "events a datagram", "the loop", "all threads"]
    results.save(
        "3-sources", [],
        [results.table(
            "Sources: instructions an event, from a readable socket",
            "User space, callgrind; to the call of the hub with the finished draft. The library alone (libudev, libnl) receives the same "
            "datagrams and reads the properties, or makes an object of the message and reads from it. Where udevd is there a change comes "
            "twice, by the kernel's group and by udevd's, and both are received; without it the kernel's is the event. The loop and all "
            "threads are with the hub, the journal, the bus and what is read from sysfs.", columns, rows)] + [
            results.table(
                f"Sources: where the way to the draft goes, {what}", "Instructions an event, each with what it calls.", cases,
                {part: {case: rows[case]["parts"][part] for case in cases} for part in [*parts, "the rest"]})
            for what, parts, cases in (("devices", UDEV_PARTS, list(rows)[:2]), ("links", LINK_PARTS, list(rows)[2:]))])
    print(rows, file=sys.stderr)


if __name__ == "__main__":
    results.main(__doc__, measure_all)
