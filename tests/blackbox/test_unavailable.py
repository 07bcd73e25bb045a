"""Budgets while the ledger is away: what is on loan is spent, then calls are refused or go on, as each budget says; nothing is guessed afterwards."""
import pytest

from conftest import end
from configs import config_for, model, target
from ledger_client import LedgerProcess, LedgerStream, get
from ports import free_port
from processes import Gateway, eventually
from test_exact_budgets import BUDGET, CALL, NAME, PRICE, PostgresStore, Sqlite, storm

FIT, CALLS, KILLS = 3, 20, 3
LIMIT = FIT * CALL


def text_of(amount):
    """As reports print nano-dollars."""
    whole, _, rest = f"{amount / 10**9:.9f}".partition(".")
    return f"{whole}.{rest.rstrip('0').ljust(2, '0')}"


class Place:
    def __init__(self, folder, upstream, store, budgets):
        self.folder, self.upstream, self.store = folder, upstream, store(folder)
        self.gateway = self.ledger = None
        self.start_ledger()
        with LedgerStream(self.ledger.socket) as operator:
            operator.book("1", budgets)
        home = folder / "g"
        home.mkdir()
        config = config_for(upstream.url, [model(NAME, target(NAME, price=PRICE))], budgets=budgets, deadlines={"total": "600s"})
        self.gateway = Gateway(home, config, port=free_port(), options=("--ledger", self.ledger.socket))

    def start_ledger(self):
        self.ledger = LedgerProcess(self.folder, database=self.store.url)
        self.ledger.event("serving")

    def lose_ledger(self):
        self.ledger.kill()
        self.gateway.event("ledger_lost")

    def ask(self, count):
        return storm([self.gateway.port], count)

    def billed(self):
        return [record for record in self.gateway.records() if record["outcome"] == "Completed"]

    def has_settled(self, calls):
        eventually(lambda: self.store.account()[0] == calls * CALL, f"{calls} calls to be settled, of {self.store.account()}")

    def stop(self):
        if self.gateway:
            end(self.gateway)
        if self.ledger.is_running():
            end(self.ledger)
        self.store.stop()


@pytest.fixture
def start(short, upstream):
    places = []

    def start_one(store, *budgets):
        places.append(Place(short, upstream, store, list(budgets)))
        return places[-1]

    yield start_one
    for place in places:
        place.stop()


def purse(name="purse", **more):
    return {**BUDGET, "id": name, "amount": LIMIT, **more}


@pytest.mark.parametrize("store", [Sqlite, PostgresStore])
def test_calls_go_on_where_the_budget_allows_it_and_each_is_charged_once(start, store):
    place = start(store, purse(whenUnavailable="Allow"))
    assert place.ask(1) == {(200, ""): 1}
    place.lose_ledger()

    assert place.ask(CALLS) == {(200, ""): CALLS}

    for _ in range(KILLS):  # in the middle of what it is sent
        place.start_ledger()
        place.ledger.kill()
    place.start_ledger()
    place.has_settled(1 + CALLS)
    records = place.billed()
    assert [[charge["amount"] for charge in record["charges"]] for record in records] == [[CALL]] * (1 + CALLS)
    unheld = [record for record in records if record.get("unheld")]
    assert all(record["unheld"] == ["purse"] and "lease" not in record["charges"][0] for record in unheld)
    assert 1 + CALLS - FIT <= len(unheld) <= CALLS, "what was on loan was spent, and no more than that"
    assert place.gateway.metrics()["weir_budget_unheld_total"] == len(unheld)

    told, = get(place.ledger.rest, "/v1/budgets")["budgets"]
    account, = told["accounts"]
    assert told["whenUnavailable"] == "Allow"
    assert (account["settled"], account["unheld"], account["left"]) == (text_of((1 + CALLS) * CALL), text_of(len(unheld) * CALL), "0.00")
    eventually(lambda: place.ask(1) == {(429, "budget_exceeded"): 1}, "what the ledger says to count again")
    assert len(place.upstream.calls_of(NAME)) == 1 + CALLS


@pytest.mark.parametrize("store", [Sqlite, PostgresStore])
def test_calls_are_refused_where_the_budget_does_not_say_otherwise(start, store):
    place = start(store, purse(), purse("lax", amount=1000 * CALL, whenUnavailable="Allow"))
    assert place.ask(1) == {(200, ""): 1}
    place.lose_ledger()

    answers = place.ask(CALLS)

    admitted = len(place.upstream.calls_of(NAME))
    assert answers[(503, "budget_unavailable")] == CALLS + 1 - admitted > 0 and answers[(200, "")] == admitted - 1 < FIT, answers
    assert place.ask(1) == {(503, "budget_unavailable"): 1}
    place.start_ledger()
    place.has_settled(2 * admitted)  # of both
    eventually(lambda: place.ask(1) and len(place.upstream.calls_of(NAME)) == FIT, "the rest of it to be lent")
    assert place.ask(1) == {(429, "budget_exceeded"): 1}
    place.has_settled(2 * FIT)
    strict = next(told for told in get(place.ledger.rest, "/v1/budgets")["budgets"] if told["id"] == "purse")
    assert strict["whenUnavailable"] == "Refuse" and "unheld" not in strict["accounts"][0]
