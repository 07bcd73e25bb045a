"""The golden outputs of tests/golden/environments, sent to a real API server: it takes each object under strict
validation, gives back what was sent, and a second time changes nothing."""
import json
import os
import textwrap

import pytest

from golden_environments import CASES, GOLDEN, objects_of, path_of

def apply(cluster, path, thing):
    status, answer = cluster.api("PATCH", f"{path}?fieldManager=weir-operator&force=true&fieldValidation=Strict",
                                 json.dumps(thing), "application/apply-patch+yaml")
    assert status in (200, 201), f"{thing['kind']} {thing['metadata']['name']}: {status} {answer.get('message')}"
    return answer


def differences(sent, found, where=""):
    """What was sent and did not come back as it was; what the server adds is its own affair."""
    if isinstance(sent, dict) and isinstance(found, dict):
        return [d for key, value in sent.items() for d in differences(value, found.get(key), f"{where}.{key}")]
    if isinstance(sent, list) and isinstance(found, list) and len(sent) == len(found):
        return [d for i, pair in enumerate(zip(sent, found)) for d in differences(*pair, f"{where}[{i}]")]
    # An empty map or text is the same as none: the server drops it.
    return [] if sent == found or (not sent and found is None and sent is not False) else [f"{where}: sent {sent!r}, found {found!r}"]


@pytest.fixture
def applied(cluster):
    """Applies and, at the end, removes: applied(objects) gives (path, object, answer) of each."""
    roots = []

    def apply_all(objects):
        paths = [path_of(cluster, thing) for thing in objects]
        roots.extend(path for path, thing in zip(paths, objects) if "namespace" not in thing["metadata"])
        return [(path, thing, apply(cluster, path, thing)) for path, thing in zip(paths, objects)]

    yield apply_all
    for path in roots:
        cluster.api("DELETE", path)


OPTIONAL = {"Certificate", "HTTPRoute", "PodMonitor", "ClusterQueue", "LocalQueue", "ResourceFlavor"}
# Controllers write their status, their finalizers or their addresses meanwhile.
MOVING = {"Deployment", "ResourceQuota", "HorizontalPodAutoscaler", "PodDisruptionBudget", "Namespace", "Service"}


def lasting(answer):
    """Without what controllers write meanwhile."""
    metadata = {k: v for k, v in answer["metadata"].items() if k not in ("resourceVersion", "managedFields", "annotations")}
    return {**answer, "metadata": metadata, "status": None}


@pytest.mark.parametrize("case", CASES)
def test_the_api_server_takes_an_environment_as_it_is_and_a_second_time_changes_nothing(cluster, applied, case):
    objects, missing = objects_of(cluster, case, f"{os.getpid()}-{CASES.index(case)}")

    assert missing <= OPTIONAL
    for path, thing, answer in applied(objects):
        assert differences(thing, answer) == [], thing["kind"]
        again = apply(cluster, path, thing)
        assert lasting(again) == lasting(answer)
        if thing["kind"] not in MOVING:
            assert again["metadata"]["resourceVersion"] == answer["metadata"]["resourceVersion"], thing["kind"]


def test_a_released_namespace_loses_the_claim_and_keeps_its_security_level(cluster, applied):
    own = f"released-{os.getpid()}"
    claimed = next(thing for thing in objects_of(cluster, "smallest", own)[0] if thing["kind"] == "Namespace")
    written = (GOLDEN / "delete-retain-release/said.yaml").read_text().split("  release:\n    - ")[1].split("conditions:")[0]
    released = json.loads(cluster.kubectl("create", "--dry-run=client", "-o", "json", "-f", "-",
                                          input=textwrap.dedent("      " + written)))
    released["metadata"]["name"] = claimed["metadata"]["name"]

    [(path, _, before)] = applied([claimed])
    after = apply(cluster, path, released)

    assert before["metadata"]["labels"]["weir.dev/workspace"] == "demo"
    left = set(after["metadata"]["labels"])
    assert left == {"kubernetes.io/metadata.name", "pod-security.kubernetes.io/enforce"}
    assert after["metadata"]["annotations"] == {"weir.dev/adopt": "demo"}
    again = apply(cluster, path, claimed)
    assert again["metadata"]["labels"] == before["metadata"]["labels"]
    assert "annotations" not in again["metadata"], "the invitation was ours: it is gone once the namespace is taken again"


def test_what_an_autoscaler_decided_stays_when_we_let_go(cluster, applied):
    def deployment(case):
        objects, _ = objects_of(cluster, case, f"handover-{os.getpid()}")
        found = next(thing for thing in objects if thing["kind"] == "Deployment")
        found["spec"]["template"]["spec"]["nodeSelector"] = {"nowhere": "at-all"}
        if case == "autoscaler-new":
            assert found["spec"].pop("replicas") == 0  # as all golden Deployments here
            return {**found, "spec": {**found["spec"], "replicas": 2}}, objects
        found["spec"].pop("replicas")
        return found, objects

    held, objects = deployment("autoscaler-new")
    applied([thing for thing in objects if thing["kind"] == "Namespace"])
    path = path_of(cluster, held)
    apply(cluster, path, held)
    cluster.api("PATCH", f"{path}/scale?fieldManager=kube-controller-manager", json.dumps({"spec": {"replicas": 3}}),
                "application/merge-patch+json")

    let_go = apply(cluster, path, deployment("autoscaler-decided")[0])

    assert let_go["spec"]["replicas"] == 3
