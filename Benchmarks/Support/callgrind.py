# SPDX-License-Identifier: Apache-2.0
"""Runs a program under callgrind, and reads what the stretches that its harness marks (Harness/measure.c) cost."""
import collections, os, re, subprocess, tempfile

VALGRIND = ["valgrind", "--tool=callgrind", "--compress-strings=no", "--compress-pos=no", "--quiet"]


class Stretch:
    """One measured stretch: instructions and calls, all together and by function."""

    def __init__(self, operations, text):
        self.operations = operations
        self.own, self.calls, self.inclusive = collections.Counter(), collections.Counter(), collections.Counter()
        function, called, is_callee = None, None, False
        for line in text.splitlines():
            if line.startswith("fn="):
                function = line[3:]
            elif line.startswith("cfn="):
                called = line[4:]
            elif line.startswith("calls="):
                self.calls[called] += int(line[6:].split()[0])
                is_callee = True  # The next line is what the call cost in all, and is in the callee's own lines already.
            elif re.match(r"\d+ \d+$", line):
                cost = int(line.split()[1])
                if is_callee and called != function:
                    self.inclusive[function] += cost
                elif not is_callee:
                    self.own[function] += cost
                    self.inclusive[function] += cost
                is_callee = False
        self.total = sum(self.own.values())

    @property
    def each(self):
        return self.total / self.operations

    def called(self, pattern):
        """How often functions of such names were called for one operation."""
        return sum(count for name, count in self.calls.items() if re.search(pattern, name)) / self.operations

    def inclusive_of(self, pattern):
        """What the functions of such names cost for one operation, with everything that they call; 0 when none ran."""
        return sum(cost for name, cost in self.inclusive.items() if re.search(pattern, name)) / self.operations

    def profile(self, most=8):
        """The functions that cost most of their own, as (instructions an operation, name)."""
        names = demangled([name for name, _ in self.own.most_common(most)])
        return [(round(cost / self.operations, 1), name) for (_, cost), name in zip(self.own.most_common(most), names)]


def demangled(names):
    if not names:
        return []
    words = [re.sub(r"'\d+$", "", name) for name in names]
    run = subprocess.run(["swift", "demangle", "--compact", "--simplified"], input="\n".join(words), text=True, capture_output=True)
    lines = run.stdout.splitlines() if run.returncode == 0 else words
    return [re.sub(r"\s+", " ", line)[:110] for line in lines]


def measure(command, environment=None, timeout=1800, prefix=()):
    """The stretches of one run, by name; `prefix` is a command that leads where it is to run."""
    with tempfile.TemporaryDirectory() as directory:
        run = subprocess.run(
            list(prefix) + VALGRIND + [f"--callgrind-out-file={directory}/out"] + [str(word) for word in command], capture_output=True,
            text=True, timeout=timeout, env={**os.environ, **(environment or {})})
        if run.returncode:
            raise SystemExit(f"{command}: {run.stdout[-500:]} {run.stderr[-1500:]}")
        found = {}
        for name in sorted(os.listdir(directory)):
            with open(os.path.join(directory, name), errors="replace") as file:
                text = file.read()
            mark = re.search(r"^desc: Trigger: Client Request: (\S+)=(\d+)", text, re.M)
            if mark:
                found[mark[1]] = Stretch(int(mark[2]), text)
        return found
