"""Each try that reached a provider is a record of its own, and what budgets were charged is what records cost, to the nano-dollar: with
providers that fail before, in and after their answers, retries, fallbacks and clients that leave, on SQLite and PostgreSQL."""
import collections
import json
import socket
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest

from conftest import client_of, end, end_all
from configs import SOURCE, config_for, model, target
from ledger_client import LedgerProcess, LedgerStream, get
from mock_upstream import answers, fails, hangs_up, says, stays_silent, streams_then
from ports import free_port
from processes import Gateway, eventually
from test_exact_budgets import PostgresStore, Sqlite

HELLO = [{"role": "user", "content": "hello"}]
CUT = says(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{")
# An answer between any two failures: breakers have enough to go on with.
FAILURES = (fails(500), fails(429), hangs_up(), CUT, stays_silent(), fails(504), streams_then(2))
WAYS = tuple(way for failure in FAILURES for way in (failure, answers()))
CALLS = 60


def price(input, output):
    return {"provider": "mock", "model": "*", "usdPerMillion": {
        "input": input, "cacheRead": input, "cacheWrite": input, "output": output, "reasoning": output}}


ROUTE = model("chat", target("first", price=price("0.37", "1.13"), priceVersion="p-1"),
              target("second", price=price("2.000001", "8.3"), priceVersion="p-2"), strategy="Priority",
              fallback=[target("third", price=price("11.7", "29.000003"), priceVersion="p-3")], maxAttempts=6,
              retry={"attempts": 2, "backoffBase": "1ms", "backoffMax": "5ms"})
BUDGET = {"id": "month", "scope": "Organisation", "unit": "USD", "amount": 10**12, "period": "Month", "onExceeded": "Block", "from": SOURCE}
PATIENCE = {"connect": "10s", "firstByte": "300ms", "gap": "300ms", "total": "60s"}


def nano(record):
    whole, _, part = record.get("cost", "0").partition(".")
    return int(whole) * 10**9 + int(part.ljust(9, "0"))


class Place:
    def __init__(self, folder, upstream, store):
        self.store = store(folder)
        self.ledger = LedgerProcess(folder, database=self.store.url)
        self.ledger.event("serving")
        with LedgerStream(self.ledger.socket) as operator:
            operator.book("1", [BUDGET])
        home = folder / "g"
        home.mkdir()
        config = config_for(upstream.url, [ROUTE], budgets=[BUDGET], deadlines=PATIENCE)
        self.gateway = Gateway(home, config, port=free_port(), options=("--ledger", self.ledger.socket))

    def ask(self, **more):
        with client_of(self.gateway.url, max_retries=0) as client:
            return client.chat.completions.with_raw_response.create(model="chat", messages=HELLO, max_tokens=20, **more).headers["x-request-id"]

    def records(self):
        """Those that the ledger has, once it has all that the gateway wrote."""
        def all_of_them():
            kept = {r["id"]: r for r in get(self.ledger.rest, "/v1/calls?limit=1000")["calls"]}
            return kept if kept.keys() == {r["id"] for r in self.gateway.records()} else None
        return eventually(all_of_them, "the records to be in the ledger")

    def stop(self):
        end_all([self.gateway], end)
        end(self.ledger)
        self.store.stop()


@pytest.fixture(params=[Sqlite, PostgresStore])
def place(request, short, upstream):
    one = Place(short, upstream, request.param)
    yield one
    one.stop()


def leave(port):
    """A client that asks and is gone."""
    body = json.dumps({"model": "chat", "messages": HELLO, "max_tokens": 20}).encode()
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: weir\r\nAuthorization: Bearer weir_test_ada_key\r\n"
                           b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


def test_what_budgets_were_charged_is_what_records_cost(place, upstream):
    for number, name in enumerate(("first", "second", "third")):
        upstream.script(name, *(WAYS[(number + 5 * i) % len(WAYS)] for i in range(4 * CALLS)))

    def one(number):
        if number % 10 == 9:
            return leave(place.gateway.port)
        try:
            return place.ask(**({"stream": True} if number % 3 == 0 else {}))
        except openai.APIError:
            return None

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(CALLS)))
    eventually(lambda: place.gateway.metrics()["weir_requests_in_flight"] == 0, "every call to end")
    records = place.records()

    calls = collections.Counter(r["call"] for r in records.values() if "nextTry" not in r)
    assert len(calls) == CALLS and set(calls.values()) == {1} and {r["call"] for r in records.values()} == set(calls)
    earlier = [r for r in records.values() if "nextTry" in r]
    assert {r["nextTry"] for r in earlier} == {"ServerError", "Timeout", "RateLimited"}
    assert {r["usageSource"] for r in earlier if nano(r)} == {"Bounded"}
    spent = sum(nano(r) for r in records.values())
    assert sum(c["amount"] for r in records.values() for c in r.get("charges", [])) == spent
    eventually(lambda: place.store.account() == (spent, 0), f"{spent} to be settled and none on loan")
    for record in records.values():
        assert sum(c["amount"] for c in record.get("charges", [])) == nano(record), record
        if nano(record):
            assert record["priceVersion"] == {"first": "p-1", "second": "p-2", "third": "p-3"}[record["targetModel"]]

    sums = get(place.ledger.rest, "/v1/usage")["rows"][0]
    assert sums["tries"] > CALLS
    assert (sums["calls"], sums["tries"]) == (CALLS, sum(r.get("try", 0) > 0 for r in records.values()))
    assert nano(sums) == spent
    metrics = place.gateway.metrics()
    assert sum(value for name, value in metrics.items() if name.startswith("weir_call_cost_nano_usd_total{")) == spent
    assert sum(value for name, value in metrics.items() if name.startswith("weir_requests_total{")) == CALLS


def test_the_tries_of_a_call_are_found_by_its_request_id(place, upstream):
    upstream.script("first", hangs_up())
    upstream.script("second", answers())

    request_id = place.ask()

    place.records()
    tries = get(place.ledger.rest, f"/v1/calls/{request_id}/tries")["calls"]
    assert [(r["try"], r["targetModel"], r.get("nextTry")) for r in tries] == [
        (1, "first", "ServerError"), (2, "first", "ServerError"), (3, "second", None)]
    assert [r["call"] for r in tries] == [request_id] * 3 and tries[-1]["id"] == request_id
    assert get(place.ledger.rest, f"/v1/calls/{request_id}") == tries[-1]
    assert [r["usageSource"] for r in tries] == ["Bounded", "Bounded", "Provider"]
    assert [r["policyDigest"] for r in tries] == ["d" * 64] * 3
    assert tries[0].get("queueUs", 0) < tries[1]["queueUs"] < tries[2]["queueUs"] <= tries[2]["firstByteUs"] <= tries[2]["totalUs"]
