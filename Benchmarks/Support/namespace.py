# SPDX-License-Identifier: Apache-2.0
"""A network of a benchmark's own, in which links and devices come and go; where asked, with an udevd of its own."""
import os, signal, subprocess, time

UDEVD = "/usr/lib/systemd/systemd-udevd"
# It lives until its standard input ends, so no longer than who made it. Addresses that IPv6 gives by itself, seconds after a
# link came up, would be events that nobody asked for.
SCRIPT = """set -e
mount --make-rprivate /
mount -t sysfs sysfs /sys
for what in all default; do
  [ ! -e /proc/sys/net/ipv6/conf/$what/disable_ipv6 ] || echo 1 >/proc/sys/net/ipv6/conf/$what/disable_ipv6
done
ip link set lo up
{setup}
echo ready
exec cat
"""
# udevd would write to the machine's own /dev, whose file system all namespaces share.
SETUP = """
nodes=$(mktemp -d)
for node in null zero full random urandom tty; do cp -a /dev/$node $nodes/; done
mount -t tmpfs tmpfs /dev
cp -a $nodes/. /dev/
rm -rf $nodes
mount -t tmpfs tmpfs /run
mkdir -p /run/udev
mount -t tmpfs tmpfs /usr/lib/udev/rules.d
mount -t tmpfs tmpfs /etc/udev/rules.d
cat >/usr/lib/udev/rules.d/10-bench.rules <<'RULES'
SUBSYSTEM=="net", TAG+="bench", ENV{BENCH_NAME}="bench-$name"
SUBSYSTEM=="net", ENV{SYNTH_ARG_MODE}=="?*", ENV{BENCH_MODE}="$env{SYNTH_ARG_MODE}"
RULES
"""


class Namespace:
    """The namespaces, made on entering and gone on leaving. `own_run`: with a /run, a /dev and rules of udev of its own, so
    that no udevd is seen there; `udevd`: with all that and one that runs."""

    def __init__(self, own_run=False, udevd=False):
        self.setup = SETUP if own_run or udevd else ""
        self.has_udevd = udevd
        self.udevd = None

    def __enter__(self):
        self.keeper = subprocess.Popen(
            ["unshare", "--mount", "--net", "sh", "-c", SCRIPT.replace("{setup}", self.setup)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        if self.keeper.stdout.readline() != "ready\n":
            raise SystemExit("no namespaces of our own: this needs root")
        self.enter = ["nsenter", "--target", str(self.keeper.pid), "--mount", "--net", "--"]
        if self.has_udevd:
            self.udevd = subprocess.Popen(
                self.enter + [UDEVD], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
            end = time.monotonic() + 60
            while subprocess.run(self.enter + ["udevadm", "control", "--ping", "--timeout=10"], capture_output=True).returncode:
                if time.monotonic() > end:
                    raise SystemExit("udevd does not answer")
                time.sleep(0.1)
        return self

    def __exit__(self, *unused):
        if self.udevd:
            os.killpg(self.udevd.pid, signal.SIGKILL)
            self.udevd.wait()
        self.keeper.stdin.close()
        self.keeper.wait()

    def run(self, *words, **options):
        """Runs a command in it to its end."""
        return subprocess.run(self.enter + [str(word) for word in words], check=True, **options)

    def ip(self, *lines):
        """Runs lines of `ip` in one process."""
        self.run("ip", "-batch", "-", input="\n".join(lines) + "\n", text=True)
