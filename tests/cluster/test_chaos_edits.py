"""People and other programs change what is ours: each kind of child comes back as it was, and after thousands of random edits the
cluster is what a fresh operator makes of the same files, with nothing written in a quiet minute."""
import os
import random
import time

import pytest

from chaos_edits import Gardener
from chaos_objects import full, new_name, service
from chaos_operator import Operator, give_lease_back, remove_namespaces
from chaos_state import GROUP, difference, listed, path_of, snapshot, versions
from cluster import wait_until

MERGE = "application/merge-patch+json"
MARK = {"metadata": {"labels": {"weir.dev/workspace": "somebody-elses"}}}
# What a person may change by hand in each kind: a merge patch on a field that we own.
DRIFT = {
    "namespaces": {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}},
    "services": {"spec": {"ports": [{"name": "http", "port": 8080, "targetPort": 9999}]}},
    "serviceaccounts": {"automountServiceAccountToken": True},
    "resourcequotas": {"spec": {"hard": {"requests.cpu": "400"}}},
    "limitranges": {"spec": {"limits": [{"type": "Container", "default": {"cpu": "7"}}]}},
    "deployments": {"spec": {"template": {"metadata": {"labels": {"app.kubernetes.io/managed-by": "me"}}}}},
    "cronjobs": {"spec": {"schedule": "* * * * *"}},
    "horizontalpodautoscalers": {"spec": {"maxReplicas": 77}},
    "networkpolicies": {"spec": {"policyTypes": ["Ingress"], "egress": None}},
    "poddisruptionbudgets": {"spec": {"maxUnavailable": 7}},
    "rolebindings": {"subjects": [{"kind": "User", "name": "mallory", "apiGroup": "rbac.authorization.k8s.io"}]},
    "secrets": {"data": {"tls.crt": "AAAA"}},
    "modelpolicies": {"metadata": {"labels": {"weir.dev/environment": "x"}}},
}


@pytest.fixture(scope="module")
def operator(cluster, chaos_installed, tmp_path_factory):
    cluster.pause("kube-scheduler")
    give_lease_back(cluster)
    started = Operator(cluster, tmp_path_factory.mktemp("edited"), with_proxy=True)
    started.start()
    yield started
    cluster.kubectl("delete", "aiws", "--all", "--wait=false")
    cluster.kubectl("delete", "aimp", "-n", "weir-system", "--all")  # it would bind every suite that follows
    cluster.resume("kube-scheduler")
    wait_until(lambda: not cluster.find(f"{GROUP}/workspaces")["items"], 180, "every Workspace gone")
    remove_namespaces(cluster)
    started.stop()
    started.proxy.close()


@pytest.fixture(scope="module")
def made(cluster, operator):
    name = new_name()
    objects = full(name)
    objects[-1]["spec"]["environments"][0]["gateway"] = {"replicas": {"min": 2, "max": 4}}
    cluster.apply(*objects)
    operator.settle()
    return name


def children(cluster, name):
    """(collection, path) of what the operator made for a workspace; one of each kind and name."""
    for collection, item in list(listed(cluster)):
        path = path_of(collection, item)
        is_ours = collection.startswith(GROUP)
        if f"/{name}-dev" in path and (not is_ours or item["metadata"]["name"] == "effective"):
            yield collection, path, item


def is_again(cluster, operator, wanted, only, what):
    """What it was, within 20 s; else what differs."""
    end = time.monotonic() + 20
    while differs := difference(wanted, snapshot(cluster, only)):
        if time.monotonic() > end:
            pytest.fail(f"{what}: not put right in 20 s:\n{differs}\n{operator.tail(600)}", pytrace=False)
        time.sleep(0.2)


def test_each_child_that_is_deleted_comes_back(cluster, operator, made):
    only = lambda path: f"/{made}-dev" in path
    wanted = snapshot(cluster, only)
    for collection, path, item in list(children(cluster, made)):
        if collection.endswith("/namespaces"):
            continue
        assert cluster.api("DELETE", path)[0] in (200, 202), path
        is_again(cluster, operator, wanted, only, f"DELETE {path}")
    operator.settle()


