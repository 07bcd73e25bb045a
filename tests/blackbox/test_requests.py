"""Which calls run right now: the ledger asks the gateways, and names those that do not say. Real gateways, and some that are played."""
import asyncio
import threading

import openai
import pytest

from conftest import client_of, end, end_all
from configs import config_for
from ledger_client import LedgerProcess, LedgerStream, get
from mock_upstream import head, send_chunk, stream_events
from processes import Gateway, eventually

JOURNALS = [f"01KB7D{number:020d}" for number in range(9)]


class Hanging:
    """A stream that sends its first event, and nothing more until the test says so."""

    def __init__(self):
        self._go = threading.Event()

    async def __call__(self, call, writer):
        events = list(stream_events(call))
        writer.write(head(200, (), "text/event-stream"))
        await send_chunk(writer, events[0])
        while not self._go.is_set():
            await asyncio.sleep(0.005)
        for event in events[1:]:
            await send_chunk(writer, event)
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    def go_on(self):
        self._go.set()


@pytest.fixture
def ledger(short):
    process = LedgerProcess(short)
    process.event("serving")
    yield process
    end(process)


@pytest.fixture
def start(ledger, upstream, short):
    started = []

    def start_one(environment="dev", workspace="lab", **changes):
        home = short / f"g{len(started)}"
        home.mkdir()
        started.append(Gateway(home, config_for(upstream.url, **changes), workspace=workspace, environment=environment, options=("--ledger", ledger.socket)))
        eventually(lambda: ledger.event("gateway_connected", lambda e: e["environment"] == environment), "its stream")
        return started[-1]

    yield start_one
    end_all(started, end)


def running(ledger, **query):
    return get(ledger.rest, "/v1/requests?" + "&".join(f"{key}={value}" for key, value in query.items()))


def test_a_stream_that_hangs_is_listed_and_gone_when_it_ends(ledger, start, upstream, model):
    gateway, hanging = start(), Hanging()
    start("prod")
    upstream.script(model, hanging)
    assert running(ledger)["requests"] == []
    with client_of(gateway.url) as client:
        stream = client.chat.completions.create(model=model, messages=[{"role": "user", "content": "hello"}], stream=True)
        request_id = stream.response.headers["x-request-id"]
        next(stream)

        answer = running(ledger)
        [request] = answer["requests"]
        assert answer["gateways"] == 2 and answer["silent"] == [] and "isCut" not in answer
        assert {key: request[key] for key in request if key not in ("time", "bytes")} == {
            "workspace": "lab", "environment": "dev", "gateway": "test-0", "id": request_id, "caller": "ada", "model": model, "provider": "mock",
            "targetModel": model, "stream": True, "attempts": 1}
        assert request["bytes"] > 0 and request["time"] <= answer["at"]
        for asked, count in ({"caller": "ada"}, 1), ({"caller": "bob"}, 0), ({"model": model, "provider": "mock"}, 1), ({"workspace": "other"}, 0), (
                {"environment": "prod"}, 0), ({"environment": "dev"}, 1):
            assert len(running(ledger, **asked)["requests"]) == count, asked

        hanging.go_on()
        list(stream)
    assert running(ledger)["requests"] == []
    assert gateway.record_of(request_id)["outcome"] == "Completed"


def test_many_calls_are_listed_as_far_as_was_asked_for(ledger, start, upstream, model):
    gateway, hanging = start(), Hanging()
    upstream.script(model, *[hanging] * 5)

    async def ask_all():
        async with openai.AsyncOpenAI(base_url=gateway.url + "/v1", api_key="weir_test_ada_key", max_retries=0) as client:
            streams = [await client.chat.completions.create(model=model, messages=[{"role": "user", "content": "hello"}], stream=True) for _ in range(5)]
            ids = {stream.response.headers["x-request-id"] for stream in streams}
            answer = await asyncio.to_thread(running, ledger)
            cut = await asyncio.to_thread(running, ledger, limit=2)
            hanging.go_on()
            for stream in streams:
                async for _ in stream:
                    pass
            return ids, answer, cut

    ids, answer, cut = asyncio.run(ask_all())
    assert {request["id"] for request in answer["requests"]} == ids and len(ids) == 5 and "isCut" not in answer
    assert len(cut["requests"]) == 2 and cut["isCut"]


def hello(stream, journal, environment="dev", **beside):
    stream.send({"type": "Hello", "hello": {"workspace": "lab", "environment": environment, "gateway": environment, "journal": journal}, "beside": beside})
    stream.next("Welcome")


def test_gateways_that_do_not_answer_are_named(ledger, start):
    start()
    with LedgerStream(ledger.socket) as deaf, LedgerStream(ledger.socket) as old, LedgerStream(ledger.socket) as lost:
        hello(deaf, JOURNALS[0], "deaf", answersLook=True)
        hello(old, JOURNALS[1], "old")
        hello(lost, JOURNALS[2], "lost", answersLook=True)

        def be_lost():
            lost.next("Look")
            lost.close()

        leaving = threading.Thread(target=be_lost)
        leaving.start()
        answer = running(ledger)
        leaving.join()
        assert answer["gateways"] == 1
        assert sorted((gateway["gateway"], gateway["reason"]) for gateway in answer["silent"]) == [
            ("deaf", "NoAnswer"), ("lost", "Gone"), ("old", "OldVersion")]
        late = deaf.next("Look")
        deaf.send({"type": "Running", "running": {"number": late["number"], "calls": []}})
        assert deaf.usage(0, [{"id": "01A", "time": 1764000000000, "workspace": "lab", "environment": "deaf", "outcome": "Completed"}]) == 1, "it goes on"


def test_what_a_gateway_says_is_its_own_environments_and_bounded(ledger):
    with LedgerStream(ledger.socket) as stream:
        hello(stream, JOURNALS[0], answersLook=True)
        answers = []
        asking = threading.Thread(target=lambda: answers.append(running(ledger)))
        asking.start()
        number = stream.next("Look")["number"]
        calls = [{"id": f"{number}", "time": "2026-11-30T10:00:00Z", "caller": "ada"} for number in range(1000)]
        stream.send({"type": "Running", "running": {"number": number, "calls": calls, "isCut": True}})
        asking.join()
        [answer] = answers
        assert len(answer["requests"]) == 1000 and answer["isCut"]
        assert {(request["workspace"], request["environment"], request["gateway"]) for request in answer["requests"]} == {("lab", "dev", "dev")}
        stream.send({"type": "Running", "running": {"number": number + 1, "calls": calls + calls[:1]}})
        with pytest.raises(Exception, match="calls"):
            stream.next("Look")
