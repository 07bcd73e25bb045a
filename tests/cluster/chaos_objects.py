"""What the chaos tests apply."""
import itertools
import os

_numbers = itertools.count(1)
API = "weir.dev/v1alpha1"


def new_name():
    """Namespaces of an earlier run may still be going."""
    return f"c{os.getpid()}n{next(_numbers)}"


def workspace(name, environments, **more):
    return {"apiVersion": API, "kind": "Workspace", "metadata": {"name": name}, "spec": {
        "owner": {"team": "chaos"}, "deletionPolicy": "Delete", "environments": environments, **more}}


def namespace(name):
    """Made before its Workspace, so that everything can be applied at once."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {
        "name": name, "annotations": {"weir.dev/adopt": name.rpartition("-")[0]}}}


def policy(name, in_namespace, **constraints):
    return {"apiVersion": API, "kind": "ModelPolicy", "metadata": {"name": name, "namespace": in_namespace},
            "spec": {"constraints": constraints}}


def service(name, in_namespace, **more):
    return {"apiVersion": API, "kind": "Deployment", "metadata": {"name": name, "namespace": in_namespace}, "spec": {
        "type": "Service", "workload": {"service": {
            "image": "weir.dev/none:1", "ports": [{"name": "http", "port": 8080}], **more}}}}


def nightly(name, in_namespace, schedule="0 3 * * *"):
    return {"apiVersion": API, "kind": "Deployment", "metadata": {"name": name, "namespace": in_namespace}, "spec": {
        "type": "CronJob", "workload": {"cronJob": {"schedule": schedule, "job": {"image": "weir.dev/none:1"}}}}}


def full(name):
    """A workspace with a bit of everything: one environment, a policy, two Deployments, a member and quotas."""
    return [
        namespace(f"{name}-dev"),
        policy("limits", f"{name}-dev", maxOutputTokens=500),
        service("shop", f"{name}-dev"),
        nightly("report", f"{name}-dev"),
        workspace(name, [{"name": "dev", "tier": "Development"}],
                  members=[{"kind": "User", "name": "ada", "role": "Developer"}],
                  quotas={"compute": {"requests.cpu": "4"}}),
    ]
