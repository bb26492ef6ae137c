#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures how the daemon's cost grows with the host: with monitors, with network links, and with subscribers.

  measure.py all [ROUNDS]                       into ../.build/results/5-scale*.json; ROUNDS is ignored, a run is long enough
  measure.py monitors | links | subscribers     one of them; links as root

The daemon is the release build of the repository, with default settings but for the sources that are the machine's and not the
case's.
"""
import os, sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "Support"))
import links, monitors, results, subscribers

PARTS = {"monitors": monitors.measure, "links": links.measure, "subscribers": subscribers.measure}


def measure_all():
    for measure in PARTS.values():
        measure()


if __name__ == "__main__":
    results.main(__doc__, measure_all, parts=PARTS)
