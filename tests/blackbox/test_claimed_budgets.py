"""Budgets whose owners are what clients say, a run, an end user, a tag's value: each owner has one of its own that is never overshot, on SQLite
and PostgreSQL."""
import collections
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest

from conftest import client_of, end, end_all
from configs import SOURCE, config_for, model, target
from folders import BASE, policy
from ledger_client import LedgerProcess, LedgerStream, get
from ports import free_port
from processes import Gateway, eventually
from test_exact_budgets import CALL, NAME, PRICE, PostgresStore, Sqlite

FIT = 10  # calls that fit into each owner's budget
HELLO = [{"role": "user", "content": "hello"}]


def budget(scope, **more):
    return {"id": f"of-{scope}", "scope": scope, "unit": "USD", "amount": FIT * CALL, "period": "Month", "onExceeded": "Block", "from": SOURCE, **more}


class Place:
    def __init__(self, folder, upstream, store, budgets, gateways):
        self.upstream, self.store, self.gateways = upstream, store(folder), []
        self.ledger = LedgerProcess(folder, database=self.store.url)
        self.ledger.event("serving")
        with LedgerStream(self.ledger.socket) as operator:
            operator.book("1", budgets)
        config = config_for(upstream.url, [model(NAME, target(NAME, price=PRICE))], budgets=budgets)
        for number in range(gateways):
            home = folder / f"g{number}"
            home.mkdir()
            self.gateways.append(Gateway(home, config, port=free_port(), options=("--ledger", self.ledger.socket)))

    def ask(self, number, headers=None, who="ada", **body):
        """"", or the code of the refusal."""
        with client_of(self.gateways[number % len(self.gateways)].url, who) as client:
            try:
                client.chat.completions.create(model=NAME, messages=HELLO, max_tokens=20, extra_headers=headers or {}, **body)
            except openai.APIStatusError as refused:
                self.refusal = json.loads(refused.response.text)["error"]
                return self.refusal["code"]
        return ""

    def storm(self, asks):
        """How each was answered, by its first member: (owner, headers, body) of each, many at once."""
        with ThreadPoolExecutor(16) as pool:
            done = list(pool.map(lambda ask: (ask[1][0], self.ask(ask[0], ask[1][1], **ask[1][2])), enumerate(asks)))
        return collections.Counter(done)

    def accounts(self, budget):
        found = get(self.ledger.rest, f"/v1/budgets?budget={budget}")["budgets"]
        return {account["owner"]: account["settled"] for account in found[0]["accounts"]}

    def stop(self):
        end_all(self.gateways, end)
        end(self.ledger)
        self.store.stop()


@pytest.fixture
def start(short, upstream):
    places = []

    def start_one(store, *budgets, gateways=1):
        places.append(Place(short, upstream, store, list(budgets), gateways))
        return places[-1]

    yield start_one
    for place in places:
        place.stop()


STORES = pytest.mark.parametrize("store", [Sqlite, PostgresStore])


@STORES
def test_each_run_has_a_budget_of_its_own_that_is_exact_on_two_gateways(start, store, upstream):
    place = start(store, budget("Run"), gateways=2)

    found = place.storm([(f"run-{i % 2}", {"x-weir-run": f"run-{i % 2}"}, {}) for i in range(0, 60)] + [("none", {}, {})] * 15)

    assert {(run, ""): FIT for run in ("run-0", "run-1")}.items() <= found.items() and found["none", ""] == 15, found
    assert found["run-0", "budget_exceeded"] == found["run-1", "budget_exceeded"] == 20
    assert len(upstream.calls_of(NAME)) == 2 * FIT + 15
    whole = {f"lab/dev/run-{i}": "1.00000001" for i in range(2)}
    eventually(lambda: place.accounts("of-Run") == whole, "what was spent to be settled")


@STORES
def test_each_value_of_a_tag_has_one_whether_a_client_says_it_or_a_declaration(start, store):
    feature = budget("Tag", tagKey="feature", id="of-feature")
    center = budget("Tag", tagKey="cost-center", id="of-center", amount=3 * FIT * CALL)
    place = start(store, feature, center)

    found = place.storm([(value, {"x-weir-tags": f"feature={value}, cost-center=1"}, {}) for value in ("search", "chat") for _ in range(15)])

    assert found["search", ""] == found["chat", ""] == FIT, found
    assert place.ask(0, {"x-weir-tags": "feature=search"}) == "budget_exceeded"
    assert "The tag feature=search of lab/dev has too little left" in place.refusal["message"]
    assert place.ask(0, who="bob") == "", "no tag, none of these budgets"
    eventually(lambda: place.accounts("of-center") == {"lab/dev/4711": "2.00000002"}, "what was spent to be settled")
    assert place.accounts("of-feature").keys() == {"lab/dev/search", "lab/dev/chat"}


@STORES
def test_each_end_user_has_one_and_is_nowhere_by_name(start, store, short):
    place = start(store, budget("User"))
    ways = [({}, {"user": "ada@example.com"}), ({}, {"safety_identifier": "ada@example.com", "user": "x"}), ({"x-weir-user": "ada@example.com"}, {})]

    found = place.storm([("ada", *ways[i % 3]) for i in range(18)] + [("bea", {"x-weir-user": "bea@example.com"}, {})] * 12)

    assert found["ada", ""] == found["bea", ""] == FIT, found
    assert place.ask(0, {"x-weir-user": "ada@example.com"}) == "budget_exceeded"
    assert place.refusal["message"].startswith("The end user of this call of lab/dev has too little left") and "example.com" not in place.refusal["message"]
    owners = {"lab/dev/" + hashlib.sha256(f"lab/dev\n{who}@example.com".encode()).hexdigest()[:32] for who in ("ada", "bea")}
    eventually(lambda: place.accounts("of-User") == {owner: "1.00000001" for owner in owners}, "what was spent to be settled")
    kept = b"".join(file.read_bytes() for file in short.rglob("*") if file.is_file())
    assert b"@example.com" not in kept and "@example.com" not in place.ledger.output + place.gateways[0].output


def test_a_header_that_names_no_end_user_is_refused(gateway):
    for wrong in ("", "u" * 257):
        with client_of(gateway.url) as client, pytest.raises(openai.BadRequestError) as refused:
            client.chat.completions.create(model="echo", messages=HELLO, extra_headers={"x-weir-user": wrong})
        assert "x-weir-user" in refused.value.message


def test_a_policy_says_them_and_explain_shows_whose_they_are(up):
    weir = up({**BASE, "agents.yaml": policy("agents", "lab-dev", """  constraints:
    budgets:
      - { scope: Run, period: Day, tokens: 400 }
      - { scope: User, amount: "3" }
      - { scope: Tag, tagKey: feature, amount: "2" }
      - { scope: Tag, tagKey: customer, amount: "1" }""")})
    rows = {row["value"]: row["effective"] for row in json.loads(weir.cli("explain", "lab/dev", "-o", "json", check=0).stdout)["rows"]}
    assert rows["budgets[run].Day.tokens"] == "400 tokens" and rows["budgets[user].Month.amount"] == "$3.00"
    assert rows["budgets[tag:feature].Month.amount"] == "$2.00" and rows["budgets[tag:customer].Month.amount"] == "$1.00"

    def ask(run):
        with client_of(weir.gateway("dev")["url"]) as client:
            client.chat.completions.create(model="echo", messages=HELLO, max_tokens=8, extra_headers={"x-weir-run": run})

    with pytest.raises(openai.RateLimitError) as refused:
        for _ in range(400):
            ask("run-1")
    assert "Run run-1 of lab/dev" in refused.value.message
    ask("run-2")
