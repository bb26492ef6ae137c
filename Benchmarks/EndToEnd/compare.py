# SPDX-License-Identifier: Apache-2.0
"""Runs both stacks on one VM, stops and continues it, and says when each told of it. Runs in a private mount namespace."""
import argparse, json, os, pathlib, shutil, socket, subprocess, sys, threading, time

arguments = argparse.ArgumentParser()
for name in ("work", "vireod", "templates"):
    arguments.add_argument("--" + name, required=True)
arguments.add_argument("--events", type=int, default=400)
options = arguments.parse_args()
work = pathlib.Path(options.work)
templates = pathlib.Path(options.templates)
os.chmod(work, 0o755)


def shell(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def fill(name, **values):
    text = (templates / name).read_text()
    for key, value in values.items():
        text = text.replace(f"@{key.upper()}@", str(value))
    return text


def wait_for(what, condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            sys.exit(f"{what} did not come within {seconds} s")
        time.sleep(0.01)


def private_directories():
    shell("mount", "--make-rprivate", "/")
    shell("mount", "-t", "tmpfs", "tmpfs", "/run")
    for path in ("libvirt", "dbus", "lock"):
        os.makedirs(f"/run/{path}")
    for path in ("var/lib/libvirt", "var/cache/libvirt", "var/log/libvirt", "etc/libvirt"):
        (work / path).mkdir(parents=True)
        os.makedirs("/" + path, exist_ok=True)
        shell("mount", "--bind", str(work / path), "/" + path)
    for path in ("channel/target", "checkpoint", "dump", "nvram", "ram", "save", "snapshot"):
        os.makedirs("/var/lib/libvirt/qemu/" + path)
    pathlib.Path("/etc/libvirt/qemu.conf").write_text(
        'user = "root"\ngroup = "root"\ndynamic_ownership = 0\nremember_owner = 0\nsecurity_driver = "none"\n'
        'cgroup_controllers = [ ]\nnamespaces = [ ]\nstdio_handler = "file"\n')
    pathlib.Path("/etc/libvirt/libvirtd.conf").write_text(
        'auth_unix_ro = "none"\nauth_unix_rw = "none"\nunix_sock_group = "root"\n')


def start(*command, **extra):
    log = open(work / (pathlib.Path(command[0]).name + ".log"), "ab")
    return subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **extra})


def bus(name):
    path = work / (name + ".bus")
    (work / (name + ".conf")).write_text(fill("bus.conf.in", socket=path))
    process = start("dbus-daemon", f"--config-file={work / (name + '.conf')}", "--nofork", "--nopidfile", "--nosyslog")
    wait_for("a bus", path.exists)
    return process, f"unix:path={path}"


class Subscriber:
    """One subscriber process and the lines that it printed."""

    def __init__(self, address, rule, member):
        self.lines = []
        self.process = subprocess.Popen(
            [str(work / "subscriber"), address, rule, member], stdout=subprocess.PIPE, text=True)
        self.ready = threading.Event()
        threading.Thread(target=self.read, daemon=True).start()
        if not self.ready.wait(10):
            sys.exit("a subscriber did not start")

    def read(self):
        for line in self.process.stdout:
            if line == "ready\n":
                self.ready.set()
            else:
                self.lines.append(line.split())


class Observer:
    """The VM's third monitor: it asks for the changes, and reads the time that QEMU itself gives each event."""

    def __init__(self, path):
        wait_for("the monitor", lambda: os.path.exists(path))
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.file = self.socket.makefile("r")
        self.file.readline()
        self.events = []
        self.send("qmp_capabilities")
        threading.Thread(target=self.read, daemon=True).start()

    def send(self, command):
        self.socket.sendall(json.dumps({"execute": command}).encode() + b"\n")

    def read(self):
        for line in self.file:
            message = json.loads(line)
            if message.get("event") in ("STOP", "RESUME"):
                stamp = message["timestamp"]
                self.events.append(stamp["seconds"] * 1_000_000 + stamp["microseconds"])


def cpu(process):
    """Microseconds that a process has run, over all its threads."""
    total = 0
    for task in pathlib.Path(f"/proc/{process.pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1000


def memory(process):
    """Resident and proportional kilobytes."""
    fields = dict(
        line.split(":", 1) for line in pathlib.Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()[1:])
    return int(fields["Rss"].split()[0]), int(fields["Pss"].split()[0])


def quantile(values, q):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * q))]


