"""Other projects' kinds, as they publish them: out of their Go modules (or, where that is all we need, their CRDs alone)."""
import json
import os
import shutil
import subprocess
import zipfile

import pytest

from cluster import wait_until

MODULES = {
    "gateway-api": ("sigs.k8s.io/gateway-api@v1.7.0", "config/crd/standard/gateway.networking.k8s.io_{}.yaml",
                    ["gateways", "httproutes"]),
    "cert-manager": ("github.com/cert-manager/cert-manager@v1.19.0", "deploy/crds/cert-manager.io_{}.yaml", ["certificates"]),
    "kueue": ("sigs.k8s.io/kueue@v0.14.0", "config/components/crd/bases/kueue.x-k8s.io_{}.yaml",
              ["clusterqueues", "localqueues", "resourceflavors"]),
    "inference-extension": ("sigs.k8s.io/gateway-api-inference-extension@v1.6.0",
                            "config/crd/bases/inference.networking.k8s.io_{}.yaml", ["inferencepools"]),
    "jobset": ("sigs.k8s.io/jobset@v0.10.1", "config/components/crd/bases/jobset.x-k8s.io_{}.yaml", ["jobsets"]),
    "prometheus": ("github.com/prometheus-operator/prometheus-operator@v0.85.0",
                   "example/prometheus-operator-crd/monitoring.coreos.com_{}.yaml", ["podmonitors"]),
}


def crds(neighbour):
    """As text of YAML. The module's zip is read, not its folder: a module may ask for a newer Go to be unpacked."""
    module, pattern, kinds = MODULES[neighbour]
    if not shutil.which("go"):
        pytest.fail("Go is missing: the neighbours' kinds come out of their Go modules")
    ran = subprocess.run(["go", "mod", "download", "-json", module], capture_output=True, text=True, timeout=300, cwd="/",
                         env={**os.environ, "GOFLAGS": "-mod=mod"})
    archive = json.loads(ran.stdout or "{}").get("Zip")
    assert archive, f"{module}: {ran.stdout}{ran.stderr}"
    with zipfile.ZipFile(archive) as files:
        return "\n---\n".join(files.read(f"{module}/{pattern.format(kind)}").decode() for kind in kinds)


def install(cluster, neighbour):
    cluster.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", input=crds(neighbour))

    def is_established():  # kubectl wait fails on one that has no status yet
        return cluster.kubectl("wait", "--for=condition=Established", "--timeout=10s", "-f", "-", input=crds(neighbour),
                               check=False).returncode == 0

    wait_until(is_established, 30, f"the kinds of {neighbour} established")


def remove(cluster, neighbour):
    cluster.kubectl("delete", "--ignore-not-found", "--wait=true", "--timeout=60s", "-f", "-", input=crds(neighbour))
