"""Optional neighbours: absent, it is said and nothing stops; installed while the operator runs, their kinds are found and
used without a restart; removed again, it is said again."""
import subprocess

import pytest

import neighbours
from cluster import wait_until
from weir import SDK_IMAGE, SMALL_GATEWAY, condition, wait_ready

SMALL = {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "64Mi"}}
EDGE = {**SMALL_GATEWAY, "exposure": {"type": "Gateway", "gatewayRef": {"name": "public", "namespace": "edge"}, "hostname": "ai.example.com"}}
CALL_OVER_TLS = """
import os, ssl, urllib.request
trusted = ssl.create_default_context(cadata='''%s''')
request = urllib.request.Request("https://weir-gateway.%s.svc:8443/v1/models",
                                 headers={"Authorization": "Bearer " + open(os.environ["WEIR_TOKEN_FILE"]).read()})
print("MODELS", urllib.request.urlopen(request, context=trusted).read().decode())
"""
SERVE_ANYTHING = """
import http.server, signal, sys
class Anything(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(204)
        self.end_headers()
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
http.server.HTTPServer(("", 8080), Anything).serve_forever()
"""


@pytest.fixture(scope="module")
def name(cluster, weir, workspace, sdk_image):
    """A workspace that asks for what all the neighbours do."""
    for neighbour in neighbours.MODULES:
        neighbours.remove(cluster, neighbour)
    made = workspace(environments=[
        {"name": "dev", "tier": "Development", "quotas": {"compute": {"requests.cpu": "2"}}},
        {"name": "edge", "tier": "Development", "gateway": EDGE},
        {"name": "tls", "tier": "Development", "gateway": {**SMALL_GATEWAY, "tls": {"issuerRef": {"name": "corporate"}}}}],
        quotas={"borrowing": {"cohort": "everybody", "borrowingLimit": {"cpu": "1"}}})
    yield made
    for neighbour in neighbours.MODULES:
        neighbours.remove(cluster, neighbour)


@pytest.fixture(scope="module", autouse=True)
def same_operator(weir, name):
    """No restart, by whomever, in all of this module."""
    before = weir.restarts()
    yield
    assert weir.restarts() == before


def interoperable(weir, name):
    return condition(weir.find("workspaces", name), "Interoperable")


def wait_until_said(weir, name, words, seconds=90):
    return wait_until(lambda: words in (interoperable(weir, name)["message"] or ""), seconds, f"{words}: said")


def wait_until_unsaid(weir, name, words, seconds=90):
    return wait_until(lambda: words not in (interoperable(weir, name)["message"] or ""), seconds, f"{words}: said no more")


def wait_for_object(cluster, path, seconds=60):
    return wait_until(lambda: cluster.find(path), seconds, path)


def assert_nothing_was_dropped(weir):
    """A field that a kind does not know is dropped by the API server with a warning, which the operator logs."""
    assert "unknown field" not in weir.logs(), weir.logs()


def test_without_them_everything_runs_and_what_is_missing_is_said(cluster, weir, name):
    said = interoperable(weir, name)
    assert said["status"] == "False"
    for part in ("cert-manager", "install Kueue", "install the Gateway API", "environment edge", "environment tls"):
        assert part in said["message"], said
    wait_ready(cluster, weir, name)


def test_a_job_that_names_a_queue_runs_without_kueue_and_says_so(weir, name):
    weir.deploy(f"{name}-dev", "queued", "Job", {"image": SDK_IMAGE, "command": ["python3", "-c", "pass"], "queue": "ours"}, resources=SMALL)
    found = weir.wait_for(f"{name}-dev", "queued", "Completed", 60)
    assert condition(found, "Admitted")["reason"] == "QueueUnavailable"


def test_a_group_of_pods_waits_for_jobset_and_comes_with_it(cluster, weir, name):
    weir.deploy(f"{name}-dev", "pair", "Job", {"image": SDK_IMAGE, "command": ["python3", "-c", "pass"],
                                               "group": {"replicas": 2, "network": "pair"}}, resources=SMALL)
    said = condition(weir.wait_for(f"{name}-dev", "pair", "InvalidSpec", 20))
    assert "JobSet" in said["message"] and "install" in said["message"]
    neighbours.install(cluster, "jobset")
    found = weir.wait_for(f"{name}-dev", "pair", "Starting", 60)
    sets = cluster.find(f"/apis/jobset.x-k8s.io/v1alpha2/namespaces/{name}-dev/jobsets")["items"]
    assert [one["spec"]["replicatedJobs"][0]["template"]["spec"]["parallelism"] for one in sets] == [2]
    assert sets[0]["spec"]["network"] == {"enableDNSHostnames": True, "subdomain": "pair", **{
        k: v for k, v in sets[0]["spec"]["network"].items() if k == "publishNotReadyAddresses"}}
    assert {child["kind"] for child in found["status"]["children"]} >= {"JobSet"}
    assert_nothing_was_dropped(weir)
    neighbours.remove(cluster, "jobset")
    weir.wait_for(f"{name}-dev", "pair", "InvalidSpec", 60)