private_directories()
(work / "run").mkdir()
their_bus, their_address = bus("theirs")
our_bus, our_address = bus("ours")
libvirtd = start("libvirtd", DBUS_SYSTEM_BUS_ADDRESS=their_address)
virsh = ("virsh", "-c", "qemu:///system")
# At its first start it asks every emulator of the machine what it can do.
wait_for("libvirtd", lambda: subprocess.run([*virsh, "version"], capture_output=True).returncode == 0, 300)
libvirt_dbus = start("libvirt-dbus", "--system", DBUS_SYSTEM_BUS_ADDRESS=their_address)
vireod = start(
    options.vireod, "--bus", our_address, "--state-directory", str(work / "state"), "--runtime-directory",
    str(work / "run"))
wait_for("vireod", (work / "run" / "qmp.sock").exists)
kind = "kvm" if os.path.exists("/dev/kvm") else "qemu"
(work / "domain.xml").write_text(fill("domain.xml.in", type=kind, work=work))
shell(*virsh, "create", str(work / "domain.xml"))
observer = Observer(str(work / "observer.sock"))

# libvirt-dbus is silent until somebody has called it; this is that call.
caller = ["busctl", "--address=" + their_address, "call", "org.libvirt", "/org/libvirt/QEMU", "org.libvirt.Connect"]
wait_for("libvirt-dbus", lambda: subprocess.run([*caller, "ListDomains", "u", "0"], capture_output=True).returncode == 0)
theirs = Subscriber(their_address, "type='signal',interface='org.libvirt.Connect'", "DomainEvent")
ours = Subscriber(our_address, "type='signal',interface='org.vireo.Hub1.Manager',member='Event'", "Event")


def their_events():
    # 3 is suspended, 4 is resumed (virDomainEventType).
    return [line for line in list(theirs.lines) if line[2] in ("3", "4")]


def our_events():
    return [line for line in list(ours.lines) if line[1] in ("vm.state.paused", "vm.state.running")]


def change(index):
    observer.send("cont" if index % 2 else "stop")
    for what, count in (("QEMU", lambda: len(observer.events)), ("libvirt", lambda: len(their_events())),
                        ("vireo", lambda: len(our_events()))):
        wait_for(f"event {index} of {what}", lambda: count() > index)


wait_for("the VM at vireod", lambda: subprocess.run(
    ["busctl", "--address=" + our_address, "call", "org.vireo.Hub1", "/org/vireo/Hub1", "org.vireo.Hub1.Manager",
     "GetVM", "s", "bench"], capture_output=True).returncode == 0)
for index in range(20):
    change(index)
time.sleep(0.5)
first = len(observer.events)
base_theirs, base_ours = len(their_events()), len(our_events())
processes = {
    "libvirtd": libvirtd, "libvirt-dbus": libvirt_dbus, "libvirt's dbus-daemon": their_bus, "vireod": vireod,
    "vireo's dbus-daemon": our_bus}
before = {name: cpu(process) for name, process in processes.items()}
for index in range(first, first + options.events):
    change(index)
    time.sleep(0.01)
after = {name: cpu(process) for name, process in processes.items()}


def latencies(lines, base):
    return [int(line[0]) - stamp for line, stamp in zip(lines[base:], observer.events[first:])]


result = {"events": options.events, "accelerator": kind}
for name, lines, base, members in (
        ("libvirt", their_events(), base_theirs, ("libvirtd", "libvirt-dbus", "libvirt's dbus-daemon")),
        ("vireo", our_events(), base_ours, ("vireod", "vireo's dbus-daemon"))):
    delays = latencies(lines, base)
    result[name] = {
        "p50_us": quantile(delays, 0.5), "p90_us": quantile(delays, 0.9), "p99_us": quantile(delays, 0.99),
        "cpu_us_per_event": {member: round((after[member] - before[member]) / options.events, 1) for member in members},
        "memory_kb": {member: dict(zip(("rss", "pss"), memory(processes[member]))) for member in members}}
    result[name]["cpu_us_per_event_all"] = round(sum(result[name]["cpu_us_per_event"].values()), 1)
result["ratio_p50"] = round(result["vireo"]["p50_us"] / result["libvirt"]["p50_us"], 3)
result["ratio_cpu"] = round(result["vireo"]["cpu_us_per_event_all"] / result["libvirt"]["cpu_us_per_event_all"], 3)
json.dump(result, sys.stdout, indent=2)
print()
observer.send("quit")
for process in processes.values():
    process.terminate()
shutil.rmtree(work / "state", ignore_errors=True)
