"""The operator of the chaos tests: a process on this machine with the rights of the Helm chart and no others, through a proxy
of its own or straight, that can be killed, stopped and started."""
import json
import os
import shutil
import signal
import subprocess
import time
import urllib.request

from chaos_proxy import ApiProxy
from cluster import ROOT, wait_until
from ports import free_port

BUILD = ROOT / os.environ.get("WEIR_BUILD", "build")
VERSION = (ROOT / "VERSION").read_text().strip()
LEASE = "/apis/coordination.k8s.io/v1/namespaces/weir-system/leases/weir-operator"
ACCOUNT = "/api/v1/namespaces/weir-system/serviceaccounts/weir-operator"
SERVICE = {
    "apiVersion": "v1", "kind": "Service", "metadata": {"name": "weir-operator-control", "namespace": "weir-system"},
    "spec": {"ports": [{"name": "control", "port": 8443, "targetPort": 8443, "protocol": "TCP"}]},
}


def install(cluster):
    """What the Helm chart installs, but for the operator's pods and the admission policies."""
    cluster.kubectl("create", "namespace", "weir-system", check=False)
    helm = subprocess.run([ROOT / "hack/helm/get", "4"], check=True, capture_output=True, text=True).stdout.strip()
    parts = [f"templates/{name}.yaml" for name in ("rbac", "serviceaccount", "members")]
    rendered = subprocess.run([helm, "template", "weir", ROOT / "helm/weir", "-n", "weir-system",
                               *[word for part in parts for word in ("-s", part)]], check=True, capture_output=True, text=True).stdout
    cluster.kubectl("apply", "--server-side", "--force-conflicts", "-n", "weir-system", "-f", "-", input=rendered)
    cluster.apply(SERVICE)


def token(cluster, bound=None):
    spec = {"expirationSeconds": 7200}
    if bound:
        spec["boundObjectRef"] = {"apiVersion": "v1", "kind": "Secret", "name": bound["name"], "uid": bound["uid"]}
    status, made = cluster.api("POST", f"{ACCOUNT}/token", {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec})
    assert status == 201, made
    return made["status"]["token"]


class Operator:
    def __init__(self, cluster, folder, name="weir-operator-0", with_proxy=False):
        self.cluster, self.folder, self.name, self.process = cluster, folder, name, None
        folder.mkdir(parents=True, exist_ok=True)
        self.program = folder / "weir-operator"  # a rebuild on the way changes nothing
        shutil.copy(BUILD / "weir-operator", self.program)
        self.admin, self.control = free_port(), free_port()
        self.proxy = ApiProxy(cluster, folder) if with_proxy else None
        self.token_file = folder / "token"
        self.set_token(token(cluster))
        self._write_kubeconfig()

    def set_token(self, text):
        fresh = self.token_file.with_suffix(".new")
        fresh.write_text(text)
        fresh.replace(self.token_file)

    def _write_kubeconfig(self):
        server = self.proxy.url if self.proxy else f"https://{self.cluster.node_address}:6443"
        authority = self.proxy.certificate if self.proxy else self.cluster.folder / "certificates" / "ca.crt"
        self.kubeconfig = self.folder / "kubeconfig"
        self.kubeconfig.write_text(json.dumps({
            "apiVersion": "v1", "kind": "Config", "current-context": "c",
            "clusters": [{"name": "c", "cluster": {"server": server, "certificate-authority": str(authority)}}],
            "users": [{"name": "u", "user": {"tokenFile": str(self.token_file)}}],
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}]}))

    # -- its life

    def start(self, wait="ready, leading", seconds=60):
        self.started = time.monotonic()
        with open(self.folder / "operator.log", "ab") as log:
            self.process = subprocess.Popen(
                [self.program, "--cluster", "--kubeconfig", self.kubeconfig, "--gateway-image", f"localhost/weir-gateway:{VERSION}",
                 "--tools-image", f"localhost/weir-tools:{VERSION}", "--control-listen", f"0.0.0.0:{self.control}",
                 "--admin", f"127.0.0.1:{self.admin}"],
                stdout=log, stderr=log, env={**os.environ, "POD_IP": self.cluster.host, "POD_NAME": self.name})
        try:
            if wait:
                wait_until(lambda: self.get("/readyz")[1].startswith(wait), seconds, f"{self.name} {wait}")
        except AssertionError as late:
            self.stop()  # or it would contend for the Lease with every suite that follows
            raise AssertionError(f"{late}\n{self.tail()}\nthe Lease: {self.cluster.find(LEASE)}") from None
        return self

    def kill(self):
        self.process.kill()
        self.process.wait(10)

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        self.process.wait(20)

    def is_alive(self):
        return self.process.poll() is None

    def must_live(self):
        assert self.is_alive(), f"{self.name} ended with {self.process.returncode}:\n{self.tail()}"

    # -- what it says

    def tail(self, count=3000):
        return (self.folder / "operator.log").read_text()[-count:]

    def events(self, name, since=0):
        lines = (self.folder / "operator.log").read_text().splitlines()[since:]
        return [line for line in map(json.loads, (x for x in lines if x.startswith("{"))) if line["event"] == name]

    def lines(self):
        return len((self.folder / "operator.log").read_text().splitlines())

    def get(self, path):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()
        except OSError:
            self.must_live()
            return 0, ""

    def metrics(self):
        lines = [line.rpartition(" ") for line in self.get("/metrics")[1].splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in lines if name}

    def is_leading(self):
        return self.get("/readyz")[1].startswith("ready, leading")

    def writes(self):
        """All that changes something but the Lease's renewals (PUT)."""
        return sum(value for name, value in self.metrics().items() if name.startswith("rest_client_requests_total")
                   and 'method="GET"' not in name and 'method="PUT"' not in name)

    def settle(self, quiet=2.0, seconds=90):
        """Until it has written nothing for a while and nothing waits for a pass."""
        end, last, since = time.monotonic() + seconds, None, time.monotonic()
        while time.monotonic() - since < quiet:
            metrics = self.metrics()
            now = (self.writes(), self.is_leading(), metrics.get("workqueue_depth"))
            if now != last or not now[1] or now[2] != 0:
                last, since = now, time.monotonic()
            assert time.monotonic() < end, f"{self.name} has not come to rest in {seconds} s: {now}\n{self.tail()}"
            time.sleep(0.1)


def give_lease_back(cluster):
    """As a leader does that ends in order: the next one need not wait, and the epoch counts on."""
    lease = cluster.find(LEASE)
    if lease and lease["spec"].get("holderIdentity"):
        cluster.api("PATCH", LEASE, {"spec": {"holderIdentity": "", "leaseDurationSeconds": 1}}, "application/merge-patch+json")


def leader(cluster):
    spec = (cluster.find(LEASE) or {"spec": {}})["spec"]
    return spec.get("holderIdentity") or "", spec.get("leaseTransitions", 0) + 1


def remove_namespaces(cluster):
    """Those that workspaces had; what was adopted stays when its Workspace goes."""

    def ours():
        return [n["metadata"]["name"] for n in cluster.find("/api/v1/namespaces")["items"] if n["metadata"]["name"].endswith(("-dev", "-qa"))]

    for name in ours():
        cluster.api("DELETE", f"/api/v1/namespaces/{name}")
    wait_until(lambda: not ours(), 300, "the namespaces gone")
