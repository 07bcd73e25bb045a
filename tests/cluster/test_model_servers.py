"""A ModelServer that is a real inference server (llama-cpp-python's, with the GGUF of tests/models): ready, it is a target of
its environment's gateway; the official SDK talks to it through the gateway; not ready, callers are told so."""
import pytest

from cluster import ROOT, wait_until
from volumes import node_volume
from weir import condition, hack

IMAGE = "localhost/weir-test-model-server:1"
CLIENT = """
import os, openai
client = openai.OpenAI(api_key=open(os.environ["WEIR_TOKEN_FILE"]).read(), max_retries=%d)
ask = dict(model="%s", messages=[{"role": "user", "content": "hello river"}], max_tokens=12, seed=7, temperature=0)
"""
UNARY = CLIENT + """
answer = client.chat.completions.create(**ask)
print("USAGE", answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.choices[0].finish_reason)
print("TEXT", repr(answer.choices[0].message.content))
"""
STREAMED = CLIENT + """
parts = [c.choices[0].delta.content or "" for c in client.chat.completions.create(**ask, stream=True) if c.choices]
print("PARTS", sum(bool(p) for p in parts))
print("TEXT", repr("".join(parts)))
"""
REFUSED = CLIENT + """
try:
    client.chat.completions.create(**ask)
    print("ANSWERED")
except openai.APIStatusError as refusal:
    print("STATUS", refusal.status_code, refusal.message)
"""


@pytest.fixture(scope="module")
def server_image(cluster):
    if IMAGE not in cluster.images():
        hack("tests/cluster/images/model-server")
        cluster.load_image(ROOT / "build/images/weir-test-model-server.tar")
    return IMAGE


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    """The model's file, made by the script of tests/models with the packages that it needs."""
    made = tmp_path_factory.mktemp("weights") / "weir-test.gguf"
    hack("hack/test-models", "weights", str(made))
    made.chmod(0o644)
    return made


@pytest.fixture(scope="module")
def served(cluster, weir, workspace, server_image, weights):
    """The environment with ModelServer `llama`, whose model is called tiny."""
    namespace = f"{workspace()}-dev"
    with node_volume(cluster, namespace, "models") as folder:
        cluster.on_node("cp", str(weights), f"{folder}/weir-test.gguf")
        weir.deploy(namespace, "llama", "ModelServer", {
            "engine": "Custom", "image": server_image, "model": {"uri": "pvc://models/weir-test.gguf", "name": "tiny"}},
            resources={"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "768Mi"}},
            exposure={"viaGateway": True, "modelAliases": ["small"]}, scaling={"replicas": 1})
        yield namespace
        cluster.kubectl("delete", "aidep", "-n", namespace, "--all", "--timeout=60s")
        wait_until(lambda: not weir.pods_of(namespace, "llama"), 60, "its pods gone")


def test_it_becomes_ready_and_a_target_of_the_gateway(weir, served):
    found = weir.wait_for(served, "llama", "Available", 180)
    assert condition(weir.wait_for(served, "llama", "GatewayAcked", 20, kind="Routed"))["status"] == "True"
    assert found["status"]["url"] == f"http://weir-gateway.{served}.svc:8080/v1"
    workspace = weir.find("workspaces", served.removesuffix("-dev"))
    assert condition(workspace, "TargetsReady")["status"] in ("True", None), condition(workspace, "TargetsReady")


@pytest.mark.parametrize("model", ["tiny", "small", "llama"])
def test_it_answers_to_its_models_name_to_an_alias_and_to_its_own(weir, served, run_client, model):
    weir.wait_for(served, "llama", "Available", 180)
    printed = run_client(served, UNARY % (5, model))
    _, prompt, completion, _ = next(line for line in printed.splitlines() if line.startswith("USAGE")).split()
    record = weir.usage(served)[-1]
    assert (record["model"], record["outcome"], record["usageSource"]) == (model, "Completed", "Provider")
    assert (record["inputTokens"] + record.get("cacheReadTokens", 0), record["outputTokens"]) == (int(prompt), int(completion))


def test_it_streams_what_it_would_answer_at_once(weir, served, run_client):
    weir.wait_for(served, "llama", "Available", 180)
    once, streamed = run_client(served, UNARY % (5, "tiny")), run_client(served, STREAMED % (5, "tiny"))
    assert once.splitlines()[-1] == streamed.splitlines()[-1]
    assert weir.usage(served)[-1]["stream"] is True


def test_suspended_it_is_no_target_and_callers_are_told(cluster, weir, served, run_client):
    weir.wait_for(served, "llama", "Available", 180)
    cluster.kubectl("patch", "aidep", "-n", served, "llama", "--type=merge", "-p", '{"spec":{"suspend":true}}')
    weir.wait_for(served, "llama", "Suspended", 30)
    assert condition(weir.find("deployments", "llama", served), "Routed")["reason"] == "NotReady"
    printed = run_client(served, REFUSED % (0, "tiny"))
    assert "STATUS" in printed and "tiny" in printed, printed
    cluster.kubectl("patch", "aidep", "-n", served, "llama", "--type=merge", "-p", '{"spec":{"suspend":false}}')
    weir.wait_for(served, "llama", "Available", 120)
    weir.wait_for(served, "llama", "GatewayAcked", 20, kind="Routed")


def test_while_none_of_its_pods_is_ready_a_route_to_it_is_not_either(cluster, weir, served, run_client):
    weir.wait_for(served, "llama", "Available", 180)
    cluster.kubectl("patch", "aidep", "-n", served, "llama", "--type=merge", "-p", '{"spec":{"scaling":{"replicas":0}}}')
    weir.wait_for(served, "llama", "NotReady", 60, kind="Routed")
    printed = run_client(served, REFUSED % (0, "tiny"))
    assert "STATUS 5" in printed and "tiny" in printed, printed
    cluster.kubectl("patch", "aidep", "-n", served, "llama", "--type=merge", "-p", '{"spec":{"scaling":{"replicas":1}}}')
    weir.wait_for(served, "llama", "GatewayAcked", 120, kind="Routed")
