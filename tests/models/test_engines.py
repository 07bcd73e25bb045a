"""The real programs of the engines LlamaCpp, Ollama and vLLM (of its build for processors), started as the operator's pods start
them: they take every argument and variable, load the model before their probes say yes, serve it under its name, and end when asked."""
import json
import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import openai
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
from engine_process import Engine, program, rendered  # noqa: E402
from model_registry import model_registry  # noqa: E402
from weir_up import settled_usage, weir_up  # noqa: E402

CLAIM = "model-servers-from-a-claim"
OF_VLLM = "model-servers-of-vllm"
DEPLOYMENTS = {"LlamaCpp": "engine-a", "Ollama": "engine-b", "vLLM": "engine-d"}
ASK = dict(messages=[{"role": "user", "content": "hello river"}], max_tokens=8, temperature=0, seed=7)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    made = tmp_path_factory.mktemp("weights")
    subprocess.run([sys.executable, ROOT / "tests/models/make_gguf.py", made / "weir-test.gguf"], check=True)
    make_safetensors(made / "weir-test")
    return made


def make_safetensors(folder, *options):
    subprocess.run([sys.executable, ROOT / "tests/models/make_safetensors.py", *options, folder], check=True)


def engine_of(engine, folder, weights, **more):
    (folder / "models").symlink_to(weights)
    return Engine(rendered(CLAIM, DEPLOYMENTS[engine]), engine, folder, **more)


@pytest.fixture(scope="module", params=DEPLOYMENTS)
def served(request, tmp_path_factory, weights):
    started = engine_of(request.param, tmp_path_factory.mktemp(request.param), weights).start()
    try:
        started.wait_ready()
        yield started
    finally:
        started.end()


def get(engine, path):
    return json.loads(urllib.request.urlopen(f"http://127.0.0.1:{engine.port}{path}", timeout=60).read())


def client_of(engine):
    return openai.OpenAI(base_url=f"http://127.0.0.1:{engine.port}/v1", api_key="none", max_retries=0, timeout=60)


def test_ready_it_serves_the_model_under_its_name(served):
    names = [model["id"].removesuffix(":latest") for model in get(served, "/v1/models")["data"]]
    assert "tiny" in names


def test_it_answers_and_streams_the_same_with_counts_of_its_own(served):
    answer = client_of(served).chat.completions.create(model="tiny", **ASK)
    chunks = list(client_of(served).chat.completions.create(model="tiny", stream=True, stream_options={"include_usage": True}, **ASK))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == answer.choices[0].message.content
    assert 0 < answer.usage.completion_tokens <= 8
    assert chunks[-1].usage.completion_tokens == answer.usage.completion_tokens


def test_a_gateway_before_it_records_the_counts_that_it_says(served, tmp_path):
    with weir_up(tmp_path, served.port, "tiny") as weir:
        client = openai.OpenAI(base_url=weir["url"] + "/v1", api_key=weir["key"], max_retries=0, timeout=60)
        answer = client.chat.completions.create(model="tiny", **ASK)
        once = settled_usage(weir, 1)
        chunks = list(client.chat.completions.create(model="tiny", stream=True, **ASK))
        twice = settled_usage(weir, 2)
    assert (once["inputTokens"] + once["cachedTokens"], once["outputTokens"]) == (
        answer.usage.prompt_tokens, answer.usage.completion_tokens)
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == answer.choices[0].message.content
    assert twice["outputTokens"] == 2 * once["outputTokens"]


def test_ready_ollama_has_its_model_loaded_for_good(tmp_path, weights):
    started = engine_of("Ollama", tmp_path, weights).start()
    try:
        started.wait_ready()
        loaded = get(started, "/api/ps")["models"]
        assert [model["size"] > 0 for model in loaded] == [True]
        assert loaded[0]["expires_at"] > "2100", "it is never unloaded"
    finally:
        started.end()


@pytest.mark.parametrize("engine", DEPLOYMENTS)
def test_asked_to_end_it_ends_with_all_its_processes(engine, tmp_path, weights):
    started = engine_of(engine, tmp_path, weights).start()
    try:
        started.wait_ready()
        assert started.terminate() == 0
    finally:
        started.end()


