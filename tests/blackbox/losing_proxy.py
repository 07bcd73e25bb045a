"""Between gateways and their ledger: loses answers on the way, as a ledger does that dies behind its commit."""
import json
import socket
import threading

from websocket_frames import TEXT, read_frame, send_frame


def _head(stream):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        more = stream.recv(1)
        if not more:
            raise OSError("the other side is gone")
        head += more
    return head


class LosingProxy:
    def __init__(self, path, ledger, on_lost):
        """ledger: tells the path of its socket; on_lost(lent): an answer that was committed, and that nobody gets; then its stream is cut."""
        self.path, self._ledger, self._on_lost = path, ledger, on_lost
        self.lost, self._to_lose, self._lock = [], 0, threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        path.chmod(0o600)
        self._listener.listen(64)
        threading.Thread(target=self._serve, daemon=True).start()

    def lose(self, count):
        """The next answers by which something is lent."""
        with self._lock:
            self._to_lose += count

    def stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self):
        while True:
            try:
                gateway, _ = self._listener.accept()
            except OSError:
                return
            ledger = socket.socket(socket.AF_UNIX)
            try:
                ledger.connect(str(self._ledger()))
            except OSError:
                gateway.close()
                continue
            threading.Thread(target=self._ask, args=(gateway, ledger), daemon=True).start()
            threading.Thread(target=self._answer, args=(ledger, gateway), daemon=True).start()

    def _ask(self, gateway, ledger):
        try:
            while data := gateway.recv(65536):
                ledger.sendall(data)
        except OSError:
            pass  # it was cut
        _cut(gateway, ledger)

    def _answer(self, ledger, gateway):
        try:
            gateway.sendall(_head(ledger))
            while True:
                kind, payload, is_last = read_frame(ledger)
                assert is_last, "the ledger's messages come whole"
                if kind == TEXT and self._is_to_be_lost(json.loads(payload.partition(b"\n")[0])):
                    break
                send_frame(gateway, kind, payload)
        except OSError:
            pass  # it was cut
        _cut(gateway, ledger)

    def _is_to_be_lost(self, frame):
        lent = frame.get("lent", {})
        with self._lock:
            if not lent.get("amount") or self._to_lose == 0:
                return False
            self._to_lose -= 1
            self.lost.append(lent)
            self._on_lost(lent)
            return True


def _cut(*streams):
    for stream in streams:
        try:
            stream.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it is cut already
