"""weir-operator --cluster, from a file of YAML to gateways that run it: what is made, what is put right, what is never written
twice, and what is left when a workspace goes. The operator runs on this machine, its gateways in pods."""
import json
import os
import signal
import subprocess
import time
import urllib.request

import pytest

from cluster import ROOT, wait_until
from ports import free_port

BUILD = ROOT / os.environ.get("WEIR_BUILD", "build")
VERSION = (ROOT / "VERSION").read_text().strip()
GROUP = "/apis/weir.dev/v1alpha1"
SERVICE = {
    "apiVersion": "v1", "kind": "Service", "metadata": {"name": "weir-operator-control", "namespace": "weir-system"},
    "spec": {"ports": [{"name": "control", "port": 8443, "targetPort": 8443, "protocol": "TCP"}]},
}
# By its own or with others' help these change without anybody's wish.
RESTLESS = {"events", "leases", "endpoints", "endpointslices"}


class Operator:
    def __init__(self, cluster, folder):
        self.cluster, self.folder, self.process = cluster, folder, None
        self.admin, self.control = free_port(), free_port()

    def start(self):
        self.log = open(self.folder / "operator.log", "ab")
        self.process = subprocess.Popen(
            [BUILD / "weir-operator", "--cluster", "--kubeconfig", self.cluster.kubeconfig,
             "--gateway-image", f"localhost/weir-gateway:{VERSION}", "--tools-image", f"localhost/weir-tools:{VERSION}",
             "--control-listen", f"0.0.0.0:{self.control}", "--admin", f"127.0.0.1:{self.admin}"],
            stdout=self.log, stderr=self.log, env={**os.environ, "POD_IP": self.cluster.host})
        try:
            wait_until(self.is_ready, 60, "the operator ready and leading")
        except AssertionError:
            self.stop()  # or it would hold the Lease against every suite that follows
            raise

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.wait(20)
        self.log.close()

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()
        except OSError:
            assert self.process.poll() is None, (self.folder / "operator.log").read_text()[-2000:]
            return 0, ""

    def is_ready(self):
        return self.get("/readyz") == (200, "ready, leading\n")

    def metrics(self):
        lines = [line.rpartition(" ") for line in self.get("/metrics")[1].splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in lines}

    def writes(self):
        """Requests that change something, by method and answer; PUT is the Lease's renewal alone."""
        return {name: value for name, value in self.metrics().items()
                if name.startswith("rest_client_requests_total") and 'method="GET"' not in name and 'method="PUT"' not in name}

    def lines(self):
        return [json.loads(line) for line in (self.folder / "operator.log").read_text().splitlines() if line.startswith("{")]

    def events(self, name):
        return [line for line in self.lines() if line["event"] == name]

    def connected(self, environment):
        """How many gateways of an environment are on the control stream, from what the log says of them."""
        there = set()
        for line in self.lines():
            if line.get("environment") == environment and line["event"] in ("gateway_connected", "gateway_gone"):
                (there.add if line["event"] == "gateway_connected" else there.discard)(line["gateway"])
            elif line["event"] in ("leadership_lost", "leading"):
                there.clear()
        return len(there)


@pytest.fixture(scope="module")
def operator(cluster, tmp_path_factory):
    cluster.kubectl("create", "namespace", "weir-system", check=False)
    cluster.apply(SERVICE)
    started = Operator(cluster, tmp_path_factory.mktemp("operator"))
    started.start()
    yield started
    started.stop()


def workspace(cluster, name):
    return cluster.find(f"{GROUP}/workspaces/{name}")


def condition(found, kind="Ready"):
    listed = ((found or {}).get("status") or {}).get("conditions", [])
    return next((c for c in listed if c["type"] == kind), {"status": None, "reason": None, "message": None})


def is_settled(found):
    """Ready, and about this generation."""
    ready = condition(found)
    return found if ready["status"] == "True" and ready["observedGeneration"] == found["metadata"]["generation"] else None


