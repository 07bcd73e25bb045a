"""The cluster fails under a running operator: gone API server, lost etcd, expired token, withdrawn rights, a CRD that goes, a
namespace that does not. Gateways go on answering, the operator says what is wrong and recovers by itself."""
import json
import time

import pytest

from chaos_operator import Operator, give_lease_back, token
from chaos_state import GROUP, difference, snapshot, versions
from chaos_world import Callers, World
from cluster import ROOT, wait_until


@pytest.fixture(scope="module")
def operator(cluster, chaos_installed, tmp_path_factory):
    give_lease_back(cluster)
    started = Operator(cluster, tmp_path_factory.mktemp("shaken"), with_proxy=True)
    started.start()
    yield started
    started.stop()
    started.proxy.close()


@pytest.fixture(scope="module")
def world(cluster, operator):
    made = World(cluster, operator)
    yield made
    operator.proxy.decide = lambda call: None
    made.remove()


@pytest.fixture(autouse=True)
def untouched(cluster, operator, world):
    """Whatever a test does: the operator lives, gateways are the same pods, and they have answered all the time."""
    operator.settle()
    gateways = world.gateways()
    assert len(gateways) == 2
    with Callers(world):
        yield
    operator.proxy.decide = lambda call: None
    wait_until(operator.is_leading, 60, "leading again")
    operator.settle()
    operator.must_live()
    assert world.gateways() == gateways, operator.tail()
    world.arrives(int(time.time()) % 4000 + 1, 40)


def api_is_there(cluster):
    try:
        return cluster.api("GET", "/readyz")[0] == 200
    except OSError:
        return False


def test_restarts_of_the_api_server_under_edits(cluster, operator, world):
    done = []
    for number in range(3):
        for amount in (1000 + number * 10, 1001 + number * 10):
            assert world.limit(amount)[0] == 200
            done.append(amount)
        cluster.restart("kube-apiserver")
        wait_until(lambda: api_is_there(cluster), 60, "the API server")
    effective = f"{GROUP}/namespaces/{world.namespace('dev')}/modelpolicies/effective"
    wait_until(lambda: cluster.find(effective)["status"]["effective"]["maxOutputTokens"]["amount"] == done[-1], 60, "the last edit in force")
    wait_until(world.is_settled, 60, "acked")


def test_an_api_server_that_answers_nothing_for_a_minute(cluster, operator, world):
    before, log = versions(cluster, world.owns), operator.lines()
    seconds = 62
    cluster.pause("kube-apiserver")
    try:
        time.sleep(seconds)
        assert operator.get("/healthz")[0] == 200
        ready = operator.get("/readyz")
    finally:
        cluster.resume("kube-apiserver")
    assert operator.events("leadership_lost", log), operator.tail()
    began = time.monotonic()
    wait_until(lambda: api_is_there(cluster), 60, "the API server")
    wait_until(operator.is_leading, 60, f"leading again; while it was gone: {ready}")
    print(f"\n  paused {seconds} s: leading again {time.monotonic() - began:.1f} s after; /readyz meanwhile {ready}")
    operator.settle()
    changed = {p: v for p, v in versions(cluster, world.owns).items() if before.get(p) != v}
    print(f"  changed by it: {sorted(changed)}")
    assert not [p for p in changed if GROUP not in p and "/deployments/" not in p], changed


def test_a_killed_api_server_and_a_killed_etcd(cluster, operator, world):
    cluster.kill("etcd")
    time.sleep(3)
    cluster.kill("kube-apiserver")
    time.sleep(5)
    cluster.start("etcd")
    cluster.start("kube-apiserver")
    wait_until(lambda: api_is_there(cluster), 90, "the API server")
    wait_until(operator.is_leading, 90, "leading again")
    world.arrives(3333)


