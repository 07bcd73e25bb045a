"""Limits counted exactly, over real connections."""
import concurrent.futures
import json
import socket
import threading

import openai
import pytest

from conftest import client_of
from configs import limit, maximum
from mock_upstream import answers
from processes import KEYS, get
from test_http_framing import Raw

HELLO = [{"role": "user", "content": "hello"}]


def request_bytes(key, model="echo", content="hello", **more):
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": content}], **more}).encode()
    return (b"POST /v1/chat/completions HTTP/1.1\r\nHost: weir\r\nAuthorization: Bearer " + KEYS[key].encode() +
            b"\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


def storm(port, count, key="ada", **more):
    """That many connections, each with one request ready, all let go at once. (status, headers) of each."""
    connections = [Raw(port) for _ in range(count)]
    data = request_bytes(key, **more)
    for connection in connections:
        connection.send(data[:-1])
    go = threading.Barrier(8)

    def finish(share):
        go.wait()
        for connection in share:
            connection.send(data[-1:])
        return [connection.reply()[:2] for connection in share]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        replies = [reply for part in pool.map(finish, [connections[i::8] for i in range(8)]) for reply in part]
    for connection in connections:
        connection.close()
    return replies


@pytest.mark.parametrize("scope", ["Caller", "Environment"])
@pytest.mark.parametrize("amount", [1, 137, 1000])
def test_of_a_thousand_requests_at_once_exactly_the_limit_is_admitted(start_gateway, scope, amount):
    own = start_gateway(limits=[limit("RequestsPerMinute", amount, scope)])

    replies = storm(own.port, 1000)

    statuses = [status for status, _ in replies]
    admitted, refused = statuses.count(200), statuses.count(429)
    assert admitted + refused == 1000
    longest = max(r["totalUs"] + r["time"] * 1000 for r in own.records()) - min(r["time"] * 1000 for r in own.records())
    assert amount <= admitted <= amount + amount * longest // 60_000_000, "the limit, and what it refilled while the storm lasted"
    if amount < 1000:
        first = next(headers for status, headers in replies if status == 429)
        assert first["x-should-retry"] == "true" and int(first["retry-after"]) >= 1
        assert first["x-ratelimit-limit-requests"] == str(amount) and first["x-ratelimit-remaining-requests"] == "0"


def test_of_a_thousand_calls_at_once_exactly_so_many_run(start_gateway, upstream, model):
    own = start_gateway(limits=[limit("Concurrency", 100)])
    upstream.script(model, answers(delay=3))

    statuses = [status for status, _ in storm(own.port, 1000, model=model)]

    assert statuses.count(200) == 100 and statuses.count(429) == 900
    assert len(upstream.calls_of(model)) == 100
    assert own.metrics()["weir_requests_in_flight"] == 0
    assert [status for status, _ in storm(own.port, 50)] == [200] * 50, "the slots are free again"


def test_each_caller_has_its_own_count(start_gateway):
    own = start_gateway(limits=[limit("RequestsPerMinute", 10)])

    for key in ("ada", "bob"):
        assert [status for status, _ in storm(own.port, 40, key)].count(200) == 10


def test_a_call_refused_by_one_limit_takes_nothing_from_another(start_gateway):
    own = start_gateway(limits=[limit("RequestsPerMinute", 100), limit("TokensPerMinute", 60)])

    too_long = storm(own.port, 20, content="a" * 1000)
    headers = storm(own.port, 1)[0][1]

    assert {status for status, _ in too_long} == {429}
    assert headers["x-ratelimit-remaining-requests"] == "99"


def test_a_request_that_can_never_fit_is_told_not_to_come_back(start_gateway):
    own = start_gateway(limits=[limit("TokensPerMinute", 60)])
    with client_of(own.url, max_retries=5) as client:
        with pytest.raises(openai.RateLimitError) as refused:
            client.chat.completions.create(model="echo", messages=[{"role": "user", "content": "a" * 1000}])

    assert refused.value.response.headers["x-should-retry"] == "false"
    assert "retry-after" not in refused.value.response.headers
    assert len(own.records()) == 1, "the client did not try again"


def test_a_refusal_says_who_what_how_much_and_when(start_gateway):
    own = start_gateway(limits=[limit("TokensPerMinute", 600, policy="weir-system/org-baseline")])
    with client_of(own.url) as client:
        client.chat.completions.create(model="echo", messages=[{"role": "user", "content": "a " * 500}])
        with pytest.raises(openai.RateLimitError) as refused:
            client.chat.completions.create(model="echo", messages=[{"role": "user", "content": "b " * 500}])

    error, headers = refused.value, refused.value.response.headers
    assert error.type == "rate_limit_error" and error.code == "token_limit"
    weir = error.body["weir"]
    assert weir["policy"] == "weir-system/org-baseline" and weir["rule"] == "limits[caller].tokensPerMinute"
    assert weir["limit"] == 600 and weir["remaining"] == 0
    assert weir["request"] == headers["x-request-id"]
    assert int(headers["retry-after"]) == weir["retryAfterSeconds"] >= 1
    assert headers["x-ratelimit-limit-tokens"] == "600" and headers["x-ratelimit-remaining-tokens"] == "0"
    assert headers["x-ratelimit-reset-tokens"].endswith("s")
    assert "rule=limits/tokensPerMinute" in headers["x-weir-decision"] and "org-baseline" in headers["x-weir-decision"]
    for part in ("ada", "600", "lab/dev"):
        assert part in error.message


def test_tokens_are_settled_by_what_was_used(start_gateway, upstream, model):
    own = start_gateway(limits=[limit("TokensPerMinute", 100000)])
    upstream.script(model, answers(usage={"prompt_tokens": 30000, "completion_tokens": 20000, "total_tokens": 50000}))
    with client_of(own.url) as client:
        client.chat.completions.create(model=model, messages=HELLO)
        headers = client.chat.completions.with_raw_response.create(model="echo", messages=HELLO).headers

    assert 49000 < int(headers["x-ratelimit-remaining-tokens"]) < 52000


def test_a_limit_in_shadow_mode_is_recorded_and_blocks_nothing(start_gateway):
    own = start_gateway(limits=[limit("RequestsPerMinute", 5, mode="Shadow")])

    assert [status for status, _ in storm(own.port, 20)] == [200] * 20
    records = own.records()
    assert len([r for r in records if "request_limit" in r.get("shadow", [])]) == 15
    assert own.metrics()['weir_shadow_refusals_total{workspace="lab",environment="dev",code="request_limit"}'] == 15


def test_a_limit_of_zero_refuses_everything(start_gateway):
    own = start_gateway(limits=[limit("RequestsPerMinute", 0)])
    replies = storm(own.port, 5)

    assert {status for status, _ in replies} == {429}
    assert {headers["x-should-retry"] for _, headers in replies} == {"false"}


def test_the_longest_answer_is_clamped(start_gateway, upstream, model):
    own = start_gateway(maxOutputTokens=maximum(50))
    with client_of(own.url) as client:
        for asked in ({}, {"max_tokens": 500}, {"max_completion_tokens": 500}, {"max_tokens": 20}):
            client.chat.completions.create(model=model, messages=HELLO, **asked)
        assert client.chat.completions.create(model="echo", messages=[{"role": "user", "content": "w " * 200}]).usage.completion_tokens == 50

    sent = [call.json.get("max_tokens", call.json.get("max_completion_tokens")) for call in upstream.calls_of(model)]
    assert sent == [50, 50, 50, 20]


def test_the_longest_answer_is_refused_when_the_policy_says_so(start_gateway, upstream, model):
    own = start_gateway(maxOutputTokens=maximum(50, "Refuse"), maxInputTokens=maximum(100, "Refuse"))
    with client_of(own.url) as client:
        with pytest.raises(openai.BadRequestError) as refused:
            client.chat.completions.create(model=model, messages=HELLO, max_tokens=51)
        assert refused.value.code == "max_tokens_exceeded" and refused.value.param == "max_tokens"
        with pytest.raises(openai.BadRequestError) as refused:
            client.chat.completions.create(model=model, messages=[{"role": "user", "content": "word " * 500}])
        assert refused.value.code == "context_length_exceeded"

    assert upstream.calls == []


def test_several_answers_are_several_times_the_maximum(start_gateway):
    own = start_gateway(limits=[limit("TokensPerMinute", 100)])
    with client_of(own.url) as client:
        headers = client.chat.completions.with_raw_response.create(model="echo", messages=[{"role": "user", "content": "x " * 20}], n=3,
                                                                   max_tokens=10).headers
        assert int(headers["x-ratelimit-remaining-tokens"]) <= 100 - 30


def test_a_client_that_left_gives_its_slot_back(start_gateway, upstream, model):
    from mock_upstream import stays_silent
    own = start_gateway(limits=[limit("Concurrency", 1)])
    upstream.script(model, stays_silent())
    connection = Raw(own.port).send(request_bytes("ada", model=model))
    from processes import eventually
    eventually(lambda: upstream.calls_of(model), "the call")
    assert storm(own.port, 1)[0][0] == 429

    connection.close()

    eventually(lambda: storm(own.port, 1)[0][0] == 200, "the slot")


def test_no_connection_of_a_caller_is_worth_more_than_its_bound(start_gateway):
    own = start_gateway(maxConnections=20)
    connections = [Raw(own.port) for _ in range(30)]
    statuses = []
    for connection in connections:
        try:
            statuses.append(connection.send(request_bytes("ada")).reply()[0])
        except (AssertionError, ConnectionError, socket.timeout):
            statuses.append(0)
        if statuses[-1] != 200:
            connection.close()
    for connection in connections:
        connection.close()

    assert statuses.count(200) == 20
    assert get(own.admin_url + "/healthz")[0] == 200
