"""The first hour of a platform team: the quickstart's folder applied to a cluster, official clients in pods, what the network and the
API server stop, an edit, an upgrade under load, and the end of it all."""
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cluster import ROOT, wait_until
from weir import GROUP, condition, is_settled

QUICKSTART = str(ROOT / "examples/quickstart")

ASK = """
import os, openai
client = openai.OpenAI(api_key=open(os.environ["WEIR_TOKEN_FILE"]).read(), timeout=%d, max_retries=0)
answer = client.chat.completions.create(model="%s", messages=[{"role": "user", "content": "are you there?"}])
print("answer:", answer.choices[0].message.content, answer.usage.total_tokens)
"""
OPEN = """
import urllib.request
print(urllib.request.urlopen("%s", timeout=5).status)
"""
STREAM = """
import os, openai
client = openai.OpenAI(api_key=open(os.environ["WEIR_TOKEN_FILE"]).read(), timeout=120, max_retries=0)
stream = client.chat.completions.create(model="slow", stream=True, messages=[{"role": "user", "content": "%s"}])
words, ended = 0, None
for piece in stream:
    print("piece", flush=True)
    if piece.choices:
        words += 1 if piece.choices[0].delta.content else 0
        ended = piece.choices[0].finish_reason or ended
print("words", words, "ended", ended)
"""
SLOW = {
    "apiVersion": "weir.dev/v1alpha1", "kind": "ModelPolicy", "metadata": {"name": "slow", "namespace": "demo-dev"},
    "spec": {"defaults": {"providers": [{"name": "echo-slow", "type": "Echo", "echo": {"tokenDelay": "250ms"}}],
                          "routes": [{"model": "slow", "targets": [{"provider": "echo-slow", "model": "echo"}]}]}},
}


def everything(cluster):
    """Each of our objects and of those we made: its resourceVersion."""
    kinds = cluster.kubectl("api-resources", "--verbs=list", "-o", "name").split()
    wanted = ",".join(kind for kind in kinds if not kind.startswith(("events", "pods.metrics")))
    listed = json.loads(cluster.kubectl("get", wanted, "-A", "-l", "app.kubernetes.io/managed-by=weir", "-o", "json"))
    ours = json.loads(cluster.kubectl("get", "aiws,aimp,aidep", "-A", "-o", "json"))
    return {(one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"]): one["metadata"]["resourceVersion"]
            for one in [*listed["items"], *ours["items"]]}


def remove_quickstart(cluster):
    """The Workspace first: it ends its gateways before their namespaces, which wait for pods by half their longest grace period."""
    cluster.kubectl("delete", "aiws", "demo", "--ignore-not-found", "--timeout=120s", timeout=150)
    cluster.kubectl("delete", "--ignore-not-found", "--timeout=120s", "-f", QUICKSTART, timeout=150)


@pytest.fixture(scope="module")
def quickstart(cluster, weir):
    cluster.kubectl("apply", "--server-side", "-f", QUICKSTART)
    wait_until(lambda: is_settled(weir.find("workspaces", "demo")), 90, "workspace demo ready")
    yield weir
    remove_quickstart(cluster)


@pytest.fixture(scope="module")
def provider(cluster):
    """Somebody's model API outside the cluster, as far as policies are concerned: (its URL, who asked)."""
    asked = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, self.headers))
            self.send_response(200)
            self.end_headers()

        def do_POST(self):
            self.rfile.read(int(self.headers["content-length"]))
            asked.append((self.path, self.headers))
            body = json.dumps({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [
                {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "from outside"}}],
                "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}}).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("0.0.0.0", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://{cluster.outside}:{server.server_address[1]}", asked
    server.shutdown()


def test_an_official_client_is_answered_through_the_service(quickstart, run_client):
    assert "answer:" in run_client("demo-dev", ASK % (10, "echo"))
    assert "answer:" in run_client("demo-prod", ASK % (10, "echo"))


def test_every_object_of_it_says_it_is_ready(quickstart, cluster):
    listed = json.loads(cluster.kubectl("get", "aiws,aimp", "-A", "-o", "json"))["items"]

    assert {one["metadata"]["name"] for one in listed} >= {"demo", "org-baseline", "playground", "hardening", "effective"}
    assert [one["metadata"]["name"] for one in listed if condition(one)["status"] != "True"] == []


def test_another_environments_pod_does_not_reach_the_gateway(quickstart, run_client):
    succeeded, printed = run_client("demo-prod", ASK % (5, "echo"), gateway="demo-dev", check=False)

    assert not succeeded and "answer:" not in printed
    assert "APITimeoutError" in printed or "APIConnectionError" in printed


def test_only_the_gateway_reaches_a_provider(quickstart, cluster, run_client, provider):
    url, asked = provider
    cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "outside", "namespace": "demo-dev"},
                   "stringData": {"key": "sk-of-the-provider"}},
                  {"apiVersion": "weir.dev/v1alpha1", "kind": "ModelPolicy", "metadata": {"name": "outside", "namespace": "weir-system"},
                   "spec": {"target": {"workspaces": {"names": ["demo"]}}, "constraints": {},
                            "defaults": {"providers": [{"name": "outside", "type": "OpenAI", "baseUrl": f"{url}/v1"}]}}})
    cluster.kubectl("patch", "aimp", "-n", "weir-system", "org-baseline", "--type=json", "-p", json.dumps([
        {"op": "add", "path": "/spec/constraints/models/allow/-", "value": {"provider": "outside", "name": "*"}}]))
    cluster.apply({"apiVersion": "weir.dev/v1alpha1", "kind": "ModelPolicy", "metadata": {"name": "to-outside", "namespace": "demo-dev"},
                   "spec": {"defaults": {"routes": [{"model": "far", "targets": [
                       {"provider": "outside", "model": "m", "credentialsRef": {"name": "outside", "key": "key"}}]}]}}})
    wait_until(lambda: is_settled(quickstart.find("modelpolicies", "to-outside", "demo-dev")), 30, "the route ready")

    succeeded, printed = run_client("demo-dev", OPEN % url, check=False)
    assert not succeeded and "timed out" in printed and asked == []

    assert "from outside" in run_client("demo-dev", ASK % (10, "far"))
    assert [headers["authorization"] for _, headers in asked] == ["Bearer sk-of-the-provider"]


