"""Retries, fallback, breakers and deadlines against an upstream that fails as it is told. No assertion on how long anything takes:
what was sent, how often and where, is counted at the upstream."""
import socket

import openai
import pytest

from conftest import client_of
from configs import model as model_of
from configs import target
from mock_upstream import answers, fails, hangs_up, says, stays_silent, streams_then
from ports import free_port
from processes import eventually

HELLO = [{"role": "user", "content": "hello"}]
PATIENT = {"connect": "10s", "firstByte": "20s", "gap": "20s", "total": "60s"}
QUICK = {**PATIENT, "firstByte": "400ms", "gap": "400ms"}
RETRY = {"attempts": 2, "backoffBase": "10ms", "backoffMax": "200ms"}


def ask(own, name="chat", **more):
    with client_of(own.url) as client:
        return client.chat.completions.create(model=name, messages=HELLO, **more)


def refused(own, name="chat", **more):
    with pytest.raises(openai.APIStatusError) as raised:
        ask(own, name, **more)
    return raised.value


@pytest.fixture
def routed(start_gateway):
    """A gateway with one model `chat` on these targets."""
    def start(*targets, **route):
        deadlines = route.pop("deadlines", PATIENT)
        extra = {key: route.pop(key) for key in ("clientGone", "providers") if key in route}
        return start_gateway(models=[model_of("chat", *targets, **{"retry": RETRY, **route})], deadlines=deadlines, **extra)
    return start


@pytest.mark.parametrize("status", [500, 502, 503, 529])
def test_a_server_error_is_tried_again(routed, upstream, status):
    upstream.script("a", fails(status), answers())

    own = routed(target("a"))

    assert ask(own).choices[0].message.content == "well done"
    assert len(upstream.calls_of("a")) == 2
    record = own.records()[-1]
    assert record["outcome"] == "Completed" and record["attempts"] == 2


def test_a_connection_that_is_cut_before_the_answer_is_tried_again(routed, upstream):
    upstream.script("a", hangs_up(), answers())

    assert ask(routed(target("a"))).choices[0].message.content == "well done"


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_request_that_was_wrong_is_not_tried_again(routed, upstream, status):
    upstream.script("a", fails(status))
    own = routed(target("a"), target("b"))

    for _ in range(2):  # the round robin asks either first
        try:
            ask(own)
        except openai.APIStatusError as error:
            assert error.status_code == status
    assert len(upstream.calls) == 2


def test_the_last_error_is_what_the_client_sees_when_all_tries_failed(routed, upstream):
    upstream.script("a", fails(503))
    own = routed(target("a"), maxAttempts=3)

    error = refused(own)

    assert error.status_code in (502, 503)
    assert len(upstream.calls_of("a")) == 2
    assert own.records()[-1]["outcome"] in ("UpstreamFailed", "UpstreamError")


def test_tries_over_all_targets_are_bounded(routed, upstream):
    for name in "abc":
        upstream.script(name, fails(500))
    own = routed(target("a"), target("b"), target("c"), maxAttempts=4, strategy="Priority")

    refused(own)

    assert len(upstream.calls) == 4


def test_priority_goes_on_to_the_next_target(routed, upstream):
    upstream.script("a", fails(500))
    own = routed(target("a"), target("b"), strategy="Priority")

    assert ask(own).choices[0].message.content == "well done"
    assert [call.model for call in upstream.calls] == ["a", "a", "b"]


def test_a_silent_target_is_not_asked_twice(routed, upstream):
    upstream.script("a", stays_silent())
    own = routed(target("a"), target("b"), strategy="Priority", deadlines=QUICK)

    ask(own)

    assert [call.model for call in upstream.calls] == ["a", "b"]
    assert upstream.calls_of("a")[0].finished.wait(30) and upstream.calls_of("a")[0].broken_off


def test_a_silent_only_target_times_out(routed, upstream):
    upstream.script("a", stays_silent())
    own = routed(target("a"), deadlines=QUICK)

    error = refused(own)

    assert error.status_code == 504 and error.code == "upstream_timeout"
    assert len(upstream.calls_of("a")) == 1
    assert own.records()[-1]["outcome"] == "TimedOut"


def test_the_total_deadline_holds_over_all_tries(routed, upstream):
    upstream.script("a", stays_silent())
    upstream.script("b", stays_silent())
    own = routed(target("a"), target("b"), deadlines={"connect": "2s", "firstByte": "20s", "gap": "20s", "total": "500ms"}, strategy="Priority")

    assert refused(own).status_code == 504
    assert len(upstream.calls) == 1


def test_the_fallback_is_asked_when_the_targets_failed(routed, upstream):
    upstream.script("a", fails(503))
    own = routed(target("a"), fallback=[target("b")])

    assert ask(own).model == "b"
    assert [call.model for call in upstream.calls] == ["a", "a", "b"]
    assert own.records()[-1]["targetModel"] == "b"


