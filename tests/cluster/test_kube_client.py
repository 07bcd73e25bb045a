"""The operator's Kubernetes client against the real API server: kube_client_probe.c tries every verb, events and leading."""
import base64
import json
import os
import signal
import subprocess
import time

import pytest
from cluster import ROOT

LEASE = "/apis/coordination.k8s.io/v1/namespaces/default/leases/weir-client-probe"
RENEW_DEADLINE_S = 10


@pytest.fixture(scope="module")
def probe():
    build = ROOT / os.environ.get("WEIR_BUILD", "build")
    program = build / "cluster/kube_client_probe"
    program.parent.mkdir(parents=True, exist_ok=True)
    sanitizers = ["-fsanitize=address,undefined"] if "asan" in build.name else []
    libraries = [build / f"lib{name}.a" for name in ("operator", "types", "lib")]
    subprocess.run(["gcc", "-std=gnu17", "-D_GNU_SOURCE", "-I.", "-include", "lib/base/banned.h", "-O1", "-fno-lto", *sanitizers,
                    "-o", program, "tests/cluster/kube_client_probe.c", *libraries, "-lwebsockets", "-lev", "-lcares", "-lcurl",
                    "-lssl", "-lcrypto", "-lyaml", "-ljson-c", "-lm"], cwd=ROOT, check=True)
    return program


@pytest.fixture
def no_lease(cluster):
    cluster.api("DELETE", LEASE)
    yield
    cluster.api("DELETE", LEASE)


def assert_all_ok(ran):
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("\nok ") >= 19


def test_every_verb_with_a_client_certificate(probe, no_lease):
    assert_all_ok(subprocess.run([probe], capture_output=True, text=True, timeout=120))


def test_every_verb_as_in_a_pod(cluster, probe, no_lease, namespace, tmp_path):
    cluster.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "probe", "namespace": namespace}})
    binding = f"client-probe-{namespace}"
    cluster.apply({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": binding},
                   "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
                   "subjects": [{"kind": "ServiceAccount", "name": "probe", "namespace": namespace}]})
    try:
        status, answer = cluster.api("POST", f"/api/v1/namespaces/{namespace}/serviceaccounts/probe/token", {"spec": {}})
        assert status == 201
        (tmp_path / "token").write_text(answer["status"]["token"])
        (tmp_path / "namespace").write_text(namespace)
        (tmp_path / "ca.crt").write_bytes((cluster.folder / "certificates/ca.crt").read_bytes())
        environment = {name: value for name, value in os.environ.items() if name != "KUBECONFIG"}
        environment |= {"KUBERNETES_SERVICE_HOST": cluster.node_address, "KUBERNETES_SERVICE_PORT": "6443"}
        assert_all_ok(subprocess.run([probe, tmp_path], env=environment, capture_output=True, text=True, timeout=120))
    finally:
        cluster.api("DELETE", f"/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/{binding}")


def test_every_verb_with_a_certificate_from_a_plugin(cluster, probe, no_lease, tmp_path):
    certificates = cluster.folder / "certificates"
    status = {"clientCertificateData": (certificates / "admin.crt").read_text(), "clientKeyData": (certificates / "admin.key").read_text()}
    credential = {"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1", "status": status}
    (tmp_path / "credential").write_text(" " * 8192 + json.dumps(credential))
    (tmp_path / "login").write_text(f"#!/bin/sh\necho run >> {tmp_path}/runs\nexec cat {tmp_path}/credential\n")
    (tmp_path / "login").chmod(0o755)
    authority = base64.b64encode((certificates / "ca.crt").read_bytes()).decode()
    (tmp_path / "config").write_text(json.dumps({
        "current-context": "here", "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": f"https://{cluster.node_address}:6443", "certificate-authority-data": authority}}],
        "users": [{"name": "u", "user": {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "./login"}}}]}))
    environment = os.environ | {"KUBECONFIG": str(tmp_path / "config")}
    assert_all_ok(subprocess.run([probe], env=environment, capture_output=True, text=True, timeout=120))
    assert (tmp_path / "runs").read_text() == "run\n"


def test_a_server_of_another_authority_is_not_believed(cluster, probe, tmp_path):
    made = cluster.kubectl("config", "view", "--raw", "--flatten")
    own = base64.b64encode((cluster.folder / "certificates/admin.crt").read_bytes()).decode()
    lines = [f"    certificate-authority-data: {own}" if "certificate-authority-data" in line else line
             for line in made.splitlines()]
    (tmp_path / "config").write_text("\n".join(lines))
    ran = subprocess.run([probe], env=os.environ | {"KUBECONFIG": str(tmp_path / "config")}, capture_output=True, text=True)
    assert ran.returncode == 1 and "certificate" in ran.stdout


def test_a_leader_that_was_stopped_past_its_deadline_writes_nothing(cluster, probe, no_lease):
    running = subprocess.Popen([probe], stdout=subprocess.PIPE, text=True)
    try:
        for line in running.stdout:
            if "the first leads" in line:
                break
        running.send_signal(signal.SIGSTOP)
        time.sleep(RENEW_DEADLINE_S + 1)
        before = cluster.find(LEASE)["spec"]
        running.send_signal(signal.SIGCONT)
        rest = running.communicate(timeout=30)[0]
    finally:
        running.kill()
    assert "leadership was lost" in rest
    assert cluster.find(LEASE)["spec"] == before
