"""What clients say that calls are for: the run and the tags of each, from the official client to the ledger's answers, on SQLite and
PostgreSQL."""
import datetime
import json

import openai
import pytest

from conftest import client_of, end
from configs import config_for
from folders import BASE
from ledger_client import LedgerProcess, get
from processes import Gateway, eventually
from test_exact_budgets import PostgresStore, Sqlite

HELLO = [{"role": "user", "content": "hello"}]


def said(run=None, tags=None):
    return {name: value for name, value in (("x-weir-run", run), ("x-weir-tags", tags)) if value is not None}


class Place:
    def __init__(self, folder, upstream, store):
        self.store = store(folder)
        self.ledger = LedgerProcess(folder, database=self.store.url)
        self.ledger.event("serving")
        home = folder / "g"
        home.mkdir()
        self.gateway = Gateway(home, config_for(upstream.url), options=("--ledger", self.ledger.socket))
        self.count = 0

    def ask(self, who="ada", model="echo", **purpose):
        self.count += 1
        with client_of(self.gateway.url, who) as client:
            return client.chat.completions.with_raw_response.create(
                model=model, messages=HELLO, extra_headers=said(**purpose)).headers["x-request-id"]

    def get(self, path):
        """What the ledger answers once it has every call's record."""
        eventually(lambda: sum(row["calls"] for row in get(self.ledger.rest, "/v1/usage")["rows"]) == self.count, "the records")
        return get(self.ledger.rest, path)

    def stop(self):
        end(self.gateway)
        end(self.ledger)
        self.store.stop()


@pytest.fixture(params=[Sqlite, PostgresStore])
def place(request, short, upstream):
    one = Place(short, upstream, request.param)
    yield one
    one.stop()


def test_each_call_is_recorded_with_its_run_and_its_tags(place):
    first = place.ask(run="run-1", tags="feature=search, step=2")
    other = place.ask(run="run-2", who="bob", tags="feature=chat")
    bare = place.ask(who="bob")

    calls = {call["id"]: call for call in place.get("/v1/calls")["calls"]}
    assert calls[first]["run"] == "run-1" and calls[other]["run"] == "run-2" and "run" not in calls[bare]
    assert calls[first]["tags"] == {"cost-center": "4711", "feature": "search", "step": "2"}
    assert calls[other]["tags"] == {"feature": "chat"} and "tags" not in calls[bare]
    assert [call["id"] for call in place.get("/v1/calls?run=run-1")["calls"]] == [first]
    assert place.get("/v1/calls?run=run-3")["calls"] == []


def rows(place, query, *names):
    return {tuple(row[name] for name in names): row["calls"] for row in place.get(f"/v1/usage?{query}")["rows"]}


def test_sums_are_told_apart_by_run_and_by_the_values_of_a_tag(place):
    for run, step in (("run-1", 1), ("run-1", 2), ("run-2", 2)):
        place.ask(run=run, tags=f"step={step}")
    place.ask(who="bob")

    assert rows(place, "by=run", "run") == {("run-1",): 2, ("run-2",): 1}
    assert rows(place, "by=caller,tag:step", "caller", "tag") == {("ada", "1"): 1, ("ada", "2"): 2}
    assert rows(place, "by=tag:cost-center", "tag") == {("4711",): 3}, "a declared tag is one too"
    assert rows(place, "run=run-1&by=model", "model") == {("echo",): 2}
    assert rows(place, "tag=step%3D2&by=caller", "caller") == {("ada",): 2}
    report = place.get("/v1/usage?by=run&limit=1")
    assert report["by"] == ["run"] and report["rows"][0]["run"] == "run-1"
    assert place.get(f"/v1/usage?by=run&limit=1&cursor={report['next']}")["rows"][0]["run"] == "run-2"
    tomorrow = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
    movers = place.get(f"/v1/movers?by=run&span=7d&until={tomorrow:%Y-%m-%dT%H:%M:%SZ}")["rows"]
    assert {move["run"]: (move["calls"], move["callsBefore"]) for move in movers} == {"run-1": (2, 0), "run-2": (1, 0)}
    for both in ("by=run,tag:step", "run=run-1&tag=step%3D2", "by=run&tag=step%3D2"):
        assert "one of them" in get(place.ledger.rest, f"/v1/usage?{both}", 400)["error"]["message"]
    assert "KEY=VALUE" in get(place.ledger.rest, "/v1/usage?tag=step", 400)["error"]["message"]


