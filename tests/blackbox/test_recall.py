"""An Idempotency-Key across the replicas of an environment: what one gateway bought no other buys again, while the ledger can be asked. Real gateways, and
some that are played."""
import collections
import threading
import uuid

import openai
import pytest

from conftest import client_of, end, end_all
from configs import config_for, target
from configs import model as model_of
from ledger_client import LedgerProcess, LedgerStream
from mock_upstream import answers, fails, streams_then
from ports import free_port
from postgres import Postgres
from processes import Gateway, eventually, get, parse_metrics

MODEL = "chat"
HELLO = [{"role": "user", "content": "hello"}]
JOURNALS = [f"01KB7D{number:020d}" for number in range(3)]
SLOW = {"total": "600s", "firstByte": "600s"}


class Sqlite:
    def __init__(self, folder):
        self.url = f"sqlite:{folder / 'ledger.db'}"

    def stop(self):
        pass


class PostgresStore(Postgres):
    def __init__(self, _):
        super().__init__()


class Place:
    """A ledger and the gateways that are connected to it."""

    def __init__(self, folder, upstream, store):
        self.folder, self.upstream, self.store, self.gateways = folder, upstream, store(folder), []
        self.metrics_port = free_port()
        self.start_ledger()

    def start_ledger(self):
        self.ledger = LedgerProcess(self.folder, "--admin", f"127.0.0.1:{self.metrics_port}", database=self.store.url)
        self.ledger.event("serving")

    def start(self, count, environment="dev", **changes):
        """So many more, each of which knows of the others when this returns."""
        config = config_for(self.upstream.url, [model_of(MODEL, target(MODEL), retry={"attempts": 1})], deadlines=SLOW, **changes)
        for _ in range(count):
            home = self.folder / f"g{len(self.gateways)}"
            home.mkdir()
            self.gateways.append(Gateway(home, config, environment=environment, options=("--ledger", self.ledger.socket)))
        started = self.gateways[-count:]
        for gateway in started:
            knows_of(gateway, count)
        return started

    def recalls(self):
        return parse_metrics(get(f"http://127.0.0.1:{self.metrics_port}/metrics")[1])["weir_ledger_recalls_total"]

    def stop(self):
        end_all([gateway for gateway in self.gateways if gateway.is_running()], end)
        if self.ledger.is_running():
            end(self.ledger)
        self.store.stop()


@pytest.fixture(params=[Sqlite, PostgresStore])
def place(request, short, upstream):
    place = Place(short, upstream, request.param)
    yield place
    place.stop()


@pytest.fixture
def small(short, upstream):
    """Where the database makes no difference."""
    place = Place(short, upstream, Sqlite)
    yield place
    place.stop()


@pytest.fixture
def key():
    return f"key-{uuid.uuid4()}"


def knows_of(gateway, count):
    eventually(lambda: gateway.metrics().get("weir_limit_gateways", 1) == count, f"a gateway that knows of {count}")


def asks(gateway):
    """{result: how often}, of those that came up."""
    return {name.split('"')[1]: int(value) for name, value in gateway.metrics().items() if name.startswith("weir_idempotency_asks_total") and value}


def ask(gateway, key, content="hello", who="ada", **more):
    with client_of(gateway.url, who, max_retries=more.pop("max_retries", 0)) as client:
        return client.chat.completions.with_raw_response.create(
            model=MODEL, messages=[{"role": "user", "content": content}], extra_headers={"Idempotency-Key": key}, **more)


def stream(gateway, key, **more):
    """The reply's bytes, and its headers."""
    with client_of(gateway.url, max_retries=more.pop("max_retries", 0)) as client:
        with client.chat.completions.with_streaming_response.create(
                model=MODEL, messages=HELLO, stream=True, extra_headers={"Idempotency-Key": key}, **more) as reply:
            return reply.read(), reply.headers


def is_replay(reply):
    return reply.headers.get("idempotent-replayed") == "true"


def bought(place):
    return len(place.upstream.calls_of(MODEL))


