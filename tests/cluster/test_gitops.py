"""A GitOps tool that applies the same files again and again sees no drift and causes no write, on the real API server."""
import json
import os
import subprocess

from cluster import ROOT

KEPT_IN_GIT = {"name", "namespace", "labels", "annotations"}
SAMPLES = ROOT / "crds/samples/accept"


def go_test(*arguments, **environment):
    done = subprocess.run(["go", "test", "-count=1", *arguments, "./..."], cwd=ROOT / "tests/cluster/gitops",
                          env=os.environ | environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_argo_sees_no_drift_in_what_the_server_defaulted(kubectl, namespace, tmp_path):
    asked = 0
    for path in sorted(SAMPLES.glob("*.yaml")):
        wanted = json.loads(kubectl("create", "--dry-run=client", "-o", "json", "-f", str(path)))
        if not wanted["apiVersion"].startswith("weir.dev/"):
            continue
        if wanted["kind"] != "Workspace":
            wanted["metadata"]["namespace"] = namespace
        wanted.pop("status", None)
        wanted["metadata"] = {key: value for key, value in wanted["metadata"].items() if key in KEPT_IN_GIT}
        live = json.loads(kubectl("apply", "--server-side", "--dry-run=server", "-o", "json", "-f", "-", input=json.dumps(wanted)))
        live["metadata"].pop("managedFields", None)
        (tmp_path / f"{path.stem}.yaml").write_text(json.dumps({"wanted": wanted, "live": live}))
        asked += 1
    assert asked > 5
    go_test("-run", "Drift", WEIR_APPLIED=str(tmp_path))


def test_the_tools_libraries_read_our_conditions():
    go_test()
