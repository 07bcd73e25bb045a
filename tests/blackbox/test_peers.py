"""Several weir-api on one PostgreSQL: each knows the gateways of all, also when one is killed."""
import pytest

from conftest import end, end_all
from configs import config_for
from ledger_client import LedgerProcess, LedgerStream, get
from postgres import Postgres
from processes import Gateway, eventually

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


def silent(ledger, query=""):
    return sorted((gateway["gateway"], gateway["reason"]) for gateway in get(ledger.rest, f"/v1/requests{query}")["silent"])


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


def test_calls_of_gateways_of_another_ledger_are_not_missed_without_a_word(ledgers, upstream, short):
    gateways = []
    try:
        for name, ledger in ledgers.items():
            (short / f"g-{name}").mkdir()
            gateways.append(Gateway(short / f"g-{name}", config_for(upstream.url), workspace="lab", environment=f"env-{name}",
                                    options=("--ledger", ledger.socket)))
        name_of_other = eventually(lambda: silent(ledgers["a"])[0], "the other's gateway to be named")
        assert name_of_other[1] == "Elsewhere"
        assert silent(ledgers["a"], "?environment=env-a") == [] and silent(ledgers["a"], "?environment=env-b") == [name_of_other]
        assert get(ledgers["a"].rest, "/v1/requests")["gateways"] == 1
    finally:
        end_all(gateways, end)
