"""What the operator says, and does not say, when it takes over, when somebody makes an object of ours invalid, when it cannot
reach the API server or lacks rights, and when a Secret cannot be read."""
import threading
import time

import pytest

from chaos_objects import API
from chaos_operator import Operator, give_lease_back
from chaos_state import GROUP
from chaos_world import World
from cluster import wait_until


@pytest.fixture(scope="module")
def operator(cluster, chaos_installed, tmp_path_factory):
    give_lease_back(cluster)
    made = Operator(cluster, tmp_path_factory.mktemp("troubles"), with_proxy=True).start()
    yield made
    made.stop()
    made.proxy.close()


@pytest.fixture(scope="module")
def world(cluster, operator):
    made = World(cluster, operator, ("dev",))
    yield made
    made.remove()


class Seen:
    """Ready of the Workspace and of its policy, each time it is something else."""

    def __init__(self, world):
        self.world, self.found, self._end = world, [], False
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        path = f"/apis/weir.dev/v1alpha1/namespaces/{self.world.namespace('dev')}/modelpolicies/limits"
        while not self._end:
            conditions = self.world.cluster.find(path).get("status", {}).get("conditions", [])
            now = [(c["status"], c["reason"]) for c in [self.world.condition(), *[c for c in conditions if c["type"] == "Ready"]]]
            if not self.found or self.found[-1] != now:
                self.found.append(now)
            time.sleep(0.05)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *why):
        self._end = True
        self._thread.join(5)


def test_a_leader_that_takes_over_after_a_crash_raises_no_false_alarm(cluster, operator, world):
    operator.settle()
    with Seen(world) as seen:
        operator.kill()
        give_lease_back(cluster)
        operator.start()
        wait_until(lambda: operator.events("gateway_connected"), 20, "the gateway dialled")
        time.sleep(9)
    assert len(seen.found) == 1, seen.found
    world.arrives(640)


def test_gateways_that_do_not_come_back_are_told_after_a_while(cluster, operator, world):
    operator.settle()
    pods = f"/api/v1/namespaces/{world.namespace('dev')}/pods"
    operator.kill()
    give_lease_back(cluster)
    # Nothing dials where the leader's address is nowhere to be found.
    slices = "/apis/discovery.k8s.io/v1/namespaces/weir-system/endpointslices/weir-operator-control-leader"
    cluster.api("DELETE", slices)
    operator.proxy.decide = lambda call: 503 if "endpointslices" in call.path else None
    operator.start()
    began = time.monotonic()
    try:
        wait_until(lambda: world.condition()["reason"] == "GatewayStarting", 20, "said that no gateway runs it")
        assert time.monotonic() - began > 4
        assert cluster.find(pods)["items"]
    finally:
        operator.proxy.decide = lambda call: None
    wait_until(world.is_settled, 40, "ready again")


def test_a_budget_that_somebody_made_invalid_is_made_anew(cluster, operator, world):
    path = f"/apis/policy/v1/namespaces/{world.namespace('dev')}/poddisruptionbudgets/weir-gateway"
    two = [{"name": "dev", "tier": "Development", "gateway": {"replicas": {"min": 2, "max": 2}}}]
    cluster.api("PATCH", f"{GROUP}/workspaces/{world.name}", {"spec": {"environments": two}}, "application/merge-patch+json")
    before = wait_until(lambda: cluster.find(path), 20, "the budget")
    wait_until(world.is_settled, 60, "two gateways")
    operator.settle()
    status, answer = cluster.api("PATCH", path, {"spec": {"maxUnavailable": None, "minAvailable": 0}}, "application/merge-patch+json")
    assert status == 200, answer
    after = wait_until(lambda: (found := cluster.find(path)) and found["spec"].get("minAvailable") is None and found, 10, "as it was")
    assert after["spec"] == before["spec"] and after["metadata"]["uid"] != before["metadata"]["uid"]
    assert len(operator.events("replacing")) == 1
    wait_until(lambda: "ObjectReplaced" in cluster.kubectl("get", "events", "-A"), 20, "an event")
    wait_until(world.is_settled, 20, "ready")
    # A second time within five minutes it is left to a person, and said.
    cluster.api("PATCH", path, {"spec": {"maxUnavailable": None, "minAvailable": 0}}, "application/merge-patch+json")
    wait_until(lambda: world.condition()["reason"] == "ObjectRefused", 20, "said that it is refused")
    assert len(operator.events("replacing")) == 1
    cluster.api("DELETE", path)
    wait_until(world.is_settled, 30, "ready when it was put right")


def test_an_unreachable_api_server_is_said_and_nobody_is_restarted(cluster, operator, world):
    operator.settle()
    gateways = world.gateways()
    operator.proxy.decide = lambda call: 503
    try:
        status, words = wait_until(lambda: (said := operator.get("/readyz"))[0] == 503 and "Lease" not in said[1] and said, 40, "not ready")
        assert words.startswith("cannot reach the API server since 20"), words
        assert operator.get("/healthz")[0] == 200
        assert operator.metrics()['weir_api_server_troubled{what="lease"}'] == 1
        assert len(operator.events("api_server_in_trouble")) >= 1
    finally:
        operator.proxy.decide = lambda call: None
    wait_until(operator.is_leading, 60, "leads again")
    assert operator.events("api_server_well_again")
    wait_until(world.is_settled, 30, "ready")
    assert world.gateways() == gateways


def test_missing_rights_are_said(cluster, operator, world):
    operator.settle()
    binding = next(b for b in cluster.find("/apis/rbac.authorization.k8s.io/v1/clusterrolebindings")["items"]
                   if any(s.get("name") == "weir-operator" for s in b.get("subjects", [])))
    path = f"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/{binding['metadata']['name']}"
    cluster.api("DELETE", path)
    try:
        world.limit(650)
        status, words = wait_until(lambda: (said := operator.get("/readyz"))[0] == 503 and said, 60, "not ready")
        assert words.startswith("leading, but may write nothing: rights are missing since 20"), words
        assert operator.get("/healthz")[0] == 200
        assert len(operator.events("rights_missing")) == 1
    finally:
        cluster.apply({**{k: binding[k] for k in ("roleRef", "subjects")}, "metadata": {"name": binding["metadata"]["name"]},
                       "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding"})
    wait_until(operator.is_leading, 90, "ready again")
    wait_until(world.is_settled, 90, "ready")


def test_a_secret_that_cannot_be_read_is_said(cluster, operator, world):
    operator.settle()
    namespace = world.namespace("dev")
    operator.proxy.decide = lambda call: 503 if call.path.partition("?")[0].endswith("/secrets/slow") else None
    try:
        cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "slow", "namespace": namespace}, "stringData": {"key": "x"}})
        cluster.apply({"apiVersion": API, "kind": "ModelPolicy", "metadata": {"name": "slow", "namespace": namespace}, "spec": {"defaults": {
            "providers": [{"name": "slow", "type": "OpenAI", "baseUrl": "https://slow.example/v1",
                           "credentialsRef": {"name": "slow", "key": "key"}}],
            "routes": [{"model": "slow", "targets": [{"provider": "slow", "model": "m"}]}]}}})
        found = wait_until(lambda: (c := world.condition("Reconciling"))["reason"] == "WaitingForSecrets" and c, 30, "said what it waits for")
        assert found["status"] == "True", found
        assert world.condition()["status"] == "True", "what runs goes on"
    finally:
        operator.proxy.decide = lambda call: None
    wait_until(lambda: world.condition("Reconciling")["status"] is None and world.is_settled(), 40, "no longer")
