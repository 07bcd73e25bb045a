"""The official client under an Idempotency-Key: nothing is bought twice while one gateway remembers it, and nothing is hidden when it was."""
import threading
import uuid

import openai
import pytest

from conftest import client_of
from configs import model as model_of
from configs import target
from mock_upstream import answers, hangs_up, streams_then
from processes import eventually

HELLO = [{"role": "user", "content": "hello"}]
ONE_TRY = {"retry": {"attempts": 1, "backoffBase": "1ms", "backoffMax": "1ms"}}


def keyed(key):
    return {"Idempotency-Key": key}


def ask(own, key, content="hello", who="ada", **more):
    retries = more.pop("max_retries", 0)
    with client_of(own.url, who, max_retries=retries) as client:
        return client.chat.completions.with_raw_response.create(
            model="chat", messages=[{"role": "user", "content": content}], extra_headers=keyed(key), **more)


def ended(own, count):
    """The last records of that many calls."""
    return eventually(lambda: (lambda found: found if len(found) == count else None)([r for r in own.records() if "nextTry" not in r]), "records")


@pytest.fixture
def own(start_gateway):
    return start_gateway(models=[model_of("chat", target("chat"), **ONE_TRY)])


@pytest.fixture
def key():
    return f"stainless-python-retry-{uuid.uuid4()}"


def test_the_official_client_sends_no_key_unless_it_is_told_to(own):
    with client_of(own.url) as client:
        client.chat.completions.create(model="chat", messages=HELLO)
    assert "idempotencyKey" not in ended(own, 1)[0]


def test_a_clients_retry_is_answered_by_the_call_that_it_repeats(own, upstream, key):
    first, again = ask(own, key), ask(own, key)

    assert again.headers["idempotent-replayed"] == "true" and "idempotent-replayed" not in first.headers
    assert again.text == first.text and again.parse().choices[0].message.content == "well done"
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert len(upstream.calls_of("chat")) == 1
    bought, given = ended(own, 2)
    assert given["replayOf"] == bought["id"] == first.headers["x-request-id"]
    assert [r["idempotencyKey"] for r in (bought, given)] == [key, key]
    assert "inputTokens" in bought and not {"inputTokens", "cost", "try", "provider", "charges"} & given.keys()


def stream(own, key, **more):
    """The events' texts, and the reply's headers."""
    with client_of(own.url, max_retries=more.pop("max_retries", 0)) as client:
        reply = client.chat.completions.with_raw_response.create(model="chat", messages=HELLO, stream=True, extra_headers=keyed(key), **more)
        return [chunk.model_dump_json() for chunk in reply.parse()], reply.headers


def test_a_stream_is_given_again_event_for_event(own, upstream, key):
    first, headers = stream(own, key, stream_options={"include_usage": True})
    again, replayed = stream(own, key, stream_options={"include_usage": True})

    assert first == again and len(first) > 1 and "idempotent-replayed" not in headers
    assert replayed["idempotent-replayed"] == "true" and replayed["content-type"].startswith("text/event-stream")
    assert len(upstream.calls_of("chat")) == 1
    bought, given = ended(own, 2)
    assert given["replayOf"] == bought["id"] and "inputTokens" not in given


def test_who_asks_for_a_stream_while_it_runs_waits_and_gets_it(own, upstream, key):
    upstream.script("chat", answers(gap=0.3))
    found = {}
    first = threading.Thread(target=lambda: found.update(first=stream(own, key)))
    first.start()
    eventually(lambda: upstream.calls_of("chat"), "the first to be asked")

    waited, headers = stream(own, key, max_retries=10)
    first.join()

    assert headers["idempotent-replayed"] == "true" and waited == found["first"][0]
    assert len(upstream.calls_of("chat")) == 1


def test_a_stream_that_was_cut_is_not_given_again(own, upstream, key):
    upstream.script("chat", streams_then(2), answers())
    with pytest.raises(openai.APIError):
        stream(own, key)

    assert "idempotent-replayed" not in stream(own, key)[1]
    assert len(upstream.calls_of("chat")) == 2


def test_a_retry_after_a_cut_is_a_call_of_its_own_that_costs_again(own, upstream, key):
    upstream.script("chat", hangs_up(), answers())

    answer = ask(own, key, max_retries=2)

    assert answer.parse().choices[0].message.content == "well done" and "idempotent-replayed" not in answer.headers
    assert len(upstream.calls_of("chat")) == 2
    lost, last = ended(own, 2)
    assert lost["usageSource"] == "Bounded" and last["usageSource"] == "Provider"
    assert lost["idempotencyKey"] == last["idempotencyKey"] == key and lost["call"] != last["call"]


def test_who_asks_while_it_runs_waits_and_gets_the_answer(own, upstream, key):
    upstream.script("chat", answers(delay=2))
    found = {}
    first = threading.Thread(target=lambda: found.update(first=ask(own, key)))
    first.start()
    eventually(lambda: upstream.calls_of("chat"), "the first to be asked")

    with pytest.raises(openai.ConflictError) as running:
        ask(own, key)
    waited = ask(own, key, max_retries=10)
    first.join()

    assert running.value.code == "call_running"
    assert running.value.response.headers["retry-after"] == "1" and running.value.response.headers["x-should-retry"] == "true"
    assert waited.headers["idempotent-replayed"] == "true" and waited.text == found["first"].text
    assert len(upstream.calls_of("chat")) == 1


def test_a_client_that_left_comes_back_for_what_was_drained_for_it(start_gateway, upstream, key):
    own = start_gateway(models=[model_of("chat", target("chat"), **ONE_TRY)], clientGone="Drain")
    upstream.script("chat", answers(delay=1))
    with client_of(own.url, max_retries=0, timeout=0.3) as client, pytest.raises(openai.APITimeoutError):
        client.chat.completions.create(model="chat", messages=HELLO, extra_headers=keyed(key))

    back = ask(own, key, max_retries=10)

    assert back.headers["idempotent-replayed"] == "true" and back.parse().choices[0].message.content == "well done"
    assert len(upstream.calls_of("chat")) == 1
    left = [r for r in own.records() if r["outcome"] == "ClientGone"]
    assert len(left) == 1 and left[0]["usageSource"] == "Provider" and "replyBytes" not in left[0]


def test_a_client_that_left_a_stream_comes_back_for_all_of_it(start_gateway, upstream, key):
    own = start_gateway(models=[model_of("chat", target("chat"), **ONE_TRY)], clientGone="Drain")
    upstream.script("chat", answers(gap=0.4))
    with client_of(own.url, max_retries=0) as client:
        with client.chat.completions.create(model="chat", messages=HELLO, stream=True, extra_headers=keyed(key)) as events:
            next(iter(events))

    back, headers = stream(own, key, max_retries=10)

    assert headers["idempotent-replayed"] == "true" and "".join(back).count("done") == 1 and "well" in "".join(back)
    assert len(upstream.calls_of("chat")) == 1


def test_another_request_under_the_key_is_refused(own, key):
    ask(own, key)
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        ask(own, key, content="something else", max_retries=2)

    assert refused.value.code == "idempotency_key_reused" and refused.value.response.headers["x-should-retry"] == "false"
    assert len(ended(own, 2)) == 2, "the client did not try again"


def test_another_caller_has_keys_of_its_own(own, upstream, key):
    ask(own, key)
    other = ask(own, key, who="bob")

    assert "idempotent-replayed" not in other.headers
    assert len(upstream.calls_of("chat")) == 2
