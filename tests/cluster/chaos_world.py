"""A small world that runs: a workspace with gateways in pods, and callers that never stop asking them."""
import http.client
import json
import subprocess
import threading
import time

from chaos_objects import API, new_name, policy, workspace
from chaos_operator import BUILD
from chaos_state import GROUP
from cluster import wait_until


class World:
    def __init__(self, cluster, operator, environments=("dev", "qa")):
        self.cluster, self.name, self.names = cluster, new_name(), environments
        made = json.loads(subprocess.run([BUILD / "weir", "keys", "new", "-o", "json"], check=True, capture_output=True, text=True).stdout)
        self.key = made["key"]
        tiers = {"dev": "Development", "qa": "Staging"}
        cluster.apply(workspace(self.name, [{"name": n, "tier": tiers[n], "gateway": {"replicas": {"min": 1, "max": 1}}} for n in environments],
                                callers=[{"name": "ada", "keyHashes": [made["keyHash"]]}]))
        wait_until(lambda: all(cluster.find(f"/api/v1/namespaces/{self.namespace(n)}") for n in environments), 30, "the namespaces")
        cluster.apply(*[policy("limits", self.namespace(n), maxOutputTokens=500) for n in environments])
        wait_until(self.is_settled, 120, f"workspace {self.name} ready")
        # A gateway runs its policies before the kubelet has told anybody where it is.
        wait_until(lambda: len(found := self.gateways()) >= len(environments) and all(address for address, _ in found.values()), 30,
                   "every gateway's address")

    def namespace(self, environment):
        return f"{self.name}-{environment}"

    def owns(self, path):
        return f"/{self.name}-" in path or path.endswith(f"/workspaces/{self.name}")

    def object(self):
        return self.cluster.find(f"{GROUP}/workspaces/{self.name}")

    def condition(self, kind="Ready"):
        listed = (self.object().get("status") or {}).get("conditions", [])
        return next((c for c in listed if c["type"] == kind), {"status": None, "reason": None, "message": None})

    def is_settled(self):
        found = self.object()
        ready = next((c for c in (found.get("status") or {}).get("conditions", []) if c["type"] == "Ready"), None)
        return ready and ready["status"] == "True" and ready["observedGeneration"] == found["metadata"]["generation"]

    def revision(self, environment="dev"):
        return next(e["gateway"]["configRevision"] for e in self.object()["status"]["environments"] if e["name"] == environment)

    def limit(self, amount, environment="dev"):
        """An edit whose arrival can be seen."""
        return self.cluster.api("PATCH", f"{GROUP}/namespaces/{self.namespace(environment)}/modelpolicies/limits",
                                {"spec": {"constraints": {"maxOutputTokens": amount}}}, "application/merge-patch+json")

    def arrives(self, amount, seconds=60, environment="dev"):
        """The edit is in force, and every gateway has said so."""
        before = self.revision(environment)
        self.limit(amount, environment)
        wait_until(lambda: self.revision(environment) != before and self.is_settled(), seconds, f"maxOutputTokens {amount} everywhere")

    def gateways(self):
        """uid and address of each gateway's pod."""
        found = {}
        for name in self.names:
            for pod in self.cluster.find(f"/api/v1/namespaces/{self.namespace(name)}/pods")["items"]:
                if pod["metadata"]["name"].startswith("weir-gateway") and not pod["metadata"].get("deletionTimestamp"):
                    restarts = sum(c["restartCount"] for c in pod["status"].get("containerStatuses", []))
                    found[pod["metadata"]["uid"]] = (pod["status"].get("podIP"), restarts)
        return found

    def remove(self, seconds=120):
        self.cluster.kubectl("delete", "aiws", self.name, f"--timeout={seconds}s")
        assert not [n for n in self.cluster.find("/api/v1/namespaces")["items"] if n["metadata"]["name"].startswith(f"{self.name}-")]


class Callers:
    """One for each gateway, ten calls a second; what was not answered with 200 is kept."""

    def __init__(self, world):
        self.failed, self.answered, self._end = [], 0, False
        self._threads = [threading.Thread(target=self._run, args=(address, world.key), daemon=True)
                         for address, _ in world.gateways().values()]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind, value, trace):
        self._end = True
        for thread in self._threads:
            thread.join(15)
        if kind is None:
            assert self.answered > 0 and not self.failed, f"{len(self.failed)} of {self.answered} calls failed: {self.failed[:5]}"

    def _run(self, address, key):
        body = json.dumps({"model": "echo", "max_tokens": 10, "messages": [{"role": "user", "content": "hello"}]})
        while not self._end:
            connection = http.client.HTTPConnection(address, 8080, timeout=10)
            try:
                connection.request("POST", "/v1/chat/completions", body, {"Authorization": f"Bearer {key}", "Content-Type": "application/json"})
                answer = connection.getresponse()
                content = answer.read()
                self.answered += 1
                if answer.status != 200:
                    self.failed.append((answer.status, content[:200]))
            except OSError as broken:
                self.failed.append((0, repr(broken)))
            finally:
                connection.close()
            time.sleep(0.1)


def admin_metric(address, name):
    """A gateway's own number, by the node's way."""
    connection = http.client.HTTPConnection(address, 8081, timeout=5)
    try:
        connection.request("GET", "/metrics")
        lines = connection.getresponse().read().decode().splitlines()
    finally:
        connection.close()
    return [line for line in lines if line.startswith(name)]
