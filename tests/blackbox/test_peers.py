"""Several weir-api on one PostgreSQL: each knows the gateways of all, also when one is killed."""
import signal

import pytest

from conftest import client_of, end, end_all
from configs import config_for
from ledger_client import LedgerProcess, LedgerStream, get
from postgres import Postgres
from processes import Gateway, eventually
from test_requests import Hanging

JOURNALS = [f"01KB7D{number:020d}" for number in range(9)]


@pytest.fixture
def postgres():
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture
def ledgers(postgres, short):
    found = {name: LedgerProcess(short, name=name, database=postgres.url) for name in ("a", "b")}
    for ledger in found.values():
        ledger.event("serving")
    yield found
    for ledger in found.values():
        end(ledger, ledger.wait() if not ledger.is_running() else 0)


def hello(stream, journal, environment="dev"):
    stream.send({"type": "Hello", "hello": {"workspace": "lab", "environment": environment, "gateway": f"gateway-{journal[-1]}", "journal": journal},
                 "beside": {"hearsGateways": True}})
    stream.next("Welcome")


def told(stream, count):
    """Until it hears that there are so many."""
    heard = 0
    while heard != count:
        heard = stream.next("Gateways")["count"]


def test_gateways_are_told_how_many_there_are_at_all_ledgers(ledgers):
    with LedgerStream(ledgers["a"].socket) as first, LedgerStream(ledgers["b"].socket) as elsewhere:
        hello(first, JOURNALS[0])
        hello(elsewhere, JOURNALS[1], "prod")
        with LedgerStream(ledgers["b"].socket) as other:
            hello(other, JOURNALS[2])
            told(first, 2)
            told(other, 2)
            told(elsewhere, 1)
        told(first, 1)


def test_who_dials_another_ledger_is_counted_once(ledgers):
    with LedgerStream(ledgers["a"].socket) as first, LedgerStream(ledgers["b"].socket) as second, LedgerStream(ledgers["b"].socket) as again:
        hello(first, JOURNALS[0])
        hello(second, JOURNALS[1])
        told(first, 2)
        told(second, 2)
        hello(again, JOURNALS[0])
        told(again, 2)
        with LedgerStream(ledgers["a"].socket) as third:
            hello(third, JOURNALS[2])
            told(second, 3)


def test_gateways_of_a_ledger_that_is_killed_are_forgotten(ledgers, postgres):
    with LedgerStream(ledgers["a"].socket) as first, LedgerStream(ledgers["b"].socket) as other:
        hello(first, JOURNALS[0])
        hello(other, JOURNALS[1])
        told(first, 2)
        ledgers["b"].kill()
        told(first, 1)
        eventually(lambda: postgres.ask("SELECT count(*) FROM ledger_peer") == postgres.ask("SELECT count(DISTINCT peer) FROM peer_gateway") == [["1"]],
                   "its rows to be gone")


@pytest.fixture
def gateways(ledgers, upstream, short):
    """One of an environment of its own at each ledger, which the other knows of."""
    started = {}
    for name, ledger in ledgers.items():
        (short / f"g-{name}").mkdir()
        started[name] = Gateway(short / f"g-{name}", config_for(upstream.url), workspace="lab", environment=f"env-{name}", options=("--ledger", ledger.socket))
        ledger.event("gateway_connected")
    for ledger in ledgers.values():
        eventually(lambda ledger=ledger: running(ledger)["gateways"] + len(running(ledger)["silent"]) == 2, "each to know of the other's gateway")
    yield started
    end_all(started.values(), end)


def running(ledger, **query):
    return get(ledger.rest, "/v1/requests?" + "&".join(f"{key}={value}" for key, value in query.items()))


def test_calls_that_run_are_those_of_all_ledgers(ledgers, gateways, upstream, model):
    hanging = Hanging()
    upstream.script(model, *[hanging] * 2)
    with client_of(gateways["a"].url) as first, client_of(gateways["b"].url, "bob") as second:
        streams = [client.chat.completions.create(model=model, messages=[{"role": "user", "content": "hello"}], stream=True) for client in (first, second)]
        for stream in streams:
            next(stream)
        ids = [stream.response.headers["x-request-id"] for stream in streams]
        for ledger in ledgers.values():
            answer = eventually(lambda ledger=ledger: (found := running(ledger))["gateways"] == 2 and found, "both to answer")
            assert answer["silent"] == []
            assert {(call["environment"], call["caller"], call["id"]) for call in answer["requests"]} == {("env-a", "ada", ids[0]), ("env-b", "bob", ids[1])}
            [call] = running(ledger, environment="env-b")["requests"]
            assert call["id"] == ids[1] and call["workspace"] == "lab" and call["stream"] and call["bytes"] > 0
            assert running(ledger, environment="env-a")["gateways"] == 1 and running(ledger, workspace="elsewhere")["gateways"] == 0
            assert [call["id"] for call in running(ledger, caller="bob")["requests"]] == [ids[1]]
        hanging.go_on()
        for stream in streams:
            list(stream)
    assert running(ledgers["a"])["requests"] == []


def test_gateways_of_a_ledger_that_does_not_answer_are_named(ledgers, gateways):
    ledgers["b"].signal(signal.SIGSTOP)
    try:
        answer = running(ledgers["a"])
    finally:
        ledgers["b"].signal(signal.SIGCONT)
    assert answer["gateways"] == 1
    assert [(gateway["environment"], gateway["reason"]) for gateway in answer["silent"]] == [("env-b", "Elsewhere")]
    assert eventually(lambda: running(ledgers["a"])["gateways"] == 2, "it to answer again")


def test_what_a_silent_gateway_of_another_ledger_is_stays_told(ledgers):
    with LedgerStream(ledgers["b"].socket) as old:
        hello(old, JOURNALS[0])
        [gateway] = eventually(lambda: running(ledgers["a"])["silent"], "it to be named")
        assert (gateway["gateway"], gateway["reason"]) == ("gateway-0", "OldVersion")
