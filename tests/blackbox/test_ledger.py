"""Every call is in the ledger once: gateways and ledger killed under load, and a ledger that comes late."""
import collections
import contextlib
import json
import os
import random
import sqlite3
import threading

import openai
import pytest

from conftest import client_of, end
from configs import config_for
from folders import BASE
from ledger_client import LedgerProcess, get
from ports import free_port
from processes import Gateway, eventually, is_alive, journal_records, programs_below, signal_pid
from test_account import call

HELLO = [{"role": "user", "content": "hello"}]
DIMENSIONS = ("workspace", "environment", "team", "caller", "deployment", "model", "provider", "target_model", "outcome")
COUNTS = ("input_tokens", "output_tokens", "cache_read_tokens", "reasoning_tokens", "requests")
KILLS = int(os.environ.get("WEIR_KILLS", "30"))  # a whole soak: WEIR_KILLS=1000


def camel(column):
    first, *rest = column.split("_")
    return first + "".join(word.capitalize() for word in rest)


class Ledger:
    """What is in a ledger's database, read as anybody may while it is written to."""

    def __init__(self, path):
        self.path = path

    def look(self):
        """Records and hours of one moment."""
        with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=30)) as database:
            database.row_factory = sqlite3.Row
            database.execute("BEGIN")
            usage = database.execute("SELECT journal, number, id, time_ms, record FROM usage").fetchall()
            hours = database.execute("SELECT * FROM usage_hour").fetchall()
            spoilt = database.execute("SELECT count(*) FROM usage_spoilt").fetchone()[0]
        return usage, hours, spoilt

    def ids(self):
        try:
            return [row["id"] for row in self.look()[0]]
        except sqlite3.OperationalError:  # not there yet
            return []

    def check(self):
        """No record twice, none spoilt, no gap in a journal, and the hours are what the records add up to."""
        usage, hours, spoilt = self.look()
        assert spoilt == 0
        ids = [row["id"] for row in usage]
        assert len(ids) == len(set(ids)), "a record twice"
        for journal in {row["journal"] for row in usage}:
            numbers = sorted(row["number"] for row in usage if row["journal"] == journal)
            assert numbers == list(range(len(numbers)))
        wanted = collections.defaultdict(collections.Counter)
        for row in usage:
            record = json.loads(row["record"])
            assert (record["id"], record["time"]) == (row["id"], row["time_ms"])
            sums = wanted[(record["time"] // 3600000 * 3600000, *(record.get(camel(name), "") for name in DIMENSIONS))]
            sums["calls"] += "nextTry" not in record
            sums["tries"] += record.get("try", 0) > 0
            sums.update({name: record.get(camel(name), 0) for name in COUNTS})
        found = {(row["hour_ms"], *(row[name] for name in DIMENSIONS)): row for row in hours}
        assert found.keys() == wanted.keys()
        for key, sums in wanted.items():
            assert {name: found[key][name] for name in ("calls", "tries", *COUNTS)} == {name: sums[name] for name in ("calls", "tries", *COUNTS)}, key
        return ids


class Load:
    """Callers that do not stop, half of them with the official client; what was answered whole."""

    def __init__(self, ports):
        self.answered, self.started = [], 0
        self._lock, self._over = threading.Lock(), threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(port, one)) for port in ports for one in (self._raw, self._official)]
        for thread in self._threads:
            thread.start()

    def _run(self, port, one):
        while not self._over.is_set():
            with self._lock:
                self.started += 1
            request_id = one(port)
            if request_id:
                with self._lock:
                    self.answered.append(request_id)
            else:
                self._over.wait(0.01)  # nobody listens just now

    @staticmethod
    def _raw(port):
        status, request_id = call(port, patience=10)
        return request_id if status == 200 else None

    @staticmethod
    def _official(port):
        try:
            with client_of(f"http://127.0.0.1:{port}", timeout=10) as client:
                return client.chat.completions.with_raw_response.create(model="echo", messages=HELLO).headers["x-request-id"]
        except openai.APIError:
            return None

    def wait_for_more(self, count):
        before = len(self.answered)
        eventually(lambda: len(self.answered) >= before + count, "load")

    def stop(self):
        self._over.set()
        for thread in self._threads:
            thread.join()


