"""NetworkPolicies are enforced: real connections between real pods do what the policies say, and nothing else."""
import http.server
import ipaddress
import json
import random
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

PORTS = ["tcp:8080", "tcp:8081", "udp:5353"]
EVERYTHING = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def policy(namespace, name, **spec):
    return {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": name, "namespace": namespace},
            "spec": {"podSelector": {}, **spec}}


def port(number, protocol="TCP", **more):
    return {"port": number, "protocol": protocol, **more}


def tried(cluster, namespace, name, targets):
    """{"tcp:10.230.0.5:8080": "open" | "closed" | "silent"}: all tried at once from inside the pod."""
    said = cluster.exec(namespace, name, "/probe", "try", *targets)
    return dict(line.split(" ", 1) for line in said.splitlines())


@pytest.fixture
def pair(cluster, namespace, start_probe):
    """Two pods that serve, and say(): what the caller gets from each port of the web pod."""
    ports = [{"name": "http", "containerPort": 8080}, {"name": "dns", "containerPort": 5353, "protocol": "UDP"}]
    web = start_probe(namespace, "web", {"app": "web"}, ports=ports)["status"]["podIP"]
    caller = start_probe(namespace, "caller", {"app": "caller"})["status"]["podIP"]

    def say(address=web):
        verdicts = tried(cluster, namespace, "caller", [f"{p[:4]}{address}:{p[4:]}" for p in PORTS])
        return list(verdicts.values())

    say.web, say.caller = web, caller
    return say


def test_without_policies_everything_passes(pair):
    assert pair() == ["open", "open", "open"]


def test_a_default_deny_silences_and_its_end_opens_again(cluster, namespace, pair, wait_until):
    cluster.apply(policy(namespace, "deny", policyTypes=["Ingress"]))
    wait_until(lambda: pair() == ["silent"] * 3, what="silence")
    cluster.api("DELETE", f"/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies/deny")
    wait_until(lambda: pair() == ["open"] * 3, what="open ports")


def test_a_rule_opens_just_its_port_for_just_its_peers(cluster, namespace, pair, wait_until):
    cluster.apply(policy(namespace, "some", podSelector={"matchLabels": {"app": "web"}}, policyTypes=["Ingress"], ingress=[
        {"from": [{"podSelector": {"matchLabels": {"app": "caller"}}}], "ports": [port("http"), port("dns", "UDP")]},
        {"from": [{"podSelector": {"matchLabels": {"app": "nobody"}}}]}]))
    wait_until(lambda: pair() == ["open", "silent", "open"], what="only named ports")
    cluster.kubectl("label", "pod", "-n", namespace, "caller", "app=other", "--overwrite")
    wait_until(lambda: pair() == ["silent"] * 3, what="silence for another label")


def test_egress_is_stopped_after_a_service_is_resolved(cluster, namespace, pair, start_probe, wait_until):
    cluster.apply({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": namespace},
                   "spec": {"selector": {"app": "web"}, "ports": [
                       {"name": "http", "port": 8080}, {"name": "other", "port": 8081}, {"name": "udp", "port": 5353, "protocol": "UDP"}]}})
    service = cluster.find(f"/api/v1/namespaces/{namespace}/services/web")["spec"]["clusterIP"]
    wait_until(lambda: pair(service) == ["open"] * 3, what="the Service")
    cluster.apply(policy(namespace, "out", podSelector={"matchLabels": {"app": "caller"}}, policyTypes=["Egress"], egress=[
        {"to": [{"podSelector": {"matchLabels": {"app": "web"}}}], "ports": [port(8080)]}]))
    wait_until(lambda: pair(service) == ["open", "silent", "silent"], what="only the allowed port of the pod behind the Service")


def test_a_namespace_is_chosen_by_its_labels(cluster, new_namespace, pair, namespace, start_probe, wait_until):
    other = new_namespace(labels={"team": "friends"})
    start_probe(other, "far", {"app": "far"})
    cluster.apply(policy(namespace, "friends", policyTypes=["Ingress"], ingress=[
        {"from": [{"namespaceSelector": {"matchLabels": {"team": "friends"}}}], "ports": [port(8080, endPort=8081)]}]))
    targets = [f"{p[:4]}{pair.web}:{p[4:]}" for p in PORTS]
    wait_until(lambda: list(tried(cluster, other, "far", targets).values()) == ["open", "open", "silent"], what="friends")
    assert pair() == ["silent"] * 3
    cluster.kubectl("label", "namespace", other, "team=strangers", "--overwrite")
    wait_until(lambda: list(tried(cluster, other, "far", targets).values()) == ["silent"] * 3, what="strangers")


