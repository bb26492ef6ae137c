# SPDX-License-Identifier: Apache-2.0
"""Writes RESULTS.md from what the suites left in .build/results: first the lines of the limits, met and not met alike, then a
profile of each that is not met, then all figures and curves."""
import json, os, platform, subprocess, sys

ROOT = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(ROOT, "Support"))
import results


def of_package(name):
    run = subprocess.run(["dpkg-query", "--show", "--showformat=${Version}", name], capture_output=True, text=True)
    return run.stdout or "–"


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    packages = {
        "libuv": "libuv1", "libev": "libev4", "libevent": "libevent-core-2.1-7", "systemd": "libsystemd0", "GLib": "libglib2.0-0",
        "libvirt": "libvirt0", "libvirt-dbus": "libvirt-dbus", "dbus": "libdbus-1-3", "dbus-broker": "dbus-broker",
        "SQLite": "libsqlite3-0", "libnl": "libnl-route-3-200", "QEMU": "qemu-system-x86", "valgrind": "valgrind"}
    versions = ", ".join(f"{name} {of_package(package)}" for name, package in packages.items())
    return f"{os.cpu_count()} × {model}, Linux {platform.release()}. {versions}."


def cell(value):
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    return f"{value:,.3f}" if abs(value) < 10 and value != int(value) else f"{value:,.0f}"


def row(cells):
    return "| " + " | ".join(cells) + " |"


def table(found):
    out = [f"### {found['title']}", "", found["note"], "", row(["case"] + found["columns"]), "|---" * (len(found["columns"]) + 1) + "|"]
    out += [row([name] + [cell(cells.get(column)) for column in found["columns"]]) for name, cells in found["rows"].items()]
    return "\n".join(out) + "\n"


def curve(found):
    points = ", ".join(f'"{x}"' for x in found["x"])
    # From nothing, so that a level line looks like one.
    most = float(f"{1.1 * max(max(series) for series in found['series']):.3g}")
    out = ["```mermaid", "xychart-beta", f'  title "{found["title"]}"', f'  x-axis "{found["x_name"]}" [{points}]',
           f'  y-axis "{found["y_name"]}" 0 --> {most:.12g}']
    out += [f"  line [{', '.join(str(round(y, 3)) for y in series)}]" for series in found["series"]]
    return "\n".join(out + ["```", ""])


def measured(names, suites):
    """When each suite ran, and how busy the machine was."""
    found = [(name, suite.get("measured", {"date": "?", "load": 0})) for name, suite in zip(names, suites)]
    return "; ".join(f"{name.split('-', 1)[1]} {when['date']}, load {when['load']:.0f}" for name, when in found)


def write():
    names = sorted(os.path.splitext(name)[0] for name in os.listdir(results.RESULTS))
    suites = [json.load(open(os.path.join(results.RESULTS, name + ".json"))) for name in names]
    lines = [line for suite in suites for line in suite["lines"]]
    out = [
        "# Results", "",
        "Written by `make bench`; see [README.md](README.md) for what is measured and how. Instructions are those of user space; "
        "times and ratios of times are of a virtual machine that is shared, and say something only within a row.", "",
        machine(), "",
        f"The suites ran: {measured(names, suites)}. Where the load is above 2 others ran beside it, and what is a time, or a ratio of "
        "times, is to be measured again.", "", "## The limits", "",
        row(["case", "best peer", "libvirt", "floor", "ours", "ours at most", "met"]), "|---" * 7 + "|"]
    for line in lines:
        ours = line["ours"] + (f" ({line['note']})" if line["note"] else "")
        out.append(row([line["case"], line["peer"], line["libvirt"], line["floor"], ours, line["limit"], "yes" if line["met"] else "**no**"]))
    out.append("")
    missed = [line for line in lines if not line["met"] and line["profile"]]
    if missed:
        out += ["## Where the rest goes", ""]
    for line in missed:
        out += [f"**{line['case']}**: {line['ours']} of at most {line['limit']}.", ""]
        out += [f"- {each[0]:,} {each[1]}" if isinstance(each, list) else f"- {each}" for each in line["profile"]]
        out.append("")
    out += ["## All figures", ""]
    for suite in suites:
        out += [table(each) for each in suite["tables"]] + [curve(each) for each in suite["curves"]]
    with open(os.path.join(ROOT, "RESULTS.md"), "w") as file:
        file.write("\n".join(out).rstrip() + "\n")
    print(f"{sum(line['met'] for line in lines)} of {len(lines)} limits met; see Benchmarks/RESULTS.md")


if __name__ == "__main__":
    write()
