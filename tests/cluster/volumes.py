"""Volumes for tests: a folder of the node behind a claim."""
import contextlib


def volume_folder(cluster, namespace, claim):
    """As the node sees it; of this cluster alone, for others may run beside it."""
    return str(cluster.folder / "volumes" / f"{namespace}-{claim}")


@contextlib.contextmanager
def node_volume(cluster, namespace, claim):
    """A PersistentVolumeClaim of the namespace; gives the folder as the node sees it."""
    name = f"{namespace}-{claim}"
    folder = volume_folder(cluster, namespace, claim)
    cluster.on_node("mkdir", "-p", "-m", "0777", folder)
    size = {"storage": "1Mi"}
    node = {"matchExpressions": [{"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]}]}
    cluster.apply({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name},
                   "spec": {"capacity": size, "accessModes": ["ReadWriteOnce"], "storageClassName": name, "local": {"path": folder},
                            "nodeAffinity": {"required": {"nodeSelectorTerms": [node]}}}},
                  {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": claim, "namespace": namespace},
                   "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": name, "resources": {"requests": size}}})
    try:
        yield folder
    finally:
        cluster.api("DELETE", f"/api/v1/namespaces/{namespace}/persistentvolumeclaims/{claim}")
        cluster.api("DELETE", f"/api/v1/persistentvolumes/{name}")
        cluster.on_node("rm", "-rf", folder)