def test_weir_usage_adds_up_runs_and_tags_by_the_ledger_and_by_the_journals(up):
    weir = up(BASE)
    with client_of(weir.gateway("dev")["url"], "ada") as client:
        for purpose in (said("run-1", "step=1"), said("run-1", "step=2"), said("run-2"), {}):
            client.chat.completions.create(model="echo", messages=HELLO, extra_headers=purpose)

    def usage(by):
        done = weir.cli("usage", "--by", by, "-o", "json", check=0)
        return {row[by.split(",")[-1]]: row["calls"] for row in json.loads(done.stdout)}, done.stderr

    eventually(lambda: usage("caller")[0] == {"ada": 4} and "by the ledger" in usage("caller")[1], "the records")
    asked = [usage("run")[0], usage("model,tag:step")[0]]
    assert asked == [{"run-1": 2, "run-2": 1}, {"1": 1, "2": 1}]
    assert weir.cli("usage", "--by", "run", "--since", "2h", check=0).stdout.startswith("RUN ")
    assert "one of run, tool and tag:KEY" in weir.cli("usage", "--by", "run,tag:step", check=2).stderr
    weir.stop()
    assert [usage("run")[0], usage("model,tag:step")[0]] == asked and "journals" in usage("run")[1]


def call_tool(client, tool, stream=False):
    answer = client.chat.completions.create(model="echo", messages=HELLO, stream=stream, tool_choice={"type": "function", "function": {"name": tool}},
                                            tools=[{"type": "function", "function": {"name": name}} for name in ("weather", "search", "unused")])
    return list(answer) if stream else answer


def test_sums_are_told_apart_by_the_tools_that_answers_asked_to_call(place):
    with client_of(place.gateway.url, "ada") as client:
        for tool, stream in (("weather", False), ("weather", True), ("search", True)):
            call_tool(client, tool, stream)
    place.count += 3
    place.ask(run="run-1")

    assert rows(place, "by=tool", "tool") == {("weather",): 2, ("search",): 1}
    assert rows(place, "tool=weather&by=caller", "caller") == {("ada",): 2}
    assert sorted(tuple(call.get("tools", ())) for call in place.get("/v1/calls")["calls"]) == [(), ("search",), ("weather",), ("weather",)]
    assert {move["tool"]: move["calls"] for move in place.get("/v1/movers?by=tool&span=7d")["rows"]} in ({}, {"weather": 2, "search": 1})
    assert "one of them" in get(place.ledger.rest, "/v1/usage?by=tool,run", 400)["error"]["message"]


def test_weir_usage_adds_up_tools_by_the_ledger_and_by_the_journals(up):
    weir = up(BASE)
    with client_of(weir.gateway("dev")["url"], "ada") as client:
        for tool in ("weather", "weather", "search"):
            call_tool(client, tool)

    def usage():
        return {row["tool"]: row["calls"] for row in json.loads(weir.cli("usage", "--by", "tool", "-o", "json", check=0).stdout)}

    eventually(lambda: usage() == {"weather": 2, "search": 1}, "the records")
    weir.stop()
    assert usage() == {"weather": 2, "search": 1}


def test_a_client_cannot_pass_as_another_cost_center(place):
    place.ask(tags="cost-center=1, feature=search")
    assert place.get("/v1/calls")["calls"][0]["tags"] == {"cost-center": "4711", "feature": "search"}


def test_nothing_of_it_goes_to_the_provider(place, upstream, model):
    place.ask(model=model, run="run-secret", tags="feature=secret")
    assert b"secret" not in upstream.calls_of(model)[0].head + upstream.calls_of(model)[0].body


@pytest.mark.parametrize("purpose,words", [
    ({"run": "two words"}, "x-weir-run"), ({"run": "r" * 129}, "x-weir-run"), ({"tags": "search"}, "tag 1 is not key=value"),
    ({"tags": "Team=x"}, "tag 1 is not key=value"), ({"tags": "a=" + "v" * 129}, "the value of the tag a"),
    ({"tags": ",".join(f"k{i}=v" for i in range(9))}, "more than 8"),
])
def test_what_cannot_be_read_is_refused_in_words(gateway, purpose, words):
    with client_of(gateway.url) as client, pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model="echo", messages=HELLO, extra_headers=said(**purpose))
    assert words in json.loads(refused.value.response.text)["error"]["message"]