def test_only_named_failures_go_on_to_the_fallback(routed, upstream):
    upstream.script("a", fails(503))
    own = routed(target("a"), fallback=[target("b")], fallbackOn=["Timeout"])

    refused(own)

    assert [call.model for call in upstream.calls] == ["a", "a"]


def test_a_content_filters_refusal_is_not_sent_to_another_model(routed, upstream):
    upstream.script("a", fails(400, body={"error": {"message": "filtered", "type": "invalid_request_error", "param": None, "code": "content_filter"}}))
    own = routed(target("a"), fallback=[target("b")])

    assert refused(own).code == "content_filter"
    assert [call.model for call in upstream.calls] == ["a"]


def test_a_limited_target_is_left_for_another_at_once_and_rested(routed, upstream):
    upstream.script("a", fails(429, headers=[("Retry-After", "120")]))
    own = routed(target("a"), target("b"), strategy="Priority")

    for _ in range(5):
        ask(own)

    assert len(upstream.calls_of("a")) == 1, "it said when to come back"
    assert len(upstream.calls_of("b")) == 5


def test_retry_after_is_passed_on_when_it_is_too_long_to_wait(routed, upstream):
    upstream.script("a", fails(429, headers=[("Retry-After", "77")]))
    own = routed(target("a"))

    error = refused(own)

    assert error.status_code == 429
    assert int(error.response.headers["retry-after"]) in range(70, 78)
    assert len(upstream.calls_of("a")) == 1


def test_a_short_retry_after_is_waited_for(routed, upstream):
    upstream.script("a", fails(429, headers=[("retry-after-ms", "50")]), answers())

    ask(routed(target("a")))

    assert len(upstream.calls_of("a")) == 2


def test_an_unreachable_target_is_left_for_another(routed, upstream):
    providers = [{"name": "mock", "type": "OpenAI", "baseUrl": upstream.url}, {"name": "echo", "type": "Echo"},
                 {"name": "dead", "type": "OpenAI", "baseUrl": f"http://127.0.0.1:{free_port()}/v1"}]
    own = routed(target("a", "dead"), target("b"), strategy="Priority", providers=providers)

    assert ask(own).model == "b"


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/v1", "http://no-such-host.invalid/v1", "https://127.0.0.1:1/v1"])
def test_an_unreachable_only_target_is_a_bad_gateway(routed, upstream, url):
    providers = [{"name": "mock", "type": "OpenAI", "baseUrl": upstream.url}, {"name": "echo", "type": "Echo"},
                 {"name": "dead", "type": "OpenAI", "baseUrl": url}]
    own = routed(target("a", "dead"), providers=providers)

    error = refused(own)

    assert error.status_code in (502, 503, 504)
    assert error.body["message"] and own.records()[-1]["outcome"] in ("UpstreamFailed", "TimedOut")
    assert ask(own, "echo").choices[0].message.content == "hello"


def test_a_server_that_only_listens_is_given_up(routed, upstream):
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(1)
        providers = [{"name": "mock", "type": "OpenAI", "baseUrl": upstream.url}, {"name": "echo", "type": "Echo"},
                     {"name": "deaf", "type": "OpenAI", "baseUrl": f"http://127.0.0.1:{deaf.getsockname()[1]}/v1"}]
        own = routed(target("a", "deaf"), target("b"), strategy="Priority", providers=providers, deadlines=QUICK)

        assert ask(own).model == "b"


def test_a_breaker_opens_and_spares_a_sick_target(routed, upstream):
    upstream.script("a", fails(500))
    own = routed(target("a"), target("b"), strategy="Priority", retry={"attempts": 1, "backoffBase": "10ms"})

    for _ in range(30):
        assert ask(own).model == "b"

    assert 5 <= len(upstream.calls_of("a")) <= 8, "five failures open it; after that only a probe every 2 s or more"


def test_a_breaker_closes_when_a_probe_succeeds(routed, upstream):
    upstream.script("a", fails(500), fails(500), fails(500), fails(500), fails(500), answers(words="well again"))
    own = routed(target("a"), target("b"), strategy="Priority", retry={"attempts": 1, "backoffBase": "10ms"})
    for _ in range(8):
        ask(own)

    eventually(lambda: ask(own).choices[0].message.content == "well again", "the probe")
    assert ask(own).model == "a" and ask(own).model == "a"


def test_an_only_target_with_an_open_breaker_says_when_to_come_back(routed, upstream):
    upstream.script("a", fails(500))
    own = routed(target("a"), retry={"attempts": 1, "backoffBase": "10ms"})
    for _ in range(6):
        error = refused(own)

    assert error.status_code == 503 and error.code == "no_target"
    assert int(error.response.headers["retry-after"]) >= 1
    assert len(upstream.calls_of("a")) == 5


def test_weights_are_kept(routed, upstream):
    own = routed(target("a", weight=3), target("b", weight=1))

    for _ in range(40):
        ask(own)

    assert len(upstream.calls_of("a")) == 30 and len(upstream.calls_of("b")) == 10