def environments(found):
    return {e["name"]: e for e in found["status"]["environments"]}


def revisions(cluster, name):
    return {key: e["gateway"]["configRevision"] for key, e in environments(workspace(cluster, name)).items()}


@pytest.fixture(scope="module")
def demo(cluster, operator):
    """examples/quickstart as it is."""

    def is_applied():
        return cluster.kubectl("apply", "--server-side", "-f", str(ROOT / "examples/quickstart"), check=False).returncode == 0

    wait_until(is_applied, 60, "the quickstart applied")
    wait_until(lambda: is_settled(workspace(cluster, "demo")), 120, "workspace demo ready")
    yield "demo"
    cluster.kubectl("delete", "aiws", "demo", "--ignore-not-found", "--timeout=120s", check=False)
    cluster.kubectl("delete", "namespace", "demo-dev", "demo-prod", "--ignore-not-found", "--wait=false", check=False)
    cluster.kubectl("delete", "aimp", "-n", "weir-system", "--all", check=False)


def test_the_quickstart_becomes_environments_with_gateways(cluster, demo):
    found = environments(workspace(cluster, demo))
    assert set(found) == {"dev", "prod"}
    for name, environment in found.items():
        assert environment["ready"] and environment["namespace"] == f"demo-{name}"
        assert environment["gateway"]["ackedReplicas"] == environment["gateway"]["replicas"] >= 1
        assert environment["gateway"]["url"] == f"http://weir-gateway.demo-{name}.svc:8080"
        labels = cluster.find(f"/api/v1/namespaces/demo-{name}")["metadata"]["labels"]
        assert labels["weir.dev/workspace"] == "demo" and labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert condition(workspace(cluster, demo))["reason"] == "AllEnvironmentsReady"
    for path in ("weir-system/modelpolicies/org-baseline", "demo-prod/modelpolicies/hardening"):
        wait_until(lambda p=path: is_settled(cluster.find(f"{GROUP}/namespaces/{p}")), 20, path)


def test_a_key_that_is_missing_is_named_with_what_to_do(cluster, demo):
    found = cluster.find(f"{GROUP}/namespaces/demo-prod/modelpolicies/hardening")
    missing = condition(found, "CredentialsResolved")
    assert missing["status"] == "False" and "openai" in missing["message"] and "apiKey" in missing["message"]


def test_a_key_that_comes_reaches_the_gateway(cluster, operator, demo):
    before = revisions(cluster, demo)["prod"]
    cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "openai", "namespace": "demo-prod"},
                   "stringData": {"apiKey": "sk-of-a-test"}})
    wait_until(lambda: revisions(cluster, demo)["prod"] != before, 20, "another revision")
    wait_until(lambda: is_settled(workspace(cluster, demo)), 20, "acked")
    policy = cluster.find(f"{GROUP}/namespaces/demo-prod/modelpolicies/hardening")
    wait_until(lambda: condition(cluster.find(f"{GROUP}/namespaces/demo-prod/modelpolicies/hardening"),
                                 "CredentialsResolved")["status"] in (None, "True"), 20, policy["status"])


@pytest.mark.parametrize("path", [
    "/api/v1/namespaces/demo-dev/services/weir-gateway",
    "/apis/networking.k8s.io/v1/namespaces/demo-dev/networkpolicies/weir-isolation",
    "/api/v1/namespaces/demo-dev/serviceaccounts/weir-gateway",
    "/api/v1/namespaces/demo-dev/limitranges/weir-limits",
    f"{GROUP}/namespaces/demo-dev/modelpolicies/effective",
])
def test_a_child_that_is_deleted_by_hand_comes_back(cluster, demo, path):
    uid = cluster.find(path)["metadata"]["uid"]
    cluster.api("DELETE", path)
    wait_until(lambda: (cluster.find(path) or {"metadata": {"uid": uid}})["metadata"]["uid"] != uid, 20, path)


