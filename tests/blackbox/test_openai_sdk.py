"""The official openai client against the gateway, with strict validation: anything off schema raises."""
import base64
import json
import struct

import openai
import pytest

from conftest import client_of
from mock_upstream import fails

HELLO = [{"role": "user", "content": "hello weir"}]
WEATHER = {"type": "function", "function": {"name": "weather", "description": "Tells the weather.", "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}, "required": ["city", "days"]}}}


def test_a_chat_is_answered(client):
    answer = client.chat.completions.create(model="echo", messages=HELLO)

    assert answer.choices[0].message.content == "hello weir"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.model == "echo"
    assert answer.usage.prompt_tokens == 3 + 3 + 2 and answer.usage.completion_tokens == 2
    assert answer.usage.total_tokens == 10


def test_a_chat_streams_the_same_words_as_it_answers_whole(client):
    messages = [{"role": "user", "content": 'Ein „Weir“ staut, z.B. 水, und "misst"\n\\ fertig.'}]
    whole = client.chat.completions.create(model="echo", messages=messages).choices[0].message.content

    stream = client.chat.completions.create(model="echo", messages=messages, stream=True)
    chunks = list(stream)

    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == whole == messages[0]["content"]
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert len({chunk.id for chunk in chunks}) == 1


def test_a_stream_ends_with_usage_when_the_client_asks_for_it(client):
    chunks = list(client.chat.completions.create(model="echo", messages=HELLO, stream=True, stream_options={"include_usage": True}))

    assert chunks[-1].choices == []
    assert chunks[-1].usage.total_tokens == 10
    assert all(chunk.usage is None for chunk in chunks[:-1])


def test_a_stream_has_no_usage_when_the_client_does_not_ask(client, model):
    for name in ("echo", model):
        chunks = list(client.chat.completions.create(model=name, messages=HELLO, stream=True))
        assert chunks and all(chunk.usage is None and chunk.choices for chunk in chunks)


def test_the_clients_own_stream_accumulator_works(client):
    with client.chat.completions.stream(model="echo", messages=HELLO) as stream:
        final = stream.get_final_completion()

    assert final.choices[0].message.content == "hello weir"


def test_a_tool_is_called_when_it_is_forced(client):
    answer = client.chat.completions.create(model="echo", messages=[{"role": "user", "content": "Paris"}], tools=[WEATHER],
                                            tool_choice="required")

    call = answer.choices[0].message.tool_calls[0]
    assert answer.choices[0].finish_reason == "tool_calls"
    assert call.function.name == "weather"
    assert json.loads(call.function.arguments) == {"city": "Paris", "days": 1}


def test_a_tool_call_streams_in_pieces(client):
    chunks = list(client.chat.completions.create(model="echo", messages=HELLO, tools=[WEATHER], stream=True,
                                                 tool_choice={"type": "function", "function": {"name": "weather"}}))

    pieces = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or []]
    assert pieces[0].function.name == "weather" and pieces[0].id
    assert all(piece.id is None for piece in pieces[1:])
    assert json.loads("".join(piece.function.arguments or "" for piece in pieces)) == {"city": "hello weir", "days": 1}


def test_a_tools_answer_goes_back_in(client):
    messages = HELLO + [
        {"role": "assistant", "content": None, "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}]},
        {"role": "tool", "tool_call_id": "call_1", "content": "sunny"}]

    answer = client.chat.completions.create(model="echo", messages=messages, tools=[WEATHER])

    assert answer.choices[0].message.content == "sunny"


def test_a_structured_answer_fits_its_schema(client):
    schema = {"name": "city", "strict": True, "schema": {"type": "object", "properties": {"name": {"type": "string"}},
                                                        "required": ["name"], "additionalProperties": False}}
    answer = client.chat.completions.create(model="echo", messages=HELLO, response_format={"type": "json_schema", "json_schema": schema})

    assert json.loads(answer.choices[0].message.content) == {"name": "hello weir"}


def test_several_answers_and_a_maximum(client):
    answer = client.chat.completions.create(model="echo", messages=[{"role": "user", "content": "one two three"}], n=2, max_tokens=2)

    assert [choice.message.content for choice in answer.choices] == ["one two", "one two"]
    assert {choice.finish_reason for choice in answer.choices} == {"length"}
    assert answer.usage.completion_tokens == 4


def test_completions(client):
    assert client.completions.create(model="echo", prompt="a b").choices[0].text == "a b"
    assert [c.text for c in client.completions.create(model="echo", prompt=["a", "b c"]).choices] == ["a", "b c"]


def test_completions_stream(gateway):
    # OpenAI's own streams say "finish_reason": null before the end, which its schema of completions does not allow.
    with client_of(gateway.url, _strict_response_validation=False) as client:
        chunks = list(client.completions.create(model="echo", prompt="a b c", stream=True))

    assert "".join(chunk.choices[0].text for chunk in chunks) == "a b c"
    assert [chunk.choices[0].finish_reason for chunk in chunks][-2:] == [None, "stop"]


def test_embeddings_are_the_same_as_floats_and_as_base64(client, gateway):
    # By itself the client asks for base64, which its own strict validation does not take before it decodes it.
    with client_of(gateway.url, _strict_response_validation=False) as lenient:
        decoded = lenient.embeddings.create(model="echo", input=["one", "two"], dimensions=16)
    floats = client.embeddings.create(model="echo", input=["one", "two"], dimensions=16, encoding_format="float")
    raw = client.embeddings.with_raw_response.create(model="echo", input="one", dimensions=16, encoding_format="base64")

    assert len(decoded.data) == 2 and len(decoded.data[0].embedding) == 16
    for a, b in zip(decoded.data, floats.data):
        assert a.embedding == pytest.approx(b.embedding)
    numbers = struct.unpack("<16f", base64.b64decode(json.loads(raw.text if isinstance(raw.text, str) else raw.text())["data"][0]["embedding"]))
    assert list(numbers) == pytest.approx(decoded.data[0].embedding)
    assert decoded.usage.prompt_tokens == decoded.usage.total_tokens == 2


def test_models_are_listed_and_found(client):
    listed = [m.id for m in client.models.list()]

    assert "echo" in listed and "mock-0" in listed
    assert client.models.retrieve("echo").id == "echo"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nothing-like-it")


def test_models_are_filtered_by_the_rules(start_gateway):
    own = start_gateway(deny=[{"patterns": [{"provider": "*", "name": "mock-*"}], "from": {"policy": "weir-system/org", "place": "org.yaml:18"}}])
    with client_of(own.url) as client:
        assert [m.id for m in client.models.list()] == ["echo"]
        with pytest.raises(openai.APIStatusError) as refused:
            client.models.retrieve("mock-1")
        assert refused.value.status_code in (403, 404)


def test_a_model_whose_name_has_a_slash_is_found_both_ways(start_gateway):
    own = start_gateway(models=[{"name": "team/echo:1", "targets": [{"provider": "echo", "model": "echo"}]}])
    with client_of(own.url) as client:
        assert client.models.retrieve("team/echo:1").id == "team/echo:1"
        assert client.get("/models/team%2Fecho:1", cast_to=object)["id"] == "team/echo:1"
        assert client.chat.completions.create(model="team/echo:1", messages=HELLO).choices[0].message.content == "hello weir"


def test_a_denied_model_says_who_denied_it_and_what_is_allowed(start_gateway):
    own = start_gateway(deny=[{"patterns": [{"provider": "*", "name": "mock-*"}], "from": {"policy": "weir-system/org", "place": "org.yaml:18"}}])
    with client_of(own.url, max_retries=3) as client:
        with pytest.raises(openai.PermissionDeniedError) as denied:
            client.chat.completions.create(model="mock-3", messages=HELLO)

    error = denied.value
    assert error.code == "model_denied" and error.param == "model"
    assert error.body["weir"]["policy"] == "weir-system/org"
    for part in ("mock-3", "weir-system/org", "org.yaml:18", "Allowed here: echo", "lab-platform"):
        assert part in error.message
    assert error.response.headers["x-should-retry"] == "false"
    assert len([r for r in own.records() if r.get("code") == "model_denied"]) == 1


def test_an_unknown_model_is_not_found(client):
    with pytest.raises(openai.NotFoundError) as missing:
        client.chat.completions.create(model="gpt-99", messages=HELLO)

    assert missing.value.code == "model_not_found" and missing.value.param == "model"


@pytest.mark.parametrize("key", ["wrong", "weir_test_ada_kez", "", "expired"])
def test_a_bad_key_is_refused_without_saying_why(gateway, key):
    with client_of(gateway.url, key or "weir") as client:
        with pytest.raises(openai.AuthenticationError) as refused:
            client.chat.completions.create(model="echo", messages=HELLO)

    assert refused.value.code == "invalid_api_key"
    assert refused.value.response.headers["x-should-retry"] == "false"
    assert "expired" not in refused.value.message.lower()


def test_the_key_may_come_as_x_api_key(gateway):
    import urllib.request
    request = urllib.request.Request(gateway.url + "/v1/models", headers={"x-api-key": "weir_test_bob_key"})
    assert urllib.request.urlopen(request, timeout=30).status == 200


@pytest.mark.parametrize("status,error", [(400, openai.BadRequestError), (404, openai.NotFoundError),
                                          (422, openai.UnprocessableEntityError), (409, openai.ConflictError)])
def test_an_error_of_the_provider_is_passed_on(client, upstream, model, status, error):
    upstream.script(model, fails(status, body={"error": {"message": "no such thing", "type": "invalid_request_error",
                                                         "param": "messages", "code": "its_own_code"}}))
    with pytest.raises(error) as raised:
        client.chat.completions.create(model=model, messages=HELLO)

    assert raised.value.code == "its_own_code" and "no such thing" in raised.value.message
    assert len(upstream.calls_of(model)) == 1


def test_a_bad_provider_key_is_our_fault_and_not_the_callers(client, upstream, model):
    upstream.script(model, fails(401))
    with pytest.raises(openai.InternalServerError) as raised:
        client.chat.completions.create(model=model, messages=HELLO)

    assert raised.value.status_code == 502 and raised.value.code == "upstream_credential"


def test_every_answer_has_an_id_that_is_its_usage_record(gateway, client, model):
    raw = client.chat.completions.with_raw_response.create(model=model, messages=HELLO, user="someone")
    record = gateway.record_of(raw.headers["x-request-id"])

    assert record["outcome"] == "Completed" and record["status"] == 200
    assert record["caller"] == "ada" and record["team"] == "research" and record["tags"] == {"cost-center": "4711"}
    assert record["model"] == model and record["provider"] == "mock"
    assert record["inputTokens"] == 7 and record["cacheReadTokens"] == 4  # 11 of which 4 came from the cache
    assert record["outputTokens"] == 2 and record["reasoningTokens"] == 1  # 3 of which 1 was reasoning
    assert record["usageSource"] == "Provider" and record.get("attempts") == 1


def test_only_model_and_credentials_change_on_the_way_up(client, upstream, model):
    client.chat.completions.create(model=model, messages=HELLO, temperature=0.25, extra_body={"unknown_field": {"a": [1, 2.50]}})

    call = upstream.calls_of(model)[0]
    assert call.json["unknown_field"] == {"a": [1, 2.50]} and b"2.5" in call.body
    assert call.header("authorization") is None
    assert call.header("host").startswith("127.0.0.1:")
    assert call.header("x-api-key") is None


def test_breaking_off_a_stream_breaks_off_the_provider(client, upstream, model, gateway):
    from mock_upstream import streams_then
    upstream.script(model, streams_then(2, then="stall"))
    stream = client.chat.completions.create(model=model, messages=HELLO, stream=True)
    request_id = stream.response.headers["x-request-id"]
    next(iter(stream))

    stream.close()

    assert upstream.calls_of(model)[0].finished.wait(30)
    assert upstream.calls_of(model)[0].broken_off
    record = gateway.record_of(request_id)
    assert record["outcome"] == "ClientGone" and record["outputTokens"] >= 0


def test_a_timeout_of_the_client_is_a_client_gone(gateway, upstream, model):
    from mock_upstream import stays_silent
    upstream.script(model, stays_silent())
    with client_of(gateway.url, timeout=0.5) as client:
        with pytest.raises(openai.APITimeoutError):
            client.chat.completions.create(model=model, messages=HELLO)

    assert upstream.calls_of(model)[0].finished.wait(30)
    assert upstream.calls_of(model)[0].broken_off


def test_the_async_client_runs_many_at_once(gateway):
    import asyncio

    async def run():
        async with openai.AsyncOpenAI(base_url=gateway.url + "/v1", api_key="weir_test_ada_key", max_retries=0,
                                      _strict_response_validation=True) as many:
            return await asyncio.gather(*(many.chat.completions.create(model="echo", messages=[{"role": "user", "content": f"n {i}"}])
                                          for i in range(64)))

    answers = asyncio.run(run())
    assert [a.choices[0].message.content for a in answers] == [f"n {i}" for i in range(64)]
