"""Weir installed as people install it, by its Helm chart and as pods: the fixtures `weir`, `workspace` and `run_client` for any
suite here. A module at a time: other modules run an operator of their own on this machine."""
import hashlib
import itertools
import json
import os
import subprocess

import pytest

from cluster import ROOT, wait_until
from journals import journal_records

NAMESPACE = "weir-system"
SDK_IMAGE = "localhost/weir-test-sdk:1"
GROUP = "/apis/weir.dev/v1alpha1"
CRDS = ("deployments", "modelpolicies", "workspaces")
# This cluster has no class of storage: the ledger of most suites forgets with its pod.
VALUES = {"replicaCount": 1, "crds.enabled": "false", "resources.requests.cpu": "10m", "ledger.persistence.enabled": "false",
          "ledger.resources.requests.cpu": "10m"}
IMAGES = {"podAnnotations.build": "weir-operator", "ledger.podAnnotations.build": "weir-api"}
SMALL_GATEWAY = {"replicas": {"min": 1, "max": 1}, "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}}}
BUILD = os.environ.get("WEIR_BUILD", "build")
_numbers = itertools.count(1)


def hack(*arguments):
    ran = subprocess.run([ROOT / arguments[0], *arguments[1:]], capture_output=True, text=True, timeout=600,
                         env={**os.environ, "BUILD": BUILD})
    assert ran.returncode == 0, f"{' '.join(arguments)}: {ran.stdout}{ran.stderr}"
    return ran.stdout


def condition(found, kind="Ready"):
    listed = ((found or {}).get("status") or {}).get("conditions", [])
    return next((c for c in listed if c["type"] == kind), {"status": None, "reason": None, "message": None})


def is_settled(found):
    """Ready, and about this generation."""
    ready = condition(found)
    return found if ready["status"] == "True" and ready.get("observedGeneration") == found["metadata"]["generation"] else None


class Weir:
    """The installed release."""

    def __init__(self, cluster):
        self.cluster, self.program = cluster, hack("hack/helm/get", "4").strip()

    def helm(self, *arguments):
        ran = subprocess.run([self.program, *arguments, "--kubeconfig", self.cluster.kubeconfig, "--namespace", NAMESPACE],
                             capture_output=True, text=True, timeout=300)
        assert ran.returncode == 0, f"helm {' '.join(arguments)}: {ran.stdout}{ran.stderr}\n{self.logs()}"
        return ran.stdout

    def install(self, **values):
        hack("hack/image", "build")
        hack("hack/image", "load")
        self.cluster.kubectl("apply", "--server-side", "--force-conflicts", *(f"-f{ROOT}/crds/{name}.yaml" for name in CRDS))
        built = {key: "b" + hashlib.sha256((ROOT / BUILD / f"images/{name}.tar").read_bytes()).hexdigest()[:12]
                 for key, name in IMAGES.items()}  # another one: other pods
        settings = [f"--set={key}={value}" for key, value in {**VALUES, **built, **values}.items()]
        # What a suite applied by kubectl belongs to nobody whom Helm would overrule.
        self.cluster.kubectl("delete", "--ignore-not-found", "-f", str(ROOT / "crds/admission"))
        self.helm("upgrade", "--install", "weir", str(ROOT / "helm/weir"), "--create-namespace", "--take-ownership", "--wait",
                  "--timeout=120s", *settings)

    def uninstall(self):
        self.helm("uninstall", "weir", "--wait", "--ignore-not-found")

    def logs(self):
        return self.cluster.kubectl("logs", "-n", NAMESPACE, "-l", "app.kubernetes.io/name=weir-operator", "--tail=60",
                                    check=False).stdout

    def restarts(self):
        """How often each operator's container has been started anew."""
        pods = self.pods(NAMESPACE, "app.kubernetes.io/name", "weir-operator")
        return {pod["metadata"]["name"]: sum(c["restartCount"] for c in pod["status"].get("containerStatuses", [])) for pod in pods}

    def pods(self, namespace, label, value):
        return self.cluster.find(f"/api/v1/namespaces/{namespace}/pods?labelSelector={label}%3D{value}")["items"]

    def pods_of(self, namespace, deployment):
        return self.pods(namespace, "weir.dev/deployment", deployment)

    def find(self, kind, name, namespace=None):
        place = f"/namespaces/{namespace}" if namespace else ""
        return self.cluster.find(f"{GROUP}{place}/{kind}/{name}")

    def deploy(self, namespace, name, type, workload, **spec):
        """A Deployment of ours, applied; its member of `workload` is named after its type."""
        member = {"CronJob": "cronJob", "ModelServer": "modelServer"}.get(type, type.lower())
        self.cluster.apply({"apiVersion": "weir.dev/v1alpha1", "kind": "Deployment",
                            "metadata": {"name": name, "namespace": namespace},
                            "spec": {"type": type, "workload": {member: workload}, **spec}})

    def wait_for(self, namespace, name, reason, seconds=60, kind="Ready"):
        """The Deployment once its condition gives this reason for its present generation."""

        def says():
            found = self.find("deployments", name, namespace)
            said = condition(found, kind)
            fresh = said["reason"] and said.get("observedGeneration") == found["metadata"]["generation"]
            return (fresh and said["reason"] == reason, found)

        def seen():
            is_said, found = says()
            return found if is_said else None

        try:
            return wait_until(seen, seconds, f"deployment {namespace}/{name} {kind} {reason}")
        except AssertionError as late:
            raise AssertionError(f"{late}\nit says: {json.dumps((says()[1] or {}).get('status'), indent=1)}\n{self.logs()}") from None

    def usage(self, namespace):
        """The usage records of an environment's gateways, read from their pods' volumes on the node."""
        records = []
        for pod in self.pods(namespace, "app.kubernetes.io/name", "weir-gateway"):
            folder = self.cluster.folder / "kubelet/pods" / pod["metadata"]["uid"] / "volumes/kubernetes.io~empty-dir/state/journal"
            records += journal_records(folder)
        return records


@pytest.fixture(scope="module")
def weir(cluster):
    installed = Weir(cluster)
    installed.install()
    yield installed
    installed.uninstall()  # always: it would hold the Lease against the suites that follow


@pytest.fixture(scope="module")
def workspace(cluster, weir):
    """workspace(name, environments=[...], **spec): applied and ready; deleted with all that is in it when the module ends."""
    made = []

    def make(name=None, environments=None, wait=True, **spec):
        name = name or f"w{os.getpid()}-{next(_numbers)}"
        environments = environments or [{"name": "dev", "tier": "Development"}]
        cluster.apply({"apiVersion": "weir.dev/v1alpha1", "kind": "Workspace", "metadata": {"name": name}, "spec": {
            "owner": {"team": "tests"}, "deletionPolicy": "Delete", "defaults": {"gateway": SMALL_GATEWAY},
            "environments": environments, **spec}})
        if name not in made:
            made.append(name)
        if wait:
            wait_ready(cluster, weir, name)
        return name

    yield make
    for name in made:
        remove(cluster, weir, name)


def wait_ready(cluster, weir, name, seconds=120):
    try:
        wait_until(lambda: is_settled(cluster.find(f"{GROUP}/workspaces/{name}")), seconds, f"workspace {name} ready")
    except AssertionError as late:
        status = (cluster.find(f"{GROUP}/workspaces/{name}") or {}).get("status")
        raise AssertionError(f"{late}\nit says: {json.dumps(status, indent=1)}\n{weir.logs()}") from None


def remove(cluster, weir, name):
    """Deletes a workspace; nothing of it may be left."""
    cluster.kubectl("delete", "aiws", name, "--ignore-not-found", "--timeout=120s", timeout=150)
    left = f"/api/v1/namespaces?labelSelector=weir.dev/workspace%3D{name}"
    wait_until(lambda: not cluster.find(left)["items"], 60, f"the namespaces of {name} gone")


@pytest.fixture(scope="session")
def sdk_image(cluster):
    """Python with the official OpenAI SDK."""
    if SDK_IMAGE not in cluster.images():
        hack("tests/cluster/images/sdk")
        cluster.load_image(ROOT / "build/images/weir-test-sdk.tar")
    return SDK_IMAGE


@pytest.fixture
def run_client(cluster, sdk_image):
    """run_client(namespace, code): Python in a pod of the namespace with a token for its gateway; what it printed.
    OPENAI_BASE_URL and the token's file are as in a workload. check=False: (whether it succeeded, what it printed)."""
    made = []

    def run(namespace, code, service_account="default", check=True, seconds=90, gateway=None, labels=None):
        name = f"client-{next(_numbers)}"
        cluster.apply(client_pod(namespace, name, code, service_account, gateway or namespace, labels))
        made.append((namespace, name))
        phase, printed = cluster.ended_pod(namespace, name, seconds)
        if not check:
            return phase == "Succeeded", printed
        assert phase == "Succeeded", printed
        return printed

    yield run
    for namespace, name in made:
        cluster.api("DELETE", f"/api/v1/namespaces/{namespace}/pods/{name}")


def client_pod(namespace, name, code, service_account, gateway, labels):
    url = f"http://weir-gateway.{gateway}.svc:8080"
    environment = {"OPENAI_BASE_URL": f"{url}/v1", "ANTHROPIC_BASE_URL": url, "WEIR_TOKEN_FILE": "/var/run/secrets/weir.dev/token"}
    token = {"audience": "weir", "expirationSeconds": 3600, "path": "token"}
    return {
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace, "labels": labels or {}},
        "spec": {
            "restartPolicy": "Never", "terminationGracePeriodSeconds": 0, "serviceAccountName": service_account,
            "automountServiceAccountToken": False, "enableServiceLinks": False,
            "securityContext": {"runAsNonRoot": True, "runAsUser": 65532, "fsGroup": 65532,
                                "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{
                "name": "client", "image": SDK_IMAGE, "imagePullPolicy": "Never", "command": ["python3", "-c", code],
                "env": [{"name": key, "value": value} for key, value in environment.items()],
                "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "256Mi"}},
                "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                "volumeMounts": [{"name": "token", "mountPath": "/var/run/secrets/weir.dev", "readOnly": True}],
            }],
            "volumes": [{"name": "token", "projected": {"sources": [{"serviceAccountToken": token}]}}],
        },
    }
