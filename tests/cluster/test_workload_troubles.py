"""What keeps a Deployment's pods from running is told in its condition within seconds, in words that say what to do: the
quota, the image, a Secret, a patch that no cluster takes, nodes, policies."""
import time

import pytest

from cluster import wait_until
from weir import SDK_IMAGE, condition, is_settled

FOREVER = "import signal; signal.signal(signal.SIGTERM, lambda *_: exit(0)); signal.pause()"
SECONDS = 20  # "within seconds", on a machine that compiles beside it


def python(code=FOREVER, **more):
    return {"image": SDK_IMAGE, "command": ["python3", "-u", "-c", code], **more}


def cpu(amount):
    return {"requests": {"cpu": amount, "memory": "16Mi"}, "limits": {"cpu": "2", "memory": "64Mi"}}


@pytest.fixture(scope="module")
def name(workspace, sdk_image):
    return workspace(environments=[{"name": "dev", "tier": "Development", "quotas": {"compute": {"requests.cpu": "300m"}}},
                                   {"name": "stage", "tier": "Staging"}])


@pytest.fixture(scope="module")
def dev(name):
    return f"{name}-dev"


@pytest.fixture(scope="module")
def free(name):
    """The environment without a quota."""
    return f"{name}-stage"


@pytest.fixture
def deploy(cluster, weir):
    made = []

    def make(namespace, name, type, workload, **spec):
        weir.deploy(namespace, name, type, workload, **{"resources": cpu("10m"), **spec})
        made.append((namespace, name))

    yield make
    for namespace, name in made:
        cluster.kubectl("delete", "aidep", "-n", namespace, name, "--ignore-not-found", "--timeout=60s")


def test_a_quota_that_is_used_up_names_who_uses_it_and_where_to_raise_it(cluster, weir, name, dev, deploy):
    deploy(dev, "first", "Service", python(), resources=cpu("200m"))
    weir.wait_for(dev, "first", "Available")
    deploy(dev, "second", "Service", python(), resources=cpu("200m"))
    found = weir.wait_for(dev, "second", "QuotaExceeded", SECONDS)
    said = condition(found)
    assert said["status"] == "Unknown"
    for part in ("asks for 200m cpu", "of 300m in use", f"{dev}/first", f"Workspace {name} spec.environments[dev].quotas",
                 "No pod was created"):
        assert part in said["message"], said["message"]
    assert condition(found, "Admitted")["reason"] == "QuotaExceeded"
    cluster.kubectl("delete", "aidep", "-n", dev, "first", "--timeout=60s")
    weir.wait_for(dev, "second", "Available", 90)


def test_a_job_that_the_quota_holds_says_so(weir, dev, deploy):
    deploy(dev, "big", "Job", python("pass"), resources=cpu("500m"))
    said = condition(weir.wait_for(dev, "big", "QuotaExceeded", SECONDS))
    assert "asks for 500m cpu" in said["message"] and "No pod was created" in said["message"]


def test_an_image_that_cannot_be_pulled_is_named(weir, free, deploy):
    deploy(free, "typo", "Service", {"image": "localhost:5/nobody/nothing:1"})
    said = condition(weir.wait_for(free, "typo", "ImagePullFailed", SECONDS))
    assert "localhost:5/nobody/nothing:1" in said["message"] and "check the image's name" in said["message"]


def test_a_job_whose_image_cannot_be_pulled_says_so(weir, free, deploy):
    deploy(free, "typos", "Job", {"image": "localhost:5/nobody/nothing:2"})
    assert "localhost:5/nobody/nothing:2" in condition(weir.wait_for(free, "typos", "ImagePullFailed", SECONDS))["message"]


def test_a_secret_that_is_missing_is_named_and_its_coming_is_enough(cluster, weir, free, deploy):
    deploy(free, "keyed", "Service", python(env=[{"name": "KEY", "secretRef": {"name": "shop-key", "key": "value"}}]))
    said = condition(weir.wait_for(free, "keyed", "SecretMissing", SECONDS))
    assert "shop-key" in said["message"] and "create what is missing" in said["message"]
    cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "shop-key", "namespace": free},
                   "stringData": {"value": "x"}})
    weir.wait_for(free, "keyed", "Available", 120)


