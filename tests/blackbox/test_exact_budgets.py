"""The promise, by real processes: 1,000 calls of ten cents at once on five dollars admit exactly fifty, on one gateway or on ten; and
never more when gateways, ledgers and PostgreSQL are killed in the middle of it."""
import asyncio
import collections
import contextlib
import json
import os
import random
import sqlite3
import threading

import openai
import pytest

from conftest import client_of, end, end_all
from configs import SOURCE, config_for, model, target
from folders import BASE, policy
from ledger_client import LedgerProcess, LedgerStream, get
from ports import free_port
from postgres import Postgres
from processes import Gateway, eventually

NAME = "ten-cents"
# A hundred million nano-USD a call, and one for its tokens, whatever they are: rounded up once a call.
PRICE = {"provider": "mock", "model": "*", "usdPerMillion": {"requests": "100000", "input": "0.000000001", "cacheRead": "0.000000001",
                                                            "cacheWrite": "0.000000001", "output": "0.000000001", "reasoning": "0.000000001"}}
CALL = 100_000_001
FIT = 50
LIMIT = FIT * CALL
CALLS = 1000
KILLS = int(os.environ.get("WEIR_KILLS", "12"))  # a whole soak: WEIR_KILLS=1000
BUDGET = {"id": "five-dollars", "scope": "Organisation", "unit": "USD", "amount": LIMIT, "period": "Month", "onExceeded": "Block", "from": SOURCE}
BODY = json.dumps({"model": NAME, "messages": [{"role": "user", "content": "hello"}], "max_tokens": 20}).encode()
HEAD = (f"POST /v1/chat/completions HTTP/1.1\r\nHost: weir\r\nAuthorization: Bearer weir_test_ada_key\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n").encode()