def test_a_child_that_is_changed_by_hand_is_put_right(cluster, demo):
    path = "/apis/networking.k8s.io/v1/namespaces/demo-dev/networkpolicies/weir-isolation"
    before = cluster.find(path)["spec"]
    cluster.api("PATCH", path, {"spec": {"policyTypes": ["Ingress"], "egress": None}}, "application/merge-patch+json")
    wait_until(lambda: cluster.find(path)["spec"] == before, 20, "the policy as it was")


def test_an_edit_of_an_environments_policy_reaches_every_gateway(cluster, operator, demo):
    wait_until(lambda: is_settled(workspace(cluster, demo)), 60, "acked")
    before = revisions(cluster, demo)
    cluster.api("PATCH", f"{GROUP}/namespaces/demo-prod/modelpolicies/hardening",
                {"spec": {"constraints": {"maxOutputTokens": 1000}}}, "application/merge-patch+json")
    wait_until(lambda: revisions(cluster, demo)["prod"] != before["prod"], 10, "another revision of prod")
    found = environments(wait_until(lambda: is_settled(workspace(cluster, demo)), 20, "acked by all"))
    assert found["prod"]["gateway"]["ackedReplicas"] == found["prod"]["gateway"]["replicas"] == 2
    assert found["dev"]["gateway"]["configRevision"] == before["dev"], "dev has nothing to do with it"
    assert operator.events("config_acked")[-1]["took_ms"] <= 1000


def test_an_edit_of_the_organisations_policy_reaches_every_environment(cluster, demo):
    before = revisions(cluster, demo)
    cluster.api("PATCH", f"{GROUP}/namespaces/weir-system/modelpolicies/org-baseline",
                {"spec": {"constraints": {"maxOutputTokens": 900}}}, "application/merge-patch+json")
    for name in ("dev", "prod"):
        wait_until(lambda n=name: revisions(cluster, demo)[n] != before[n], 10, f"another revision of {name}")
    wait_until(lambda: is_settled(workspace(cluster, demo)), 20, "acked by all")


def test_what_production_would_loosen_waits_for_approval(cluster, demo):
    path = f"{GROUP}/namespaces/demo-prod/modelpolicies"
    before = revisions(cluster, demo)["prod"]
    cluster.api("PATCH", f"{GROUP}/namespaces/weir-system/modelpolicies/org-baseline",
                {"spec": {"constraints": {"maxOutputTokens": 8192}}}, "application/merge-patch+json")
    cluster.api("PATCH", f"{path}/hardening", {"spec": {"constraints": {"maxOutputTokens": 4096}}}, "application/merge-patch+json")

    def asked_for():
        pending = cluster.find(f"{path}/effective")["status"]["effective"].get("pending")
        return pending if pending and "4,096" in pending["difference"] else None

    pending = wait_until(asked_for, 20, "what is pending")
    assert "maxOutputTokens" in pending["difference"]
    assert cluster.find(f"{path}/effective")["status"]["effective"]["maxOutputTokens"]["amount"] == 900
    cluster.kubectl("annotate", "aimp", "-n", "demo-prod", "effective", f"weir.dev/approve-loosening={pending['hash']}")
    wait_until(lambda: cluster.find(f"{path}/effective")["status"]["effective"]["maxOutputTokens"]["amount"] == 4096, 20, "in force")
    wait_until(lambda: revisions(cluster, demo)["prod"] != before, 10, "another revision")


def everything(cluster):
    """resourceVersion of every object of the workspace and of weir-system, but for what is restless by nature."""
    kinds = [k for k in cluster.kubectl("api-resources", "--verbs=list", "--namespaced", "-o", "name").split()
             if k.partition(".")[0] not in RESTLESS]
    seen = {}
    for namespace in ("demo-dev", "demo-prod", "weir-system"):
        listed = cluster.kubectl("get", ",".join(kinds), "-n", namespace, "-o", "json", "--ignore-not-found")
        for item in json.loads(listed)["items"] if listed.strip() else []:
            meta = item["metadata"]
            seen[item["kind"], namespace, meta["name"]] = meta["resourceVersion"]
    for path in (f"{GROUP}/workspaces", "/api/v1/namespaces"):
        for item in cluster.find(path)["items"]:
            seen[path, item["metadata"]["name"]] = item["metadata"]["resourceVersion"]
    return seen


