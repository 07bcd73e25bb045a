"""The cluster as a test sees it: objects by HTTP, kubectl, and its parts, which can be paused, killed and restarted."""
import http.client
import json
import os
import ssl
import subprocess
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def wait_until(condition, seconds=60, what="the condition"):
    """The first true value of condition(), asked every 50 ms; fails after `seconds` with the last value."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"{what}: not within {seconds} s; last seen: {value!r}"
        time.sleep(0.05)
    return value


class Cluster:
    def __init__(self, kubeconfig):
        self.kubeconfig = kubeconfig
        self.folder = Path(kubeconfig).parent
        self.version = (self.folder / "version").read_text().strip()
        self.minor = ".".join(self.version.lstrip("v").split(".")[:2])
        self.host = os.environ["WEIR_CLUSTER_HOST"]  # this machine, as pods see it: it counts as the node
        self.outside = os.environ["WEIR_CLUSTER_OUTSIDE"]  # this machine again, as an address that policies apply to
        self.node_address = self.host.rpartition(".")[0] + ".2"
        certificates = self.folder / "certificates"
        self._tls = ssl.create_default_context(cafile=str(certificates / "ca.crt"))
        self._tls.load_cert_chain(certificates / "admin.crt", certificates / "admin.key")
        self._connections = threading.local()

    # -- programs

    def kubectl(self, *arguments, input=None, check=True, timeout=120):
        """What kubectl printed; with check=False the finished process, whatever its exit code."""
        ran = subprocess.run(["kubectl", "--kubeconfig", self.kubeconfig, *arguments], input=input, capture_output=True, text=True,
                             timeout=timeout)
        if not check:
            return ran
        assert ran.returncode == 0, f"kubectl {' '.join(arguments)}: {ran.stderr}"
        return ran.stdout

    def exec(self, namespace, pod, *command, check=True, input=None):
        stdin = ["-i"] if input is not None else []
        return self.kubectl("exec", *stdin, "-n", namespace, pod, "--", *command, check=check, input=input)

    def hack(self, *arguments):
        ran = subprocess.run([ROOT / "hack/cluster", *arguments], capture_output=True, text=True, timeout=120)
        assert ran.returncode == 0, f"hack/cluster {' '.join(arguments)}: {ran.stdout}{ran.stderr}"
        return ran.stdout

    def on_node(self, *command):
        return self.hack("exec", *command)

    def images(self):
        return subprocess.run(["ctr", "images", "ls", "-q"], capture_output=True, text=True, check=True).stdout.split()

    def load_image(self, archive):
        subprocess.run(["ctr", "images", "import", archive], check=True, stdout=subprocess.DEVNULL)

    # -- parts: etcd, kube-apiserver, kube-scheduler, ... (hack/cluster help lists them)

    def pause(self, part):
        self.hack("pause", part)

    def resume(self, part):
        self.hack("resume", part)

    def kill(self, part):
        self.hack("kill", part)

    def start(self, part):
        self.hack("start", part)

    def restart(self, part):
        self.hack("restart", part)

    # -- objects

    def api(self, method, path, body=None, content_type="application/json"):
        """One request as administrator: (status code, decoded answer). Sent again, as every client does, while the server says that it is to be:
        one that has just started answers 429 until its storage is read."""
        for _ in range(30):
            status, answer = self._api_once(method, path, body, content_type)
            if status != 429 or not isinstance(answer, dict) or "retryAfterSeconds" not in answer.get("details", {}):
                break
            time.sleep(answer["details"]["retryAfterSeconds"])
        return status, answer

    def _api_once(self, method, path, body, content_type):
        headers = {"Accept": "application/json, */*;q=0.1", "Content-Type": content_type}
        encoded = None if body is None else body if isinstance(body, (str, bytes)) else json.dumps(body)
        for attempt in (1, 2):  # a kept connection may have ended with an earlier API server
            if getattr(self._connections, "kept", None) is None:
                self._connections.kept = http.client.HTTPSConnection(self.node_address, 6443, timeout=60, context=self._tls)
            try:
                self._connections.kept.request(method, path, encoded, headers)
                answer = self._connections.kept.getresponse()
                content = answer.read()
                break
            except (OSError, http.client.HTTPException):
                self._connections.kept.close()
                self._connections.kept = None
                if attempt == 2:
                    raise
        is_json = "json" in (answer.headers.get("Content-Type") or "")
        return answer.status, json.loads(content) if is_json else content.decode()

    def find(self, path):
        """The object (or list) at the path, or None."""
        status, found = self.api("GET", path)
        assert status in (200, 404), f"GET {path}: {status} {found}"
        return found if status == 200 else None

    def apply(self, *objects, manager="tests"):
        self.kubectl("apply", "--server-side", "--force-conflicts", f"--field-manager={manager}", "-f", "-",
                     input=json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)}))

    def pod(self, namespace, name):
        return self.find(f"/api/v1/namespaces/{namespace}/pods/{name}")

    def running_pod(self, namespace, name, seconds=60):
        """The pod once it runs; its address is in status.podIP."""

        def is_running():
            found = self.pod(namespace, name) or {"status": {}}
            assert found["status"].get("phase") != "Failed", found["status"]
            ready = any(c["type"] == "Ready" and c["status"] == "True" for c in found["status"].get("conditions", []))
            return found if ready else None

        return wait_until(is_running, seconds, f"pod {namespace}/{name} running")

    def ended_pod(self, namespace, name, seconds=60):
        """The phase in which a pod ended and what it printed."""

        def has_ended():
            phase = ((self.pod(namespace, name) or {}).get("status") or {}).get("phase")
            return phase if phase in ("Succeeded", "Failed") else None

        phase = wait_until(has_ended, seconds, f"pod {namespace}/{name} ended")
        return phase, self.kubectl("logs", "-n", namespace, name)
