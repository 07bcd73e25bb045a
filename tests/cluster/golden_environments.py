"""Reads tests/golden/environments for the suites on a real cluster."""
import json
import re

from cluster import ROOT

GOLDEN = ROOT / "tests/golden/environments"
CASES = sorted(path.parent.name for path in GOLDEN.glob("*/expected.yaml") if path.read_text().strip())


def kinds_of(text):
    return [(m.group(1), m.group(2)) for m in re.finditer(r"(?m)^apiVersion: (\S+)\nkind: (\S+)$", text)]


def namespaces_of(text):
    return sorted(set(re.findall(r"(?m)^kind: Namespace\nmetadata:\n  name: (\S+)$", text)))


def objects_of(cluster, case, suffix):
    """The objects of kinds that are served, with namespaces of the test's own (they end in the suffix), and the kinds
    that are not. Without pods: their image would be pulled again and again. kubectl is who reads YAML here."""
    text = (GOLDEN / case / "expected.yaml").read_text()
    for name in namespaces_of(text):
        text = text.replace(name, f"{name}-{suffix}")
    documents = [d for d in text.split("---\n") if d]
    served = [d for d in documents if resource_of(cluster, *kinds_of(d)[0])]
    printed = cluster.kubectl("create", "--dry-run=client", "--validate=false", "-o", "json", "-f", "-",
                              input="---\n".join(served))
    objects = list(decode_all(printed))
    assert len(objects) == len(served)
    for thing in objects:
        if thing["kind"] == "Deployment":
            thing["spec"]["replicas"] = 0
    return objects, {kinds_of(d)[0][1] for d in documents} - {o["kind"] for o in objects}


def decode_all(printed):
    decoder, at = json.JSONDecoder(), 0
    while printed[at:].strip():
        found, end = decoder.raw_decode(printed[at:].lstrip())
        at += len(printed[at:]) - len(printed[at:].lstrip()) + end
        yield from found["items"] if found["kind"] == "List" else [found]


def resource_of(cluster, version, kind):
    base = f"/apis/{version}" if "/" in version else f"/api/{version}"
    resources = (cluster.find(base) or {"resources": []})["resources"]
    return next((r for r in resources if r["kind"] == kind and "/" not in r["name"]), None)


def path_of(cluster, thing):
    base = "/apis/" if "/" in thing["apiVersion"] else "/api/"
    resource, metadata = resource_of(cluster, thing["apiVersion"], thing["kind"]), thing["metadata"]
    inner = f"/namespaces/{metadata['namespace']}" if resource["namespaced"] else ""
    return f"{base}{thing['apiVersion']}{inner}/{resource['name']}/{metadata['name']}"
