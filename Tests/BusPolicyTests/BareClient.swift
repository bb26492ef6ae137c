// SPDX-License-Identifier: Apache-2.0
// A bus client of a few lines that can be run as any user.

/// A client in Python's standard library that writes the wire format itself.
///
/// The kernel tells a bus who a client is by the process that connects, so a client of another user is another process.
/// No tool can call without an interface, and none says when its match rule is in force.
enum BareClient {
  /// The program; its first argument is what it does.
  ///
  /// `call SOCKET MEMBER` calls a method of the hub without an interface and prints `reply` or `error NAME`.
  /// `listen SOCKET` prints `ready` once it would hear the hub, then the member of every signal that it hears.
  static let script = """
    import os, socket, struct, sys
    s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[2]); f = s.makefile('rwb')
    f.write(b'\\0AUTH EXTERNAL ' + str(os.getuid()).encode().hex().encode() + b'\\r\\n'); f.flush()
    assert f.readline().startswith(b'OK'); f.write(b'BEGIN\\r\\n'); f.flush()

    def text(code, kind, value):
        return bytes([code, 1]) + kind + b'\\0' + struct.pack('<I', len(value)) + value + b'\\0'

    def send(serial, destination, path, member, interface=None, argument=None):
        items = [text(1, b'o', path), text(3, b's', member), text(6, b's', destination)]
        if interface: items.append(text(2, b's', interface))
        body = b''
        if argument is not None:
            items.append(b'\\x08\\1g\\0\\1s\\0'); body = struct.pack('<I', len(argument)) + argument + b'\\0'
        fields = b''
        for item in items: fields += b'\\0' * (-len(fields) % 8) + item
        head = b'l\\1\\0\\1' + struct.pack('<III', len(body), serial, len(fields)) + fields
        f.write(head + b'\\0' * (-len(head) % 8) + body); f.flush()

    def receive():
        head = f.read(16)
        if len(head) < 16: sys.exit()
        body, _, size = struct.unpack('<III', head[4:16])
        rest = f.read(size + -size % 8 + body)
        found, at = {}, 0
        while at < size:
            at += -at % 8
            code, kind = rest[at], rest[at + 2:at + 3]
            at += 4
            if kind == b'g': found[code] = ''; at += rest[at] + 2; continue
            at += -at % 4
            number = struct.unpack('<I', rest[at:at + 4])[0]; at += 4
            if kind == b'u': found[code] = number; continue
            found[code] = rest[at:at + number].decode(); at += number + 1
        return head[1], found

    def answer(serial):
        while True:
            kind, found = receive()
            if found.get(5) == serial: return 'reply' if kind == 2 else 'error ' + found[4]

    bus, root = b'org.freedesktop.DBus', b'/org/freedesktop/DBus'
    send(1, bus, root, b'Hello', bus); assert answer(1) == 'reply'
    if sys.argv[1] == 'call':
        send(2, b'org.vireo.Hub1', b'/org/vireo/Hub1', sys.argv[3].encode()); print(answer(2))
    else:
        rules = [b"type='signal',sender='org.vireo.Hub1'", b"type='signal',member='NameOwnerChanged',arg0='org.vireo.Hub1'"]
        for serial, rule in enumerate(rules, 2):
            send(serial, bus, root, b'AddMatch', bus, rule); assert answer(serial) == 'reply'
        print('ready', flush=True)
        while True:
            kind, found = receive()
            if kind == 4: print(found[3], flush=True)
    """
}
