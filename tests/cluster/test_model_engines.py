"""ModelServers of the engines LlamaCpp and Ollama, with the real programs in images laid out as their makers' are: started by what
we render and nothing else, they become ready, targets of their environment's gateway under their model's name, and answer."""
import pytest

from cluster import ROOT, wait_until
from test_model_servers import STREAMED, UNARY, weights  # noqa: F401
from volumes import node_volume
from weir import condition, hack

ENGINES = {"LlamaCpp": "llama-server", "Ollama": "ollama"}
RESOURCES = {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"memory": "1Gi"}}


@pytest.fixture(scope="module", params=ENGINES)
def engine(request, cluster):
    """(the engine's name, its image, loaded)."""
    name = f"weir-test-{ENGINES[request.param]}"
    if f"localhost/{name}:1" not in cluster.images():
        hack("tests/cluster/images/engine", ENGINES[request.param])
        cluster.load_image(ROOT / f"build/images/{name}.tar")
    return request.param, f"localhost/{name}:1"


@pytest.fixture(scope="module")
def served(cluster, weir, workspace, engine, weights):  # noqa: F811
    """The environment with ModelServer `server`, whose model is called tiny, and `absent`, whose weights are not there."""
    namespace = f"{workspace()}-dev"
    with node_volume(cluster, namespace, "models") as folder:
        cluster.on_node("cp", str(weights), f"{folder}/weir-test.gguf")
        for name, file in (("server", "weir-test.gguf"), ("absent", "not-there.gguf")):
            weir.deploy(namespace, name, "ModelServer", {
                "engine": engine[0], "image": engine[1], "model": {"uri": f"pvc://models/{file}", "name": f"{name}-tiny"}},
                resources=RESOURCES, exposure={"viaGateway": True, "modelAliases": [f"{name}-small"]}, scaling={"replicas": 1})
        yield namespace
        cluster.kubectl("delete", "aidep", "-n", namespace, "--all", "--timeout=60s")
        wait_until(lambda: not weir.pods_of(namespace, "server") + weir.pods_of(namespace, "absent"), 60, "its pods gone")


def test_it_becomes_ready_and_a_target_of_the_gateway(weir, served):
    weir.wait_for(served, "server", "Available", 240)
    assert condition(weir.wait_for(served, "server", "GatewayAcked", 30, kind="Routed"))["status"] == "True"
    assert [c["restartCount"] for pod in weir.pods_of(served, "server") for c in pod["status"]["containerStatuses"]] == [0]


@pytest.mark.parametrize("model", ["server-tiny", "server-small", "server"])
def test_it_answers_through_the_gateway_to_each_of_its_names(weir, served, run_client, model):
    weir.wait_for(served, "server", "GatewayAcked", 240, kind="Routed")
    printed = run_client(served, UNARY % (5, model))
    _, prompt, completion, _ = next(line for line in printed.splitlines() if line.startswith("USAGE")).split()
    record = weir.usage(served)[-1]
    assert (record["model"], record["outcome"], record["usageSource"]) == (model, "Completed", "Provider")
    assert (record["inputTokens"] + record.get("cacheReadTokens", 0), record["outputTokens"]) == (int(prompt), int(completion))


def test_it_streams_what_it_would_answer_at_once(weir, served, run_client):
    weir.wait_for(served, "server", "GatewayAcked", 240, kind="Routed")
    once, streamed = run_client(served, UNARY % (5, "server-tiny")), run_client(served, STREAMED % (5, "server-tiny"))
    assert once.splitlines()[-1] == streamed.splitlines()[-1]
    assert weir.usage(served)[-1]["stream"] is True


def test_one_whose_weights_are_not_there_says_that_it_fails_and_is_no_target(weir, served):
    said = condition(weir.wait_for(served, "absent", "Degraded", 240))
    assert said["status"] != "True" and "exit" in said["message"]
    assert condition(weir.find("deployments", "absent", served), "Routed")["reason"] == "NotReady"
