"""A Batch as a user runs one: a ConfigMap of requests, a claim for the answers, the environment's own gateway between."""
import json

import pytest

from cluster import wait_until
from volumes import node_volume
from weir import condition, is_settled

LINES = 120
SMALL = {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "128Mi"}}
SLOW_ECHO = {"constraints": {}, "defaults": {
    "providers": [{"name": "slow", "type": "Echo", "echo": {"firstTokenDelay": "300ms"}}],
    "routes": [{"model": "slow", "targets": [{"provider": "slow", "model": "echo"}]}]}}


def line(number, **body):
    return {"custom_id": f"r{number}", "method": "POST", "url": "/v1/chat/completions",
            "body": {"messages": [{"role": "user", "content": f"request {number}"}], **body}}


@pytest.fixture(scope="module")
def place(cluster, weir, workspace):
    """An environment with a slow model and a claim: (namespace, the claim's folder on the node)."""
    namespace = f"{workspace()}-dev"
    cluster.apply({"apiVersion": "weir.dev/v1alpha1", "kind": "ModelPolicy", "metadata": {"name": "slow", "namespace": namespace},
                   "spec": SLOW_ECHO})
    wait_until(lambda: is_settled(weir.find("modelpolicies", "slow", namespace)), 30, "the policy in force")
    with node_volume(cluster, namespace, "answers") as folder:
        yield namespace, folder
        cluster.kubectl("delete", "aidep", "-n", namespace, "--all", "--timeout=60s")


def start(cluster, weir, place, name, lines, **more):
    namespace, _ = place
    written = "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines) + "\n"
    cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace},
                   "data": {"today.jsonl": written}})
    weir.deploy(namespace, name, "Batch", {
        "model": "slow", "input": {"uri": f"configmap://{name}/today.jsonl"}, "output": {"uri": f"pvc://answers/{name}.jsonl"},
        "concurrency": 4, **more}, resources=SMALL)


def read(cluster, folder, name):
    if name not in cluster.on_node("ls", folder).split():
        return []
    return [json.loads(one) for one in cluster.on_node("cat", f"{folder}/{name}").splitlines()]


def last_run(weir, namespace, name):
    return (weir.find("deployments", name, namespace).get("status") or {}).get("lastRun", {})


def test_it_tells_how_far_it_is_and_goes_on_after_its_pod_was_killed(cluster, weir, place):
    namespace, folder = place
    start(cluster, weir, place, "nightly", [line(n) for n in range(LINES)])
    run = wait_until(lambda: (r := last_run(weir, namespace, "nightly")).get("total") == LINES and 0 < r["succeeded"] < LINES and r, 60,
                     "progress in its status")
    assert run["startTime"] and not run.get("completionTime")
    assert condition(weir.find("deployments", "nightly", namespace))["reason"] == "Running"

    for pod in weir.pods_of(namespace, "nightly"):
        cluster.api("DELETE", f"/api/v1/namespaces/{namespace}/pods/{pod['metadata']['name']}?gracePeriodSeconds=0")
    done = {answer["custom_id"] for answer in read(cluster, folder, "nightly.jsonl")}
    assert done

    found = weir.wait_for(namespace, "nightly", "Completed", 120)
    run = found["status"]["lastRun"]
    assert (run["total"], run["succeeded"], run.get("failed", 0)) == (LINES, LINES, 0) and run["completionTime"]
    assert condition(found)["message"] == f"100 % of {LINES} lines done, 0 failed"
    answers = read(cluster, folder, "nightly.jsonl")
    assert sorted(a["custom_id"] for a in answers) == sorted(f"r{n}" for n in range(LINES))
    assert all(a["response"]["status_code"] == 200 for a in answers)
    calls = [r for r in weir.usage(namespace) if r.get("deployment") == "nightly"]
    completed = [r for r in calls if r["outcome"] == "Completed"]
    assert LINES <= len(completed) <= LINES + 4, "only what was on its way may be sent again"
    assert len({r["pod"] for r in calls}) == 2 and {r["caller"] for r in calls} == {f"{namespace}/aidep-nightly"}


def test_lines_that_fail_stand_beside_the_answers(cluster, weir, place):
    namespace, folder = place
    start(cluster, weir, place, "mixed", [line(0), "this is no JSON", line(2, model="nobody-serves-this"), line(3)])
    found = weir.wait_for(namespace, "mixed", "Completed", 90)
    run = found["status"]["lastRun"]
    assert (run["total"], run["succeeded"], run["failed"]) == (4, 2, 2), run
    assert {a["custom_id"] for a in read(cluster, folder, "mixed.jsonl")} == {"r0", "r3"}
    errors = read(cluster, folder, "mixed.errors.jsonl")
    assert len(errors) == 2 and any(e.get("custom_id") == "r2" for e in errors), errors


def test_a_failed_line_stops_it_when_that_is_wanted(cluster, weir, place):
    namespace, _ = place
    start(cluster, weir, place, "strict", [line(0, model="nobody-serves-this"), *(line(n) for n in range(1, 60))], onError="Stop")
    found = weir.wait_for(namespace, "strict", "Failed", 90)
    assert condition(found)["status"] == "False" and "line" in condition(found)["message"], condition(found)


def test_an_input_that_is_not_there_is_named_and_its_coming_is_enough(cluster, weir, place):
    namespace, folder = place
    weir.deploy(namespace, "blind", "Batch", {"model": "slow", "input": {"uri": "configmap://none/today.jsonl"},
                                              "output": {"uri": "pvc://answers/blind.jsonl"}}, resources=SMALL)
    said = condition(weir.wait_for(namespace, "blind", "Degraded", 30))
    assert "today.jsonl" in said["message"] and "tried again" in said["message"], said
    cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "none", "namespace": namespace},
                   "data": {"today.jsonl": json.dumps(line(1)) + "\n"}})
    weir.wait_for(namespace, "blind", "Completed", 90)
    assert [a["custom_id"] for a in read(cluster, folder, "blind.jsonl")] == ["r1"]


def test_a_claim_that_is_not_there_is_named(cluster, weir, place):
    namespace, _ = place
    weir.deploy(namespace, "homeless", "Batch", {"model": "slow", "input": {"uri": "configmap://mixed/today.jsonl"},
                                                 "output": {"uri": "pvc://no-such-claim/out.jsonl"}}, resources=SMALL)
    said = condition(weir.wait_for(namespace, "homeless", "Pending", 30))
    wait_until(lambda: "no-such-claim" in condition(weir.find("deployments", "homeless", namespace))["message"], 20, said)


def test_a_suspended_batch_stops_and_goes_on(cluster, weir, place):
    namespace, folder = place
    start(cluster, weir, place, "paused", [line(n) for n in range(80)])
    wait_until(lambda: len(read(cluster, folder, "paused.jsonl")) > 8, 60, "the first answers")
    cluster.kubectl("patch", "aidep", "-n", namespace, "paused", "--type=merge", "-p", '{"spec":{"suspend":true}}')
    weir.wait_for(namespace, "paused", "Suspended", 30)
    wait_until(lambda: not weir.pods_of(namespace, "paused"), 60, "no pod")
    assert len(read(cluster, folder, "paused.jsonl")) < 80
    cluster.kubectl("patch", "aidep", "-n", namespace, "paused", "--type=merge", "-p", '{"spec":{"suspend":false}}')
    weir.wait_for(namespace, "paused", "Completed", 90)
    assert sorted(a["custom_id"] for a in read(cluster, folder, "paused.jsonl")) == sorted(f"r{n}" for n in range(80))