def test_a_token_that_ends_and_is_replaced(cluster, operator, world):
    bound = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "bound-to", "namespace": "weir-system"}}
    cluster.apply(bound)
    path = "/api/v1/namespaces/weir-system/secrets/bound-to"
    operator.set_token(token(cluster, {"name": "bound-to", "uid": cluster.find(path)["metadata"]["uid"]}))
    time.sleep(65)  # the file is read anew within a minute
    log = operator.lines()
    cluster.api("DELETE", path)  # from now on it is worth nothing
    wait_until(lambda: any('code="401"' in name and value for name, value in operator.metrics().items()), 40, "401")
    time.sleep(3)
    operator.set_token(token(cluster))
    began = time.monotonic()
    wait_until(operator.is_leading, 60, "leading again")
    world.arrives(2222)
    print(f"\n  back {time.monotonic() - began:.1f} s after the new token; log: {[e['event'] for e in map(json.loads, operator.tail(100000).splitlines()[-20:]) if e['level'] != 'info'] if operator.lines() > log else []}")


def test_401_for_a_while(cluster, operator, world):
    operator.proxy.decide = lambda call: 401
    world.limit(2323)
    time.sleep(4)
    operator.proxy.decide = lambda call: None
    effective = f"{GROUP}/namespaces/{world.namespace('dev')}/modelpolicies/effective"
    wait_until(lambda: cluster.find(effective)["status"]["effective"]["maxOutputTokens"]["amount"] == 2323, 60, "in force")


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_refuses_every_other_write(cluster, operator, world, status):
    operator.proxy.decide = lambda call: status if call.is_write and call.number % 2 else None
    effective = f"{GROUP}/namespaces/{world.namespace('dev')}/modelpolicies/effective"
    amount = status * 3
    world.limit(amount)
    cluster.api("DELETE", f"/api/v1/namespaces/{world.namespace('dev')}/serviceaccounts/weir-gateway")
    wait_until(lambda: cluster.find(effective)["status"]["effective"]["maxOutputTokens"]["amount"] == amount, 30, "in force")
    wait_until(lambda: cluster.find(f"/api/v1/namespaces/{world.namespace('dev')}/serviceaccounts/weir-gateway"), 30, "made again")


def test_rights_that_are_withdrawn(cluster, operator, world):
    path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/weir-operator"
    binding, log = cluster.find(path), operator.lines()
    cluster.api("DELETE", path)
    try:
        cluster.api("DELETE", f"/api/v1/namespaces/{world.namespace('dev')}/limitranges/weir-limits")
        world.limit(1717)
        wait_until(lambda: any('code="403"' in name and value for name, value in operator.metrics().items()), 60, "403")
        time.sleep(20)
        assert operator.events("watch_in_trouble", log) or operator.events("write_refused", log), operator.tail()
        print(f"\n  said: {sorted({line['event'] for line in map(json.loads, (operator.folder / 'operator.log').read_text().splitlines()[log:])})}")
        print(f"  /readyz: {operator.get('/readyz')}")
    finally:
        for key in ("uid", "resourceVersion", "managedFields", "creationTimestamp"):
            binding["metadata"].pop(key, None)
        status, answer = cluster.api("POST", path.rpartition("/")[0], binding)
        assert status == 201, answer
    effective = f"{GROUP}/namespaces/{world.namespace('dev')}/modelpolicies/effective"
    wait_until(lambda: cluster.find(effective)["status"]["effective"]["maxOutputTokens"]["amount"] == 1717, 60, "the edit in force")
    wait_until(lambda: cluster.find(f"/api/v1/namespaces/{world.namespace('dev')}/limitranges/weir-limits"), 60, "made again")