def at_once(calls):
    """What each of them returned or raised."""
    found, gate = [None] * len(calls), threading.Barrier(len(calls))

    def run(number, call):
        gate.wait()
        try:
            found[number] = call()
        except openai.APIStatusError as refused:
            found[number] = refused

    threads = [threading.Thread(target=run, args=item) for item in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.mark.parametrize("replicas", [2, 3])
def test_asked_at_once_of_all_replicas_it_is_bought_once(place, key, replicas):
    gateways = place.start(replicas)
    keys = [f"{key}-{number}" for number in range(12)]

    found = at_once([lambda gateway=gateway, one=one: ask(gateway, one, max_retries=20) for one in keys for gateway in gateways])

    assert bought(place) == len(keys)
    by_key = collections.defaultdict(list)
    for number, reply in enumerate(found):
        by_key[number // replicas].append(reply)
    for replies in by_key.values():
        assert sorted(is_replay(reply) for reply in replies) == [False] + [True] * (replicas - 1)
        assert len({reply.text for reply in replies}) == 1
    assert not any(set(asks(gateway)) & {"partial", "late", "away", "full"} for gateway in gateways)


def test_while_it_runs_it_runs_for_all_replicas(place, key):
    first, second, third = place.start(3)
    place.upstream.script(MODEL, answers(delay=1))
    running = threading.Thread(target=ask, args=(first, key))
    running.start()
    eventually(lambda: bought(place) == 1, "the first to be asked")

    for other in second, third:
        with pytest.raises(openai.ConflictError) as refused:
            ask(other, key)
        assert refused.value.code == "call_running" and refused.value.response.headers["retry-after"] == "1"
    waited = ask(third, key, max_retries=20)
    running.join()

    assert is_replay(waited) and bought(place) == 1
    assert asks(second) == {"running": 1} and asks(third)["answered"] == 1 and asks(first) == {"unknown": 1}


def test_what_one_answered_the_others_give_again_and_it_costs_nothing(place, key):
    first, second, third = place.start(3)
    once = ask(first, key)

    again = [ask(gateway, key) for gateway in (second, third, first, second)]

    assert bought(place) == 1 and not is_replay(once)
    for reply in again:
        assert is_replay(reply) and reply.text == once.text and reply.headers["content-type"] == once.headers["content-type"]
    record = second.record_of(again[0].headers["x-request-id"])
    assert record["replayOf"] == once.headers["x-request-id"] and record["idempotencyKey"] == key and record["outcome"] == "Completed"
    assert not {"inputTokens", "cost", "try", "provider", "charges"} & record.keys()
    assert asks(second) == {"answered": 1}, "it keeps a copy of another one's answer"


def test_a_stream_is_given_again_byte_for_byte_by_another(place, key):
    first, second = place.start(2)
    once, headers = stream(first, key, stream_options={"include_usage": True})

    again, replayed = stream(second, key, stream_options={"include_usage": True})

    assert again == once and again.count(b"data: ") > 2 and replayed["idempotent-replayed"] == "true" and "idempotent-replayed" not in headers
    assert replayed["content-type"] == headers["content-type"] and bought(place) == 1


def test_a_long_answer_of_any_characters_comes_over(small, key):
    first, second = small.start(2)
    words = "\u00fc\u2192\"\\\n\u0001" * 10000  # 240 kB as JSON
    small.upstream.script(MODEL, answers(words=words))
    once = ask(first, key)

    again = ask(second, key)

    assert is_replay(again) and again.content == once.content and again.parse().choices[0].message.content == words


def test_another_request_under_the_key_is_refused_by_all(place, key):
    first, second = place.start(2)
    ask(first, key)

    with pytest.raises(openai.UnprocessableEntityError) as refused:
        ask(second, key, content="something else", max_retries=2)

    assert refused.value.code == "idempotency_key_reused" and bought(place) == 1 and asks(second) == {"different": 1}


def test_what_failed_may_be_asked_again_anywhere(small, key):
    first, second = small.start(2)
    small.upstream.script(MODEL, fails(500), streams_then(2), answers())
    with pytest.raises(openai.InternalServerError):
        ask(first, key)
    with pytest.raises(Exception):
        stream(second, key)

    once, headers = stream(first, key)

    assert "idempotent-replayed" not in headers and b"[DONE]" in once and bought(small) == 3


def test_other_callers_and_other_environments_have_keys_of_their_own(small, key):
    first, second = small.start(2)
    elsewhere, _ = small.start(2, environment="prod")
    ask(first, key)

    assert not is_replay(ask(second, key, who="bob")) and not is_replay(ask(elsewhere, key))
    assert is_replay(ask(second, key)) and bought(small) == 3


def test_who_sends_no_key_or_is_alone_asks_nobody(small, key):
    [alone] = small.start(1)
    ask(alone, key)
    assert small.recalls() == 0 and asks(alone) == {}
    first, second = small.start(2, environment="prod")
    for gateway in first, second:
        with client_of(gateway.url) as client:
            client.chat.completions.create(model=MODEL, messages=HELLO)
    assert small.recalls() == 0
    ask(first, key)
    assert small.recalls() == 1


def test_without_a_ledger_calls_go_on_and_are_bought_again_until_it_is_back(place, key):
    first, second = place.start(2)
    ask(first, key)
    place.ledger.kill()

    assert not is_replay(ask(second, key)) and bought(place) == 2
    assert asks(second) == {"away": 1}
    place.start_ledger()
    for gateway in first, second:
        eventually(lambda: len([e for e in gateway.events() if e["event"] == "ledger_connected"]) == 2, "its stream")
    eventually(lambda: len([e for e in place.ledger.events() if e["event"] == "gateway_connected"]) == 2, "both to be welcome")
    other = f"{key}-2"
    once = eventually(lambda: ask(first, other), "the first")
    again = ask(second, other)
    assert is_replay(again) and again.text == once.text, "who answered knows, whichever ledger asks"


def test_an_answer_outlives_its_gateway_where_it_was_given_again(small, key):
    first, second, third = small.start(3)
    once = ask(first, key)
    ask(second, key)
    first.kill()

    again = ask(third, key)

    assert is_replay(again) and again.text == once.text and bought(small) == 1
    assert third.record_of(again.headers["x-request-id"])["replayOf"] == once.headers["x-request-id"]


def test_the_key_of_a_gateway_that_is_gone_is_free(place, key):
    first, second, third = place.start(3)
    ask(first, key)
    first.kill()
    eventually(lambda: not first.is_running(), "its end")

    again = eventually(lambda: ask(second, key), "an answer")

    assert not is_replay(again) and bought(place) == 2
    assert is_replay(ask(third, key)), "now it is the second one's"


def played(place, journal, environment="dev", **knows):
    stream = LedgerStream(place.ledger.socket)
    stream.send({"type": "Hello", "hello": {"workspace": "lab", "environment": environment, "gateway": "played", "journal": journal}, "knows": knows})
    return stream, stream.next("Welcome")


def test_who_is_silent_or_of_before_holds_no_call_up(small, key):
    first, second = small.start(2)
    silent, _ = played(small, JOURNALS[0], recall=True)
    with silent:
        assert not is_replay(ask(first, key)) and asks(first) == {"partial": 1}
        assert set(silent.next("Recall")) == {"number", "caller", "key", "digest"}
        assert is_replay(ask(second, key)), "who knows it is believed without the silent one"
    old, _ = played(small, JOURNALS[1])
    with old:
        assert not is_replay(ask(first, f"{key}-2")) and asks(first) == {"partial": 2}
        assert old.usage(0, [{"id": "01A", "time": 1764000000000, "workspace": "lab", "environment": "dev", "outcome": "Completed"}]) == 1, "it was sent nothing"


def test_what_a_gateway_says_is_believed_of_its_own_environment_only(small, key):
    first, _ = small.start(2)
    once = ask(first, key)
    digest = "0" * 64
    with played(small, JOURNALS[0], environment="prod", recall=True)[0] as elsewhere, played(small, JOURNALS[1], recall=True)[0] as inside:
        for stream, verdict in (elsewhere, "Unknown"), (inside, "Different"):
            stream.send({"type": "Recall", "recall": {"number": 1, "caller": "ada", "key": key, "digest": digest}})
            told = stream.next("Recalled")
            assert told["number"] == 1 and told["verdict"] == verdict and "body" not in told
        other, found = f"{key}-2", []
        asking = threading.Thread(target=lambda: found.append(ask(first, other)))
        asking.start()
        number = inside.next("Recall")["number"]
        elsewhere.send({"type": "Recalled", "recalled": {"number": number, "verdict": "Running"}})
        inside.send({"type": "Recalled", "recalled": {"number": number + 1, "verdict": "Running"}})
        inside.send({"type": "Recalled", "recalled": {"number": number, "verdict": "Unknown"}})
        asking.join()
        assert not is_replay(found[0]) and found[0].headers["x-request-id"] != once.headers["x-request-id"]


def test_only_who_is_welcome_asks_and_nobody_says_more_than_an_answer_may_have(small):
    with LedgerStream(small.ledger.socket) as stranger:
        stranger.send({"type": "Recall", "recall": {"number": 1, "caller": "ada", "key": "k", "digest": "0" * 64}})
        with pytest.raises(Exception, match="not expected"):
            stranger.next("Recalled")
    for recalled in {"body": "A" * 349529}, {"contentType": "text/plain\r\nset-cookie: a=b"}, {"contentType": "x" * 257}, {"call": "x" * 65}:
        stream, _ = played(small, JOURNALS[0], recall=True)
        with stream:
            stream.send({"type": "Recalled", "recalled": {"number": 1, "verdict": "Answered", **recalled}})
            with pytest.raises(Exception, match="recalled"):
                stream.next("Recall")
