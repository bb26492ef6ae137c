# SPDX-License-Identifier: Apache-2.0
"""The daemon on a bus of its own, as it is or under callgrind."""
import glob, os, re, shutil, subprocess, tempfile, time

import callgrind, results

VIREOD = os.environ.get("VIREOD") or os.path.join(os.path.dirname(results.ROOT), ".build", "release", "vireod")
MANAGER = ["org.vireo.Hub1", "/org/vireo/Hub1", "org.vireo.Hub1.Manager"]


def wait_for(what, condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"{what} did not come within {seconds} s")
        time.sleep(0.05)


def processor_time(process):
    """Seconds that a process has run, with all threads that it has and had: its clock by clock_getcpuclockid(3)."""
    return time.clock_gettime((~process.pid << 3) | 2)


def settle(process, most=0.002):
    """Returns when a process has all but stopped: it runs for less than so many seconds in one."""
    for _ in range(120):
        before = processor_time(process)
        time.sleep(1)
        if processor_time(process) - before < most:
            return


def memory(process):
    """Resident megabytes: all, and those that are its own."""
    status = open(f"/proc/{process.pid}/status").read()
    return [int(re.search(rf"^{name}:\s+(\d+)", status, re.M)[1]) / 1024 for name in ("VmRSS", "RssAnon")]


def stripped():
    """The daemon without debugging information, which valgrind 3.19 cannot read."""
    os.makedirs(results.STRIPPED, exist_ok=True)
    program = os.path.join(results.STRIPPED, "vireod")
    subprocess.run(["strip", "-g", "-o", program, VIREOD], check=True)
    return program


class Daemon:
    """A daemon with default settings, but for the sources that are not of the case, which `settings` turns off: variables of
    the environment. `enter` leads into the namespaces that it shall run in. `counted`: under callgrind."""

    def __init__(self, on, settings, enter=(), counted=False):
        self.on, self.settings, self.enter, self.counted = on, settings, list(enter), counted
        self.directory = tempfile.mkdtemp(prefix="vireo-bench-", dir="/tmp")
        self.runtime = os.path.join(self.directory, "run")
        os.makedirs(self.runtime)
        self.dumps = 0

    def __enter__(self):
        self.start()
        return self

    def start(self):
        valgrind = callgrind.VALGRIND + [
            "--instr-atstart=no", "--separate-threads=yes", f"--callgrind-out-file={self.directory}/callgrind"]
        with open(os.path.join(self.directory, "log"), "a") as log:
            self.process = subprocess.Popen(
                self.enter + (valgrind + [stripped()] if self.counted else [VIREOD]) + [
                    "--bus", self.on.address, "--state-directory", os.path.join(self.directory, "state"), "--runtime-directory",
                    self.runtime, "--log-level", "error"], stdout=log, stderr=log, env={**os.environ, **self.settings})

    def busctl(self, *words):
        """What busctl prints; nothing when the call fails."""
        return subprocess.run(["busctl", "--address=" + self.on.address, *words], capture_output=True, text=True).stdout

    def wait_for_source(self, name, states=("up",)):
        """Returns when a source is in one of those states."""
        def is_there():
            sources = re.findall(r'"([^"]*)" "([^"]*)" "([^"]*)" "[^"]*"', self.busctl("call", *MANAGER, "ListSources"))
            return any(source[0] == name and source[2] in states for source in sources)
        wait_for(f"the source {name}", is_there, 300)

    def count(self, operations, body):
        """What `body` makes the daemon do: its threads, those that ran longest first."""
        # Timers alone take milliseconds under callgrind, an event ten times that.
        settle(self.process, 0.02)
        subprocess.run(["callgrind_control", "-i", "on", str(self.process.pid)], check=True, stdout=subprocess.DEVNULL)
        body()
        # What is under way in the daemon, which runs fifty times slower than otherwise, comes to its end.
        settle(self.process, 0.02)
        subprocess.run(["callgrind_control", "-d", str(self.process.pid)], check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["callgrind_control", "-i", "off", str(self.process.pid)], check=True, stdout=subprocess.DEVNULL)
        self.dumps += 1
        files = glob.glob(f"{self.directory}/callgrind.{self.dumps}-*")
        stretches = [callgrind.Stretch(operations, open(path, errors="replace").read()) for path in files]
        return sorted(stretches, key=lambda stretch: -stretch.total)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def __exit__(self, *unused):
        self.kill()
        shutil.rmtree(self.directory)
