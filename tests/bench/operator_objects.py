"""The objects of make bench-operator, and the connections that bring them to the API server: one kept connection for each of a
few threads, plain POSTs and PATCHes."""
import http.client
import json
import os
import queue
import ssl
import threading
import time

GROUP = "/apis/weir.dev/v1alpha1"
THREADS = 8
ENVIRONMENTS = 2  # of each workspace
PER_NAMESPACE = int(os.environ.get("PER_NAMESPACE", "25"))  # objects of ours, and pods


class Api:
    """As administrator, a kept connection for each thread."""

    def __init__(self, folder, address):
        self.address = address
        self.tls = ssl.create_default_context(cafile=f"{folder}/certificates/ca.crt")
        self.tls.load_cert_chain(f"{folder}/certificates/admin.crt", f"{folder}/certificates/admin.key")
        self.kept = threading.local()

    def call(self, method, path, body=None, content_type="application/json"):
        if not hasattr(self.kept, "connection"):
            self.kept.connection = http.client.HTTPSConnection(self.address, 6443, timeout=60, context=self.tls)
        connection = self.kept.connection
        text = None if body is None else json.dumps(body)
        headers = {"Content-Type": content_type, "Accept": "application/json"}
        try:
            connection.request(method, path, text, headers)
            answer = connection.getresponse()
        except http.client.RemoteDisconnected:  # kept while nothing was asked: the server ended it meanwhile
            connection.close()
            connection.request(method, path, text, headers)
            answer = connection.getresponse()
        content = answer.read()
        if "json" not in (answer.headers.get("Content-Type") or ""):
            return answer.status, content.decode()
        return answer.status, json.loads(content)

    def must(self, *arguments):
        status, found = self.call(*arguments)
        if status >= 300 and status != 409:
            raise SystemExit(f"bench: {arguments[0]} {arguments[1]}: {status} {found}")
        return found

    def patch(self, path, body):
        return self.must("PATCH", path, body, "application/merge-patch+json")

    def all(self, calls):
        """Every call of the list, THREADS at a time; how many seconds it took."""
        waiting, failed = queue.SimpleQueue(), []
        for one in calls:
            waiting.put(one)

        def work():
            while not failed:
                try:
                    one = waiting.get_nowait()
                except queue.Empty:
                    return
                try:
                    one() if callable(one) else self.must(*one)
                except (SystemExit, OSError, http.client.HTTPException) as trouble:
                    failed.append(trouble)

        began = time.monotonic()
        threads = [threading.Thread(target=work) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failed:
            raise SystemExit(f"bench: {failed[0]}")
        return time.monotonic() - began


def meta(name, namespace=None, **more):
    return {"name": name, **({"namespace": namespace} if namespace else {}), **more}


def ours(kind, name, namespace, spec):
    return {"apiVersion": "weir.dev/v1alpha1", "kind": kind, "metadata": meta(name, namespace), "spec": spec}


def workspace(name):
    return ours("Workspace", name, None, {
        "displayName": f"Team {name}", "owner": {"team": name, "contact": f"{name}@example.com"},
        "environments": [{"name": f"e{i}", "tier": "Development"} for i in range(ENVIRONMENTS)]})


def policy(name, namespace):
    return ours("ModelPolicy", name, namespace, {
        "constraints": {"models": {"allow": [{"provider": "echo", "name": "*"}]}, "maxOutputTokens": 4096,
                        "limits": [{"scope": "Environment", "requestsPerMinute": 3000}, {"scope": "Caller", "tokensPerMinute": 90000}]}})


def deployment(name, namespace):
    """Suspended: everything about it is made, and nothing would run."""
    return ours("Deployment", name, namespace, {"type": "Service", "suspend": True, "workload": {"service": {
        "image": "registry.example.com/retail/checkout-assistant:1.14.2", "args": ["serve", "--log-level=info", "--revision=0"]}}})


def pod(name, space, environment, of):
    """As large as pods are: a Deployment's, running."""
    namespace = f"{space}-{environment}"
    mount = {"name": "kube-api-access-x7k2p", "readOnly": True, "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"}
    token = {"name": mount["name"], "projected": {"defaultMode": 420, "sources": [
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}}]}}
    labels = {"app.kubernetes.io/managed-by": "weir", "weir.dev/workspace": space, "weir.dev/environment": environment,
              "weir.dev/deployment": of, "pod-template-hash": "6f8c5fdb48"}
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"{of}-w-6f8c5fdb48", "controller": True,
             "uid": "5f3c1f0e-8a3b-4f7e-9d55-2b9c7c1d6a01"}
    limits = {"capabilities": {"drop": ["ALL"]}, "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta(name, namespace, labels=labels, ownerReferences=[owner]), "spec": {
        "serviceAccountName": "weir-gateway", "automountServiceAccountToken": False, "volumes": [token],
        "securityContext": {"runAsNonRoot": True, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [{"name": "main", "image": "registry.example.com/retail/checkout-assistant:1.14.2", "securityContext": limits,
                        "env": [{"name": f"SETTING_{i}", "value": f"value-{i}"} for i in range(6)], "volumeMounts": [mount],
                        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"cpu": "1", "memory": "1Gi"}}}]}}