def test_a_route_at_a_shared_gateway_is_made_once_the_gateway_api_is_there(cluster, weir, name):
    neighbours.install(cluster, "gateway-api")
    route = wait_for_object(cluster, f"/apis/gateway.networking.k8s.io/v1/namespaces/{name}-edge/httproutes/weir-gateway")
    assert route["spec"]["hostnames"] == ["ai.example.com"]
    assert (route["spec"]["parentRefs"][0]["name"], route["spec"]["parentRefs"][0]["namespace"]) == ("public", "edge")
    assert route["spec"]["rules"][0]["backendRefs"][0]["port"] == 8080
    wait_until_unsaid(weir, name, "install the Gateway API")
    refuse(cluster, "httproutes", route, route["spec"]["parentRefs"][0])
    wait_until_said(weir, name, "the Gateway does not take the route: no listener")
    assert interoperable(weir, name)["status"] == "False"
    assert_nothing_was_dropped(weir)
    neighbours.remove(cluster, "gateway-api")
    wait_until_said(weir, name, "install the Gateway API")
    wait_ready(cluster, weir, name)


def refuse(cluster, plural, thing, gateway):
    """As the Gateway's own controller does."""
    said = {"type": "Accepted", "status": "False", "reason": "NotAllowedByListeners", "message": "no listener lets it in",
            "lastTransitionTime": "2026-01-01T00:00:00Z"}
    parent = {"parentRef": gateway, "controllerName": "example.com/edge", "conditions": [said]}
    meta = thing["metadata"]
    path = f"/apis/{thing['apiVersion']}/namespaces/{meta['namespace']}/{plural}/{meta['name']}/status"
    status, answer = cluster.api("PATCH", path, {"status": {"parents": [parent]}}, "application/merge-patch+json")
    assert status == 200, answer


def deploy_model_server(weir, namespace, **pool):
    """ModelServer `pooled`: its pods are ready, and what they answer is of no importance here."""
    command = [{"op": "add", "path": "/spec/containers/0/command", "value": ["python3", "-u", "-c", SERVE_ANYTHING]}]
    weir.deploy(namespace, "pooled", "ModelServer", {
        "engine": "Custom", "image": SDK_IMAGE, "model": {"uri": "hf://example/tiny"}, **pool}, resources=SMALL, podPatches=command)


def test_a_model_server_is_in_a_pool_while_there_are_pools(cluster, weir, name):
    namespace = f"{name}-dev"
    path = f"/apis/inference.networking.k8s.io/v1/namespaces/{namespace}/inferencepools/pooled-w"
    deploy_model_server(weir, namespace, inferencePool={})
    weir.wait_for(namespace, "pooled", "Available", 120)
    found = weir.wait_for(namespace, "pooled", "InferencePoolMissing", 20, kind="Pooled")
    assert "install it" in condition(found, "Pooled")["message"]
    pods = {pod["metadata"]["name"] for pod in weir.pods_of(namespace, "pooled")}

    neighbours.install(cluster, "inference-extension")
    spec = wait_for_object(cluster, path)["spec"]
    assert spec["selector"] == {"matchLabels": {"weir.dev/deployment": "pooled"}}
    assert spec["targetPorts"] == [{"number": 8080}]
    assert "endpointPickerRef" not in spec
    found = weir.wait_for(namespace, "pooled", "Pooled", 30, kind="Pooled")
    assert {"apiVersion": "inference.networking.k8s.io/v1", "kind": "InferencePool", "name": "pooled-w",
            "ready": True} in found["status"]["children"]
    assert_nothing_was_dropped(weir)

    neighbours.remove(cluster, "inference-extension")
    found = weir.wait_for(namespace, "pooled", "InferencePoolMissing", 60, kind="Pooled")
    assert condition(found)["reason"] == "Available"
    assert {pod["metadata"]["name"] for pod in weir.pods_of(namespace, "pooled")} == pods
    cluster.kubectl("delete", "aidep", "-n", namespace, "pooled", "--timeout=60s")
    wait_ready(cluster, weir, name)


def test_a_pool_names_its_picker_passes_on_a_refusal_and_goes_when_it_is_no_longer_asked_for(cluster, weir, name):
    namespace = f"{name}-dev"
    path = f"/apis/inference.networking.k8s.io/v1/namespaces/{namespace}/inferencepools/pooled-w"
    neighbours.install(cluster, "inference-extension")
    deploy_model_server(weir, namespace, inferencePool={"endpointPicker": {"service": "picker"}})
    pool = wait_for_object(cluster, path)
    assert pool["spec"]["endpointPickerRef"] == {
        "group": "", "kind": "Service", "name": "picker", "port": {"number": 9002}, "failureMode": "FailClose"}
    refuse(cluster, "inferencepools", pool, {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "public"})
    said = condition(weir.wait_for(namespace, "pooled", "NotAccepted", 30, kind="Pooled"), "Pooled")
    assert said["message"] == "Gateway public does not take the pool: NotAllowedByListeners: no listener lets it in"
    weir.wait_for(namespace, "pooled", "Available", 120)

    deploy_model_server(weir, namespace)
    wait_until(lambda: not cluster.find(path), 30, "the pool gone")
    wait_until(lambda: not condition(weir.find("deployments", "pooled", namespace), "Pooled")["reason"], 30, "said no more")
    assert_nothing_was_dropped(weir)
    neighbours.remove(cluster, "inference-extension")
    cluster.kubectl("delete", "aidep", "-n", namespace, "pooled", "--timeout=60s")
    wait_ready(cluster, weir, name)