def test_a_right_to_write_one_kind_that_is_missing_is_named(cluster, operator, world):
    path = "/apis/rbac.authorization.k8s.io/v1/clusterroles/weir-operator"
    rules = cluster.find(path)["rules"]
    less = [r for r in rules if r.get("resources") != ["networkpolicies"]] + [
        {"apiGroups": ["networking.k8s.io"], "resources": ["networkpolicies"], "verbs": ["get", "list", "watch"]}]
    cluster.api("PATCH", path, {"rules": less}, "application/merge-patch+json")
    child = f"/apis/networking.k8s.io/v1/namespaces/{world.namespace('dev')}/networkpolicies/weir-isolation"
    try:
        time.sleep(1)
        cluster.api("DELETE", child)

        def is_named():
            ready = world.condition()
            return ready["status"] == "False" and "NetworkPolicy" in ready["message"] and ready

        found = wait_until(is_named, 30, "named in the Workspace's condition")
        print(f"\n  {found['reason']}: {found['message']}")
    finally:
        cluster.api("PATCH", path, {"rules": rules}, "application/merge-patch+json")
    wait_until(lambda: cluster.find(child), 120, "made again once it may")
    wait_until(world.is_settled, 60, "ready again")


def test_a_namespace_that_does_not_go_is_named(cluster, operator, world):
    other = World(cluster, operator, environments=("dev",))
    stuck = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
        "name": "keeper", "namespace": other.namespace("dev"), "finalizers": ["example.com/never"]}}
    cluster.apply(stuck)
    cluster.kubectl("delete", "aiws", other.name, "--wait=false")

    def is_named():
        listed = ((other.object() or {}).get("status") or {}).get("conditions", [])
        said = [c for c in listed if other.namespace("dev") in c["message"] and "example.com/never" in c["message"]]
        return said or None

    try:
        said = wait_until(is_named, 60, "the namespace and its finalizer named")
        print(f"\n  {said[0]['type']} {said[0]['reason']}: {said[0]['message']}")
    finally:
        cluster.api("PATCH", f"/api/v1/namespaces/{other.namespace('dev')}/configmaps/keeper", {"metadata": {"finalizers": None}},
                    "application/merge-patch+json")
    wait_until(lambda: not cluster.find(f"{GROUP}/workspaces/{other.name}"), 90, "the Workspace gone")


def test_a_crd_that_goes_and_comes_back(cluster, operator, world):
    cluster.apply({"apiVersion": "weir.dev/v1alpha1", "kind": "Deployment", "metadata": {"name": "lost", "namespace": world.namespace("dev")},
                   "spec": {"type": "Service", "workload": {"service": {"image": "weir.dev/none:1", "ports": [{"name": "http", "port": 8080}]}}}})
    log = operator.lines()
    cluster.kubectl("delete", "crd", "deployments.weir.dev", "--timeout=60s")
    time.sleep(15)
    operator.must_live()
    print(f"\n  said: {sorted({line['event'] for line in map(json.loads, (operator.folder / 'operator.log').read_text().splitlines()[log:])})}")
    print(f"  /readyz: {operator.get('/readyz')}")
    try:
        world.arrives(1919)  # the other kinds go on
    finally:
        cluster.kubectl("apply", "--server-side", "-f", str(ROOT / "crds/deployments.yaml"))
    path = f"{GROUP}/namespaces/{world.namespace('dev')}/deployments/back"

    def is_back():
        cluster.kubectl("apply", "--server-side", "-f", "-", check=False, input=json.dumps(
            {"apiVersion": "weir.dev/v1alpha1", "kind": "Deployment", "metadata": {"name": "back", "namespace": world.namespace("dev")},
             "spec": {"type": "Service", "workload": {"service": {"image": "weir.dev/none:1", "ports": [{"name": "http", "port": 8080}]}}}}))
        return cluster.find(f"/apis/apps/v1/namespaces/{world.namespace('dev')}/deployments/back-w")

    wait_until(is_back, 60, "a Deployment carried out again")
    cluster.api("DELETE", path)
    wait_until(lambda: not cluster.find(f"/apis/apps/v1/namespaces/{world.namespace('dev')}/deployments/back-w"), 60, "and gone")


def test_what_is_there_afterwards_is_what_a_fresh_operator_makes(cluster, operator, world):
    before = snapshot(cluster, world.owns)
    operator.stop()
    operator.start()
    operator.settle()
    differs = difference(before, snapshot(cluster, world.owns))
    assert not differs, differs