def test_a_quiet_minute_has_no_write(cluster, operator, demo):
    wait_until(lambda: is_settled(workspace(cluster, demo)), 60, "acked")
    time.sleep(15)  # events go out one by one
    objects, writes = everything(cluster), operator.writes()
    time.sleep(60)
    assert operator.writes() == writes
    assert everything(cluster) == objects


def test_a_restart_changes_nothing(cluster, operator, demo):
    objects, before = everything(cluster), revisions(cluster, demo)
    operator.stop()
    operator.start()
    wait_until(lambda: operator.metrics().get('weir_reconcile_total{kind="Workspace",result="unchanged"}', 0) > 0, 30, "a pass")
    time.sleep(3)
    wait_until(lambda: is_settled(workspace(cluster, demo)), 30, "acked")
    assert revisions(cluster, demo) == before
    changed = {key: (was, everything(cluster).get(key)) for key, was in objects.items() if everything(cluster).get(key) != was}
    assert not [key for key in changed if key[0] not in (f"{GROUP}/workspaces", "ModelPolicy")], changed


def test_what_changed_hands_while_nobody_led_is_put_right_and_nothing_else_is_written(cluster, operator, demo):
    before = {path: cluster.find(path) for path in (
        "/apis/networking.k8s.io/v1/namespaces/demo-dev/networkpolicies/weir-gateway", "/api/v1/namespaces/demo-dev/services/weir-gateway",
        "/api/v1/namespaces/demo-dev/serviceaccounts/weir-gateway")}
    policy, service, account = before
    operator.stop()
    cluster.api("PATCH", policy, {"spec": {"policyTypes": ["Ingress"]}}, "application/merge-patch+json")
    cluster.api("PATCH", service, {"metadata": {"labels": {"weir.dev/workspace": "other"}}}, "application/merge-patch+json")
    cluster.api("PATCH", account, {"metadata": {"labels": {"weir.dev/workspace": None}}}, "application/merge-patch+json")
    operator.start()
    for path, was in before.items():
        wait_until(lambda: cluster.find(path)["metadata"]["labels"] == was["metadata"]["labels"] and
                   cluster.find(path).get("spec") == was.get("spec"), 30, f"{path} as it was")
    wait_until(lambda: is_settled(workspace(cluster, demo)), 60, "acked")
    applied = sum(value for name, value in operator.metrics().items() if name.startswith("weir_writes_total") and 'verb="apply"' in name)
    assert applied == len(before)


def test_a_crash_is_made_good_by_the_next_one(cluster, operator, demo):
    operator.stop(signal.SIGKILL)
    path = "/api/v1/namespaces/demo-dev/services/weir-gateway"
    cluster.api("DELETE", path)
    operator.start()
    wait_until(lambda: cluster.find(path), 40, "the Service again")
    wait_until(lambda: is_settled(workspace(cluster, demo)), 60, "acked")


def test_a_namespace_of_somebody_else_is_not_taken(cluster, operator, namespace):
    cluster.apply({"apiVersion": "weir.dev/v1alpha1", "kind": "Workspace", "metadata": {"name": "thief"}, "spec": {
        "owner": {"team": "t"}, "environments": [{"name": "dev", "tier": "Development", "namespace": namespace}]}})
    try:
        found = wait_until(lambda: (w := workspace(cluster, "thief")) and condition(w)["status"] == "False" and w, 20, "refused")
        assert condition(found)["reason"] == "NamespaceNotOurs" and "weir.dev/adopt" in condition(found)["message"]
        assert not cluster.find(f"/api/v1/namespaces/{namespace}/services/weir-gateway")
    finally:
        cluster.kubectl("delete", "aiws", "thief", "--timeout=60s")
    assert cluster.find(f"/api/v1/namespaces/{namespace}")["metadata"].get("deletionTimestamp") is None


