"""A real inference server (llama-cpp-python's, on the GGUF that make_gguf.py makes) behind a real `weir up`, called with the
official OpenAI client: answers pass, streams pass, and the ledger's counts are the server's own."""
import collections
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import openai
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from ports import free_port  # noqa: E402
from weir_up import weir_up, settled_usage  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
SEED = 7
CALLS = collections.Counter()


def wait_for(url, process, seconds=60):
    for _ in range(seconds * 10):
        assert process.poll() is None, "the inference server ended at start"
        try:
            return urllib.request.urlopen(url, timeout=1).read()
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} did not answer in {seconds} s")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    model = folder / "tiny.gguf"
    subprocess.run([sys.executable, ROOT / "tests/models/make_gguf.py", model], check=True)
    port = free_port()
    log = open(folder / "server.log", "w")
    process = subprocess.Popen([sys.executable, "-m", "llama_cpp.server", "--model", model, "--model_alias", "weir-test", "--host",
                                "127.0.0.1", "--port", str(port), "--n_ctx", "1024", "--seed", str(SEED)], stdout=log, stderr=log)
    wait_for(f"http://127.0.0.1:{port}/v1/models", process)
    yield port
    process.terminate()
    process.wait(20)


@pytest.fixture(scope="module")
def weir(server, tmp_path_factory):
    with weir_up(tmp_path_factory.mktemp("folder"), server, "weir-test") as up:
        yield up


@pytest.fixture
def client(weir):
    return openai.OpenAI(base_url=weir["url"] + "/v1", api_key=weir["key"], max_retries=0, timeout=60)


@pytest.fixture
def direct(server):
    return openai.OpenAI(base_url=f"http://127.0.0.1:{server}/v1", api_key="none", max_retries=0, timeout=60)


def ask(client, model="tiny", **more):
    CALLS[model] += 1
    return client.chat.completions.create(model=model, messages=[{"role": "user", "content": "hello weir"}], temperature=0, **more)


def test_a_unary_answer_has_the_servers_own_counts_in_the_ledger(client, weir):
    before = settled_usage(weir, CALLS["tiny"])

    answer = ask(client, max_tokens=8)

    after = settled_usage(weir, CALLS["tiny"])
    assert answer.usage.completion_tokens <= 8
    assert after["inputTokens"] - before["inputTokens"] == answer.usage.prompt_tokens
    assert after["outputTokens"] - before["outputTokens"] == answer.usage.completion_tokens


def stream_text(client, model, **more):
    chunks = ask(client, model=model, stream=True, **more)
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)


def test_answers_and_streams_say_what_the_server_says_when_asked_directly(client, direct):
    for tokens in (1, 12, 30):
        through = ask(client, max_tokens=tokens)
        straight = ask(direct, model="weir-test", max_tokens=tokens)
        assert through.choices[0].message.content == straight.choices[0].message.content
        assert stream_text(client, "tiny", max_tokens=tokens) == stream_text(direct, "weir-test", max_tokens=tokens)


def test_a_stream_is_counted(client, weir):
    before = settled_usage(weir, CALLS["tiny"])

    for _ in ask(client, max_tokens=6, stream=True):
        pass

    after = settled_usage(weir, CALLS["tiny"])
    assert after["outputTokens"] > before["outputTokens"]


def test_the_policy_clamps_what_the_server_is_asked_for(client, direct):
    clamped = ask(client, max_tokens=500)

    straight = ask(direct, model="weir-test", max_tokens=32)
    assert clamped.choices[0].finish_reason == "length"
    assert clamped.usage.completion_tokens == straight.usage.completion_tokens


def test_completions_pass_too(client):
    CALLS["tiny"] += 1
    answer = client.completions.create(model="tiny", prompt="the weir holds", max_tokens=5, temperature=0)

    assert answer.choices[0].text is not None
    assert answer.usage.completion_tokens <= 5


def test_a_model_without_a_route_is_not_found(client):
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="weir-test", messages=[{"role": "user", "content": "hello"}])
