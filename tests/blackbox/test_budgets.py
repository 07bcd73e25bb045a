"""Budgets that are never overshot: holds, leases, refusals and charges of real gateways, against a ledger that the test plays."""
import asyncio
import concurrent.futures
import json
import threading

import pytest

from conftest import end
from configs import SOURCE, config_for, model, target
from lending_ledger import LendingLedger
from mock_upstream import answers
from processes import Gateway, eventually
from test_http_framing import Raw

NAME = "priced"
INPUT, OUTPUT = 1000, 2000  # nano-USD a token
PRICE = {"provider": "mock", "model": "*", "usdPerMillion": {"input": "1", "cacheRead": "1", "output": "2", "reasoning": "2"}}
USED = 11 * INPUT + 3 * OUTPUT  # of the mock's usual answer: cached and reasoned tokens cost the same here
MAX_TOKENS = 100


def body_of(**more):
    return json.dumps({"model": NAME, "messages": [{"role": "user", "content": "hello"}], "max_tokens": MAX_TOKENS, **more}).encode()


def worst_case(body, max_tokens=MAX_TOKENS, messages=1):
    return (len(body) + 8 * messages + 8) * INPUT + max_tokens * OUTPUT


WORST = worst_case(body_of())


def budget(amount, name="month", scope="Environment", period="Month", **more):
    return {"id": name, "scope": scope, "unit": "USD", "amount": amount, "period": period, "onExceeded": "Block", "from": SOURCE, **more}


def ask(port, body=None, caller="ada"):
    """Status, headers and body."""
    body = body or body_of()
    connection = Raw(port)
    try:
        head = (f"POST /v1/chat/completions HTTP/1.1\r\nHost: weir\r\nAuthorization: Bearer weir_test_{caller}_key\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n").encode()
        status, headers, reply = connection.send(head + body).reply()
        return status, headers, json.loads(reply)
    finally:
        connection.close()


@pytest.fixture
def place(tmp_path, upstream):
    """Starts gateways on budgets, all with one ledger: place(budgets, amounts)."""
    folder = tmp_path / "b"
    folder.mkdir(mode=0o700)
    started, ledgers = [], []

    def start(budgets, amounts=None, **changes):
        if amounts is not None:
            ledgers.append(LendingLedger(folder / "l", amounts))
        home = folder / f"g{len(started)}"
        home.mkdir()
        started.append(Gateway(home, config_for(upstream.url, [model(NAME, target(NAME, price=PRICE))], budgets=budgets, **changes),
                               options=("--ledger", folder / "l")))
        return started[-1], (ledgers[-1] if ledgers else None)

    yield start
    for gateway in started:
        end(gateway)
    for ledger in ledgers:
        ledger.check()
        ledger.stop()


class Gate:
    """A behaviour of the mock: answers when the test says so."""

    def __init__(self):
        self.open = threading.Event()

    def __call__(self, then=answers()):
        async def behave(call, writer):
            while not self.open.is_set():
                await asyncio.sleep(0.01)
            return await then(call, writer)
        return behave


def test_exactly_as_many_calls_run_at_once_as_the_budget_can_pay_for(place, upstream):
    most, callers = 50, 200
    gateway, ledger = place([budget(most * WORST), budget(10 * most * WORST, "year", "Organisation")],
                            {"month": most * WORST, "year": 10 * most * WORST})
    gate = Gate()
    upstream.script(NAME, gate())
    with concurrent.futures.ThreadPoolExecutor(callers) as pool:
        futures = [pool.submit(ask, gateway.port) for _ in range(callers)]
        eventually(lambda: sum(f.done() for f in futures) == callers - most, "the refusals")
        assert len(upstream.calls_of(NAME)) == most
        gate.open.set()
        replies = [f.result() for f in futures]

    assert sorted(status for status, _, _ in replies) == [200] * most + [429] * (callers - most)
    ledger.has_taken(callers)
    assert sum(ledger.settled.values()) == 2 * most * USED
    assert max(call.json["max_tokens"] for call in upstream.calls_of(NAME)) == min(call.json["max_tokens"] for call in upstream.calls_of(NAME)) == MAX_TOKENS
    assert ask(gateway.port)[0] == 200, "what was held and not used is to be had again"
    assert gateway.metrics()["weir_budget_overdrafts_total"] == 0


