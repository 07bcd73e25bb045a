"""A ledger in weir-api's place, beside a copy of our programs: keeps what it is told, a line a frame, and answers as a ledger does.

What it hears goes to <database>.frames, which process it is to <database>.pid. It takes no book while <database>.refuse is there, which says why."""
import base64
import ctypes
import hashlib
import json
import os
import signal
import socket
import struct
import sys
import threading
from pathlib import Path

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455 1.3
PR_SET_PDEATHSIG = 1
writing = threading.Lock()


def read(stream, length):
    data = b""
    while len(data) < length:
        more = stream.recv(length - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def shake_hands(stream):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += read(stream, 1)
    fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if ": " in line)
    key = {name.lower(): value for name, value in fields.items()}["sec-websocket-key"]
    accept = base64.b64encode(hashlib.sha1(key.encode() + MAGIC).digest()).decode()
    stream.sendall((f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n"
                    "Sec-WebSocket-Protocol: weir-control\r\n\r\n").encode())


def message_of(stream):
    """The next text message; other frames are passed over, and a close ends it."""
    text = b""
    while True:
        first, second = read(stream, 2)
        length = second & 127
        if length == 126:
            length, = struct.unpack(">H", read(stream, 2))
        elif length == 127:
            length, = struct.unpack(">Q", read(stream, 8))
        mask = read(stream, 4)
        part = bytes(byte ^ mask[i % 4] for i, byte in enumerate(read(stream, length)))
        if first & 15 == 8:
            raise EOFError
        if first & 15 <= 1:
            text += part
            if first & 128:
                return text


def answer(database, frame):
    refuse = Path(f"{database}.refuse")
    if frame["type"] == "Hello":
        return {"type": "Welcome", "welcome": {"next": 0}}
    if frame["type"] == "Usage":
        return {"type": "Ack", "ack": {"next": frame["usage"]["first"] + frame["usage"]["count"]}}
    if frame["type"] == "Book" and refuse.exists():
        return {"type": "Refuse", "refuse": {"reason": refuse.read_text()}}
    if frame["type"] == "Book":
        return {"type": "Booked", "booked": {"revision": frame["book"]["revision"]}}
    if frame["type"] == "Declare":
        return {"type": "Declared", "declared": {member: frame["declare"].get(member, "") for member in ("workspace", "revision")}}
    return None


def talk(stream, database):
    try:
        shake_hands(stream)
        while True:
            frame = json.loads(message_of(stream).split(b"\n")[0])
            with writing, open(f"{database}.frames", "a", encoding="utf-8") as kept:
                kept.write(json.dumps(frame) + "\n")
            said = answer(database, frame)
            if said:
                payload = json.dumps(said).encode()
                size = bytes([len(payload)]) if len(payload) < 126 else b"\x7e" + struct.pack(">H", len(payload))
                stream.sendall(b"\x81" + size + payload)
    except (EOFError, OSError):
        stream.close()


def main():
    options = dict(zip(sys.argv, sys.argv[1:]))
    database = options["--database"].removeprefix("sqlite:")
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    Path(f"{database}.pid").write_text(str(os.getpid()))
    Path(options["--usage-socket"]).unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(options["--usage-socket"])
    listener.listen()
    while True:
        threading.Thread(target=talk, args=(listener.accept()[0], database), daemon=True).start()


if __name__ == "__main__":
    main()