def test_a_forbidden_model_is_refused_at_apply(quickstart, cluster):
    forbidden = {"apiVersion": "weir.dev/v1alpha1", "kind": "Deployment", "metadata": {"name": "nightly", "namespace": "demo-prod"},
                 "spec": {"type": "Batch", "workload": {"batch": {
                     "model": "o1-pro", "input": {"uri": "configmap://lines/in.jsonl"}, "output": {"uri": "pvc://out/out.jsonl"}}}}}
    applied = cluster.kubectl("apply", "--server-side", "-f", "-", input=json.dumps(forbidden), check=False)

    assert applied.returncode != 0 and quickstart.find("deployments", "nightly", "demo-prod") is None
    assert "model o1-pro is not allowed in demo-prod by demo-prod/hardening; allowed: echo/echo, openai/gpt-4.1-mini" in applied.stderr


def test_an_edit_reaches_every_gateway(quickstart, cluster, record_property):
    took = []
    for number in range(5):
        began = time.monotonic()
        cluster.kubectl("patch", "aimp", "-n", "weir-system", "org-baseline", "--type=merge", "-p",
                        json.dumps({"spec": {"constraints": {"maxInputTokens": 127_000 - number}}}))
        wait_until(lambda: is_settled(quickstart.find("modelpolicies", "org-baseline", "weir-system")), 20, "every gateway acked")
        took.append(round((time.monotonic() - began) * 1000))
    record_property("edit_to_acked_ms", took)
    print("edit to acked by every gateway, kubectl included, ms:", took)


def test_applying_the_same_files_again_writes_nothing(quickstart, cluster):
    cluster.kubectl("apply", "--server-side", "--force-conflicts", "-f", QUICKSTART)
    wait_until(lambda: is_settled(quickstart.find("workspaces", "demo")), 30, "workspace demo ready")
    time.sleep(2)  # what the apply itself put back may still be carried out
    before = everything(cluster)

    for _ in range(3):
        cluster.kubectl("apply", "--server-side", "--force-conflicts", "-f", QUICKSTART)
    time.sleep(3)

    assert everything(cluster) == before


def test_an_upgrade_of_the_gateways_keeps_streams_alive(quickstart, cluster, run_client):
    cluster.kubectl("patch", "aimp", "-n", "weir-system", "org-baseline", "--type=json", "-p", json.dumps([
        {"op": "add", "path": "/spec/constraints/models/allow/-", "value": {"provider": "echo-slow", "name": "*"}}]))
    cluster.apply(SLOW)
    wait_until(lambda: is_settled(quickstart.find("modelpolicies", "slow", "demo-dev")), 30, "the slow model")
    pods = "/api/v1/namespaces/demo-dev/pods?labelSelector=app.kubernetes.io/name%3Dweir-gateway"
    before = {pod["metadata"]["name"] for pod in cluster.find(pods)["items"]}
    printed = []
    words = " ".join(f"word{n}" for n in range(80))  # 20 seconds and more
    client = threading.Thread(target=lambda: printed.append(run_client("demo-dev", STREAM % words, seconds=120)))
    client.start()
    wait_until(lambda: any(pod["metadata"]["name"].startswith("client-") and pod["status"].get("phase") == "Running"
                           for pod in cluster.find("/api/v1/namespaces/demo-dev/pods")["items"]), 30, "the client")
    time.sleep(3)

    cluster.kubectl("patch", "aiws", "demo", "--type=merge", "-p",
                    json.dumps({"spec": {"defaults": {"gateway": {"resources": {"requests": {"memory": "48Mi"}}}}}}))
    wait_until(lambda: any(pod["metadata"]["name"] not in before and condition(pod)["status"] == "True"
                           for pod in cluster.find(pods)["items"]), 60, "a new gateway")
    client.join()

    assert printed and "ended stop" in printed[0] and "words 8" in printed[0], printed
    assert "answer:" in run_client("demo-dev", ASK % (10, "echo"))


def test_a_delete_leaves_nothing_behind(quickstart, cluster):
    cluster.kubectl("delete", "aimp", "-n", "weir-system", "outside", "--ignore-not-found")

    remove_quickstart(cluster)

    def ours():
        listed = cluster.find("/api/v1/namespaces?labelSelector=weir.dev/workspace")["items"]
        return [(one["metadata"]["name"], one["status"].get("conditions")) for one in listed]

    try:
        wait_until(lambda: not ours(), 60, "namespaces gone")
    except AssertionError as never:
        raise AssertionError(f"{never}: {ours()}") from None
    left = [key for key in everything(cluster) if key[1] != "weir-system"]
    assert left == []
    assert cluster.find(f"{GROUP}/workspaces/demo") is None