def test_calls_one_after_the_other_spend_a_budget_to_the_last_call_that_fits(place):
    amount = WORST + 10 * USED
    gateway, ledger = place([budget(amount, scope="Caller")], {"month": amount})
    while True:
        status, headers, reply = ask(gateway.port)
        if status != 200:
            break
    eventually(lambda: sum(r["status"] == 429 for r in ledger.records), "the refusal's record")
    charged = sum(ledger.settled.values())

    assert (status, reply["error"]["code"], headers["x-should-retry"]) == (429, "budget_exceeded", "false")
    assert amount - charged < worst_case(body_of(), 16), "clamped answers went on as long as 16 tokens could be paid for"
    assert charged <= amount
    assert ask(gateway.port, caller="bob")[0] == 200, "a caller's budget is their own"


def test_a_refusal_says_who_how_much_until_when_and_whom_to_ask(place):
    gateway, _ = place([budget(WORST, scope="Caller")], {"month": 1000})

    status, headers, reply = ask(gateway.port)

    error = reply["error"]
    assert (status, error["type"], error["code"], headers["x-should-retry"]) == (429, "rate_limit_error", "budget_exceeded", "false")
    assert "retry-after" not in headers
    assert headers["x-weir-decision"] == "refused; rule=budgets; policy=weir-system/tests"
    assert error["message"].startswith(f"Caller ada of lab/dev has too little left of the budget of ${WORST / 1e9:.9f}".rstrip("0"))
    for words in ("$0.00 spent", "$0.000001 left", "The next month begins at 20", "Set by weir-system/tests (tests.yaml:1)", "lab-platform"):
        assert words in error["message"], error["message"]
    record = eventually(lambda: next(r for r in gateway.records() if r["id"] == headers["x-request-id"]), "the record")
    assert (record["outcome"], record["code"], record.get("charges")) == ("Refused", "budget_exceeded", None)


def test_a_longer_answer_than_can_be_paid_for_is_clamped(place, upstream):
    gateway, _ = place([budget(WORST)], {"month": worst_case(body_of(max_tokens=100), 30)})
    assert ask(gateway.port)[0] == 200
    assert upstream.calls_of(NAME)[0].json["max_tokens"] == 30


def test_leases_in_hand_are_spent_while_the_ledger_is_away_and_then_calls_are_refused(place):
    gateway, ledger = place([budget(100 * WORST)], {"month": 100 * WORST})
    assert ask(gateway.port, body_of(max_tokens=300))[0] == 200, "which leaves a lease for some shorter ones"
    ledger.stop()
    gateway.event("ledger_lost")
    before = len(ledger.asks)

    statuses = []
    while 503 not in statuses:
        status, headers, reply = ask(gateway.port)
        statuses.append(status)

    assert set(statuses) == {200, 503}
    assert reply["error"]["code"] == "budget_unavailable"
    assert "the ledger cannot be reached" in reply["error"]["message"]
    assert (headers["retry-after"], headers["x-should-retry"]) == ("2", "true")
    assert len(ledger.asks) == before
    ledger.start()
    eventually(lambda: ask(gateway.port)[0] == 200, "calls again")
    ledger.has_taken(len(gateway.records()))


def test_a_silent_ledger_is_not_waited_for_twice(place):
    gateway, ledger = place([budget(100 * WORST)], {"month": 100 * WORST})
    ledger.is_silent = True
    for _ in range(2):
        status, _, reply = ask(gateway.port)
        assert (status, reply["error"]["code"]) == (503, "budget_unavailable")
        assert "the ledger does not answer" in reply["error"]["message"]


