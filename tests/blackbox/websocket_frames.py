"""The server's side of a WebSocket, for who plays an operator or a ledger (RFC 6455)."""
import base64
import hashlib
import struct

MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # 1.3
CLOSE, PING, PONG, TEXT = 8, 9, 10, 1


def accept(stream):
    """Reads the upgrade and answers it; False when the other side left before."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        more = stream.recv(4096)
        if not more:
            return False
        head += more
    fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if ": " in line)
    key = {name.lower(): value for name, value in fields.items()}["sec-websocket-key"]
    answer = base64.b64encode(hashlib.sha1(key.encode() + MAGIC).digest()).decode()
    stream.sendall((f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {answer}\r\n"
                    "Sec-WebSocket-Protocol: weir-control\r\n\r\n").encode())
    return True


def _read(stream, length):
    data = b""
    while len(data) < length:
        more = stream.recv(length - len(data))
        if not more:
            raise OSError("the gateway is gone")
        data += more
    return data


def read_frame(stream):
    first, second = _read(stream, 2)
    length = second & 127
    if length == 126:
        length, = struct.unpack(">H", _read(stream, 2))
    elif length == 127:
        length, = struct.unpack(">Q", _read(stream, 8))
    mask = _read(stream, 4) if second & 128 else bytes(4)
    return first & 15, bytes(byte ^ mask[i % 4] for i, byte in enumerate(_read(stream, length))), bool(first & 128)


def send_frame(stream, kind, payload):
    size = bytes([len(payload)]) if len(payload) < 126 else b"\x7e" + struct.pack(">H", len(payload)) if len(payload) < 65536 else \
        b"\x7f" + struct.pack(">Q", len(payload))
    stream.sendall(bytes([128 | kind]) + size + payload)
