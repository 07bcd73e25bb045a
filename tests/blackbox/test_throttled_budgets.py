"""Budgets that slow calls when they are spent: the amount is exact, and what goes on beyond it is as much a minute as the budget says, by all
gateways together."""
import collections
import time

import openai
import pytest

from conftest import client_of, end
from configs import config_for, model, target
from folders import BASE, policy
from ledger_client import LedgerProcess, LedgerStream, get
from ports import free_port
from processes import Gateway, eventually
from test_cli import HELLO
from test_exact_budgets import BUDGET, CALL, NAME, PRICE, PostgresStore, Sqlite, storm

FIT, PACE, CALLS = 5, 3, 40
SLOWED = {**BUDGET, "id": "purse", "amount": FIT * CALL, "onExceeded": "Throttle"}
PACED = {**BUDGET, "id": "purse/pace", "unit": "Requests", "amount": PACE, "period": "Minute"}


class Place:
    def __init__(self, folder, upstream, store, gateways):
        self.upstream, self.store, self.gateways = upstream, store(folder), []
        self.ledger = LedgerProcess(folder, database=self.store.url)
        self.ledger.event("serving")
        with LedgerStream(self.ledger.socket) as operator:
            operator.book("1", [SLOWED, PACED])
        for number in range(gateways):
            home = folder / f"g{number}"
            home.mkdir()
            config = config_for(upstream.url, [model(NAME, target(NAME, price=PRICE))], budgets=[SLOWED, PACED])
            self.gateways.append(Gateway(home, config, port=free_port(), options=("--ledger", self.ledger.socket)))

    def storm(self, count):
        return storm([gateway.port for gateway in self.gateways], count)

    def admitted(self):
        return len(self.upstream.calls_of(NAME))

    def records(self):
        return [record for gateway in self.gateways for record in gateway.records() if record["outcome"] == "Completed"]

    def budgets(self):
        return {budget["id"]: budget for budget in get(self.ledger.rest, "/v1/budgets")["budgets"]}

    def stop(self):
        for gateway in self.gateways:
            end(gateway)
        end(self.ledger)
        self.store.stop()


def minute():
    return int(time.time() // 60)


@pytest.mark.parametrize("gateways", [1, 3])
@pytest.mark.parametrize("store", [Sqlite, PostgresStore])
def test_what_goes_on_is_as_much_a_minute_as_the_budget_says(short, upstream, store, gateways):
    place = Place(short, upstream, store, gateways)
    try:
        first, answers = minute(), collections.Counter()

        def flood():
            answers.update(place.storm(CALLS))
            minutes = minute() - first + 1
            assert place.admitted() <= FIT + PACE * minutes, answers
            return place.admitted() >= FIT + PACE

        eventually(flood, "the amount and a minute's calls to be made")
        assert set(answers) == {(200, ""), (429, "budget_throttled")}, answers
        records = place.records()
        slowed = [record for record in records if record.get("slowed")]
        assert len(records) == place.admitted() and len(slowed) == place.admitted() - FIT
        assert all(record["slowed"] == ["purse"] for record in slowed)
        eventually(lambda: place.budgets()["purse"]["accounts"][0]["settled"] == f"{place.admitted() * CALL / 10**9:.9f}", "each to be charged once")
        assert sum(gateway.metrics()["weir_budget_slowed_total"] for gateway in place.gateways) == len(slowed)
    finally:
        place.stop()


def test_a_policy_that_slows_calls_is_told_in_words(up):
    """From its YAML to what the caller, `weir explain` and `weir usage` say."""
    weir = up({**BASE, "spend.yaml": policy("spend", "weir-system", """  defaults:
    prices: [ { provider: echo, model: echo, usdPerMillion: { requests: "100000", input: "0.000000001", output: "0.000000001" } } ]
  constraints:
    budgets: [ { scope: Environment, amount: "0.25", onExceeded: Throttle, throttledRequestsPerMinute: 1 } ]""")})
    refused, done = [], 0
    with client_of(weir.gateway("dev")["url"]).with_options(max_retries=0) as client:
        while not refused and done < 9:  # a minute may end in between
            try:
                client.chat.completions.create(model="echo", messages=HELLO)
                done += 1
            except openai.RateLimitError as error:
                refused.append(error)
    assert 3 <= done < 9
    assert refused[0].code == "budget_throttled" and 1 <= int(refused[0].response.headers["retry-after"]) <= 60
    assert "has too little left of the budget of $0.25 a month, and calls go on slowly: 1 call a minute, all of which are taken" in refused[0].message
    assert "Set by weir-system/spend (spend.yaml:" in refused[0].message
    explained = weir.cli("explain", "lab/dev", check=0).stdout
    assert "$0.25, then calls are slowed" in explained and "budgets[environment].Minute.throttledRequestsPerMinute" in explained
    spent = f"budget  lab/dev Month $0.25: ${done * CALL / 10**9:.9f} used"
    eventually(lambda: spent in weir.cli("usage", check=0).stdout, "all of it to be told, also what went on")
