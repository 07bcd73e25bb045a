"""A ledger as gateways see it: lends out of what a test gives it, takes records, and counts. A fake at the seam: it keeps no database and lends all
that is asked for, as long as there is some."""
import collections
import json
import socket
import threading

from processes import eventually
from websocket_frames import CLOSE, PING, PONG, TEXT, accept, read_frame, send_frame


class LendingLedger:
    def __init__(self, path, amounts, length_ms=60000):
        """amounts: how much each budget has in each window, by its id."""
        self.path, self.amounts, self.length_ms = path, amounts, length_ms
        self.leased, self.settled = collections.Counter(), collections.Counter()  # by account: (budget, owner, window)
        self.leases, self.records, self.asks, self.returns, self.problems = {}, [], [], [], []
        self.journals = collections.Counter()
        self.is_silent = False
        self._lock, self._streams, self._listener = threading.Lock(), [], None
        self.start()

    def start(self):
        self.path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self.path.chmod(0o600)
        self._listener.listen(16)
        threading.Thread(target=self._serve, args=(self._listener,), daemon=True).start()

    def stop(self):
        """As if it were killed: it keeps what it knows."""
        for gone in (self._listener, *self._streams):
            try:
                gone.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it is gone already
        self._listener.close()

    def left(self, account):
        return self.amounts[account[0]] - self.leased[account] - self.settled[account]

    def check(self):
        """What must hold whatever gateways do."""
        with self._lock:
            assert self.problems == []
            for account in set(self.leased) | set(self.settled):
                assert self.left(account) >= 0, account
            for name, lease in self.leases.items():
                assert 0 <= lease["charged"] <= lease["kept"] <= lease["amount"], (name, lease)

    def has_taken(self, count):
        eventually(lambda: len(self.records) >= count, f"{count} records; there are {len(self.records)}")

    def _serve(self, listener):
        while True:
            try:
                stream, _ = listener.accept()
            except OSError:
                return
            self._streams.append(stream)
            threading.Thread(target=self._talk, args=(stream,), daemon=True).start()

    def _talk(self, stream):
        state, message = {}, b""
        try:
            if not accept(stream):
                return
            while True:
                kind, payload, is_last = read_frame(stream)
                if kind == CLOSE:
                    return
                if kind == PING:
                    send_frame(stream, PONG, payload)
                if kind in (0, TEXT):
                    message += payload
                    if is_last:
                        self._hear(stream, state, message)
                        message = b""
        except OSError:
            pass
        finally:
            stream.close()

    def _hear(self, stream, state, message):
        head, _, lines = message.partition(b"\n")
        frame = json.loads(head)
        with self._lock:
            answer = getattr(self, "_" + frame["type"].lower())(state, frame, lines)
        if answer:
            send_frame(stream, TEXT, json.dumps(answer).encode())

    def _hello(self, state, frame, _):
        state["journal"] = frame["hello"]["journal"]
        return {"type": "Welcome", "welcome": {"next": self.journals[state["journal"]]}}

    def _usage(self, state, frame, lines):
        usage, journal = frame["usage"], state["journal"]
        if usage["first"] != self.journals[journal]:
            return {"type": "Welcome", "welcome": {"next": self.journals[journal]}}
        for line in lines.splitlines():
            record = json.loads(line)
            self.records.append(record)
            for charge in record.get("charges", ()):
                self._charge(charge)
        self.journals[journal] += usage["count"]
        return {"type": "Ack", "ack": {"next": self.journals[journal]}}

    def _charge(self, charge):
        account = (charge["budget"], charge.get("owner", ""), charge["window"])
        self.settled[account] += charge["amount"]
        if not charge.get("lease"):
            return
        lease = self.leases[charge["lease"]]
        if lease["account"] != account:
            self.problems.append(f"charged to {account}, lent to {lease['account']}")
        lease["charged"] += charge["amount"]
        self.leased[account] -= charge["amount"]

    def _ask(self, _, frame, __):
        ask = frame["ask"]
        self.asks.append(ask)
        if self.is_silent:
            return None
        account = (ask["budget"], ask.get("owner", ""), ask["window"])
        granted = min(ask["wanted"], self.left(account))
        if granted < ask.get("atLeast", 0):
            granted = 0
        lent = {"number": ask["number"], "amount": granted, "lengthMs": self.length_ms, "replicas": 1}
        if granted:
            lent["lease"] = f"lease-{len(self.leases)}"
            self.leases[lent["lease"]] = {"account": account, "amount": granted, "kept": granted, "charged": 0, "over": False}
            self.leased[account] += granted
        return {"type": "Lent", "lent": {**lent, "left": self.left(account), "used": self.settled[account]}}

    def _giveback(self, _, frame, __):
        give_back = frame["giveBack"]
        for item in give_back["returns"]:
            self.returns.append(item)
            lease = self.leases[item["lease"]]
            if item["kept"] < lease["kept"]:
                self.leased[lease["account"]] -= lease["kept"] - item["kept"]
                lease["kept"] = item["kept"]
            lease["over"] = lease["over"] or item.get("over", False)
        return {"type": "Returned", "returned": {"number": give_back["number"]}}
