"""Limits hold across replicas, by real processes: never above in any minute, all of it there for one replica, slots never more than there are."""
import asyncio
import collections
import contextlib
import itertools
import sqlite3
import threading
import time

import openai
import pytest

from conftest import client_of, end, end_all
from configs import config_for, limit, model, target
from folders import BASE, limits
from ledger_client import LedgerProcess, LedgerStream, get
from mock_upstream import USAGE, answers
from ports import free_port
from postgres import Postgres
from processes import Gateway, eventually
from test_exact_budgets import call, storm

NAME = "ten-cents"  # what test_exact_budgets' calls ask for
TOKENS = USAGE["total_tokens"]


def shared(unit, amount, scope="Environment"):
    return {"id": f"limit:lab/dev/{scope}/{unit}", "scope": scope, "unit": unit, "amount": amount}


class Sqlite:
    def __init__(self, folder):
        self.path, self.url = folder / "ledger.db", f"sqlite:{folder / 'ledger.db'}"

    def leased(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=30)) as database:
            return database.execute("SELECT window_id, leased FROM account WHERE substr(budget, 1, 6) = 'limit:'").fetchall()

    def limits(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=30)) as database:
            return database.execute("SELECT id FROM call_limit").fetchall()

    def stop(self):
        pass


class PostgresStore(Postgres):
    def __init__(self, _):
        super().__init__()

    def leased(self):
        return [(window, int(leased)) for window, leased in self.ask("SELECT window_id, leased FROM account WHERE substr(budget, 1, 6) = 'limit:'")]


class Slots:
    """A provider's calls, each of which runs until the test says otherwise: also those whose caller is gone."""

    def __init__(self):
        self.running = self.peak = self.begun = self.abandoned = 0
        self._lock, self._go = threading.Lock(), threading.Event()

    def behaviour(self, seconds=None):
        async def behave(asked, writer):
            with self._lock:
                self.running += 1
                self.begun += 1
                self.peak = max(self.peak, self.running)
            try:
                while not self._go.is_set() if seconds is None else False:
                    await asyncio.sleep(0.005)
                await asyncio.sleep(seconds or 0)
            except asyncio.CancelledError:
                with self._lock:
                    self.abandoned += 1  # it runs on
                raise
            with self._lock:
                self.running -= 1
            return await answers()(asked, writer)
        return behave

    def let_go(self):
        self._go.set()


class Place:
    def __init__(self, folder, upstream, store, limits, gateways):
        self.folder, self.upstream, self.store, self.limits, self.gateways = folder, upstream, store(folder), limits, {}
        self.start_ledger()
        with LedgerStream(self.ledger.socket) as operator:
            operator.book("1", [], [shared(one["unit"], one["amount"], one["scope"]) for one in limits])
        for number in range(gateways):
            self.start_gateway(number)

    def start_ledger(self):
        self.ledger = LedgerProcess(self.folder, database=self.store.url)
        self.ledger.event("serving")

    def start_gateway(self, number):
        home = self.folder / f"g{number}"
        home.mkdir(exist_ok=True)
        config = config_for(self.upstream.url, [model(NAME, target(NAME))], limits=self.limits, deadlines={"total": "600s", "firstByte": "600s"})
        self.gateways[number] = Gateway(home, config, port=free_port(), options=("--ledger", self.ledger.socket))

    @property
    def ports(self):
        return [gateway.port for gateway in self.gateways.values()]

    def admitted(self):
        return len(self.upstream.calls_of(NAME))

    def stop(self):
        end_all([gateway for gateway in self.gateways.values() if gateway.is_running()], end)
        if self.ledger.is_running():
            end(self.ledger)
        self.store.stop()


@pytest.fixture
def start(short, upstream):
    places = []

    def start_one(store, gateways, *limits):
        places.append(Place(short, upstream, store, list(limits), gateways))
        return places[-1]

    yield start_one
    for place in places:
        place.stop()


