"""The Job that a Batch becomes (tests/golden/deployments/batch), run on a real node in a namespace of the restricted level:
it reads its ConfigMap, proves itself with its projected token, writes to its volume as no root, goes on after its pod was
killed, and leaves its counts as its pod's last words. What it calls is a stand-in for the gateway on this machine."""
import base64
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from cluster import ROOT, wait_until
from test_deployment_objects import objects_of

IMAGE = f"localhost/weir-tools:{(ROOT / 'VERSION').read_text().strip()}"
LINES = 40


class StandIn:
    """Answers as a gateway would, slowly, and keeps who asked for what."""

    def __init__(self):
        self.asked, self.tokens = [], set()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                owner.asked.append(body["messages"][0]["content"])
                owner.tokens.add(self.headers["Authorization"].removeprefix("Bearer "))
                time.sleep(0.2)
                answer = json.dumps({"id": "1", "object": "chat.completion", "model": body["model"], "choices": []}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("0.0.0.0", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def stand_in():
    one = StandIn()
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.fixture
def volume(cluster, new_namespace):
    """A namespace with the claim that the Batch writes to: a folder of the node."""
    namespace = new_namespace(labels={"pod-security.kubernetes.io/enforce": "restricted"})
    folder = f"/var/tmp/{namespace}"
    cluster.on_node("mkdir", "-p", folder)
    size = {"storage": "1Mi"}
    node = {"matchExpressions": [{"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]}]}
    cluster.apply({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": namespace},
                   "spec": {"capacity": size, "accessModes": ["ReadWriteOnce"], "storageClassName": namespace, "local": {"path": folder},
                            "nodeAffinity": {"required": {"nodeSelectorTerms": [node]}}}},
                  {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "reviews", "namespace": namespace},
                   "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": namespace, "resources": {"requests": size}}})
    yield namespace, folder
    cluster.api("DELETE", f"/api/v1/persistentvolumes/{namespace}")
    cluster.on_node("rm", "-rf", folder)


def batch_objects(cluster, namespace, port):
    """As the golden file says, without the owner (which is not there) and with this test's gateway and image."""
    gateway = f"http://{cluster.host}:{port}"
    for thing in objects_of(cluster, "batch", namespace):
        del thing["metadata"]["ownerReferences"]
        if thing["kind"] == "Job":
            container = thing["spec"]["template"]["spec"]["containers"][0]
            container["image"], container["imagePullPolicy"] = IMAGE, "Never"
            container["args"] = [f"--gateway={gateway}" if arg.startswith("--gateway=") else arg for arg in container["args"]]
            container["args"] = ["--concurrency=4" if arg.startswith("--concurrency=") else arg for arg in container["args"]]
            container["resources"] = {"requests": {"cpu": "10m"}}
        yield thing


def read_answers(cluster, folder):
    found = cluster.on_node("cat", f"{folder}/out/answers.jsonl") if "answers.jsonl" in cluster.on_node("find", folder) else ""
    return [json.loads(line) for line in found.splitlines()]


def test_a_batch_runs_on_a_node_and_goes_on_after_its_pod_was_killed(cluster, volume, stand_in):
    namespace, folder = volume
    requests = [{"custom_id": f"r{i}", "method": "POST", "url": "/v1/chat/completions", "body": {"messages": [{"role": "user", "content": f"r{i}"}]}}
                for i in range(LINES)]
    cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "reviews", "namespace": namespace},
                   "data": {"today.jsonl": "\n".join(map(json.dumps, requests)) + "\n"}})
    objects = list(batch_objects(cluster, namespace, stand_in.port))
    cluster.apply(*objects)
    job = next(thing["metadata"]["name"] for thing in objects if thing["kind"] == "Job")
    pods = f"/api/v1/namespaces/{namespace}/pods?labelSelector=weir.dev/deployment%3Dnightly"

    wait_until(lambda: len(stand_in.asked) >= 8, what="the first calls")
    for pod in cluster.find(pods)["items"]:
        cluster.api("DELETE", f"/api/v1/namespaces/{namespace}/pods/{pod['metadata']['name']}?gracePeriodSeconds=0")
    done_before = {line["custom_id"] for line in read_answers(cluster, folder)}
    asked_before = len(stand_in.asked)

    def ended():
        conditions = cluster.find(f"/apis/batch/v1/namespaces/{namespace}/jobs/{job}")["status"].get("conditions", [])
        return next((c for c in conditions if c["type"] in ("Complete", "Failed") and c["status"] == "True"), None)

    assert wait_until(ended, 120, "the end of the Job")["type"] == "Complete"
    answers = read_answers(cluster, folder)
    assert sorted(line["custom_id"] for line in answers) == sorted(f"r{i}" for i in range(LINES))
    again = done_before & set(stand_in.asked[asked_before + 4:])  # but for the four calls that may have been on their way
    assert not again, f"finished lines were sent again: {again}"

    words = [status["state"]["terminated"].get("message", "{}") for pod in cluster.find(pods)["items"]
             for status in pod["status"].get("containerStatuses", []) if status["state"].get("terminated", {}).get("exitCode") == 0]
    assert json.loads(words[0]) == {"total": LINES, "succeeded": LINES, "failed": 0, "message": f"{LINES} of {LINES} lines done, 0 of them failed"}

    claims = [json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "==")) for token in stand_in.tokens]
    assert {tuple(claim["aud"]) for claim in claims} == {("weir",)}
    assert {claim["sub"] for claim in claims} == {f"system:serviceaccount:{namespace}:aidep-nightly"}