async def call(port):
    """Status and error code; None when nobody answered."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(HEAD + BODY)
            reply = await reader.read()
        finally:
            writer.close()
    except OSError:
        return None
    head, _, body = reply.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 "):
        return None
    status = int(head[9:12])
    return status, "" if status == 200 else json.loads(body)["error"]["code"]


def storm(ports, count):
    """How often each answer came, of that many calls at once, spread over the ports."""

    async def all_at_once():
        return await asyncio.gather(*(call(ports[i % len(ports)]) for i in range(count)))

    return collections.Counter(asyncio.run(all_at_once()))


class Sqlite:
    def __init__(self, folder):
        self.path, self.url = folder / "ledger.db", f"sqlite:{folder / 'ledger.db'}"

    def account(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=30)) as database:
            return database.execute("SELECT coalesce(sum(settled), 0), coalesce(sum(leased), 0) FROM account").fetchone()

    def stop(self):
        pass


class PostgresStore(Postgres):
    def __init__(self, _):
        super().__init__()

    def account(self):
        return tuple(int(number) for number in self.ask("SELECT coalesce(sum(settled), 0), coalesce(sum(leased), 0) FROM account")[0])


class Place:
    def __init__(self, folder, upstream, store):
        self.folder, self.upstream, self.store, self.gateways = folder, upstream, store(folder), {}
        self.ledger = None
        self.start_ledger()
        with LedgerStream(self.ledger.socket) as operator:
            operator.book("1", [BUDGET])

    def start_ledger(self):
        self.ledger = LedgerProcess(self.folder, database=self.store.url)
        self.ledger.event("serving")

    def ledger_address(self):
        return self.ledger.socket

    def start_gateway(self, number, port=None):
        home = self.folder / f"g{number}"
        home.mkdir(exist_ok=True)
        config = config_for(self.upstream.url, [model(NAME, target(NAME, price=PRICE))], budgets=[BUDGET], deadlines={"total": "600s"})
        self.gateways[number] = Gateway(home, config, port=port or free_port(), options=("--ledger", self.ledger_address()))

    @property
    def ports(self):
        return [gateway.port for gateway in self.gateways.values()]

    def admitted(self):
        return len(self.upstream.calls_of(NAME))

    def check(self):
        """The invariant, as the store has it: never above the limit, never below what reached the provider."""
        reached = self.admitted() * CALL  # before the store is looked at: what comes between is not missed
        settled, leased = self.store.account()
        assert settled + leased <= LIMIT, (settled, leased)
        assert settled + leased >= reached, (settled, leased, reached)

    def stop(self):
        end_all([gateway for gateway in self.gateways.values() if gateway.is_running()], end)
        if self.ledger.is_running():
            end(self.ledger)
        self.store.stop()


@pytest.fixture
def start(short, upstream):
    places = []

    def start_one(store, gateways):
        places.append(Place(short, upstream, store))
        for number in range(gateways):
            places[-1].start_gateway(number)
        return places[-1]

    yield start_one
    for place in places:
        place.stop()


@pytest.mark.parametrize("gateways", [1, 3, 10])
@pytest.mark.parametrize("store", [Sqlite, PostgresStore])
def test_of_a_thousand_calls_at_once_exactly_fifty_are_admitted(start, store, gateways):
    place = start(store, gateways)

    answers = storm(place.ports, CALLS)

    assert sum(answers.values()) == CALLS and None not in answers, answers
    assert set(answers) <= {(200, ""), (429, "budget_exceeded"), (503, "budget_unavailable")}, answers
    assert answers[(200, "")] == place.admitted() <= FIT, answers
    place.check()
    # What one gateway had on loan and another wanted comes back by itself; then the rest is admitted, to the last call.
    eventually(lambda: storm(place.ports, 4 * gateways) and place.admitted() >= FIT, "all fifty to be admitted")
    assert storm(place.ports, 100)[(200, "")] == 0
    assert place.admitted() == FIT
    eventually(lambda: place.store.account() == (LIMIT, 0), "every nano-dollar to be settled and none on loan")
    budgets = get(place.ledger.rest, "/v1/budgets")["budgets"]
    assert [(one["id"], one["accounts"][0]["left"]) for one in budgets] == [("five-dollars", "0.00")]


def test_a_folder_with_a_budget_serves_from_ready_on_to_the_last_call_that_fits(up):
    cents = """  defaults:
    prices: [ { provider: echo, model: echo, usdPerMillion: { requests: "100000", input: "0.000000001", output: "0.000000001" } } ]
  constraints:
    budgets: [ { scope: Workspace, amount: "0.30000001" } ]"""
    weir = up({**BASE, "org.yaml": policy("org", "weir-system", cents)})
    weir.event("ready")

    def ask(environment):
        with client_of(weir.gateway(environment)["url"], max_retries=0) as client:
            return client.chat.completions.create(model="echo", messages=[{"role": "user", "content": "hello"}], max_tokens=20)

    for environment in ("dev", "prod", "dev"):
        ask(environment)
    with pytest.raises(openai.RateLimitError) as refused:
        ask("prod")

    assert refused.value.code == "budget_exceeded" and refused.value.response.headers["x-should-retry"] == "false"
    assert "weir-system/org" in refused.value.message
    weir.write("org.yaml", policy("org", "weir-system", cents.replace("0.30000001", "0.40000001")))
    eventually(lambda: admits(ask, "prod"), "the wider budget to be in force")
    with pytest.raises(openai.RateLimitError):
        ask("dev")


def admits(ask, environment):
    try:
        return ask(environment)
    except openai.RateLimitError:
        return None


def test_never_more_whoever_is_killed(start):
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    place = start(PostgresStore, 3)
    is_over = threading.Event()
    answers = collections.Counter()

    def load():
        while not is_over.is_set():
            answers.update(storm(place.ports, 30))

    loading = threading.Thread(target=load)
    loading.start()
    try:
        for _ in range(KILLS):
            victim = chance.choice(["gateway", "gateway", "ledger", "postgres"])
            if victim == "gateway":
                number = chance.randrange(3)
                port = place.gateways[number].port
                place.gateways[number].kill()
                place.start_gateway(number, port)
            elif victim == "ledger":
                place.ledger.kill()
                place.start_ledger()
            else:
                place.store.kill()
                place.store.up()
            place.check()
    finally:
        is_over.set()
        loading.join()

    assert place.admitted() <= FIT
    assert answers[(200, "")] <= place.admitted(), answers
    assert (429, "budget_exceeded") in answers or (503, "budget_unavailable") in answers, answers
    # Nobody dies any more: the record of every call that was admitted comes in, also of those that a kill cut; what else dead gateways
    # had on loan stays locked, not lost.
    eventually(lambda: place.store.account()[0] >= place.admitted() * CALL, "what was admitted to be settled")
    place.check()