@pytest.mark.parametrize("engine", DEPLOYMENTS)
def test_without_its_weights_it_ends_with_an_error_and_is_never_ready(engine, tmp_path):
    started = Engine(rendered(CLAIM, DEPLOYMENTS[engine]), engine, tmp_path).start()
    try:
        assert started.process.wait(120) not in (0, None)
        assert not started.probe("startupProbe")
        assert "models/weir-test" in started.log.read_text()
    finally:
        started.end()


def test_ollama_that_cannot_serve_ends_with_an_error(tmp_path, weights):
    started = engine_of("Ollama", tmp_path, weights)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", started.port))
        try:
            assert started.start().process.wait(60) == 1
        finally:
            started.end()


def test_llama_server_takes_the_arguments_of_weights_that_it_fetches():
    container = rendered("model-servers-of-all-engines", "engine-c")
    assert "--hf-repo" in container["args"]
    for args in (container["args"], ["--model-url", "https://example.com/m.gguf", *container["args"][2:]]):
        ran = subprocess.run([program("LlamaCpp"), *args, "--version"], capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr


def test_ollama_pulls_from_a_registry_what_its_uri_names(tmp_path, weights):
    """What the first server made of the file is what the registry has."""
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    first = engine_of("Ollama", tmp_path / "first", weights).start()
    try:
        first.wait_ready()
    finally:
        first.end()
    with model_registry(tmp_path / "first/cache", "tiny") as (address, certificate):
        second = Engine(rendered(CLAIM, "engine-c"), "Ollama", tmp_path / "second", also={"registry.example.com": address},
                        env={"SSL_CERT_FILE": str(certificate)}).start()
        try:
            second.wait_ready()
            assert client_of(second).chat.completions.create(model="tiny", **ASK).choices[0].message.content is not None
        finally:
            second.end()


def put_in_hubs_cache(folder, repository, revision, *options):
    """As huggingface_hub lays out what it has fetched."""
    place, commit = folder / f"cache/hub/models--{repository.replace('/', '--')}", "0123456789abcdef" * 2 + "01234567"
    (place / "refs").mkdir(parents=True)
    (place / "refs" / revision).write_text(commit)
    make_safetensors(place / "snapshots" / commit, *options)


def test_vllm_serves_in_two_processes_a_revision_and_its_adapters_from_the_hubs_cache(tmp_path):
    put_in_hubs_cache(tmp_path, "org/tiny", "v2")
    for adapter in ("returns", "refunds"):
        put_in_hubs_cache(tmp_path, f"org/{adapter}", "main", "--lora")
    cpus = sorted(os.sched_getaffinity(0))
    # A node of this machine has no second socket: which processor each has is for the test to say.
    started = Engine(rendered(OF_VLLM, "engine-a"), "vLLM", tmp_path, env={"VLLM_CPU_OMP_THREADS_BIND": f"{cpus[0]}|{cpus[-1]}"}).start()
    try:
        started.wait_ready()
        assert [model["id"] for model in get(started, "/v1/models")["data"]] == ["tiny", "returns", "refunds"]
        answers = [client_of(started).chat.completions.create(model=name, **ASK) for name in ("tiny", "returns", "refunds")]
        bare, returns, refunds = (answer.choices[0].message.content for answer in answers)
        assert bare != returns == refunds, "the two adapters are the same, and more than the model"
        assert started.terminate() == 0
    finally:
        started.end()


VLLM_PARSES = """
import sys
from vllm.entrypoints.openai.cli_args import make_arg_parser
from vllm.utils import FlexibleArgumentParser
told = make_arg_parser(FlexibleArgumentParser()).parse_args(sys.argv[1:])
print(told.model_tag, told.served_model_name, told.port, told.revision, told.tensor_parallel_size, told.pipeline_parallel_size)
"""


def test_vllm_understands_all_that_it_can_be_told_of_several_gpus():
    args = rendered(OF_VLLM, "engine-b")["args"]
    ran = subprocess.run([Path(program("vLLM")).parent / "python3", "-c", VLLM_PARSES, *args], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-1] == "org/large ['engine-b'] 8000 main 4 2"


def test_vllm_ends_with_an_error_at_an_argument_that_it_does_not_know(tmp_path, weights):
    (tmp_path / "models").symlink_to(weights)
    container = rendered(CLAIM, "engine-d")
    started = Engine({**container, "args": [*container["args"], "--no-such-option"]}, "vLLM", tmp_path).start()
    try:
        assert started.process.wait(120) == 2
        assert "unrecognized arguments: --no-such-option" in started.log.read_text()
    finally:
        started.end()