def test_least_busy_goes_where_fewest_calls_run(routed, upstream):
    import concurrent.futures
    upstream.script("a", answers(delay=2))
    upstream.script("b", answers(delay=2))
    own = routed(target("a"), target("b"), strategy="LeastBusy")

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda _: ask(own), range(20)))

    assert len(upstream.calls_of("a")) == len(upstream.calls_of("b")) == 10


# Streams

def pieces(own, **more):
    with client_of(own.url) as client:
        return list(client.chat.completions.create(model="chat", messages=HELLO, stream=True, **more))


def test_a_stream_that_fails_before_its_first_byte_is_tried_again(routed, upstream):
    upstream.script("a", fails(503), answers())

    chunks = pieces(routed(target("a")))

    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "well done"


@pytest.mark.parametrize("then", ["cut", "end"])
def test_a_cut_stream_is_never_a_success(routed, upstream, then):
    upstream.script("a", streams_then(3, then=then))
    own = routed(target("a"), target("b"), strategy="Priority")

    with pytest.raises(openai.APIError):
        pieces(own)

    record = eventually(own.records, "the record")[-1]
    assert record["outcome"] == "Cut"
    assert record["usageSource"] in ("Counted", "Bounded") and record["outputTokens"] > 0
    assert upstream.calls_of("b") == [], "the client has seen part of it: no other model goes on"


def test_a_stream_that_stalls_is_ended(routed, upstream):
    upstream.script("a", streams_then(3, then="stall"))
    own = routed(target("a"), deadlines=QUICK)

    with pytest.raises(openai.APIError):
        pieces(own)

    assert eventually(own.records, "the record")[-1]["outcome"] == "TimedOut"
    assert upstream.calls_of("a")[0].finished.wait(30) and upstream.calls_of("a")[0].broken_off


@pytest.mark.parametrize("name,raw", {
    "not HTTP": b"hello\r\n\r\n",
    "length and chunked": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}}",
    "a bad chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "a folded field": b"HTTP/1.1 200 OK\r\nX-A: b\r\n c\r\nContent-Length: 2\r\n\r\n{}",
    "an endless head": b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 100000 + b"\r\n\r\n",
    "a short body": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{}",
    "nothing but the head": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
}.items())
def test_an_answer_that_is_not_http_is_a_bad_gateway(routed, upstream, name, raw):
    upstream.script("a", says(raw))
    own = routed(target("a"))

    error = refused(own)

    assert error.status_code in (502, 503), name
    assert ask(own, "echo").choices[0].message.content == "hello"


@pytest.mark.parametrize("body", [b"{}", b"not json", b"[1,2]", b'{"choices":' + b"[" * 5000])
def test_an_answer_that_is_not_what_it_should_be_breaks_nothing(routed, upstream, body):
    upstream.script("a", says(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body))
    own = routed(target("a"))
    try:
        with client_of(own.url, _strict_response_validation=False) as client:
            client.chat.completions.with_raw_response.create(model="chat", messages=HELLO)
    except openai.APIError:
        pass

    record = eventually(own.records, "the record")[-1]
    assert record["usageSource"] in ("Counted", "Bounded", "None")
    assert ask(own, "echo").choices[0].message.content == "hello"


def test_an_event_without_end_is_bounded(routed, upstream):
    flood = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: " + b"x" * (40 << 20)
    upstream.script("a", says(flood))
    own = routed(target("a"))
    try:
        pieces(own)
    except openai.APIError:
        pass

    assert own.metrics()["process_resident_memory_bytes"] < 100 << 20 or "asan" in str(own.command[0])
    assert ask(own, "echo").choices[0].message.content == "hello"


# What happens upstream when the client leaves

@pytest.mark.parametrize("what", ["Cancel", "Drain"])
def test_a_client_that_leaves_cancels_or_drains_as_the_config_says(routed, upstream, what):
    upstream.script("a", answers(gap=0.3, pieces=("a", " b", " c")))
    own = routed(target("a"), clientGone=what)
    with client_of(own.url) as client:
        stream = client.chat.completions.create(model="chat", messages=HELLO, stream=True)
        next(iter(stream))
        stream.close()

    call = upstream.calls_of("a")[0]
    assert call.finished.wait(30)
    record = eventually(own.records, "the record")[-1]
    assert record["outcome"] == "ClientGone"
    assert call.broken_off == (what == "Cancel")
    if what == "Drain":
        assert record["usageSource"] == "Provider" and record["inputTokens"] == 7 and record["outputTokens"] == 2
    else:
        assert record["usageSource"] in ("Counted", "Bounded") and record["inputTokens"] > 0


def test_a_client_that_leaves_before_the_first_byte_is_drained_too(routed, upstream):
    upstream.script("a", answers(delay=1))
    own = routed(target("a"), clientGone="Drain")
    with client_of(own.url, timeout=0.3) as client:
        with pytest.raises(openai.APITimeoutError):
            client.chat.completions.create(model="chat", messages=HELLO)

    record = eventually(own.records, "the record")[-1]
    assert record["outcome"] == "ClientGone" and record["usageSource"] == "Provider" and record["outputTokens"] == 2
