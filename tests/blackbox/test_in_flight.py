"""A call that a provider had when its gateway was killed leaves its record too, at the most that it can have cost, charged where it was held.

Reached means: the provider read the request to its last byte. There are never fewer records than requests that reached it; what there is more of
are Lost ones, of calls whose first byte might have gone out, or did and was not followed by all the others."""
import contextlib
import json
import os
import random
import sqlite3
import threading

import pytest

from conftest import end
from configs import config_for, model as model_of, target
from ledger_client import LedgerProcess, LedgerStream
from mock_upstream import answers, hangs_up, stays_silent
from ports import free_port
from processes import Gateway, eventually
from test_account import call
from test_exact_budgets import BUDGET, CALL, NAME, PRICE
from test_http_framing import Raw
from test_limits import request_bytes

KILLS = int(os.environ.get("WEIR_KILLS", "20"))  # a whole soak: WEIR_KILLS=1000
CALLERS = 12


class Load:
    """Callers that do not stop; what was answered whole."""

    def __init__(self, port, name):
        self.answered, self.started, self._over, self._lock = [], 0, threading.Event(), threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(port, name, i % 3 == 0)) for i in range(CALLERS)]
        for thread in self._threads:
            thread.start()

    def _run(self, port, name, streams):
        while not self._over.is_set():
            with self._lock:
                self.started += 1
            status, request_id = call(port, model=name, **({"stream": True} if streams else {}))
            if status == 200:
                with self._lock:
                    self.answered.append(request_id)
            else:
                self._over.wait(0.01)  # nobody listens just now

    def stop(self):
        self._over.set()
        for thread in self._threads:
            thread.join()


def test_each_request_that_reached_the_provider_has_its_record_whoever_was_killed(upstream, tmp_path, model):
    upstream.script(model, answers(delay=0.1, gap=0.05))
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance, port, config = random.Random(seed), free_port(), config_for(upstream.url)
    own = Gateway(tmp_path, config, port=port)
    load = Load(port, model)
    try:
        for _ in range(KILLS):
            before, more = len(upstream.calls_of(model)), chance.randint(1, 60)
            eventually(lambda: len(upstream.calls_of(model)) >= before + more, "calls in flight")
            own.kill()
            own = Gateway(tmp_path, config, port=port)
    finally:
        load.stop()
    eventually(lambda: own.metrics()["weir_requests_in_flight"] == 0, "quiet")
    eventually(lambda: all(one.finished.is_set() for one in upstream.calls_of(model)), "the provider's last answer")
    records = own.records()
    end(own)

    reached = len(upstream.calls_of(model))
    tried = [record for record in records if record.get("provider") == "mock" and record["attempts"] == 1]
    lost = [record for record in tried if record["outcome"] == "Lost"]
    ids = [record["id"] for record in records]
    assert len(ids) == len(set(ids)), "a record twice"
    assert set(load.answered) <= {record["id"] for record in tried if record["outcome"] == "Completed"}
    assert len(tried) - len(lost) <= reached <= len(tried) <= load.started
    assert len(lost) >= KILLS, "each kill had calls in flight"
    for record in lost:
        assert record["usageSource"] == "Bounded" and record["inputTokens"] > 0 and record["requests"] == 1, record
        assert (record["caller"], record["team"], record["tags"], record["model"], record["targetModel"], record["endpoint"], record["code"]) == \
            ("ada", "research", {"cost-center": "4711"}, model, model, "chat.completions", "gateway_died"), record
        assert record["workspace"] == "lab" and record["environment"] == "dev" and record["policyDigest"] and record["traceId"], record


def test_what_is_lost_is_told_once_and_counted(upstream, tmp_path, model):
    upstream.script(model, stays_silent())
    own = Gateway(tmp_path, config_for(upstream.url))
    connections = [Raw(own.port).send(request_bytes("ada", model)) for _ in range(40)]
    eventually(lambda: len(upstream.calls_of(model)) == 40, "the calls")
    assert own.records() == []
    for life in range(4):
        own.kill()
        own = Gateway(tmp_path, config_for(upstream.url))
        assert [record["outcome"] for record in own.records()] == 40 * ["Lost"]
        assert own.metrics()["weir_lost_calls_total"] == (0 if life else 40)
    assert call(own.port)[0] == 200
    end(own)
    for connection in connections:
        connection.close()


def test_a_table_that_is_not_ours_is_named_and_kept(upstream, tmp_path, model):
    upstream.script(model, stays_silent())
    own = Gateway(tmp_path, config_for(upstream.url))
    connection = Raw(own.port).send(request_bytes("ada", model))
    eventually(lambda: upstream.calls_of(model), "the call")
    own.kill()
    table = tmp_path / "state" / "journal" / "in-flight"
    content = bytearray(table.read_bytes())
    content[8] ^= 1  # another version's layout
    table.write_bytes(content)

    own = Gateway(tmp_path, config_for(upstream.url))

    said = own.event("in_flight_kept_aside")
    assert "another version" in said["reason"]
    with open(said["file"], "rb") as kept:
        assert kept.read() == bytes(content)
    assert own.records() == [] and call(own.port)[0] == 200
    end(own)
    connection.close()