def test_a_patch_that_makes_no_valid_pod_is_refused_in_the_clusters_words(cluster, weir, free, deploy):
    deploy(free, "patched", "Service", python(), podPatches=[
        {"op": "add", "path": "/spec/containers/0/livenessProbe", "value": {"httpGet": {"path": "/", "port": 0}}}])
    said = condition(weir.wait_for(free, "patched", "InvalidSpec", SECONDS))
    assert said["status"] == "False" and "patched-w" in said["message"] and "livenessProbe" in said["message"]
    cluster.kubectl("patch", "aidep", "-n", free, "patched", "--type=json", "-p", '[{"op":"remove","path":"/spec/podPatches"}]')
    weir.wait_for(free, "patched", "Available")


def test_a_patch_with_a_field_that_does_not_exist_is_told(weir, free, deploy):
    deploy(free, "unknown", "Service", python(), podPatches=[{"op": "add", "path": "/spec/noSuchField", "value": 1}])
    said = condition(weir.wait_for(free, "unknown", "InvalidSpec", SECONDS))
    assert "noSuchField" in said["message"], said["message"]


def test_a_patch_that_breaks_the_pods_security_is_told(weir, free, deploy):
    deploy(free, "root", "Service", python(), podPatches=[{"op": "add", "path": "/spec/hostNetwork", "value": True}])
    said = condition(weir.wait_for(free, "root", "Degraded", SECONDS))
    assert "hostNetwork" in said["message"] or "host namespaces" in said["message"], said["message"]


def test_a_pod_that_no_node_takes_is_told(weir, free, deploy):
    deploy(free, "homeless", "Service", python(), resources={**cpu("10m"), "nodeSelector": {"disk": "none-such"}})
    wait_until(lambda: "no node takes pod" in (condition(weir.find("deployments", "homeless", free))["message"] or ""), SECONDS,
               "told")
    said = condition(weir.find("deployments", "homeless", free))
    assert said["reason"] == "Pending" and "affinity/selector" in said["message"]


def test_a_container_that_crashes_says_how(weir, free, deploy):
    deploy(free, "crashes", "Service", python("import sys; print('no database', file=sys.stderr); sys.exit(7)"))
    said = condition(weir.wait_for(free, "crashes", "Degraded", 60))
    assert "exit code 7" in said["message"] and "kubectl logs" in said["message"]


def test_a_forbidden_model_in_a_batch_is_refused_at_apply_with_the_policys_name(cluster, weir, free):
    cluster.apply({"apiVersion": "weir.dev/v1alpha1", "kind": "ModelPolicy", "metadata": {"name": "only-echo", "namespace": free},
                   "spec": {"constraints": {"models": {"allow": [{"provider": "*", "name": "echo"}]}}}})
    wait_until(lambda: is_settled(weir.find("modelpolicies", "only-echo", free)), 30, "the policy in force")
    batch = {"model": "o1-pro", "input": {"uri": "configmap://a/b"}, "output": {"uri": "pvc://c/d.jsonl"}}
    thing = {"apiVersion": "weir.dev/v1alpha1", "kind": "Deployment", "metadata": {"name": "x", "namespace": free},
             "spec": {"type": "Batch", "workload": {"batch": batch}}}
    path = f"/apis/weir.dev/v1alpha1/namespaces/{free}/deployments"
    end = time.monotonic() + 20  # admission reads its parameters from a cache of its own
    while (answer := cluster.api("POST", f"{path}?dryRun=All", thing))[0] == 201 and time.monotonic() < end:
        time.sleep(0.2)
    status, refused = answer
    assert status in (403, 422), answer
    assert f"model o1-pro is not allowed in {free} by {free}/only-echo" in refused["message"]
    batch["model"] = "echo"
    assert cluster.api("POST", f"{path}?dryRun=All", thing)[0] == 201


def test_a_suspended_workspace_runs_nothing_and_goes_on(cluster, weir, name, free, deploy):
    deploy(free, "works", "Service", python())
    deploy(free, "clock", "CronJob", {"schedule": "0 3 * * *", "job": python("pass")})
    weir.wait_for(free, "works", "Available")
    weir.wait_for(free, "clock", "Available")
    cluster.kubectl("patch", "aiws", name, "--type=merge", "-p", '{"spec":{"suspended":true}}')
    assert condition(weir.wait_for(free, "works", "Suspended", 30))["message"] == "nothing runs: its workspace is suspended"
    weir.wait_for(free, "clock", "Suspended")
    wait_until(lambda: not weir.pods_of(free, "works"), 30, "no pod")
    assert cluster.find(f"/apis/batch/v1/namespaces/{free}/cronjobs/clock-w")["spec"]["suspend"] is True
    cluster.kubectl("patch", "aiws", name, "--type=merge", "-p", '{"spec":{"suspended":false}}')
    weir.wait_for(free, "works", "Available", 90)
    weir.wait_for(free, "clock", "Available")
