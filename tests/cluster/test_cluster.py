"""The cluster itself: what every other suite here relies on really works."""
import base64
import http.server
import json
import threading

from conftest import probe_pod


def service(namespace, name, port=8080, **spec):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace},
            "spec": {"selector": {"app": name}, "ports": [{"name": "http", "port": 80, "targetPort": port}], **spec}}


def test_every_node_is_ready_and_of_the_version_asked_for(cluster):
    nodes = cluster.find("/api/v1/nodes")["items"]
    assert nodes
    for node in nodes:
        ready = [c["status"] for c in node["status"]["conditions"] if c["type"] == "Ready"]
        assert ready == ["True"]
        assert node["status"]["nodeInfo"]["kubeletVersion"] == cluster.version
    assert cluster.find("/version")["gitVersion"] == cluster.version


def test_a_pod_finds_a_service_by_its_name(cluster, namespace, start_probe, wait_until):
    start_probe(namespace, "web", {"app": "web"})
    start_probe(namespace, "caller")
    cluster.apply(service(namespace, "web"))
    address = cluster.find(f"/api/v1/namespaces/{namespace}/services/web")["spec"]["clusterIP"]
    wait_until(lambda: cluster.exec(namespace, "caller", "/probe", "resolve", "web", check=False).returncode == 0, what="the name")
    for name in ("web", f"web.{namespace}", f"web.{namespace}.svc.cluster.local"):
        assert cluster.exec(namespace, "caller", "/probe", "resolve", name).split() == [address]
    elsewhere = cluster.exec(namespace, "caller", "/probe", "resolve", "provider.example", check=False)
    assert elsewhere.stdout == "no such name\n"


def test_a_service_reaches_each_of_its_pods(cluster, namespace, start_probe, wait_until):
    for name in ("web-1", "web-2"):
        start_probe(namespace, name, {"app": "web"})
    start_probe(namespace, "caller")
    cluster.apply(service(namespace, "web"))
    answered = set()

    def both_answered():
        said = cluster.exec(namespace, "caller", "/probe", "get", "web", "80", "/", check=False).stdout
        answered.update(name for name in ("web-1", "web-2") if name in said)
        return len(answered) == 2

    wait_until(both_answered, what="answers of both pods")


def test_a_headless_service_names_its_pods(cluster, namespace, start_probe, wait_until):
    address = start_probe(namespace, "web", {"app": "web"})["status"]["podIP"]
    start_probe(namespace, "caller")
    cluster.apply(service(namespace, "web", clusterIP="None"))
    wait_until(lambda: cluster.exec(namespace, "caller", "/probe", "resolve", "web", check=False).stdout.split() == [address],
               what="the pod's own address")


def test_a_volume_on_the_node_outlives_its_pod(cluster, namespace, start_probe, probe_image):
    cluster.apply(
        {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": namespace},
         "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "storageClassName": "",
                  "persistentVolumeReclaimPolicy": "Delete", "claimRef": {"namespace": namespace, "name": "disk"},
                  "hostPath": {"path": str(cluster.folder / "volumes" / namespace), "type": "DirectoryOrCreate"}}},
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "disk", "namespace": namespace},
         "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "", "resources": {"requests": {"storage": "1Gi"}}}})
    disk = {"volumes": [{"name": "disk", "persistentVolumeClaim": {"claimName": "disk"}}],
            "mounts": [{"name": "disk", "mountPath": "/disk"}]}
    first = probe_pod(probe_image, namespace, "first", run=("serve", "tcp:8080"), **disk)
    first["spec"]["securityContext"] = {"runAsUser": 0}
    cluster.apply(first)
    cluster.running_pod(namespace, "first")
    cluster.exec(namespace, "first", "/probe", "write", "/disk/note", input="kept\n")
    cluster.kubectl("delete", "pod", "-n", namespace, "first", "--wait")
    start_probe(namespace, "second", run=("read", "/disk/note"), wait=False, **disk)
    assert cluster.ended_pod(namespace, "second") == ("Succeeded", "kept\n")
    cluster.api("DELETE", f"/api/v1/persistentvolumes/{namespace}")


def test_a_child_goes_with_its_owner(cluster, namespace, wait_until):
    cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "owner", "namespace": namespace}})
    maps = f"/api/v1/namespaces/{namespace}/configmaps"
    owner = cluster.find(f"{maps}/owner")["metadata"]
    cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
        "name": "child", "namespace": namespace,
        "ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["uid"]}]}})
    cluster.api("DELETE", f"{maps}/owner")
    wait_until(lambda: cluster.find(f"{maps}/child") is None, what="the child's end")


def test_a_deleted_namespace_really_vanishes(cluster, new_namespace, start_probe, wait_until):
    namespace = new_namespace()
    start_probe(namespace, "web", {"app": "web"})
    cluster.apply(service(namespace, "web"))
    cluster.api("DELETE", f"/api/v1/namespaces/{namespace}")
    wait_until(lambda: cluster.find(f"/api/v1/namespaces/{namespace}") is None, what="the namespace's end")
    assert cluster.find(f"/api/v1/namespaces/{namespace}/pods")["items"] == []


def test_a_job_runs_to_its_end(cluster, namespace, probe_image, wait_until):
    pod = probe_pod(probe_image, namespace, "unused", run=("exit", "0"))["spec"]
    cluster.apply({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once", "namespace": namespace},
                   "spec": {"template": {"spec": pod}}})
    wait_until(lambda: cluster.find(f"/apis/batch/v1/namespaces/{namespace}/jobs/once")["status"].get("succeeded") == 1,
               what="the Job's success")


def test_the_keys_of_service_account_tokens_are_served(cluster, namespace):
    issuer = cluster.find("/.well-known/openid-configuration")["issuer"]
    keys = cluster.find("/openid/v1/jwks")["keys"]
    token = cluster.kubectl("create", "token", "default", "-n", namespace, "--audience", "weir").strip()
    head, claims, _ = (json.loads(_decoded(part)) if i < 2 else part for i, part in enumerate(token.split(".")))
    assert head["kid"] in [key["kid"] for key in keys]
    assert claims["iss"] == issuer and claims["aud"] == ["weir"]
    assert claims["kubernetes.io"]["namespace"] == namespace


def _decoded(part):
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_the_api_server_comes_back_after_a_kill(cluster, namespace, start_probe, wait_until):
    before = start_probe(namespace, "stays")["metadata"]["uid"]
    cluster.kill("kube-apiserver")
    cluster.restart("kube-apiserver")
    assert cluster.pod(namespace, "stays")["metadata"]["uid"] == before
    start_probe(namespace, "after")  # scheduler, controllers and kubelet found it again


def test_a_paused_part_stands_still_and_goes_on(cluster, namespace, start_probe, wait_until):
    cluster.pause("kube-scheduler")
    try:
        start_probe(namespace, "waits", wait=False)
        assert "nodeName" not in cluster.pod(namespace, "waits")["spec"]
    finally:
        cluster.resume("kube-scheduler")
    cluster.running_pod(namespace, "waits")


def test_a_process_on_this_machine_answers_pods(cluster, namespace, start_probe):
    class Hello(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"from the machine")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("0.0.0.0", 0), Hello)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        start_probe(namespace, "caller")
        for address in (cluster.host, cluster.outside):
            said = cluster.exec(namespace, "caller", "/probe", "get", address, str(server.server_port), "/")
            assert "from the machine" in said
    finally:
        server.shutdown()
        server.server_close()