@pytest.mark.parametrize("change", ["drift", "workspace label", "managed-by label", "all labels", "replaced labels"])
def test_each_child_that_is_changed_is_put_right(cluster, operator, made, change):
    # not what is said of pods: a template that was changed and changed back leaves a rollout that waits for nodes
    only = lambda path: f"/{made}-dev" in path and (GROUP not in path or path.endswith("/effective"))
    operator.settle()
    wanted, wrong = snapshot(cluster, only), []
    for collection, path, item in list(children(cluster, made)):
        patch = {"drift": DRIFT[collection.rpartition("/")[2]],
                 "workspace label": {"metadata": {"labels": {"weir.dev/workspace": None}}},
                 "managed-by label": {"metadata": {"labels": {"app.kubernetes.io/managed-by": None}}},
                 "all labels": {"metadata": {"labels": None}},
                 "replaced labels": MARK}[change]
        status, answer = cluster.api("PATCH", path, patch, MERGE)
        if change == "replaced labels" and collection.endswith("/namespaces"):
            cluster.api("PATCH", path, {"metadata": {"labels": item["metadata"]["labels"]}}, MERGE)
            is_again(cluster, operator, wanted, only, "a namespace that was given back")  # meanwhile it is somebody else's
            continue
        if status in (403, 422):
            continue  # the API server does not let anybody
        assert status == 200, (path, answer)
        try:
            is_again(cluster, operator, wanted, only, f"{change} of {path}")
        except pytest.fail.Exception as failed:
            wrong.append(str(failed))
            operator.cluster.api("PATCH", path, {"metadata": {"labels": item["metadata"].get("labels")}}, MERGE)
            wanted = snapshot(cluster, only)
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


def test_a_thing_of_somebody_else_in_our_namespace_is_left_alone(cluster, operator, made):
    others = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "theirs", "namespace": f"{made}-dev", "labels": {"team": "x"}},
              "spec": {"ports": [{"port": 80}]}}
    cluster.apply(others)
    cluster.apply(service("poke", f"{made}-dev"))
    operator.settle()
    assert cluster.find(f"/api/v1/namespaces/{made}-dev/services/theirs")
    cluster.api("DELETE", f"{GROUP}/namespaces/{made}-dev/deployments/poke")
    operator.settle()
    assert cluster.find(f"/api/v1/namespaces/{made}-dev/services/theirs")


def random_edits(cluster, operator, count, deletes=True):
    seed = int(os.environ.get("WEIR_SEED", random.randrange(1 << 30)))
    print(f"\n  WEIR_SEED={seed}")
    gardener = Gardener(cluster, operator, seed)
    began = time.monotonic()
    for number in range(count):
        gardener.edit()
        operator.must_live()
        if number % 1000 == 999:
            print(f"  {number + 1} edits, {time.monotonic() - began:.0f} s, {operator.writes():.0f} writes")
    gardener.end()
    operator.settle(quiet=3, seconds=300)
    return gardener


def check_against_fresh(cluster, operator, gardener):
    """The same files, another cluster as it were: everything removed, applied anew, carried out by an operator that knows nothing."""
    worn = snapshot(cluster, gardener.owns)
    operator.stop()
    operator.start()
    operator.settle(quiet=3)
    restarted = snapshot(cluster, gardener.owns)
    assert not (differs := difference(worn, restarted)), f"a restart finds something to do:\n{differs}"
    wishes = gardener.wishes()
    gardener.remove_all()
    operator.stop()
    gardener.apply(wishes)
    operator.start()
    gardener.apply_rest(wishes)
    operator.settle(quiet=3)
    fresh = snapshot(cluster, gardener.owns)
    assert not (differs := difference(fresh, worn)), f"seed {gardener.seed}: fresh is wanted, worn is found:\n{differs}"


def check_quiet_minute(cluster, operator, gardener):
    operator.settle(quiet=3)
    time.sleep(60)  # a status over its bound of writes comes again within its minute
    before, count = versions(cluster, gardener.owns), len(operator.proxy.writes())
    time.sleep(60)
    changed = {p: v for p, v in versions(cluster, gardener.owns).items() if before.get(p) != v}
    assert not operator.proxy.writes()[count:], operator.proxy.writes()[count:][:20]
    assert not [p for p in changed if p.startswith(GROUP)], changed


@pytest.mark.parametrize("count", [500, pytest.param(10000, marks=pytest.mark.slow)])
def test_random_edits_end_as_a_fresh_render(cluster, operator, count):
    cluster.kubectl("delete", "aiws", "--all", "--timeout=120s")
    cluster.kubectl("delete", "aimp", "-n", "weir-system", "--all")  # an interrupted run's would count by its age
    gardener = random_edits(cluster, operator, count)
    check_quiet_minute(cluster, operator, gardener)
    check_against_fresh(cluster, operator, gardener)
