"""A gateway or an operator as the ledger sees one: frames over a WebSocket, on a unix socket or by mutual TLS."""
import base64
import json
import os
import random
import socket
import ssl
import struct


class Refused(Exception):
    """The ledger said so, and ends the stream."""


class LedgerStream:
    """socket_path, or a port and the folder of a certificate as a Secret is mounted; name: whom the ledger's certificate is for."""

    def __init__(self, socket_path=None, port=None, identity=None, host="127.0.0.1", name="localhost"):
        if socket_path:
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.settimeout(60)
            self._socket.connect(str(socket_path))
        else:
            context = ssl.create_default_context(cafile=identity / "ca.crt")
            context.load_cert_chain(identity / "tls.crt", identity / "tls.key")
            self._socket = context.wrap_socket(socket.create_connection((host, port), 60), server_hostname=name)
        self._number, self._waiting = random.getrandbits(62), []  # another one's questions are not asked again
        self._upgrade()

    def close(self):
        self._socket.close()

    def peer_certificate(self):
        """As the other side showed it, DER; by mutual TLS only."""
        return self._socket.getpeercert(binary_form=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def hello(self, journal, workspace="demo", environment="dev"):
        self.send({"type": "Hello", "hello": {"workspace": workspace, "environment": environment, "gateway": "g", "journal": journal}})
        return self.next("Welcome")["next"]

    def book(self, revision, budgets, limits=()):
        self.send({"type": "Book", "book": {"revision": revision, "budgets": budgets, "limits": list(limits)}})
        return self.next("Booked")["revision"]

    def declare(self, workspace, revision):
        self.send({"type": "Declare", "declare": {"workspace": workspace, "revision": revision, "declaration": {"whole": True}}})
        return self.next("Declared")["revision"]

    def ask(self, budget, owner, window, wanted, at_least=None):
        self._number += 1
        self.send({"type": "Ask", "ask": {"number": self._number, "budget": budget, "owner": owner, "window": window, "wanted": wanted,
                                          "atLeast": wanted if at_least is None else at_least}})
        lent = self.next("Lent")
        assert lent["number"] == self._number
        return lent

    def give_back(self, *returns):
        self._number += 1
        self.send({"type": "GiveBack", "giveBack": {"number": self._number, "returns": list(returns)}})
        assert self.next("Returned")["number"] == self._number

    def usage(self, first, records):
        lines = "".join(json.dumps(record) + "\n" for record in records)
        self.send({"type": "Usage", "usage": {"first": first, "count": len(records)}}, lines)
        return self.next("Ack")["next"]

    def send(self, frame, lines=""):
        self._send(1, (json.dumps(frame) + ("\n" + lines if lines else "")).encode())

    def next(self, kind):
        while True:
            opcode, payload = self._frame()
            if opcode == 9:
                self._send(10, payload)
            if opcode == 8:
                raise OSError("the ledger ended the stream")
            if opcode == 1:
                break
        message = json.loads(payload)
        if message["type"] == "Refuse":
            raise Refused(message["refuse"]["reason"])
        assert message["type"] == kind, message
        return message[kind[0].lower() + kind[1:]]

    def _upgrade(self):
        key = base64.b64encode(os.urandom(16)).decode()
        self._socket.sendall(("GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                              f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: weir-control\r\n\r\n").encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self._read(1)
        assert head.startswith(b"HTTP/1.1 101"), head

    def _read(self, length):
        read = b""
        while len(read) < length:
            more = self._socket.recv(length - len(read))
            if not more:
                raise OSError("the ledger is gone")
            read += more
        return read

    def _frame(self):
        first, second = self._read(2)
        length = second & 127
        if length == 126:
            length, = struct.unpack(">H", self._read(2))
        elif length == 127:
            length, = struct.unpack(">Q", self._read(8))
        return first & 15, self._read(length)

    def _send(self, kind, payload):
        mask, size = os.urandom(4), len(payload)
        head = bytes([128 | kind]) + (bytes([128 | size]) if size < 126 else b"\xfe" + struct.pack(">H", size) if size < 65536 else
                                      b"\xff" + struct.pack(">Q", size))
        self._socket.sendall(head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload)))
