"""Services, jobs and agents as real pods behind a real gateway: they have its address and a token without asking, their calls
are booked to them, and what becomes of them stands in their Deployment in words."""
import time

import pytest

from cluster import wait_until
from weir import SDK_IMAGE, condition

ASK = """
import os, openai
client = openai.OpenAI(api_key=open(os.environ["WEIR_TOKEN_FILE"]).read(), max_retries=5)
answer = client.chat.completions.create(model="echo", messages=[{"role": "user", "content": "hello from a pod"}])
print("ANSWER", answer.choices[0].message.content, flush=True)
"""
SERVE = """
import http.server, signal, sys
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
http.server.HTTPServer(("", 8080), http.server.SimpleHTTPRequestHandler).serve_forever()
"""
SMALL = {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "256Mi"}}
TOKEN_FILE = "/var/run/secrets/weir.dev/token"


def python(code, **more):
    return {"image": SDK_IMAGE, "command": ["python3", "-u", "-c", code], **more}


@pytest.fixture(scope="module")
def dev(workspace, sdk_image):
    return f"{workspace()}-dev"


@pytest.fixture
def deploy(cluster, weir, dev):
    """deploy(name, type, workload, **spec) in the environment; deleted at the end, with all that was made for it."""
    made = []

    def make(name, type, workload, **spec):
        weir.deploy(dev, name, type, workload, **{"resources": SMALL, **spec})
        made.append(name)

    yield make
    for name in made:
        cluster.kubectl("delete", "aidep", "-n", dev, name, "--ignore-not-found", "--timeout=60s")
        wait_until(lambda: not weir.pods_of(dev, name), 60, f"the pods of {name} gone")


@pytest.fixture
def logs(cluster, weir, dev):
    return lambda name: "".join(cluster.kubectl("logs", "-n", dev, pod["metadata"]["name"]) for pod in weir.pods_of(dev, name))


def test_a_client_in_a_pod_of_the_environment_is_answered(weir, dev, run_client):
    assert "ANSWER" in run_client(dev, ASK)
    assert weir.usage(dev)[-1]["caller"] == f"{dev}/default"


def test_a_service_has_the_gateways_address_and_its_calls_are_its_own(cluster, weir, dev, deploy, logs):
    deploy("shop", "Service", python(ASK + SERVE, ports=[{"name": "http", "port": 8080}],
                                     probes={"readiness": {"path": "/", "port": 8080, "period": "1s"}}), scaling={"replicas": 2})
    found = weir.wait_for(dev, "shop", "Available")
    assert condition(found)["message"] == "2/2 replicas ready"
    assert (found["status"]["replicas"], found["status"]["readyReplicas"]) == (2, 2)
    assert found["status"]["url"] == f"http://shop-w.{dev}.svc:8080"
    pods = {pod["metadata"]["name"] for pod in weir.pods_of(dev, "shop")}

    url = f"http://weir-gateway.{dev}.svc:8080"
    printed = cluster.exec(dev, sorted(pods)[0], "python3", "-c", "import os; print(*map('='.join, os.environ.items()), sep='\\n')")
    wanted = {"OPENAI_BASE_URL": f"{url}/v1", "OPENAI_API_BASE": f"{url}/v1", "ANTHROPIC_BASE_URL": url, "WEIR_GATEWAY_URL": url,
              "WEIR_TOKEN_FILE": TOKEN_FILE}
    environment = dict(line.split("=", 1) for line in printed.splitlines() if "=" in line)
    assert {key: environment.get(key) for key in wanted} == wanted
    assert "API_KEY" not in printed
    assert logs("shop").count("ANSWER") == 2
    booked = [record for record in weir.usage(dev) if record.get("deployment") == "shop"]
    assert {record["pod"] for record in booked} == pods
    assert {(record["caller"], record["model"], record["outcome"]) for record in booked} == {
        (f"{dev}/aidep-shop", "echo", "Completed")}
    assert all(record["inputTokens"] > 0 and record["outputTokens"] > 0 for record in booked)


def test_a_suspended_service_runs_nothing_and_comes_back(cluster, weir, dev, deploy):
    deploy("naps", "Service", python(SERVE))
    weir.wait_for(dev, "naps", "Available")
    cluster.kubectl("patch", "aidep", "-n", dev, "naps", "--type=merge", "-p", '{"spec":{"suspend":true}}')
    assert condition(weir.wait_for(dev, "naps", "Suspended"))["message"] == "nothing runs: spec.suspend is true"
    wait_until(lambda: not weir.pods_of(dev, "naps"), 60, "no pod")  # who does not heed SIGTERM has 30 s
    cluster.kubectl("patch", "aidep", "-n", dev, "naps", "--type=merge", "-p", '{"spec":{"suspend":false}}')
    weir.wait_for(dev, "naps", "Available")