def minute():
    return int(time.time() // 60)


def minutes_since(first):
    """How many minutes a hold since then may have been made in."""
    return minute() - first + 1


@pytest.mark.parametrize("gateways", [1, 3, 10])
@pytest.mark.parametrize("store", [Sqlite, PostgresStore])
def test_never_more_requests_than_the_limit_in_its_minute(start, store, gateways):
    most, first = 60, minute()
    place = start(store, gateways, limit("RequestsPerMinute", most, "Environment"))

    answered = collections.Counter()

    def flood():
        answered.update(storm(place.ports, 300))
        assert place.admitted() <= most * minutes_since(first)
        assert all(leased <= most for _, leased in place.store.leased())
        return place.admitted() >= most

    eventually(flood, "all of it to be admitted")
    assert set(answered) == {(200, ""), (429, "request_limit")}, answered
    assert answered[(200, "")] == place.admitted()


def in_one_minute(place, attempt):
    """In a minute of which nothing is used yet; again when it ended meanwhile: what was counted is of two windows then."""
    for _ in range(5):
        now = minute()
        if place.admitted() > 0:
            eventually(lambda: minute() > now, "the next minute", patience=90)
        began = minute()
        result = attempt()
        if minute() == began:
            return result
    raise AssertionError("never done within a minute")


@pytest.mark.parametrize("unit, most, each", [("RequestsPerMinute", 100, 1), ("TokensPerMinute", 400 * TOKENS, TOKENS)])
def test_nearly_all_of_the_limit_is_there_for_one_of_three(start, unit, most, each):
    place = start(Sqlite, 3, limit(unit, most, "Environment"))

    def attempt():
        before = place.admitted()
        storm(place.ports, 3)  # so that the others have something on loan
        eventually(lambda: is_refused(place.ports[0]), "the rest of it to be used up")
        return (place.admitted() - before) * each

    used = in_one_minute(place, attempt)
    assert 0.95 * most <= used <= most


def is_refused(port):
    return any(status == 429 for status, _ in storm([port], 4))


def test_each_caller_has_its_own_share_of_replicas(start):
    place = start(Sqlite, 3, limit("RequestsPerMinute", 10, "Caller"))
    first = minute()

    answered = storm(place.ports, 90)

    assert 0 < answered[(200, "")] <= 10 * minutes_since(first)


def test_never_more_calls_at_once_than_slots_also_when_a_gateway_is_killed(start, upstream):
    slots, most = Slots(), 6
    upstream.script(NAME, slots.behaviour())
    place = start(Sqlite, 3, limit("Concurrency", most, "Environment"))
    answered, calling = collections.Counter(), []

    def flood(ports):
        calling.append(threading.Thread(target=lambda: answered.update(storm(ports, 60))))
        calling[-1].start()

    flood(place.ports)
    eventually(lambda: slots.running == most, "all slots to be taken")
    victim = place.gateways.pop(0)
    victim.kill()
    for _ in range(5):
        assert storm(place.ports, 40)[(429, "concurrency_limit")] == 40
    slots.let_go()
    for thread in calling:
        thread.join()

    assert slots.peak == most
    # The slots of the dead one stay taken: nobody knows whether its calls are over. All others come back.
    others = most - slots.abandoned
    again = Slots()
    upstream.script(NAME, again.behaviour(seconds=0.2))
    eventually(lambda: storm([place.ports[0]], 20) and again.peak >= others, "one gateway to have all that are left")
    assert again.peak == others


def test_one_slot_goes_from_gateway_to_gateway(start, upstream):
    slots = Slots()
    upstream.script(NAME, slots.behaviour(seconds=0.01))
    place = start(Sqlite, 3, limit("Concurrency", 1, "Environment"))

    for port in place.ports * 5:
        eventually(lambda port=port: asyncio.run(call(port)) == (200, ""), "the slot to be free")

    assert slots.peak == 1 and slots.begun == 15


def test_without_the_ledger_each_gateway_goes_on_with_its_part(start):
    most, gateways = 30, 3
    place = start(Sqlite, gateways, limit("RequestsPerMinute", most, "Environment"))
    for gateway in place.gateways.values():  # that nobody called yet: they know of the others from the ledger's greeting alone
        eventually(lambda gateway=gateway: gateway.metrics()["weir_limit_gateways"] == gateways, "it to be told of the others")
    place.ledger.kill()
    for gateway in place.gateways.values():
        gateway.event("ledger_lost")
    first = minute()

    answered = storm(place.ports, 120)

    assert answered[(503, "budget_unavailable")] == 0
    assert gateways <= answered[(200, "")] == place.admitted() <= most + most * minutes_since(first), answered  # the second: what buckets refill
    place.start_ledger()
    eventually(lambda: storm([place.ports[0]], 1) and place.store.leased(), "calls on loan again")


def test_what_was_counted_without_the_ledger_is_not_lent_again_in_that_minute(start):
    most = 40
    place = start(Sqlite, 1, limit("RequestsPerMinute", most, "Environment"))
    tries = itertools.count()

    def attempt():
        before, number, gateway = place.admitted(), next(tries), place.gateways[0]
        place.ledger.kill()
        gateway.event("ledger_lost", after=number)
        alone = storm(place.ports, most // 2)[(200, "")]
        place.start_ledger()
        gateway.event("ledger_connected", after=number + 1)
        eventually(lambda: is_refused(place.ports[0]), "the rest of it to be used up")
        return alone, place.admitted() - before

    alone, admitted = in_one_minute(place, attempt)
    assert 0 < alone < admitted <= most


def test_weir_up_lends_the_limits_of_its_folder(up):
    weir = up({**BASE, "dev.yaml": limits(7)})
    url = weir.gateway("dev")["url"]
    store = Sqlite(weir.state)
    eventually(store.limits, "the limits in the ledger: until then each gateway counts for itself")
    first = minute()

    with client_of(url, max_retries=0) as client:
        for _ in range(40):
            with contextlib.suppress(openai.RateLimitError):
                client.chat.completions.create(model="echo", messages=[{"role": "user", "content": "hello"}])

    leased = [amount for _, amount in store.leased()]
    assert 7 in leased and all(amount <= 7 for amount in leased)
    admitted = sum(record["status"] == 200 for record in weir.records())
    assert 7 <= admitted <= 7 * minutes_since(first)


def declared(workspace, environment, *limits):
    return [{"workspace": workspace, "environment": environment,
             "limit": {"scope": limit["scope"], "unit": limit["unit"], "amount": limit["amount"], "from": {"policy": "weir-system/org", **more}}}
            for limit, more in limits]


def declare(operator, workspace, limits):
    operator.send({"type": "Declare", "declare": {"workspace": workspace, "revision": "1", "declaration": {"whole": True, "limits": limits}}})
    operator.next("Declared")


@pytest.mark.parametrize("kind", [Sqlite, PostgresStore])
def test_people_see_what_is_left_of_limits_in_the_minute_that_runs(kind, short):
    store = kind(short)
    ledger = LedgerProcess(short, database=store.url)
    ledger.event("serving")
    requests, slots = shared("RequestsPerMinute", 100), shared("Concurrency", 4)
    tried = {**shared("TokensPerMinute", 9), "id": "none"}
    try:
        with LedgerStream(ledger.socket) as operator:
            operator.send({"type": "Book", "book": {"revision": "1", "budgets": [], "limits": [requests, slots], "workspaces": ["lab", "other"], "whole": True}})
            operator.next("Booked")
            declare(operator, "lab", declared("lab", "dev", (requests, {}), (slots, {}), (tried, {"mode": "Shadow"})))
            declare(operator, "other", declared("other", "dev", (requests, {})))
        with LedgerStream(ledger.socket) as one, LedgerStream(ledger.socket) as two:
            one.hello(f"01KB7D{1:020d}", workspace="lab")
            two.hello(f"01KB7D{2:020d}", workspace="lab")
            assert two.ask(slots["id"], "lab/dev", "now", 3)["amount"] == 3

            def in_one_minute():
                """Whose minute is over before people ask: once more."""
                minute = get(ledger.rest, "/v1/limits")["minute"]
                used, held = (one.ask(requests["id"], "lab/dev", minute, amount) for amount in (30, 20))
                other = two.ask(requests["id"], "lab/dev", minute, 10)
                assert (used["amount"], held["amount"], other["amount"]) == (30, 20, 10)
                one.give_back({"lease": used["lease"], "kept": 12, "over": True})
                answer = get(ledger.rest, "/v1/limits?workspace=lab")
                return answer if answer["minute"] == minute else None

            answer = eventually(in_one_minute, "an answer of that minute")
        assert [(x["environment"], x["limit"]["unit"], x["limit"]["amount"], x["isShared"], x.get("accounts")) for x in answer["limits"]] == [
            ("dev", "RequestsPerMinute", 100, True, [{"owner": "lab/dev", "used": 12, "leased": 30, "left": 58, "gateways": 2}]),
            ("dev", "Concurrency", 4, True, [{"owner": "lab/dev", "used": 0, "leased": 3, "left": 1, "gateways": 1}]),
            ("dev", "TokensPerMinute", 9, False, None)]
        assert answer["minute"] <= answer["at"] and "next" not in answer

        pages, path = [], "/v1/limits?limit=3"
        while path:
            page = get(ledger.rest, path)
            pages.append([(x["workspace"], x["limit"]["unit"]) for x in page["limits"]])
            path = f"/v1/limits?limit=3&cursor={page['next']}" if "next" in page else None
        assert pages == [[("lab", "RequestsPerMinute"), ("lab", "Concurrency"), ("lab", "TokensPerMinute")], [("other", "RequestsPerMinute")]]
        for path in ("limits", "callers", "prices"):
            assert "cursor" in get(ledger.rest, f"/v1/{path}?cursor=x", 400)["error"]["message"]
            assert "limit" in get(ledger.rest, f"/v1/{path}?limit=1001", 400)["error"]["message"]
    finally:
        end(ledger)
        store.stop()
