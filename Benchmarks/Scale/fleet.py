# SPDX-License-Identifier: Apache-2.0
"""A host full of monitors: `fleet.py SOCKET COUNT`. Each dials the socket, and again when it is hung up on, and answers as QEMU 7.2
does for a small machine. A line `busy EVENTS SECONDS` on standard input has the first one stop and continue, so many
events so far apart; the moment of each, in microseconds, comes on standard output."""
import heapq, json, re, resource, select, socket, sys, time

path, count = sys.argv[1], int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_NOFILE, (count + 100, count + 100))
EVENTS = "BLOCK_IO_ERROR BLOCK_JOB_COMPLETED DEVICE_DELETED GUEST_PANICKED JOB_STATUS_CHANGE MIGRATION POWERDOWN RESET RESUME SHUTDOWN STOP WATCHDOG".split()
VERSION = {"qemu": {"major": 7, "minor": 2, "micro": 22}, "package": "Debian 1:7.2+dfsg-7+deb12u18+b3"}
GREETING = json.dumps({"QMP": {"version": VERSION, "capabilities": ["oob"]}}).encode() + b"\r\n"
STANDARD = {
    "qmp_capabilities": {}, "query-version": VERSION, "query-kvm": {"enabled": True, "present": True}, "query-target": {"arch": "x86_64"},
    "query-current-machine": {"wakeup-suspend-support": True}, "query-migrate": {}, "migrate-set-capabilities": {},
    "query-qmp-schema": [{"name": name, "meta-type": "event", "arg-type": "0"} for name in EVENTS],
    "query-block": [{
        "device": "d0", "qdev": "/machine/peripheral/blk0/virtio-backend", "type": "unknown", "io-status": "ok", "locked": False,
        "removable": False, "inserted": {
            "node-name": "disk0", "drv": "qcow2", "file": "/var/lib/images/disk0.qcow2", "ro": False,
            "image": {"filename": "/var/lib/images/disk0.qcow2", "format": "qcow2", "virtual-size": 1073741824}}}],
    "query-named-block-nodes": [{"node-name": "disk0", "drv": "qcow2", "file": "/var/lib/images/disk0.qcow2"}],
    "query-jobs": [], "query-block-jobs": [], "query-block-exports": [], "query-memory-devices": [], "query-migrate-capabilities": [],
    "query-balloon": {"actual": 67108864}, "query-memory-size-summary": {"base-memory": 67108864, "plugged-memory": 0},
    "query-chardev": [{"label": "vireo", "filename": "unix:", "frontend-open": True}],
    "query-rx-filter": [], "query-vnc": {"enabled": False}, "query-spice": {"enabled": False, "migrated": False, "mouse-mode": "client"},
    "query-cpus-fast": [{"cpu-index": 0, "thread-id": 1, "target": "x86_64", "qom-path": "/machine/unattached/device[0]"}],
    "qom-list": [{"name": "type", "type": "string"}],
}
COMMON = {name: json.dumps(value).encode() for name, value in STANDARD.items()}
ASKED = re.compile(rb'"execute"\s*:\s*"([^"]+)".*?"id"\s*:\s*("[^"]*"|\d+)', re.S)
poll = select.epoll()
peers = {}
due = [(0.0, number) for number in range(count)]


class Peer:
    def __init__(self, number):
        self.number = number
        self.status = "running"
        self.dial()

    def dial(self):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.setblocking(False)
        self.rest = b""
        try:
            self.socket.connect(path)
            self.socket.send(GREETING)
        except OSError:
            return self.again()
        peers[self.socket.fileno()] = self
        poll.register(self.socket.fileno(), select.EPOLLIN)

    def again(self):
        peers.pop(self.socket.fileno(), None)
        self.socket.close()
        heapq.heappush(due, (time.monotonic() + 0.25, self.number))

    def answer(self, command, id):
        own = {"query-name": {"name": f"vm-{self.number}"}, "query-uuid": {"UUID": f"5ca1ab1e-0000-4000-8000-{self.number:012d}"},
               "query-status": {"status": self.status, "running": self.status == "running", "singlestep": False}}
        if command in own:
            value = json.dumps(own[command]).encode()
        elif command in COMMON:
            value = COMMON[command]
        else:
            error = {"class": "CommandNotFound", "desc": f"The command {command} has not been found"}
            return b'{"error": ' + json.dumps(error).encode() + b', "id": ' + id + b"}\r\n"
        return b'{"return": ' + value + b', "id": ' + id + b"}\r\n"

    def ready(self):
        try:
            received = self.socket.recv(65536)
            if not received:
                return self.again()
            *lines, self.rest = (self.rest + received).split(b"\n")
            for line in lines:
                asked = ASKED.search(line)
                if asked:
                    self.socket.send(self.answer(asked[1].decode(), asked[2]))
        except BlockingIOError:
            pass
        except OSError:
            self.again()

    def emit(self):
        self.status = "paused" if self.status == "running" else "running"
        now = time.time_ns() // 1000
        name = "STOP" if self.status == "paused" else "RESUME"
        event = {"timestamp": {"seconds": now // 1000000, "microseconds": now % 1000000}, "event": name}
        self.socket.send(json.dumps(event).encode() + b"\r\n")
        print(now, flush=True)


fleet = {}
poll.register(0, select.EPOLLIN)
left, next_event, pause = 0, 0.0, 0.01
while True:
    now = time.monotonic()
    while due and due[0][0] <= now:
        number = heapq.heappop(due)[1]
        if number in fleet:
            fleet[number].dial()
        else:
            fleet[number] = Peer(number)
    if left and next_event <= now:
        fleet[0].emit()
        left, next_event = left - 1, now + pause
    waits = ([due[0][0]] if due else []) + ([next_event] if left else [])
    for descriptor, _ in poll.poll(max(0, min(waits) - now) if waits else None):
        if descriptor == 0:
            words = sys.stdin.readline().split()
            if not words:
                sys.exit(0)
            left, pause = int(words[1]), float(words[2])
        elif descriptor in peers:
            peers[descriptor].ready()