def test_a_deleted_service_leaves_nothing(cluster, weir, dev):
    weir.deploy(dev, "gone", "Service", python(SERVE, ports=[{"name": "http", "port": 8080}]), resources=SMALL, scaling={"min": 1, "max": 2})
    weir.wait_for(dev, "gone", "Available")
    kinds = "deployments.apps,services,serviceaccounts,horizontalpodautoscalers,poddisruptionbudgets,replicasets,pods"

    def left():
        return cluster.kubectl("get", kinds, "-n", dev, "-l", "weir.dev/deployment=gone", "-o", "name").split()

    assert {name.partition("/")[0] for name in left()} == {
        "deployment.apps", "service", "serviceaccount", "horizontalpodautoscaler.autoscaling", "poddisruptionbudget.policy",
        "replicaset.apps", "pod"}
    cluster.kubectl("delete", "aidep", "-n", dev, "gone", "--timeout=60s")
    wait_until(lambda: not left(), 60, "nothing of it left")


def test_a_job_runs_once_and_says_how_it_went(weir, dev, deploy, logs):
    deploy("once", "Job", python(ASK, completions=2, parallelism=2))
    found = weir.wait_for(dev, "once", "Completed")
    assert found["status"]["lastRun"]["succeeded"] == 2 and found["status"]["lastRun"].get("failed", 0) == 0
    assert found["status"]["lastRun"]["startTime"] <= found["status"]["lastRun"]["completionTime"]
    assert condition(found)["status"] == "True" and "2 pods succeeded" in condition(found)["message"]
    assert logs("once").count("ANSWER") == 2
    assert {r["caller"] for r in weir.usage(dev) if r.get("deployment") == "once"} == {f"{dev}/aidep-once"}


def test_a_job_that_fails_says_how(weir, dev, deploy):
    deploy("fails", "Job", python("import sys; print('no such table: orders', file=sys.stderr); sys.exit(4)", backoffLimit=0))
    found = weir.wait_for(dev, "fails", "Failed")
    said = condition(found)
    assert said["status"] == "False" and found["status"]["lastRun"]["failed"] == 1
    assert "exit code 4" in said["message"] and "to run it again" in said["message"]


def test_a_job_whose_time_is_over_is_removed_and_not_run_again(cluster, weir, dev, deploy):
    deploy("brief", "Job", python(ASK, ttlAfterFinished="2s"))
    weir.wait_for(dev, "brief", "Completed")
    jobs = f"/apis/batch/v1/namespaces/{dev}/jobs?labelSelector=weir.dev/deployment%3Dbrief"
    wait_until(lambda: not cluster.find(jobs)["items"], 30, "the Job removed")
    time.sleep(3)
    assert not cluster.find(jobs)["items"]
    assert condition(weir.find("deployments", "brief", dev))["reason"] == "Completed"


def test_a_job_by_the_clock_runs_and_tells_of_its_last_run(weir, dev, deploy, logs):
    deploy("ticks", "CronJob", {"schedule": "* * * * *", "job": python(ASK)})
    assert "runs by the clock" in condition(weir.wait_for(dev, "ticks", "Available"))["message"]
    found = wait_until(lambda: (f := weir.find("deployments", "ticks", dev))["status"].get("lastRun", {}).get("completionTime") and f,
                       130, "a run by the clock")
    assert condition(found)["reason"] == "Available"
    assert "ANSWER" in logs("ticks")
    assert any(r.get("deployment") == "ticks" for r in weir.usage(dev))


def test_an_agent_runs_for_good_or_by_the_clock(weir, dev, deploy, logs):
    deploy("agent", "Agent", python("import os; print('ENTRY', os.environ['WEIR_AGENT_ENTRYPOINT'])" + ASK + SERVE, entrypoint="app:agent"))
    found = weir.wait_for(dev, "agent", "Available")
    assert found["status"]["readyReplicas"] == 1
    wait_until(lambda: "ANSWER" in logs("agent"), 30, "the agent's call")
    assert "ENTRY app:agent" in logs("agent")
    assert any(r["caller"] == f"{dev}/aidep-agent" for r in weir.usage(dev))