def test_a_certificate_is_asked_for_and_callers_are_served_with_it(cluster, weir, name, run_client, tmp_path):
    namespace = f"{name}-tls"
    neighbours.install(cluster, "cert-manager")
    path = f"/apis/cert-manager.io/v1/namespaces/{namespace}/certificates/weir-gateway"
    wanted = wait_for_object(cluster, path)["spec"]
    assert wanted["issuerRef"] == {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "corporate"}
    wait_until_unsaid(weir, name, "no cert-manager")
    issued = issue(cluster, namespace, wanted, path, tmp_path)
    wait_ready(cluster, weir, name)
    wait_until(lambda: len(weir.pods(namespace, "app.kubernetes.io/name", "weir-gateway")) == 1, 90, "the old gateway gone")
    assert "echo" in run_client(namespace, CALL_OVER_TLS % (issued, namespace))
    assert_nothing_was_dropped(weir)
    neighbours.remove(cluster, "cert-manager")
    wait_until_said(weir, name, "no cert-manager")
    wait_ready(cluster, weir, name)


def issue(cluster, namespace, wanted, path, folder):
    """As cert-manager does: the Secret, and then the revision in the status."""
    names = ",".join(f"DNS:{one}" for one in wanted["dnsNames"])
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj",
                    "/CN=test", "-addext", f"subjectAltName={names}", "-keyout", folder / "tls.key", "-out", folder / "tls.crt"],
                   check=True, capture_output=True)
    certificate = (folder / "tls.crt").read_text()
    cluster.apply({"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/tls",
                   "metadata": {"name": wanted["secretName"], "namespace": namespace},
                   "stringData": {"tls.crt": certificate, "tls.key": (folder / "tls.key").read_text()}})
    status, answer = cluster.api("PATCH", f"{path}/status", {"status": {"revision": 1}}, "application/merge-patch+json")
    assert status == 200, answer
    return certificate


def test_queues_are_made_once_kueue_is_there_and_jobs_name_them(cluster, weir, name):
    neighbours.install(cluster, "kueue")
    local = wait_for_object(cluster, f"/apis/kueue.x-k8s.io/v1beta1/namespaces/{name}-dev/localqueues/weir")
    assert local["spec"]["clusterQueue"] == f"{name}-dev"
    queue = wait_for_object(cluster, f"/apis/kueue.x-k8s.io/v1beta1/clusterqueues/{name}-dev")
    assert queue["spec"]["cohort"] == "everybody"
    share = queue["spec"]["resourceGroups"][0]["flavors"][0]["resources"][0]
    assert (share["name"], share["nominalQuota"], share["borrowingLimit"]) == ("cpu", "2", "1")
    wait_for_object(cluster, "/apis/kueue.x-k8s.io/v1beta1/resourceflavors/weir")
    wait_until_unsaid(weir, name, "install Kueue")
    weir.deploy(f"{name}-dev", "later", "Job", {"image": SDK_IMAGE, "command": ["python3", "-c", "pass"]}, resources=SMALL)
    weir.wait_for(f"{name}-dev", "later", "Completed", 60)
    jobs = cluster.find(f"/apis/batch/v1/namespaces/{name}-dev/jobs?labelSelector=weir.dev/deployment%3Dlater")["items"]
    assert jobs[0]["metadata"]["labels"]["kueue.x-k8s.io/queue-name"] == "weir"
    assert_nothing_was_dropped(weir)
    neighbours.remove(cluster, "kueue")
    wait_until_said(weir, name, "install Kueue")
    wait_ready(cluster, weir, name)


def test_gateways_are_monitored_by_pod_monitors_once_there_are_such(cluster, weir, name):
    service = f"/api/v1/namespaces/{name}-dev/services/weir-gateway"
    assert cluster.find(service)["metadata"]["annotations"]["prometheus.io/scrape"] == "true"
    neighbours.install(cluster, "prometheus")
    monitor = wait_for_object(cluster, f"/apis/monitoring.coreos.com/v1/namespaces/{name}-dev/podmonitors/weir-gateway")
    assert monitor["spec"]["podMetricsEndpoints"] == [{"port": "admin", "path": "/metrics"}]
    wait_until(lambda: "prometheus.io/scrape" not in cluster.find(service)["metadata"].get("annotations", {}), 30, "not scraped twice")
    assert_nothing_was_dropped(weir)
    neighbours.remove(cluster, "prometheus")
    wait_until(lambda: cluster.find(service)["metadata"].get("annotations", {}).get("prometheus.io/scrape") == "true", 60,
               "scraped by annotation again")
