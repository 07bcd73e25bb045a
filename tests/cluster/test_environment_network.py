"""The NetworkPolicies of tests/golden/environments on a real network: what a workload, a gateway, a model server, the
operator and strangers can reach of each other."""
import http.server
import itertools
import os
import threading

import pytest

from golden_environments import objects_of

GATEWAY = {"app.kubernetes.io/name": "weir-gateway"}
_numbers = itertools.count(1)


class World:
    """An environment as a golden case has it, with probes where its pods would be."""

    def __init__(self, cluster, case, start_probe, new_namespace):
        self.cluster, self.pods = cluster, {}
        suffix = f"n{os.getpid()}-{next(_numbers)}"
        self.control = new_namespace()
        self.stranger = new_namespace()
        objects, _ = objects_of(cluster, case, suffix)
        wanted = [thing for thing in objects if thing["kind"] in ("Namespace", "NetworkPolicy")]
        self.spaces = sorted({thing["metadata"]["name"] for thing in wanted if thing["kind"] == "Namespace"})
        self.rename_control(wanted)
        for name in self.spaces:
            new_namespace(name)
        cluster.apply(*wanted)
        self.add(start_probe, self.spaces[0])
        for name, namespace, ports in (("operator", self.control, ["tcp:8443"]), ("stranger", self.stranger, ["tcp:8080"])):
            self.pods[name] = (namespace, start_probe(namespace, name, run=["serve", *ports])["status"]["podIP"])

    def rename_control(self, objects):
        """The operator's namespace is this test's own too."""
        for thing in objects:
            for rule in thing.get("spec", {}).get("ingress", []) + thing.get("spec", {}).get("egress", []):
                for peer in rule.get("from", []) + rule.get("to", []):
                    labels = peer.get("namespaceSelector", {}).get("matchLabels", {})
                    if labels.get("kubernetes.io/metadata.name") == "weir-system":
                        labels["kubernetes.io/metadata.name"] = self.control

    def add(self, start_probe, namespace):
        for name, labels, ports in (("workload", {}, ["tcp:8080"]),
                                    ("gateway", GATEWAY, ["tcp:8080", "tcp:8081"]),
                                    ("server", {"weir.dev/type": "ModelServer"}, ["tcp:8000"]),
                                    ("batch", {"weir.dev/type": "Batch"}, ["tcp:8081"])):
            started = start_probe(namespace, name, labels, run=["serve", *ports])
            self.pods[name] = (namespace, started["status"]["podIP"])

    def reaches(self, caller, target, port):
        """True, or False when the network swallows it."""
        namespace, _ = self.pods[caller]
        address = self.pods[target][1] if target in self.pods else target
        said = self.cluster.exec(namespace, caller, "/probe", "try", f"tcp:{address}:{port}").split(" ", 1)[1].strip()
        assert said in ("open", "silent"), said
        return said == "open"


@pytest.fixture
def world(cluster, start_probe, new_namespace):
    return lambda case: World(cluster, case, start_probe, new_namespace)


@pytest.fixture
def provider(cluster):
    """A listener that counts as the internet: (address, port)."""
    server = http.server.ThreadingHTTPServer(("0.0.0.0", 0), http.server.SimpleHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield cluster.outside, server.server_port
    server.shutdown()
    server.server_close()


def expect(world, wait_until, table):
    """Policies take a moment; then everything must be so at once."""
    def wrong():
        return [row for row in table if world.reaches(*row[:3]) != row[3]]

    try:
        wait_until(lambda: wrong() == [], seconds=20, what="the policies")
    except AssertionError:
        assert wrong() == []


def test_an_environment_is_closed_but_for_its_own_gateway(world, provider, wait_until):
    it, internet = world("smallest"), provider
    expect(it, wait_until, [
        ("workload", "gateway", 8080, True),
        ("workload", "gateway", 8081, False),
        ("workload", *internet, False),
        ("workload", "server", 8000, False),
        ("workload", "operator", 8443, False),
        ("workload", "stranger", 8080, False),
        ("batch", "gateway", 8080, True),
        ("gateway", *internet, True),
        ("gateway", "server", 8000, True),
        ("gateway", "operator", 8443, True),
        ("gateway", "workload", 8080, False),
        ("operator", "gateway", 8081, True),
        ("operator", "gateway", 8080, False),
        ("operator", "batch", 8081, True),
        ("operator", "workload", 8080, False),
        ("stranger", "gateway", 8080, False),
        ("stranger", "gateway", 8081, False),
        ("stranger", "server", 8000, False),
    ])


def test_names_are_resolved_in_a_closed_environment(world, cluster, wait_until):
    it = world("smallest")
    namespace, _ = it.pods["workload"]
    wait_until(lambda: not it.reaches("workload", "stranger", 8080), what="the policies")
    address = cluster.find("/api/v1/namespaces/default/services/kubernetes")["spec"]["clusterIP"]
    assert cluster.exec(namespace, "workload", "/probe", "resolve", "kubernetes.default").split() == [address]


def test_behind_an_edge_the_gateway_is_open_but_to_other_environments(world, cluster, wait_until):
    it = world("exposure-gateway")
    expect(it, wait_until, [("stranger", "gateway", 8080, True), ("stranger", "gateway", 8081, False)])
    cluster.kubectl("label", "namespace", it.stranger, "weir.dev/environment=prod")
    expect(it, wait_until, [("stranger", "gateway", 8080, False)])


def test_open_egress_lets_workloads_out_and_nobody_in(world, provider, wait_until):
    it = world("egress")
    assert it.spaces[0].startswith("demo-dev")
    expect(it, wait_until, [("workload", *provider, True), ("stranger", "workload", 8080, False)])
