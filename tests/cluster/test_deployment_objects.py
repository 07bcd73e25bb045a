"""The golden outputs of tests/golden/deployments, shown to a real API server (dry run): it takes each object under strict
validation and gives back what was sent, and a namespace of the restricted level admits each pod."""
import json
import re
import textwrap

import pytest

from cluster import ROOT
from golden_environments import decode_all, path_of, resource_of
from test_environment_objects import differences

GOLDEN = ROOT / "tests/golden/deployments"
CASES = sorted(path.parent.name for path in GOLDEN.glob("*/expected.yaml") if "\n  - apiVersion" in path.read_text())
OPTIONAL = {"JobSet", "InferencePool"}


def objects_of(cluster, case, namespace):
    """kubectl is who reads YAML here; what stands under `objects:` is cut out as text."""
    text = (GOLDEN / case / "expected.yaml").read_text().replace("retail-dev", namespace)
    lists = re.findall(r"(?m)^objects:\n((?:  .*\n)*)", text)
    items = [item for one in lists for item in re.split(r"(?m)^- ", textwrap.dedent(one)) if item.strip()]
    documents = [textwrap.dedent("  " + item) for item in items]
    kinds = [re.search(r"(?m)^apiVersion: (\S+)\nkind: (\S+)$", d).groups() for d in documents]
    served = [d for d, kind in zip(documents, kinds) if resource_of(cluster, *kind)]
    assert {kind for (_, kind), d in zip(kinds, documents) if d not in served} <= OPTIONAL
    printed = cluster.kubectl("create", "--dry-run=client", "--validate=false", "-o", "json", "-f", "-", input="\n---\n".join(served))
    return list(decode_all(printed))


def show(cluster, thing):
    path = f"{path_of(cluster, thing)}?fieldManager=weir-operator&force=true&fieldValidation=Strict&dryRun=All"
    status, answer = cluster.api("PATCH", path, json.dumps(thing), "application/apply-patch+yaml")
    assert status in (200, 201), f"{thing['kind']} {thing['metadata']['name']}: {status} {answer.get('message')}"
    return answer


def template_of(thing):
    spec = thing.get("spec", {})
    return spec.get("template") or spec.get("jobTemplate", {}).get("spec", {}).get("template")


@pytest.fixture
def restricted(new_namespace):
    return new_namespace(labels={"pod-security.kubernetes.io/enforce": "restricted"})


@pytest.mark.parametrize("case", CASES)
def test_the_api_server_takes_what_a_deployment_becomes(cluster, restricted, case):
    for thing in objects_of(cluster, case, restricted):
        assert differences(thing, show(cluster, thing)) == [], thing["kind"]
        if thing["kind"] == "ServiceAccount":  # without its owner, which is not there: it would be cleaned up
            cluster.apply({**thing, "metadata": {k: v for k, v in thing["metadata"].items() if k != "ownerReferences"}})
        if template_of(thing):
            pod = {"apiVersion": "v1", "kind": "Pod", **template_of(thing)}
            pod["metadata"] = {**pod["metadata"], "name": "probe", "namespace": restricted}
            for of_this_cluster in ("priorityClassName", "runtimeClassName"):
                pod["spec"].pop(of_this_cluster, None)
            show(cluster, pod)
