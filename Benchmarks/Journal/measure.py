#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures the journal: rows per second and the latency of a commit at batches of 1, 10, 100 and 1,000, synchronous FULL, beside
bare SQLite, and beside `pwrite` with `fdatasync` into a file that was written before.

  measure.py all [ROUNDS]   everything, into ../.build/results/4-journal*.json
  measure.py history        only what questions take of 10,000 to 10,000,000 events
  measure.py check          ours against Thresholds/Journal.json
"""
import collections, os, random, shutil, statistics, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "Support"))
import callgrind, history, results

PROGRAMS = ["ours", "sqlite", "pwrite"]
ROWS = {1: 3000, 10: 20000, 100: 100000, 1000: 300000}


def command(name, directory, batch, rows):
    if name == "ours":
        return [os.path.join(results.STRIPPED, "journal-ours"), os.path.join(directory, "journal"), batch, rows]
    return [os.path.join(results.ROOT, ".build", "peers", "files"), name, directory, batch, rows]


def in_directory(action):
    # Beside the sources, since /tmp may be memory.
    directory = tempfile.mkdtemp(prefix="journal-", dir=os.path.join(results.ROOT, ".build"))
    try:
        return action(directory)
    finally:
        shutil.rmtree(directory)


def timed(name, batch):
    def run(directory):
        words = [str(word) for word in command(name, directory, batch, ROWS[batch])]
        out = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        return {what: float(value) for what, value in (line.split() for line in out.splitlines())}
    return in_directory(run)


def counted_of(name, batch):
    return in_directory(lambda directory: callgrind.measure(command(name, directory, batch, min(ROWS[batch], 10000)))["row"])


def check():
    results.build("journal-ours")
    check = results.Check()
    for case, limit in results.thresholds("Journal")["instructions a row"].items():
        check.at_most(f"{case}: instructions a row", counted_of("ours", int(case.split()[1])).each, limit)
    return check.failures


def measure_all(rounds):
    results.build("journal-ours")
    subprocess.run(["make", "-s", "-C", HERE], check=True)
    counted = {(f"batch {batch}", name): counted_of(name, batch) for name in PROGRAMS for batch in ROWS}
    rates, ratios, latencies = collections.defaultdict(list), collections.defaultdict(list), collections.defaultdict(list)
    for _ in range(rounds):
        for batch in ROWS:
            found = {name: timed(name, batch) for name in random.sample(PROGRAMS, len(PROGRAMS))}
            ratios[batch].append(found["sqlite"]["row"] / found["ours"]["row"])
            for name, values in found.items():
                rates[f"batch {batch}", name].append(1e9 / values["row"])
                for what in ("p50", "p99"):
                    latencies[f"batch {batch}, {what}", name].append(values[what])

    def table(found):
        return {case: {name: found[case, name] for name in PROGRAMS} for case in dict.fromkeys(key[0] for key in found)}

    medians = {key: statistics.median(values) for key, values in rates.items()}
    ratio = statistics.median(ratios[100])
    results.save(
        "4-journal",
        [results.line(
            "journal rows/s at batch 100, synchronous FULL", f"{ratio:.2f} × bare SQLite", "0.6 × bare SQLite (at least)", ratio >= 0.6,
            peer=f"{medians['batch 100', 'sqlite']:,.0f} rows/s", floor=f"{medians['batch 100', 'pwrite']:,.0f} rows/s",
            note="at 1 / 10 / 1,000: " + " / ".join(f"{statistics.median(ratios[batch]):.2f}" for batch in (1, 10, 1000)),
            profile=counted["batch 100", "ours"].profile())],
        [
            results.table("Journal: rows per second", f"Medians of {rounds} interleaved rounds.", PROGRAMS, table(medians)),
            results.table(
                "Journal: microseconds a commit", f"Medians of {rounds} interleaved rounds, from the batch to its being durable.", PROGRAMS,
                table({key: statistics.median(values) for key, values in latencies.items()})),
            results.table(
                "Journal: instructions a row", "User space, callgrind; ours with the encoding of the event, its checksum, the two indexes and the "
                "limit on the size.", PROGRAMS, table({key: stretch.each for key, stretch in counted.items()})),
        ])
    history.measure()


if __name__ == "__main__":
    results.main(__doc__, measure_all, check, rounds=5, parts={"history": history.measure})
