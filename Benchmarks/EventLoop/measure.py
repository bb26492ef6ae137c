#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures event loops: ours, and those it is measured against.

  measure.py all [ROUNDS]   everything, into ../.build/results/1-event-loop.json
  measure.py check          ours against ../Thresholds/EventLoop.json; fails if one is passed

Instructions are those of user space, counted by callgrind between two marks of the harness: the same to a few in ten
thousand in every run, on every machine of one kind. System calls are counted by strace, as the difference of a long and a
short run. Times are the least of interleaved rounds, and only their ratios mean anything from one hour to the next.
"""
import collections, os, random, re, statistics, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "Support"))
import callgrind, results

PEERS = ["epoll", "libuv", "libev", "libevent", "sd-event", "glib", "libvirt", "nio"]
LOOPS = ["ours"] + PEERS
OF_SWIFT = {"ours", "nio"}
SCANNING = {"glib", "libvirt"}  # their turns and their timers cost what is registered
READY = [(10, 1), (10, 10), (100, 10), (1000, 1), (1000, 10), (1000, 100), (10000, 1), (10000, 10), (10000, 1000)]
CHAIN = [(1000, 1), (1000, 10), (1000, 100)]
# A few calls of the harness's own are in each stretch; one call in a hundred operations is none of the loop's.
FORBIDDEN = r"^(malloc|calloc|realloc|free|swift_retain|swift_release|swift_allocObject|clock_gettime.*)$"


def program(loop):
    if loop in OF_SWIFT:
        return os.path.join(results.STRIPPED, "loop-" + loop)
    return os.path.join(results.ROOT, ".build", "peers", loop)


def build(peers=True):
    results.build("loop-ours")
    if peers:
        results.build("loop-nio")
        subprocess.run(["make", "-s", "-C", HERE], check=True)


def operations(loop, count, ready):
    """How many events a loop can be asked for in reasonable time."""
    cost = {"glib": 35, "libvirt": 45}.get(loop, 0) * count / ready + {"sd-event": 2500, "nio": 5000}.get(loop, 500)
    return int(max(60, 3 * ready, min(20000, 1e7 / cost)))


def instruction_cases(loop):
    for kind, shapes in (("ready", READY), ("chain", CHAIN)):
        for count, ready in shapes:
            yield [kind, count, ready, operations(loop, count, ready)]
    for timers in (1000, 100000):
        if loop == "libvirt" and timers > 1000:
            continue  # an update is a linear search: minutes
        # SwiftNIO looks for the task that it is to cancel.
        some = 200 if loop == "libvirt" or (loop, timers) == ("nio", 100000) else min(timers, 20000)
        events = (60 if timers == 1000 else 4) if loop in SCANNING else 500
        yield ["timers", timers, some, events]
        yield ["fire", timers]
    yield ["churn", 1000, 100 if loop in SCANNING else 1000]


def instructions(loop, case):
    """Runs a case under callgrind; the stretches by name."""
    return callgrind.measure([program(loop)] + case)


def lines(loop, case):
    """Runs a case as it is: what it prints."""
    command = [program(loop)] + [str(word) for word in case]
    # Of what other threads allocate from heaps of their own malloc tells nothing.
    heap = {"MALLOC_ARENA_MAX": "1"} if case[0].endswith("-bytes") else {}
    run = subprocess.run(command, capture_output=True, text=True, timeout=900, env={**os.environ, **heap})
    if run.returncode:
        raise SystemExit(f"{loop} {case}: {run.stderr[-500:]}")
    return {name: float(value) for name, value in (line.split() for line in run.stdout.splitlines())}


def system_calls(loop, count, ready):
    """System calls per event, by name."""
    counts = []
    short, long = (400, 800) if loop in SCANNING else (2000, 12000)
    for events in (short, long):
        with tempfile.NamedTemporaryFile("r") as file:
            command = ["strace", "-f", "-c", "-U", "name,calls", "-o", file.name, program(loop)]
            subprocess.run(command + ["ready", str(count), str(ready), str(events)], check=True, capture_output=True)
            rows = (line.split() for line in file if re.match(r"\s*\w+\s+\d+\s*$", line))
            counts.append(collections.Counter({name: int(calls) for name, calls in rows if name != "total"}))
    # A run also warms up, with a tenth of its events.
    events = (long - short) * 1.1
    return {name: calls / events for name, calls in (counts[1] - counts[0]).items() if calls / events > 0.0005}


def wall_cases(loop):
    for kind, shapes in (("ready", READY), ("chain", CHAIN)):
        for count, ready in shapes:
            yield [kind, count, ready, 10 * operations(loop, count, ready)]
    yield ["timers", 1000, 1000, 200 if loop in SCANNING else 20000]
    if loop != "libvirt":
        yield ["timers", 100000, 1000 if loop == "nio" else 20000, 20 if loop == "glib" else 20000]
    yield ["fire", 1000]
    yield ["churn", 1000, 1000 if loop in SCANNING else 20000]
    yield ["wake", 5000, 300000]


def walls(rounds):
    seen = collections.defaultdict(list)
    jobs = [(loop, case) for loop in LOOPS for case in wall_cases(loop)]
    for number in range(rounds):
        random.shuffle(jobs)
        for loop, case in jobs:
            for name, value in lines(loop, case).items():
                seen[name, loop].append(value)
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
    # What others do on the machine only ever adds: the least is nearest to the truth.
    return {key: min(values) for key, values in seen.items()}


def by_case(table):
    result = {}
    for (name, loop), value in table.items():
        result.setdefault(name, {})[loop] = round(value, 3)
    return result


def limits(counted, calls, held, timed, ours):
    """The lines of the table of limits."""

    def cell(name, loop, table=counted):
        value = table.get((name, loop))
        return "–" if value is None else f"{value:,.0f}"

    def counts(case, names, most, peers, note=""):
        found = [counted[name, "ours"] for name in names]
        is_met = all(value <= limit for value, limit in zip(found, most))
        worst = max(zip(found, most, names), key=lambda row: row[0] / row[1])[2]
        best = {peer: " / ".join(cell(name, peer) for name in names) for peer in PEERS}
        return results.line(
            case, " / ".join(f"{value:,.0f}" for value in found), " / ".join(f"{limit:,}" for limit in most), is_met,
            peer="; ".join(f"{peer} {best[peer]}" for peer in peers), libvirt=best["libvirt"], floor=best["epoll"], note=note,
            profile=ours[worst].profile())

    rows = [
        counts("dispatch, N = 1,000, K = 10", ["ready.N1000.K10"], [60], ["libuv"]),
        counts("dispatch, N = 1,000, K = 1", ["ready.N1000.K1"], [160], ["libev"]),
    ]
    apart = max(abs(counted[f"ready.N10000.K{k}", "ours"] / counted[f"ready.N1000.K{k}", "ours"] - 1) for k in (1, 10))
    rows.append(results.line("the same at N = 10,000", f"{apart:.1%} apart", "2 % apart", apart <= 0.02))
    per = [sum(value for (name, loop), value in calls.items() if loop == "ours" and name.endswith(f"K={k}")) for k in (1, 10, 100)]
    theirs = [sum(value for (name, loop), value in calls.items() if loop == "libvirt" and name.endswith(f"K={k}")) for k in (1, 10, 100)]
    rows.append(results.line(
        "system calls per event at K = 1 / 10 / 100", " / ".join(f"{value:.2g}" for value in per), "1/K",
        all(value <= 1.01 / k for value, k in zip(per, (1, 10, 100))), peer="1/K", floor="1/K",
        libvirt=" / ".join(f"{value:.2g}" for value in theirs)))
    shapes = [f"{kind}.N{n}.K{k}" for kind, shapes in (("ready", READY), ("chain", CHAIN)) for n, k in shapes]
    raw = {name: timed[name, "ours"] / timed[name, "epoll"] for name in shapes}
    uv = {name: timed[name, "ours"] / timed[name, "libuv"] for name in shapes}
    worst, behind = max(raw, key=raw.get), max(uv, key=uv.get)
    rows.append(results.line(
        "wall time, all `ready` and `chain` cases", f"at worst {raw[worst]:.2f} × raw ({worst}), {uv[behind]:.2f} × libuv ({behind})",
        "1.15 × raw epoll, 1 × libuv", raw[worst] <= 1.15 and uv[behind] <= 1, floor="1",
        note=f"median ratio {statistics.median(raw.values()):.2f} × raw, {statistics.median(uv.values()):.2f} × libuv"))
    rows.append(counts(
        "timer arm / re-arm / cancel at 100,000", [f"timer-{what}.100000" for what in ("arm", "rearm", "cancel")], [120, 90, 85], ["libev"]))
    rows.append(counts("one descriptor event with 100,000 timers", ["event-with-timers.100000"], [300], ["libuv"]))
    rows.append(counts("add + remove with a turn between", ["churn-pair-and-turn.1000"], [600], ["libev"]))
    wake = {
        loop: [timed[name, loop] / timed[name, "epoll"] for name in (
            "wake-round-trip.one-cpu.p50", "wake-round-trip.two-cpus.p50") if (name, "epoll") in timed] for loop in LOOPS}
    ratios = {loop: " / ".join(f"{ratio:.2f}" for ratio in each) for loop, each in wake.items()}
    rows.append(results.line(
        "cross-thread wake-up and back, wall, on one / two processors", f"{ratios['ours']} × raw", "1.15 × raw",
        max(wake["ours"]) <= 1.15, peer=f"libuv {ratios['libuv']} ×", libvirt=f"{ratios['libvirt']} ×", floor="raw"))
    both = [held["handle-bytes", "ours"], held["timer-bytes", "ours"]]
    rows.append(results.line(
        "bytes a handle / timer (user space)", f"{both[0]:.0f} / {both[1]:.0f}", "128 / 80", both[0] <= 128 and both[1] <= 80,
        peer=f"libev {cell('handle-bytes', 'libev', held)} / {cell('timer-bytes', 'libev', held)}",
        libvirt=f"{cell('handle-bytes', 'libvirt', held)} / {cell('timer-bytes', 'libvirt', held)}",
        floor=f"{cell('handle-bytes', 'epoll', held)} / {cell('timer-bytes', 'epoll', held)}"))
    return rows


def measure_all(rounds):
    build()
    counted, calls, held, ours = {}, {}, {}, {}
    for loop in LOOPS:
        print(loop, file=sys.stderr)
        for case in instruction_cases(loop):
            stretches = instructions(loop, case)
            counted.update({(name, loop): stretch.each for name, stretch in stretches.items()})
            if loop == "ours":
                ours.update(stretches)
        for ready in (1, 10, 100):
            for name, value in system_calls(loop, 1000, ready).items():
                calls[f"{name}, K={ready}", loop] = value
        for case in (["handle-bytes", 10000], ["timer-bytes", 10000 if loop == "libvirt" else 100000]):
            held.update({(name.split(".")[0], loop): value for name, value in lines(loop, case).items()})
    timed = walls(rounds)
    tables = [
        results.table(
            "Event loops: instructions per operation",
            "User space, callgrind. `epoll` is the floor: the bare system call and a heap of timers in C. `nio` is SwiftNIO, a descriptor "
            "being a channel by `NIOPipeBootstrap` and a timer a scheduled task. It has no callback without a read, so each of its events is "
            "also a read into its buffer, and in `ready` a write by the harness that makes the descriptor ready again; it closes the "
            "descriptor with the channel, so an addition is also a `dup`; its interest is `autoRead`; and it cannot arm a task again: that is "
            "cancelling it, which looks at all of them, and scheduling another.", LOOPS, by_case(counted)),
        results.table(
            "Event loops: system calls per event, N=1000",
            "`strace -c`; a loop that is not named makes fewer than one in two thousand events.", LOOPS, by_case(calls)),
        results.table(
            "Event loops: bytes each",
            "What `malloc` has given out. Ours: one callback for all, which captures nothing; a closure that captures costs its own "
            "allocation, 32 bytes at least. `libev` and `libevent` let the caller hold the structures, here a row.", LOOPS, by_case(held)),
        results.table(
            "Event loops: nanoseconds", f"The least of {rounds} interleaved rounds: compare within a row.", LOOPS, by_case(timed)),
    ]
    results.save("1-event-loop", limits(counted, calls, held, timed, ours), tables)


def check():
    thresholds = results.thresholds("EventLoop")
    build(peers=False)
    found, held = {}, {}
    for case in thresholds["cases"]:
        if case[0].endswith("-bytes"):
            held.update(lines("ours", case))
        else:
            found.update(instructions("ours", case))
    check = results.Check()
    for name, limit in thresholds["limits"].items():
        check.at_most(name, held[name] if name in held else found[name].each, limit)
    for one, other in thresholds["alike"]:
        difference = abs(found[one].each / found[other].each - 1)
        check.that(difference <= thresholds["alike within"], f"{one} and {other}: {difference:.1%} apart")
    for name in thresholds["nothing allocated, counted or timed in"]:
        calls = found[name].called(FORBIDDEN)
        check.that(calls < 0.01, f"{name}: {calls:.3f} calls of the allocator, a reference count or the clock per event")
    calls = system_calls("ours", 1000, 10)
    for name, limit in thresholds["system calls per event, N=1000, K=10"].items():
        check.at_most(f"{name} per event at K=10", calls.pop(name, 0), limit)
    unwanted = {name: value for name, value in calls.items() if value > 0.001}
    check.that(not unwanted, f"system calls beside epoll_wait: {unwanted or 'none'}")
    return check.failures


if __name__ == "__main__":
    results.main(__doc__, measure_all, check, rounds=5)