def test_the_world_outside_is_closed_but_for_what_a_block_allows(cluster, namespace, pair, wait_until):
    server = http.server.ThreadingHTTPServer(("0.0.0.0", 0), http.server.SimpleHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    first = ipaddress.ip_address(cluster.outside)
    targets = [f"tcp:{address}:{server.server_port}" for address in (first, first + 1)]
    try:
        def verdicts():
            return list(tried(cluster, namespace, "caller", targets).values())

        assert verdicts() == ["open", "open"]
        cluster.apply(policy(namespace, "deny", **EVERYTHING))
        wait_until(lambda: verdicts() == ["silent", "silent"], what="no way out")
        cluster.apply(policy(namespace, "one", policyTypes=["Egress"], egress=[
            {"to": [{"ipBlock": {"cidr": f"{first - 9}/28", "except": [f"{first + 1}/32"]}}]}]))
        wait_until(lambda: verdicts() == ["open", "silent"], what="the block without its exception")
    finally:
        server.shutdown()
        server.server_close()


def test_dns_can_be_all_that_is_left(cluster, namespace, pair, wait_until):
    resolve = ("/probe", "resolve", "kube-dns.kube-system.svc.cluster.local")
    assert cluster.exec(namespace, "caller", *resolve)
    dns = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
           "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}
    cluster.apply(policy(namespace, "deny", **EVERYTHING), policy(namespace, "dns", policyTypes=["Egress"], egress=[
        {"to": [dns], "ports": [port(53, "UDP"), port(53, "TCP")]}]))
    wait_until(lambda: pair() == ["silent"] * 3, what="silence")
    assert cluster.exec(namespace, "caller", *resolve)
    api = cluster.find("/api/v1/namespaces/default/services/kubernetes")["spec"]["clusterIP"]
    assert tried(cluster, namespace, "caller", [f"tcp:{api}:443", f"tcp:{cluster.node_address}:6443"]) == {
        f"tcp:{api}:443": "silent", f"tcp:{cluster.node_address}:6443": "silent"}


def test_the_node_always_reaches_its_pods(cluster, namespace, start_probe, wait_until):
    cluster.apply(policy(namespace, "deny", **EVERYTHING))
    address = start_probe(namespace, "web", {"app": "web"})["status"]["podIP"]
    assert "web" in cluster.on_node("curl", "-s", "--max-time", "5", f"http://{address}:8080/")
    # So does this machine, on which a test may run an operator; and a pod reaches that.
    ran = subprocess.run(["curl", "-s", "--max-time", "5", f"http://{address}:8080/"], capture_output=True, text=True)
    assert "web" in ran.stdout
    server = http.server.ThreadingHTTPServer((cluster.host, 0), http.server.SimpleHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        assert list(tried(cluster, namespace, "web", [f"tcp:{cluster.host}:{server.server_port}"]).values()) == ["open"]
    finally:
        server.shutdown()
        server.server_close()


def test_a_pod_is_isolated_from_its_first_packet(cluster, namespace, pair, start_probe):
    cluster.apply(policy(namespace, "out", podSelector={"matchLabels": {"app": "young"}}, policyTypes=["Egress"]))
    for number in range(4):
        start_probe(namespace, f"young-{number}", {"app": "young"}, run=("try", f"tcp:{pair.web}:8080"), wait=False)
    for number in range(4):
        assert cluster.ended_pod(namespace, f"young-{number}") == ("Succeeded", f"tcp:{pair.web}:8080 silent\n")


def test_a_pod_reaches_itself_whatever_isolates_it(cluster, namespace, pair, wait_until):
    cluster.apply({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": namespace},
                   "spec": {"selector": {"app": "web"}, "ports": [{"port": 8080}]}}, policy(namespace, "deny", **EVERYTHING))
    service = cluster.find(f"/api/v1/namespaces/{namespace}/services/web")["spec"]["clusterIP"]
    wait_until(lambda: pair() == ["silent"] * 3, what="silence")
    wait_until(lambda: set(tried(cluster, namespace, "web", [f"tcp:{pair.web}:8080", f"tcp:{service}:8080"]).values()) == {"open"},
               what="itself, also through its Service")


# ---- random policies: the real network beside the rules that were compared with cyclonus ----------------------------


def some_selector(chance):
    return chance.choice([{}, {"matchLabels": {"app": chance.choice("ab")}}, {"matchLabels": {"tier": chance.choice("xy")}},
                          {"matchExpressions": [{"key": "app", "operator": chance.choice(["In", "NotIn"]), "values": ["a"]}]},
                          {"matchExpressions": [{"key": "tier", "operator": chance.choice(["Exists", "DoesNotExist"])}]}])


def some_rules(chance, addresses, key):
    rules = []
    for _ in range(chance.randrange(3)):
        peers = [chance.choice([
            {"podSelector": some_selector(chance)}, {"namespaceSelector": some_selector(chance)},
            {"podSelector": some_selector(chance), "namespaceSelector": some_selector(chance)},
            {"ipBlock": {"cidr": chance.choice(addresses) + chance.choice(["/32", "/30", "/29"])}}]) for _ in range(chance.randrange(3))]
        ports = [chance.choice([port(8080), port("admin"), port(5353, "UDP"), port(8080, endPort=8090), {"protocol": "UDP"}])
                 for _ in range(chance.randrange(3))]
        rules.append({**({key: peers} if peers else {}), **({"ports": ports} if ports else {})})
    return rules


def normal(peer):
    if "ipBlock" in peer:
        peer["ipBlock"]["cidr"] = str(ipaddress.ip_network(peer["ipBlock"]["cidr"], strict=False))


def some_policies(chance, namespaces, addresses):
    for number in range(chance.randrange(1, 5)):
        spec = {"podSelector": some_selector(chance), "policyTypes": chance.choice([["Ingress"], ["Egress"], ["Ingress", "Egress"]])}
        spec["ingress"] = some_rules(chance, addresses, "from") if "Ingress" in spec["policyTypes"] else []
        spec["egress"] = some_rules(chance, addresses, "to") if "Egress" in spec["policyTypes"] else []
        for rule in spec["ingress"] + spec["egress"]:
            for peer in rule.get("from", []) + rule.get("to", []):
                normal(peer)
        yield policy(chance.choice(namespaces), f"random-{number}", **spec)


def expected(cluster, questions):
    """What the enforcer's own rules say of the cluster as it is: {question: allowed}."""
    objects = {"pods": cluster.find("/api/v1/pods")["items"], "namespaces": cluster.find("/api/v1/namespaces")["items"],
               "policies": cluster.find("/apis/networking.k8s.io/v1/networkpolicies")["items"], "questions": questions}
    ran = subprocess.run([cluster.folder / "cni/bin/weir-policy", "--judge"], input=json.dumps(objects), capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return [answer == "true" for answer in ran.stdout.split()]


@pytest.mark.parametrize("seed", range(3))
def test_real_connections_are_as_the_rules_say(cluster, new_namespace, start_probe, seed, wait_until):
    chance = random.Random(seed)
    named = [{"name": "admin", "containerPort": 8081}]
    namespaces = [new_namespace(labels=labels) for labels in ({"app": "a"}, {"app": "b", "tier": "x"})]
    pods = {}
    for namespace in namespaces:
        for number, labels in enumerate([{"app": "a", "tier": "x"}, {"app": "b"}]):
            start_probe(namespace, f"p{number}", labels, ports=named if number else [], wait=False)
            pods[namespace, f"p{number}"] = None
    for key in pods:
        pods[key] = cluster.running_pod(*key)["status"]["podIP"]

    for _ in range(4):
        path = "/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies"
        for namespace in namespaces:
            cluster.api("DELETE", path.format(namespace))
        made = list(some_policies(chance, namespaces, list(pods.values())))
        cluster.apply(*made)
        pairs = [(source, target, p) for source in pods for target in pods if source != target for p in PORTS]
        verdicts = expected(cluster, [{"from": pods[s], "to": pods[t], "protocol": p[:3].upper(), "port": int(p[4:])} for s, t, p in pairs])
        want = {pair: "open" if allowed else "silent" for pair, allowed in zip(pairs, verdicts)}

        def seen():
            with ThreadPoolExecutor(4) as pool:
                jobs = {s: pool.submit(tried, cluster, *s, [f"{p[:4]}{pods[t]}:{p[4:]}" for t in pods if t != s for p in PORTS])
                        for s in pods}
            return {(s, t, p): jobs[s].result()[f"{p[:4]}{pods[t]}:{p[4:]}"] for s, t, p in pairs}

        got = seen()
        if got != want:  # the change may still have been on its way
            got = seen()
        assert got == want, json.dumps(made)
