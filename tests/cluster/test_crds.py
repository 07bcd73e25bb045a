"""Our CRDs on a real API server, and every sample: the API server and `weir check` come to the same verdict."""
import os
import re
import subprocess

import pytest

from cluster import ROOT

SAMPLES = ROOT / "crds/samples"
NAMES = ["deployments", "modelpolicies", "workspaces"]
BUILD = ROOT / os.environ.get("WEIR_BUILD", "build")


def named(folder):
    return [pytest.param(path, id=path.stem) for path in sorted((SAMPLES / folder).glob("*.yaml"))]


@pytest.fixture(scope="module", autouse=True)
def crds(cluster, wait_until):
    cluster.kubectl("apply", "--server-side", "--force-conflicts", *[f"-f{ROOT}/crds/{name}.yaml" for name in NAMES])
    for name in NAMES:
        wait_until(lambda name=name: is_established(cluster, name), what=f"{name}.weir.dev established")
    # Objects can only be judged in namespaces that exist.
    text = "".join(path.read_text() for path in SAMPLES.glob("*/*.yaml"))
    wanted = sorted({*re.findall(r"^  namespace: ([a-z0-9-]+)$", text, re.MULTILINE)})
    had = {item["metadata"]["name"] for item in cluster.find("/api/v1/namespaces")["items"]}
    made = [name for name in wanted if name not in had]
    for name in made:
        cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    yield
    for name in made:
        cluster.api("DELETE", f"/api/v1/namespaces/{name}")


def is_established(cluster, name):
    found = cluster.find(f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}.weir.dev") or {}
    state = {c["type"]: c["status"] for c in found.get("status", {}).get("conditions", [])}
    return state.get("Established") == "True" and state.get("NamesAccepted") == "True"


def test_the_crds_are_established_and_structural(cluster):
    for name in NAMES:
        assert is_established(cluster, name)
        found = cluster.find(f"/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}.weir.dev")
        assert "NonStructuralSchema" not in [c["type"] for c in found["status"]["conditions"]]


def test_deployment_still_means_the_one_of_apps(cluster):
    for name in ("deployments", "deploy"):
        assert "apiVersion: apps/v1" in cluster.kubectl("get", name, "-n", "kube-system", "-o", "yaml")


def server_says(cluster, text):
    """"" where the API server would take what the text holds, else why not."""
    ran = cluster.kubectl("create", "--dry-run=server", "--validate=strict", "-f", "-", input=text, check=False)
    if ran.returncode == 0 and "\nstatus:\n" in text:  # a create ignores the status; only its own path judges it
        text = re.sub(r"^  (uid|resourceVersion|generation|creationTimestamp): .*\n", "", text, flags=re.MULTILINE)
        cluster.kubectl("create", "-f", "-", input=text)
        try:
            ran = cluster.kubectl("replace", "--subresource=status", "--dry-run=server", "-f", "-", input=text, check=False)
        finally:
            cluster.kubectl("delete", "-f", "-", input=text)
    if ran.returncode == 0:
        return ""
    about = ("is invalid:", "strict decoding error", "no matches for kind", "error parsing", "apiVersion not set", "resource name may not be empty",
             "unable to decode", "the server could not find the requested resource", "cannot be handled as a")
    assert any(words in ran.stderr for words in about), ran.stderr  # nothing that is not about the sample
    return ran.stderr


def weir_says(path):
    ran = subprocess.run([BUILD / "weir", "check", path], capture_output=True, text=True, timeout=30)
    assert ran.returncode in (0, 3), ran.stdout + ran.stderr
    return ran.stdout + ran.stderr if ran.returncode else ""


@pytest.mark.parametrize("path", named("accept"))
def test_both_accept(cluster, path):
    assert server_says(cluster, path.read_text()) == ""
    assert weir_says(path) == ""


@pytest.mark.parametrize("path", [p for p in named("reject") if not p.id.startswith("secret-")])  # those are no kind of ours
def test_both_refuse(cluster, path):
    text = path.read_text()
    said = server_says(cluster, text)
    is_ours = re.search(r"^apiVersion: weir.dev/v1alpha1\nkind: (Workspace|ModelPolicy|Deployment)$", text, re.MULTILINE)
    if "\n# where: operator" not in text:
        assert said != ""
    elif is_ours:  # what a schema cannot say
        assert said == ""
    assert weir_says(path) != ""


@pytest.mark.parametrize("path", named("change"))
def test_a_change_is_judged(cluster, path, tmp_path):
    text = path.read_text()
    before, after = text.split("\n---\n")
    for each in (before, after):  # each alone is right
        file = tmp_path / "object.yaml"
        file.write_text(each)
        assert weir_says(file) == ""
    cluster.kubectl("create", "-f", "-", input=before)
    try:
        ran = cluster.kubectl("replace", "--dry-run=server", "-f", "-", input=after, check=False)
    finally:
        cluster.kubectl("delete", "-f", "-", input=before)
    first = text.split("\n", 1)[0]
    if first.startswith("# reject: "):
        assert ran.returncode != 0 and first.removeprefix("# reject: ") in ran.stderr, ran.stderr
    else:
        assert (first, ran.returncode) == ("# accept", 0), ran.stderr