def test_a_client_that_leaves_while_it_waits_holds_nothing(place, upstream):
    gateway, ledger = place([budget(100 * WORST)], {"month": 100 * WORST})
    ledger.is_silent = True
    body = body_of()
    connection = Raw(gateway.port)
    connection.send(f"POST /v1/chat/completions HTTP/1.1\r\nHost: weir\r\nAuthorization: Bearer weir_test_ada_key\r\n"
                    f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    eventually(lambda: ledger.asks, "the question")
    connection.close()
    record = eventually(lambda: gateway.records(), "the record")[0]
    assert (record["outcome"], record.get("attempts", 0), record.get("charges")) == ("ClientGone", 0, None)
    assert gateway.metrics()['weir_budget_holds_total{result="left"}'] == 1
    assert upstream.calls_of(NAME) == []


def test_what_is_of_no_use_is_given_back(place):
    gateway, ledger = place([budget(1000 * WORST)], {"month": 1000 * WORST})
    assert ask(gateway.port)[0] == 200
    ledger.has_taken(1)

    eventually(lambda: all(lease["over"] for lease in ledger.leases.values()), "the return of idle leases", patience=60)

    assert sum(ledger.leased.values()) == 0
    assert sum(ledger.settled.values()) == USED


def test_a_gateway_that_is_stopped_gives_all_back(place):
    gateway, ledger = place([budget(1000 * WORST)], {"month": 1000 * WORST})
    assert ask(gateway.port)[0] == 200
    ledger.has_taken(1)
    assert gateway.stop() == 0
    assert all(lease["over"] for lease in ledger.leases.values())
    assert sum(ledger.leased.values()) == 0


def test_a_killed_gateway_begins_without_leases_and_its_records_are_charged(place, upstream):
    gateway, ledger = place([budget(10 * WORST)], {"month": 10 * WORST})
    for _ in range(3):
        assert ask(gateway.port)[0] == 200
    gate = Gate()
    upstream.script(NAME, gate())
    stuck = threading.Thread(target=lambda: pytest.raises((AssertionError, OSError), ask, gateway.port))
    stuck.start()
    eventually(lambda: len(upstream.calls_of(NAME)) == 4, "a call that runs")
    gateway.kill()
    stuck.join()
    gate.open.set()
    held_before = sum(ledger.leased.values())

    again = Gateway(gateway.folder, config_for(upstream.url, [model(NAME, target(NAME, price=PRICE))], budgets=[budget(10 * WORST)]),
                    options=("--ledger", ledger.path))
    try:
        ledger.has_taken(4)
        lost = [record for record in ledger.records if record["outcome"] == "Lost"]
        assert [sum(charge["amount"] for charge in record["charges"]) for record in lost] == [WORST]
        assert sum(ledger.settled.values()) == 3 * USED + WORST
        assert held_before >= WORST
        statuses = [ask(again.port)[0] for _ in range(3)]
        assert statuses == [200] * 3
        ledger.has_taken(7)
        assert sum(ledger.settled.values()) == 6 * USED + WORST
        ledger.check()
    finally:
        end(again)


def test_the_next_window_has_its_own_money(place):
    gateway, ledger = place([budget(WORST, period="Minute")], {"month": WORST})
    windows = set()

    def both_windows_were_charged():
        ask(gateway.port)
        windows.update(account[2] for account in ledger.settled)
        return len(windows) > 1

    eventually(both_windows_were_charged, "the next minute", patience=90)
    for account, settled in ledger.settled.items():
        assert settled <= WORST, account


def test_a_model_without_a_price_is_refused_under_a_budget_in_money(place):
    gateway, _ = place([budget(WORST)], {"month": WORST})
    status, headers, reply = ask(gateway.port, body_of(model="mock-0"))
    assert (status, reply["error"]["code"], headers["x-should-retry"]) == (403, "price_missing", "false")
    for words in ("mock-0 of provider mock", "defaults.prices", "weir-system/tests"):
        assert words in reply["error"]["message"]


def test_two_gateways_share_one_budget_to_the_last_unit(place, upstream):
    most, callers = 20, 80
    first, ledger = place([budget(most * WORST)], {"month": most * WORST})
    second, _ = place([budget(most * WORST)])
    gate = Gate()
    upstream.script(NAME, gate())
    with concurrent.futures.ThreadPoolExecutor(callers) as pool:
        futures = [pool.submit(ask, (first, second)[i % 2].port) for i in range(callers)]
        eventually(lambda: sum(f.done() for f in futures) + len(upstream.calls_of(NAME)) == callers, "all refused or under way")
        under_way = upstream.calls_of(NAME)
        assert sum(worst_case(body_of(), call.json["max_tokens"]) for call in under_way) <= most * WORST, "clamped ones may be among them"
        assert len(under_way) >= most * 9 // 10
        gate.open.set()
        assert {f.result()[0] for f in futures} == {200, 429}
    ledger.has_taken(callers)
    assert sum(ledger.settled.values()) <= most * WORST