def pod_status(number):
    now = "2026-11-01T08:00:00Z"
    return {"status": {"phase": "Running", "podIP": f"10.9.{number // 250}.{number % 250 + 1}", "hostIP": "10.9.255.1", "startTime": now,
                       "conditions": [{"type": t, "status": "True", "lastTransitionTime": now}
                                      for t in ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")],
                       "containerStatuses": [{
                           "name": "main", "ready": True, "started": True, "restartCount": 0, "state": {"running": {"startedAt": now}},
                           "image": "registry.example.com/retail/checkout-assistant:1.14.2", "containerID": "containerd://" + "ab" * 32,
                           "imageID": "registry.example.com/retail/checkout-assistant@sha256:" + "cd" * 32, "lastState": {}}]}}


class Population:
    """Objects of ours, and as many pods, spread evenly: PER_NAMESPACE of each belong to an environment. Of ours
    one of fifty is a workspace, two are policies, the others Deployments."""

    def __init__(self, api):
        self.api, self.spaces, self.filled, self.deployments = api, 0, 0, []

    def namespaces(self, first=0):
        return [f"w{w}-e{e}" for w in range(first, self.spaces) for e in range(ENVIRONMENTS)]

    def add_workspaces(self, size):
        first, self.spaces = self.spaces, size // (PER_NAMESPACE * ENVIRONMENTS)
        self.api.all([("POST", f"{GROUP}/workspaces", workspace(f"w{w}")) for w in range(first, self.spaces)])

    def are_namespaces_there(self):
        """And in them what a pod needs."""
        accounts = self.api.must("GET", "/api/v1/serviceaccounts")["items"]
        made = {one["metadata"]["namespace"] for one in accounts if one["metadata"]["name"] == "weir-gateway"}
        return made >= set(self.namespaces())

    def fill(self):
        """The namespaces that are empty; how many seconds it took."""
        calls = []
        for namespace in self.namespaces(self.filled):
            calls.append(("POST", f"{GROUP}/namespaces/{namespace}/modelpolicies", policy("limits", namespace)))
            for d in range(PER_NAMESPACE - (2 if namespace.endswith("e0") else 1)):
                self.deployments.append(f"{GROUP}/namespaces/{namespace}/deployments/d{d}")
                calls.append(("POST", self.deployments[-1].rpartition("/")[0], deployment(f"d{d}", namespace)))
            for p in range(PER_NAMESPACE):
                calls.append(lambda namespace=namespace, p=p: self.put_pod(namespace, p))
        self.filled = self.spaces
        return self.api.all(calls)

    def put_pod(self, namespace, number):
        space, _, environment = namespace.partition("-")
        path, name = f"/api/v1/namespaces/{namespace}/pods", f"d{number % (PER_NAMESPACE - 2)}-w-6f8c5fdb48-{number}"
        self.api.must("POST", path, pod(name, space, environment, name.partition("-")[0]))
        self.api.patch(f"{path}/{name}/status", pod_status(number))