def ledger_says(folder, question, change=None):
    mode = "rw" if change else "ro"
    with contextlib.closing(sqlite3.connect(f"file:{folder / 'ledger.db'}?mode={mode}", uri=True, timeout=30)) as database:
        if change:
            database.execute(change)
            database.commit()
        return database.execute(question).fetchone()


ACCOUNT = "SELECT coalesce(sum(settled), 0), coalesce(sum(leased), 0) FROM account"


@pytest.mark.parametrize("fit, is_swept", [(4, False), (4, True), (50, False)])
def test_a_killed_gateways_calls_settle_by_the_leases_they_were_held_under(short, upstream, fit, is_swept):
    """One call is answered, three are in flight; where all that there is was lent, all of it is settled, swept before or not."""
    limit, budget = fit * CALL, {**BUDGET, "amount": fit * CALL}
    config = config_for(upstream.url, [model_of(NAME, target(NAME, price=PRICE))], budgets=[budget], deadlines={"total": "600s"})
    ledger = LedgerProcess(short)
    ledger.event("serving")
    with LedgerStream(ledger.socket) as operator:
        operator.book("1", [budget])

    def start():
        return Gateway(short, config, options=("--ledger", ledger.socket))

    def check(least):
        settled, leased = ledger_says(short, ACCOUNT)
        assert least <= settled + leased <= limit, (settled, leased)
        return settled, leased

    own = start()
    upstream.script(NAME, answers(), stays_silent())
    assert call(own.port, model=NAME, max_tokens=20)[0] == 200
    connections = [Raw(own.port).send(request_bytes("ada", NAME, max_tokens=20)) for _ in range(3)]
    eventually(lambda: len(upstream.calls_of(NAME)) == 4, "the calls")
    check(4 * CALL)
    own.kill()
    check(4 * CALL)
    if is_swept:
        ledger.kill()
        ledger_says(short, ACCOUNT, "UPDATE lease SET orphaned_ms = 0")
        ledger = LedgerProcess(short)
        eventually(lambda: check(4 * CALL) == (limit, 0), "the sweep")
    own = start()

    costs = "SELECT coalesce(sum(cost_nano), 0), count(*) FROM usage"
    eventually(lambda: ledger_says(short, costs) == (4 * CALL, 4), "the records")
    assert check(4 * CALL)[0] == 4 * CALL
    if fit == 4:
        assert ledger_says(short, ACCOUNT) == (limit, 0)
    records = [json.loads(record) for record, in all_of(short, "SELECT record FROM usage")]
    assert sorted(record["outcome"] for record in records) == ["Completed", "Lost", "Lost", "Lost"]
    for record in records:
        assert sum(charge["amount"] for charge in record["charges"]) == CALL and all(charge["lease"] for charge in record["charges"]), record
        assert {(charge["budget"], charge.get("owner", "")) for charge in record["charges"]} == {(BUDGET["id"], "")}
    end(own)
    end(ledger)
    for connection in connections:
        connection.close()


def test_a_call_killed_in_its_second_try_is_charged_for_both(short, upstream):
    budget = {**BUDGET, "amount": 50 * CALL}
    config = config_for(upstream.url, [model_of(NAME, target(NAME, price=PRICE), retry={"attempts": 2, "backoffBase": "5ms"})], budgets=[budget])
    upstream.script(NAME, hangs_up(), stays_silent())
    ledger = LedgerProcess(short)
    ledger.event("serving")
    with LedgerStream(ledger.socket) as operator:
        operator.book("1", [budget])
    own = Gateway(short, config, options=("--ledger", ledger.socket))
    connection = Raw(own.port).send(request_bytes("ada", NAME, max_tokens=20))
    eventually(lambda: len(upstream.calls_of(NAME)) == 2, "the second try")
    own.kill()
    own = Gateway(short, config, options=("--ledger", ledger.socket))

    eventually(lambda: ledger_says(short, ACCOUNT)[0] == 2 * CALL, "both to be settled")
    records = own.records()
    assert records[-1]["outcome"] == "Lost" and records[-1]["attempts"] == 2
    assert [record["try"] for record in records] == [1, 2] and len({record["id"] for record in records}) == 2
    assert {record["call"] for record in records} == {records[-1]["id"]}
    assert sum(charge["amount"] for record in records for charge in record["charges"]) == 2 * CALL
    end(own)
    end(ledger)
    connection.close()


def all_of(folder, question):
    with contextlib.closing(sqlite3.connect(f"file:{folder / 'ledger.db'}?mode=ro", uri=True, timeout=30)) as database:
        return database.execute(question).fetchall()
