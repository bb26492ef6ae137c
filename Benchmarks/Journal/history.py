# SPDX-License-Identifier: Apache-2.0
"""A journal of 10,000 to 10,000,000 events: what questions take, and how large the file is. The journal is made by the library
itself, 20 or 30 thousand events a second on a slow machine, beside the sources, and removed."""
import os, shutil, subprocess, sys, tempfile

import results

COUNTS = [10**4, 10**5, 10**6, 10**7]
# More than an event takes in the file, its indexes and the log of the database.
BYTES = 600
QUESTIONS = {
    "newest": "the newest 100", "machine": "100 of one VM", "kind": "100 of a rare kind", "both": "100 of a VM and a frequent kind",
    "cursor": "FindCursor", "range": "100 from a moment on"}


def measure():
    results.build("journal-history")
    room = shutil.disk_usage(os.path.join(results.ROOT, ".build")).free
    counts = [count for count in COUNTS if count * BYTES * 2 < room]
    if not counts:
        raise SystemExit(f"{room} bytes are too few for a journal of {COUNTS[0]} events")
    directory = tempfile.mkdtemp(prefix="journal-", dir=os.path.join(results.ROOT, ".build"))
    try:
        out = subprocess.run(
            [os.path.join(results.STRIPPED, "journal-history"), os.path.join(directory, "journal")] + [str(count) for count in counts],
            stdout=subprocess.PIPE, text=True, check=True, timeout=1800).stdout
    finally:
        shutil.rmtree(directory)
    found = {name: float(value) for name, value in (line.split() for line in out.splitlines())}
    rows = {}
    for what, meaning in QUESTIONS.items():
        for name, unit in (("p50", "p50 us"), ("p99", "p99 us"), ("steps", "steps of SQLite")):
            rows[f"{meaning}, {unit}"] = {f"{count:,}": found[f"{count}.{what}.{name}"] for count in counts}
    rows["file, MB"] = {f"{count:,}": found[f"{count}.bytes"] / 1e6 for count in counts}
    rows["bytes an event"] = {f"{count:,}": found[f"{count}.bytes"] / count for count in counts}
    rows["events a second, batches of 2,000"] = {f"{count:,}": found[f"{count}.rows-per-second"] for count in counts}
    left_out = "" if counts == COUNTS else f" No more than {counts[-1]:,}: the disk has no room."
    table = results.table(
        "Journal: questions by events held",
        "Events of 1,000 VMs, with default durability. 200 questions each, from the call to the answer; the rare kind is one event in a "
        "thousand, the frequent one in 20; where fewer than 100 are there, all are found." + left_out,
        [f"{count:,}" for count in counts], rows)
    curves = [
        results.curve(
            f"{unit} of {meaning}, by events", "events", counts, unit, [[found[f"{count}.{what}.{name}"] for count in counts]])
        for what, meaning in QUESTIONS.items() for name, unit in (("p50", "p50 us"),)]
    curves.append(results.curve("file, by events", "events", counts, "MB", [[found[f"{count}.bytes"] / 1e6 for count in counts]]))
    results.save("4-journal-history", [], [table], curves)
    print(table, file=sys.stderr)