def test_a_deployment_runs_and_goes_with_what_was_made_for_it(cluster, demo, probe_image):
    cluster.apply({"apiVersion": "weir.dev/v1alpha1", "kind": "Deployment",
                   "metadata": {"name": "shop", "namespace": "demo-dev"},
                   "spec": {"type": "Service", "workload": {"service": {
                       "image": probe_image, "args": ["serve", "tcp:8080"], "ports": [{"name": "http", "port": 8080}]}}}})
    path = f"{GROUP}/namespaces/demo-dev/deployments/shop"
    wait_until(lambda: is_settled(cluster.find(path)), 60, "the Deployment available")
    assert cluster.find("/apis/apps/v1/namespaces/demo-dev/deployments/shop-w")["metadata"]["labels"]["weir.dev/deployment"] == "shop"
    cluster.kubectl("delete", "aidep", "-n", "demo-dev", "shop", "--timeout=60s")
    wait_until(lambda: not cluster.find("/apis/apps/v1/namespaces/demo-dev/deployments/shop-w"), 60, "its pods' Deployment gone")


def test_an_api_server_that_is_gone_for_a_while_stops_nobody(cluster, operator, demo):
    acked = operator.metrics()["gateway_config_lag_seconds_count"]
    cluster.restart("kube-apiserver")
    wait_until(lambda: workspace(cluster, demo), 60, "the API server again")
    wait_until(operator.is_ready, 60, "the operator leading")
    # Where the Lease ran out meanwhile, the gateways were let go and dial again; an edit's way is measured to those that are there.
    wait_until(lambda: operator.connected("dev") > 0, 60, "dev's gateways with the operator again")
    before = revisions(cluster, demo)["dev"]
    cluster.api("PATCH", f"{GROUP}/namespaces/demo-dev/modelpolicies/playground",
                {"spec": {"constraints": {"maxOutputTokens": 500}}}, "application/merge-patch+json")
    wait_until(lambda: revisions(cluster, demo)["dev"] != before, 60, "the edit has arrived")
    assert operator.metrics()["gateway_config_lag_seconds_count"] > acked


def test_deleting_a_workspace_leaves_nothing(cluster, operator):
    cluster.apply({"apiVersion": "weir.dev/v1alpha1", "kind": "Workspace", "metadata": {"name": "brief"}, "spec": {
        "owner": {"team": "t"}, "deletionPolicy": "Delete", "environments": [{"name": "dev", "tier": "Development"}]}})
    wait_until(lambda: is_settled(workspace(cluster, "brief")), 60, "ready")
    cluster.kubectl("delete", "aiws", "brief", "--timeout=120s")
    assert not cluster.find("/api/v1/namespaces/brief-dev")


def test_a_namespace_that_was_there_before_stays_with_nothing_of_ours(cluster, operator, demo):
    cluster.kubectl("delete", "aiws", demo, "--timeout=120s")
    for namespace in ("demo-dev", "demo-prod"):
        meta = cluster.find(f"/api/v1/namespaces/{namespace}")["metadata"]
        assert "weir.dev/workspace" not in meta["labels"] and meta["annotations"]["weir.dev/adopt"] == "demo"
        for path in ("/apis/apps/v1/namespaces/{}/deployments", "/api/v1/namespaces/{}/services", "/api/v1/namespaces/{}/secrets",
                     "/apis/rbac.authorization.k8s.io/v1/namespaces/{}/rolebindings"):
            left = [item["metadata"]["name"] for item in cluster.find(path.format(namespace))["items"]]
            assert not [name for name in left if name.startswith("weir")], path
