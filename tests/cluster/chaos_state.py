"""What the cluster holds of Weir, freed of what differs from one life to the next, so that two can be compared."""
import json
import re

GROUP = "/apis/weir.dev/v1alpha1"
MADE = [
    ("/api/v1", ("namespaces", "services", "serviceaccounts", "resourcequotas", "limitranges", "persistentvolumeclaims", "secrets")),
    ("/apis/apps/v1", ("deployments",)),
    ("/apis/batch/v1", ("cronjobs",)),
    ("/apis/autoscaling/v2", ("horizontalpodautoscalers",)),
    ("/apis/networking.k8s.io/v1", ("networkpolicies",)),
    ("/apis/policy/v1", ("poddisruptionbudgets",)),
    ("/apis/rbac.authorization.k8s.io/v1", ("rolebindings",)),
]
OURS = ("workspaces", "modelpolicies", "deployments")
SELECTOR = "labelSelector=app.kubernetes.io/managed-by%3Dweir"
RESTLESS_META = ("uid", "resourceVersion", "creationTimestamp", "managedFields", "generation", "selfLink")


def listed(cluster):
    """(path of the collection, object) of all that the operator has made, and of our own kinds."""
    for prefix, plurals in MADE:
        for plural in plurals:
            for item in cluster.find(f"{prefix}/{plural}?{SELECTOR}")["items"]:
                if "helm.sh/chart" not in (item["metadata"].get("labels") or {}):
                    yield f"{prefix}/{plural}", item
    for plural in OURS:
        for item in cluster.find(f"{GROUP}/{plural}")["items"]:
            yield f"{GROUP}/{plural}", item


def path_of(collection, item):
    namespace, name = item["metadata"].get("namespace"), item["metadata"]["name"]
    prefix, _, plural = collection.rpartition("/")
    return f"{prefix}/namespaces/{namespace}/{plural}/{name}" if namespace else f"{collection}/{name}"


def versions(cluster, only=lambda path: True):
    """resourceVersion of each."""
    return {p: item["metadata"]["resourceVersion"] for collection, item in listed(cluster) if only(p := path_of(collection, item))}


def snapshot(cluster, only=lambda path: True, rename=None):
    """path -> text; rename=(old, new) replaces the name of a workspace in all of it,
    and hashes, as it is part of them."""
    seen = {}
    for collection, item in listed(cluster):
        path = path_of(collection, item)
        if not only(path):
            continue
        text = json.dumps(still(collection, item), sort_keys=True, indent=1)
        if rename:
            path, text = path.replace(*rename), re.sub(r"[0-9a-f]{64}|\bN-[0-9a-f]{6}\b", "HASH", text.replace(*rename))
        assert path not in seen, f"{path} is there twice"
        seen[path] = text
    return seen


def still(collection, item):
    item = json.loads(json.dumps(item))
    meta = item["metadata"]
    for key in RESTLESS_META:
        meta.pop(key, None)
    for owner in meta.get("ownerReferences", []):
        owner.pop("uid", None)
    for annotation in ("deployment.kubernetes.io/revision", "kubectl.kubernetes.io/last-applied-configuration"):
        (meta.get("annotations") or {}).pop(annotation, None)
    if collection.startswith(GROUP):
        item["status"] = still_status(item.get("status", {}))
    else:
        item.pop("status", None)
    if collection.endswith("/secrets"):
        item["data"] = sorted(item.get("data", {}))
    if collection.endswith("/services"):
        for key in ("clusterIP", "clusterIPs"):
            item["spec"].pop(key, None)
    return item


def still_status(found):
    """A status without times, and without the numbers that count lives."""
    if isinstance(found, dict):
        return {key: still_status(value) for key, value in found.items()
                if key not in ("lastTransitionTime", "observedGeneration", "generation", "ackedReplicas", "replicas")}
    if isinstance(found, list):
        return [still_status(value) for value in found]
    if isinstance(found, str):
        found = re.sub(r"\b\d+ of \d+ gateways", "N of N gateways", found)  # pods of a rollout that waits for a node count too
        return re.sub(r"\b\d+-([0-9a-f]{6})\b", r"N-\1", found)
    return found


def difference(wanted, found):
    """What differs, in words; empty when nothing does."""
    words = [f"missing: {path}" for path in sorted(wanted.keys() - found.keys())]
    words += [f"too much: {path}" for path in sorted(found.keys() - wanted.keys())]
    for path in sorted(wanted.keys() & found.keys()):
        if wanted[path] != found[path]:
            before, after = wanted[path].splitlines(), found[path].splitlines()
            gone = [line.strip() for line in before if line not in after][:12]
            come = [line.strip() for line in after if line not in before][:12]
            if not gone and not come:
                at = next(i for i, pair in enumerate(zip(before, after)) if pair[0] != pair[1])
                gone, come = before[at:at + 4], ["(in another order)", *after[at:at + 4]]
            words.append(f"differs: {path}\n    wanted {gone}\n    found  {come}")
    return "\n".join(words)