def test_each_call_is_in_the_ledger_once_whoever_is_killed(upstream, short):
    ports = [free_port(), free_port()]

    def gateway(i):
        return Gateway(short / f"g{i}", config_for(upstream.url), port=ports[i], options=("--ledger", short / "ledger.sock"))

    for i in range(2):
        (short / f"g{i}").mkdir()
    chance, ledger = random.Random(2026), Ledger(short / "ledger.db")
    running = {"ledger": LedgerProcess(short), 0: gateway(0), 1: gateway(1)}
    load = Load(ports)
    try:
        for _ in range(KILLS):
            load.wait_for_more(chance.randint(1, 25))
            victim = chance.choice(("ledger", "ledger", 0, 1))
            running[victim].kill()
            if victim == "ledger":
                load.wait_for_more(chance.randint(0, 5))
            running[victim] = LedgerProcess(short) if victim == "ledger" else gateway(victim)
            if chance.random() < 6 / KILLS and ledger.ids():
                ledger.check()
    finally:
        load.stop()
    eventually(lambda: all(running[i].metrics()["weir_ledger_backlog_records"] == 0 for i in range(2)), "what the gateways kept")

    def kept():
        """What the journals still have: they let go of what the ledger has, once it is much."""
        return {record["id"] for record in journal_records(short)}

    eventually(lambda: kept() <= set(ledger.ids()), "the last records")
    ids = ledger.check()
    for process in running.values():
        end(process)

    assert set(load.answered) <= set(ids), "no answered call without its record"
    assert kept() <= set(ids) and len(ids) == len(set(ids)), "the ledger has what the journals have, once"
    assert KILLS > 100 or kept() == set(ids), "and nothing else"
    assert KILLS < len(load.answered) <= len(ids) <= load.started


def ask(url, key="ada"):
    with client_of(url, key) as client:
        return client.chat.completions.with_raw_response.create(model="echo", messages=HELLO).headers["x-request-id"]


def usage_of(state, question, status=200):
    return get(state / "ledger-api.sock", f"/v1/usage?{question}", status)


def ledger_pid(weir):
    return next((pid for pid, command in programs_below(weir.state).items() if command[0].endswith("weir-api")), None)


def test_weir_up_keeps_calls_in_its_ledger_and_starts_a_killed_one_again(up):
    weir = up(BASE)
    ledger = Ledger(weir.state / "ledger.db")
    urls = [weir.gateway(environment)["url"] for environment in ("dev", "prod")]
    asked = [ask(url) for url in urls for _ in range(10)]
    eventually(lambda: set(asked) <= set(ledger.ids()), "the records")

    first = eventually(lambda: ledger_pid(weir), "the ledger's process")
    signal_pid(first)
    eventually(lambda: not is_alive(first), "its end")
    asked += [ask(url) for url in urls for _ in range(10)]
    eventually(lambda: ledger_pid(weir) not in (None, first), "the next one")
    eventually(lambda: set(asked) <= set(ledger.ids()), "the records made meanwhile")

    assert sorted(ledger.check()) == sorted(asked)
    rows = eventually(lambda: usage_of(weir.state, "by=environment"), "an answer")
    assert sorted((row["environment"], row["calls"]) for row in rows["rows"]) == [("dev", 20), ("prod", 20)]


def test_questions_that_cannot_be_meant_are_refused_with_what_there_is(up):
    weir = up(BASE)
    assert eventually(lambda: usage_of(weir.state, "by=team"), "an answer")["rows"] == []
    for question, said in {
        "by=colour": "workspace, environment, team",
        "by=team,team": "by[1]: ",
        "group=team": "there is by, from, until",
        "workspace=a&workspace=b": "workspace: is there twice",
        "from=yesterday": "2026-11-22T14:03:11Z",
        "from=2026-11-02T00:00:00Z&until=2026-11-01T00:00:00Z": "until must be later than from",
        "by=%zz": "escaped",
    }.items():
        assert said in usage_of(weir.state, question, 400)["error"]["message"], question


def test_a_ledger_that_cannot_start_holds_up_no_call_and_gets_them_all_later(up, tmp_path):
    state = tmp_path / "w" / ".weir"
    state.mkdir(parents=True, mode=0o700)
    (state / "ledger.db").mkdir()  # no database can be there
    weir = up(BASE)
    weir.event("ledger_down")
    asked = [ask(weir.gateway("dev")["url"]) for _ in range(50)]
    assert len(set(asked)) == 50

    (state / "ledger.db").rmdir()

    ledger = Ledger(state / "ledger.db")
    eventually(lambda: set(asked) <= set(ledger.ids()), "the records")
    assert sorted(ledger.check()) == sorted(asked)
