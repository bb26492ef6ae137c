# SPDX-License-Identifier: Apache-2.0
"""What every suite shares: where its results go, the lines of the table of limits, and the way to build a program of ours."""
import datetime, json, os, subprocess, sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
RESULTS = os.path.join(ROOT, ".build", "results")
STRIPPED = os.path.join(ROOT, ".build", "stripped")


def line(case, ours, limit, is_met, peer="–", libvirt="–", floor="–", note="", profile=()):
    """A line of the table in RESULTS.md. `profile` is (instructions an operation, function) of what costs most."""
    return {"case": case, "peer": peer, "libvirt": libvirt, "floor": floor, "ours": ours, "limit": limit, "met": bool(is_met),
            "note": note, "profile": list(profile)}


def table(title, note, columns, rows):
    """A table of figures: rows by name, each a dictionary by column."""
    return {"title": title, "note": note, "columns": columns, "rows": rows}


def curve(title, x_name, x, y_name, series):
    """A plot of the table's figures: lines over the same points."""
    return {"title": title, "x_name": x_name, "x": list(x), "y_name": y_name, "series": series}


def save(suite, lines, tables, curves=()):
    os.makedirs(RESULTS, exist_ok=True)
    with open(os.path.join(RESULTS, suite + ".json"), "w") as file:
        when = {"date": str(datetime.date.today()), "load": os.getloadavg()[1]}
        json.dump({"measured": when, "lines": lines, "tables": tables, "curves": list(curves)}, file, indent=1)


def build(*products):
    """Builds programs of ours as they are released, but without debugging information: valgrind 3.19 cannot read today's
    clang's."""
    flags = ["-c", "release", "--package-path", ROOT, "-Xswiftc", "-gnone", "-Xcc", "-g0"]
    os.makedirs(STRIPPED, exist_ok=True)
    for product in products:
        subprocess.run(["swift", "build", "--product", product] + flags, check=True)
        made = os.path.join(ROOT, ".build", "release", product)
        subprocess.run(["strip", "-g", "-o", os.path.join(STRIPPED, product), made], check=True)
    return [os.path.join(STRIPPED, product) for product in products]


def compile(source, *packages):
    """Builds a program of one file in C, with what pkg-config says of libraries."""
    made = os.path.join(ROOT, ".build", "peers", os.path.splitext(os.path.basename(source))[0])
    os.makedirs(os.path.dirname(made), exist_ok=True)
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", *packages], capture_output=True, text=True, check=True).stdout.split()
    subprocess.run(["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", made, source] + flags, check=True)
    return made


def thresholds(suite):
    with open(os.path.join(ROOT, "Thresholds", suite + ".json")) as file:
        return json.load(file)


def main(usage, measure, check=None, rounds=None, parts=None):
    """Does what the command line of a suite asks for: `all`, with a number of rounds where the suite has rounds, `check`, or a
    part of its own by name."""
    what, *rest = sys.argv[1:] or [""]
    if what in (parts or {}):
        parts[what]()
    elif what == "all":
        measure(*([int(rest[0]) if rest else rounds] if rounds else []))
    elif what == "check" and check:
        sys.exit(1 if check() else 0)
    else:
        sys.exit(usage)


class Check:
    """Counts the thresholds that are passed, and prints each."""

    def __init__(self):
        self.failures = 0

    def at_most(self, name, value, limit):
        self.failures += value > limit
        print(f"{'ok  ' if value <= limit else 'FAIL'} {name}: {value:,.1f} of at most {limit:,}", flush=True)

    def that(self, is_so, text):
        self.failures += not is_so
        print(f"{'ok  ' if is_so else 'FAIL'} {text}", flush=True)
