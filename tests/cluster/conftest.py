"""What the suites on a real cluster share. hack/test-cluster brings the cluster up and says where it is; a test makes its
own namespaces and removes them."""
import hashlib
import itertools
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from cluster import ROOT, Cluster, wait_until as wait_until_true  # noqa: E402
from weir import run_client, sdk_image, weir, workspace  # noqa: E402, F401

_numbers = itertools.count(1)


def pytest_configure(config):
    config.addinivalue_line("markers", "slow: minutes; run with -m slow")


def pytest_sessionstart(session):
    if "KUBECONFIG" not in os.environ or "CONTAINERD_ADDRESS" not in os.environ:
        pytest.exit("no cluster: use hack/test-cluster, or eval \"$(hack/cluster env)\" of one that runs", returncode=4)


@pytest.fixture(scope="session")
def cluster():
    return Cluster(os.environ["KUBECONFIG"])


@pytest.fixture(scope="session")
def kubectl(cluster):
    return cluster.kubectl


@pytest.fixture(scope="session")
def wait_until():
    return wait_until_true


@pytest.fixture(scope="session")
def probe_image(cluster):
    """The image of tests/cluster/images/probe.c, made and loaded when its source changed."""
    source = ROOT / "tests/cluster/images/probe.c"
    reference = f"weir.dev/probe:{hashlib.sha256(source.read_bytes()).hexdigest()[:12]}"
    if reference not in cluster.images():
        folder = ROOT / "build/cluster"
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["gcc", "-std=gnu17", "-D_GNU_SOURCE", "-O2", "-static", "-w", "-o", folder / "probe", source],
                       check=True, stderr=subprocess.DEVNULL)
        subprocess.run([ROOT / "hack/kubernetes/archive.py", folder / "probe.tar", reference, folder / "probe"], check=True)
        cluster.load_image(folder / "probe.tar")
    return reference


@pytest.fixture(scope="module")
def chaos_installed(cluster):
    """The chart's rights, for operators that run on this machine: anew for each suite, others take them away."""
    import chaos_operator

    chaos_operator.install(cluster)


@pytest.fixture
def new_namespace(cluster):
    """Makes namespaces of the test's own: new_namespace(labels={...})."""
    made = []

    def make(name=None, labels=None):
        name = name or f"t{os.getpid()}-{next(_numbers)}"
        cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels or {}}})
        made.append(name)
        wait_until_true(lambda: cluster.find(f"/api/v1/namespaces/{name}/serviceaccounts/default"), what="its ServiceAccount")
        return name

    yield make
    for name in made:
        cluster.api("DELETE", f"/api/v1/namespaces/{name}")


@pytest.fixture
def namespace(new_namespace):
    return new_namespace()


@pytest.fixture
def start_probe(cluster, probe_image):
    """Starts pods of the probe image: start_probe(namespace, name, labels={...}, run=["serve", "tcp:8080"])."""

    def start(namespace, name, labels=None, run=("serve", "tcp:8080", "tcp:8081", "udp:5353"), wait=True, **more):
        cluster.apply(probe_pod(probe_image, namespace, name, labels, run, **more))
        return cluster.running_pod(namespace, name) if wait else None

    return start


def probe_pod(image, namespace, name, labels=None, run=(), ports=(), volumes=(), mounts=(), environment=None):
    """A pod that every pod security level lets in."""
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": labels or {}},
        "spec": {
            "terminationGracePeriodSeconds": 0,
            "restartPolicy": "Never",
            "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{
                "name": "probe",
                "image": image,
                "imagePullPolicy": "Never",
                "args": list(run),
                "ports": list(ports),
                "env": [{"name": key, "value": value} for key, value in (environment or {}).items()],
                "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
                "volumeMounts": list(mounts),
            }],
            "volumes": list(volumes),
        },
    }


def pytest_runtest_logreport(report):
    """A run takes most of an hour: what failed is told when it fails, not only at the end."""
    if report.failed:
        crash = getattr(report.longrepr, "reprcrash", None)
        sys.__stderr__.write(f"\n  {report.when} of {report.nodeid}: {crash.message if crash else report.longrepr}\n"[:4000])
        sys.__stderr__.flush()
