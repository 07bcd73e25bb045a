"""The ValidatingAdmissionPolicies of crds/admission on a real API server: who may write what, and what they are told.

The operator is not needed: what it would write (namespaces with labels, ModelPolicy effective with a status) is applied by
the test, as the administrator that the kubeconfig is. The people are impersonated.
"""
import json
import subprocess
import time
import uuid
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests/golden/effective/levels/objects.json"
OPERATOR = "system:serviceaccount:weir-system:weir-operator"
AUTOSCALER = "system:serviceaccount:kube-system:horizontal-pod-autoscaler"
PEOPLE = {"editor": [], "loosener": ["loosen"]}


def kubectl(*arguments, stdin=None, user=None):
    """The finished process. stdin: objects, as they will be JSON."""
    command = ["kubectl", *arguments]
    if user:
        command += ["--as", user]
    text = None if stdin is None else json.dumps(stdin)
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=60)


def must(finished):
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def apply(document, user=None):
    return kubectl("apply", "-f", "-", stdin=document, user=user)


def refused(finished, *words):
    assert finished.returncode != 0, f"was let through: {finished.stdout}"
    for word in words:
        assert word in finished.stderr, finished.stderr


@pytest.fixture(scope="module")
def admission():
    must(kubectl("apply", "--server-side", "--force-conflicts", "-f", str(ROOT / "crds")))
    must(kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd", "workspaces.weir.dev",
                 "modelpolicies.weir.dev", "deployments.weir.dev"))
    must(kubectl("apply", "-f", str(ROOT / "crds/admission")))


def namespace(name, **labels):
    labels = {key.replace("_", "-"): value for key, value in labels.items()}
    return {"apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": name, "labels": {f"weir.dev/{key}": value for key, value in labels.items()}}}


def policy(where, name, constraints=None, **spec):
    if constraints is not None:
        spec["constraints"] = constraints
    return {"apiVersion": "weir.dev/v1alpha1", "kind": "ModelPolicy",
            "metadata": {"name": name, "namespace": where}, "spec": spec}


def batch(where, model, name="nightly"):
    workload = {"model": model, "input": {"uri": "configmap://lines/lines.jsonl"},
                "output": {"uri": "pvc://answers/answers.jsonl"}}
    return {"apiVersion": "weir.dev/v1alpha1", "kind": "Deployment", "metadata": {"name": name, "namespace": where},
            "spec": {"type": "Batch", "workload": {"batch": workload}}}


def server(where, model=None, name="llama", adapters=(), aliases=()):
    served = {"uri": "hf://x/y", "adapters": [{"name": a, "uri": "hf://x/a"} for a in adapters]}
    if model:
        served["name"] = model
    return {"apiVersion": "weir.dev/v1alpha1", "kind": "Deployment", "metadata": {"name": name, "namespace": where},
            "spec": {"type": "ModelServer", "exposure": {"modelAliases": list(aliases)},
                     "workload": {"modelServer": {"engine": "vLLM", "model": served}}}}


def role(where):
    """May edit everything that these tests are about; only some have the verb."""
    roles = [{"apiVersion": "v1", "kind": "List", "items": []}]
    for person, verbs in PEOPLE.items():
        rules = [{"apiGroups": ["weir.dev", "", "apps", "networking.k8s.io"], "resources": ["*"],
                  "verbs": ["get", "list", "create", "update", "patch", "delete"]}]
        if verbs:
            rules.append({"apiGroups": ["weir.dev"], "resources": ["modelpolicies", "workspaces"], "verbs": verbs})
        name = f"weir-test-{person}"
        roles[0]["items"] += [
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name},
             "rules": rules},
            {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": name},
             "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
             "subjects": [{"kind": "User", "name": person, "apiGroup": "rbac.authorization.k8s.io"},
                          *({"kind": "User", "name": name, "apiGroup": "rbac.authorization.k8s.io"}
                            for name in (OPERATOR, AUTOSCALER))]}]
    return roles[0]


def golden_effective(where):
    """What the operator writes for the golden case: the manifest and its status."""
    document = json.loads(GOLDEN.read_text())["items"][0]
    document["metadata"]["namespace"] = where
    return document


@pytest.fixture(scope="module")
def prod(admission):
    """The namespace of a Production environment, with what is in force in it."""
    name = f"weir-test-{uuid.uuid4().hex[:6]}-prod"
    must(apply(namespace(name, workspace="demo", environment="prod", tier="Production")))
    must(apply(role(name)))
    document = golden_effective(name)
    must(apply({k: v for k, v in document.items() if k != "status"}))
    must(kubectl("patch", "modelpolicies.weir.dev", "effective", "-n", name, "--subresource=status", "--type=merge",
                 "-p", json.dumps({"status": document["status"]})))
    wait_for_refusal(lambda: apply(batch(name, "seen-preview", "probe"), "editor"))
    yield name
    kubectl("delete", "namespace", name, "--wait=false")
    for person in PEOPLE:
        kubectl("delete", "clusterrole,clusterrolebinding", f"weir-test-{person}")


def wait_for_refusal(attempt):
    """Policies take effect a moment after they were made."""
    for _ in range(60):
        finished = attempt()
        if finished.returncode != 0:
            return
        time.sleep(0.5)
    pytest.fail("the policies are not in effect after half a minute")


@pytest.fixture(scope="module")
def dev(admission, prod):
    name = prod.replace("-prod", "-dev")
    must(apply(namespace(name, workspace="demo", environment="dev", tier="Development")))
    yield name
    kubectl("delete", "namespace", name, "--wait=false")


# ---- what a Deployment may name -------------------------------------------------------------------------------------

def test_a_forbidden_model_is_refused_with_the_policy_and_what_is_allowed(prod):
    refused(apply(batch(prod, "gpt-5-preview"), "editor"),
            'The deployments "nightly" is invalid',
            f"model gpt-5-preview is not allowed in {prod} by weir-system/prod-baseline; "
            "allowed: openai/gpt-4.1-mini, anthropic/claude-*, self-hosted/*, except *-preview")


def test_a_route_that_the_policies_forbid_is_refused(prod):
    refused(apply(batch(prod, "echo"), "editor"), "model echo is not allowed", "weir-system/prod-baseline")


@pytest.mark.parametrize("model", ["gpt-4.1-mini", "claude-sonnet-4", "llama-70b"])
def test_what_somebody_could_serve_is_let_through(prod, model):
    must(apply(batch(prod, model, "fine"), "editor"))
    must(kubectl("delete", "deployments.weir.dev", "fine", "-n", prod))


@pytest.mark.parametrize("wrong", [{"model": "llama-preview"}, {"adapters": ["returns-preview"]},
                                   {"aliases": ["chat-preview"]}, {"name": "llama-preview"}])
def test_a_model_server_is_held_to_all_its_names(prod, wrong):
    refused(apply(server(prod, **wrong), "editor"), "-preview is not allowed in", "weir-system/prod-baseline")


def test_a_model_server_that_is_allowed_is_let_through(prod):
    must(apply(server(prod, "llama-70b", aliases=["chat-default"]), "editor"))


def test_a_deployment_from_before_can_still_be_labelled_and_deleted(prod, dev):
    must(apply(batch(dev, "old-preview"), "editor"))
    document = golden_effective(dev)
    must(apply({k: v for k, v in document.items() if k != "status"}))
    must(kubectl("patch", "modelpolicies.weir.dev", "effective", "-n", dev, "--subresource=status", "--type=merge",
                 "-p", json.dumps({"status": document["status"]})))
    wait_for_refusal(lambda: apply(batch(dev, "new-preview", "new"), "editor"))

    must(kubectl("label", "deployments.weir.dev", "nightly", "-n", dev, "team=core", user="editor"))
    must(kubectl("delete", "deployments.weir.dev", "nightly", "-n", dev, user="editor"))


def test_without_a_policy_in_force_nothing_is_refused(dev):
    kubectl("delete", "modelpolicies.weir.dev", "effective", "-n", dev)
    for _ in range(60):
        if apply(batch(dev, "new-preview", "free"), "editor").returncode == 0:
            return
        time.sleep(0.5)
    pytest.fail("refused though nothing is in force")


# ---- loosening ------------------------------------------------------------------------------------------------------

STRICT = {
    "models": {"allow": [{"name": "gpt-4*"}, {"provider": "anthropic", "name": "claude-*"}],
               "deny": [{"name": "*-preview"}]},
    "providers": {"allow": ["openai", "anthropic"]},
    "limits": [{"scope": "Caller", "requestsPerMinute": 60, "tokensPerMinute": 1000, "concurrency": 4}],
    "maxInputTokens": 1000, "maxOutputTokens": 100, "maxOutputTokensOver": "Refuse", "requestTimeout": "1m30s",
}


def changed(**values):
    constraints = json.loads(json.dumps(STRICT))
    for key, value in values.items():
        if value is None:
            del constraints[key]
        else:
            constraints[key] = value
    return constraints


LOOSER = {
    "models.allow": changed(models={"allow": [{"name": "gpt-*"}], "deny": [{"name": "*-preview"}]}),
    "models.allow ": changed(models={"deny": [{"name": "*-preview"}]}),
    "models.allow  ": changed(models={"allow": [{"name": "claude-*"}], "deny": [{"name": "*-preview"}]}),
    "models.deny": changed(models={"allow": STRICT["models"]["allow"], "deny": [{"name": "*-preview2"}]}),
    "models.deny ": changed(models={"allow": STRICT["models"]["allow"]}),
    "models.allow, models.deny": changed(models=None),
    "providers.allow": changed(providers={"allow": ["openai", "anthropic", "x"]}),
    "providers.allow ": changed(providers=None),
    "limits": changed(limits=[{"scope": "Caller", "requestsPerMinute": 61, "tokensPerMinute": 1000, "concurrency": 4}]),
    "limits ": changed(limits=[{"scope": "Caller", "requestsPerMinute": 60, "concurrency": 4}]),
    "limits  ": changed(limits=[{"scope": "Environment", "requestsPerMinute": 60, "tokensPerMinute": 1000,
                                 "concurrency": 4}]),
    "limits   ": changed(limits=[{"scope": "Caller", "requestsPerMinute": 60, "tokensPerMinute": 1000,
                                  "concurrency": 5}]),
    "limits    ": changed(limits=None),
    "maxInputTokens": changed(maxInputTokens=1001),
    "maxInputTokens ": changed(maxInputTokens=None),
    "maxOutputTokens": changed(maxOutputTokens=101),
    "maxOutputTokens ": changed(maxOutputTokensOver="Clamp"),
    "requestTimeout": changed(requestTimeout="91s"),
    "requestTimeout ": changed(requestTimeout=None),
}

STRICTER = {
    "narrower pattern": changed(models={"allow": [{"name": "gpt-4.1*"}], "deny": [{"name": "*-preview"}]}),
    "provider of any": changed(models={"allow": [{"provider": "openai", "name": "gpt-4*"}],
                                       "deny": [{"name": "*-preview"}]}),
    "wider denial": changed(models={"allow": STRICT["models"]["allow"], "deny": [{"name": "*pre*"}, {"name": "x"}]}),
    "fewer providers": changed(providers={"allow": ["openai"]}),
    "lower limit": changed(limits=[{"scope": "Caller", "requestsPerMinute": 1, "tokensPerMinute": 1000,
                                    "concurrency": 4}, {"scope": "Environment", "concurrency": 1}]),
    "numbers": changed(maxInputTokens=1, maxOutputTokens=1, requestTimeout="1m"),
    "the same time in other words": changed(requestTimeout="90s"),
}


@pytest.fixture
def strict(prod):
    must(apply(policy(prod, "strict", STRICT)))
    yield prod
    must(kubectl("delete", "modelpolicies.weir.dev", "strict", "-n", prod, "--ignore-not-found"))


@pytest.mark.parametrize("what", LOOSER)
def test_an_edit_that_loosens_production_needs_the_verb(strict, what):
    refused(apply(policy(strict, "strict", LOOSER[what]), "editor"),
            f"ModelPolicy {strict}/strict holds in Production, and this makes it looser ({what.strip()})", "Forbidden")
    must(apply(policy(strict, "strict", LOOSER[what]), "loosener"))


@pytest.mark.parametrize("what", STRICTER)
def test_an_edit_that_is_stricter_needs_nothing(strict, what):
    must(apply(policy(strict, "strict", STRICTER[what]), "editor"))


def test_shadow_mode_loosens(strict):
    refused(apply(policy(strict, "strict", STRICT, mode="Shadow"), "editor"), "makes it looser (mode)")


def test_routes_and_priority_loosen_nothing(strict):
    routes = [{"model": "chat", "targets": [{"provider": "openai", "model": "gpt-4.1"}]}]
    must(apply(policy(strict, "strict", STRICT, priority=7, defaults={"routes": routes}), "editor"))


def test_deleting_loosens(strict):
    refused(kubectl("delete", "modelpolicies.weir.dev", "strict", "-n", strict, user="editor"), "it goes away")
    must(kubectl("delete", "modelpolicies.weir.dev", "strict", "-n", strict, user="loosener"))


def test_a_new_policy_needs_nothing_and_elsewhere_nothing_is_asked(strict, dev):
    must(apply(policy(strict, "more", {"maxOutputTokens": 5}), "editor"))
    must(apply(policy(dev, "strict", STRICT), "editor"))
    must(apply(policy(dev, "strict", {}), "editor"))
    must(kubectl("delete", "modelpolicies.weir.dev", "strict", "-n", dev, user="editor"))


@pytest.fixture
def organisation(prod):
    if kubectl("get", "namespace", "weir-system").returncode != 0:
        must(kubectl("create", "namespace", "weir-system"))
    yield "weir-system"
    kubectl("delete", "modelpolicies.weir.dev", "test-baseline", "-n", "weir-system", "--ignore-not-found")


@pytest.mark.parametrize("target, is_asked", [
    (None, True), ({"environments": {"tiers": ["Production", "Staging"]}}, True),
    ({"environments": {"names": ["prod"]}}, True), ({"environments": {"tiers": ["Development"]}}, False)])
def test_organisation_policies_are_asked_about_when_they_can_reach_production(organisation, target, is_asked):
    spec = {"target": target} if target else {}
    must(apply(policy(organisation, "test-baseline", {"maxOutputTokens": 5}, **spec)))
    finished = apply(policy(organisation, "test-baseline", {"maxOutputTokens": 6}, **spec), "editor")
    if is_asked:
        refused(finished, "makes it looser (maxOutputTokens)")
    else:
        must(finished)


@pytest.mark.parametrize("target, is_looser", [
    ({"workspaces": {"names": ["a", "b", "c"]}}, False), (None, False), ({"workspaces": {"names": ["a"]}}, True),
    ({"workspaces": {"names": ["a", "b"]}, "environments": {"tiers": ["Production"]}}, True)])
def test_to_be_for_fewer_environments_is_looser(organisation, target, is_looser):
    before = {"target": {"workspaces": {"names": ["a", "b"]}}}
    must(apply(policy(organisation, "test-baseline", {"maxOutputTokens": 5}, **before)))
    after = {"target": target} if target else {}
    finished = apply(policy(organisation, "test-baseline", {"maxOutputTokens": 5}, **after), "editor")
    if is_looser:
        refused(finished, "makes it looser (target)")
    else:
        must(finished)


def workspace(name, loosening=None, tier="Production"):
    environment = {"name": "prod", "tier": tier}
    if loosening:
        environment["changePolicy"] = {"loosening": loosening}
    return {"apiVersion": "weir.dev/v1alpha1", "kind": "Workspace", "metadata": {"name": name},
            "spec": {"owner": {"team": "core"}, "environments": [environment]}}


@pytest.mark.parametrize("before, after, is_laxer", [
    (None, "Allow", True), ("Deny", None, True), ("Deny", "RequireApproval", True), (None, "Deny", False),
    ("RequireApproval", None, False), ("missing", "Allow", True), ("missing", "Deny", False), ("Allow", "Allow", False)])
def test_the_rule_itself_gets_laxer_only_by_the_verb(prod, before, after, is_laxer):
    name = prod.replace("-prod", "")
    if before != "missing":
        must(apply(workspace(name, before)))
    try:
        finished = apply(workspace(name, after), "editor")
        if is_laxer:
            refused(finished, "environment prod is Production", "verb loosen on workspaces.weir.dev")
            must(apply(workspace(name, after), "loosener"))
        else:
            must(finished)
    finally:
        must(kubectl("delete", "workspaces.weir.dev", name, "--ignore-not-found"))


# ---- what the operator owns -----------------------------------------------------------------------------------------

def owned(where, kind="NetworkPolicy", name="weir-gateway", version="networking.k8s.io/v1", **body):
    body = body or {"spec": {"podSelector": {}}}
    return {"apiVersion": version, "kind": kind,
            "metadata": {"name": name, "namespace": where, "labels": {"app.kubernetes.io/managed-by": "weir"}}, **body}


def test_objects_of_the_operator_are_written_by_the_operator_only(prod):
    must(apply(owned(prod), OPERATOR))
    opened = owned(prod, spec={"podSelector": {}, "ingress": [{}]})
    refused(apply(opened, "editor"), "networkpolicies weir-gateway belongs to Weir", "Workspace demo")
    refused(kubectl("delete", "networkpolicy", "weir-gateway", "-n", prod, user="editor"), "belongs to Weir")
    refused(kubectl("label", "networkpolicy", "weir-gateway", "-n", prod, "app.kubernetes.io/managed-by-", user="editor"),
            "belongs to Weir")
    refused(kubectl("label", "networkpolicy", "weir-gateway", "-n", prod, "weir.dev/deployment=x", user="editor"),
            "belongs to Weir")
    refused(apply(owned(prod, "Service", "mine", "v1", spec={"ports": [{"port": 80}]}), "editor"), "belongs to Weir")
    must(kubectl("delete", "networkpolicy", "weir-gateway", "-n", prod))


def test_what_is_not_labelled_or_belongs_to_a_deployment_is_free(prod):
    free = owned(prod, name="mine")
    del free["metadata"]["labels"]
    must(apply(free, "editor"))
    child = owned(prod, "Service", "llama-w", "v1", spec={"ports": [{"port": 80}]})
    child["metadata"]["labels"]["weir.dev/deployment"] = "llama"
    must(apply(child, "editor"))


def test_kubernetes_own_controllers_are_not_stopped(prod):
    """A rollout: the deployment controller writes the status and the ReplicaSet, the namespace controller deletes."""
    gateway = owned(prod, "Deployment", "weir-gateway", "apps/v1", spec={
        "replicas": 0, "selector": {"matchLabels": {"app": "g"}},
        "template": {"metadata": {"labels": {"app": "g"}}, "spec": {"containers": [{"name": "g", "image": "none"}]}}})
    must(apply(gateway, OPERATOR))
    must(kubectl("wait", "deployment.apps/weir-gateway", "-n", prod, "--for=condition=Available", "--timeout=60s"))
    scale = ["scale", "deployment.apps/weir-gateway", "-n", prod, "--replicas=0"]
    refused(kubectl(*scale, user="editor"), "change gateway.replicas in Workspace demo")
    must(kubectl(*scale, user=AUTOSCALER))


def test_the_effective_policy_is_the_operators(prod):
    refused(kubectl("patch", "modelpolicies.weir.dev", "effective", "-n", prod, "--subresource=status", "--type=merge",
                    "-p", '{"status":{"effective":{"allow":[]}}}', user="editor"), "is written by Weir")
    refused(kubectl("patch", "modelpolicies.weir.dev", "effective", "-n", prod, "--type=merge",
                    "-p", '{"spec":{"priority":3}}', user="loosener"), "is written by Weir")
    refused(kubectl("delete", "modelpolicies.weir.dev", "effective", "-n", prod, user="loosener"), "is written by Weir")
    refused(kubectl("label", "modelpolicies.weir.dev", "effective", "-n", prod, "weir.dev/generated-", user="loosener"),
            "is written by Weir")
    must(kubectl("patch", "modelpolicies.weir.dev", "effective", "-n", prod, "--subresource=status", "--type=merge",
                 "-p", '{"status":{"appliedTo":1}}', user=OPERATOR))


def test_nobody_passes_a_policy_of_his_own_for_generated(prod, dev):
    generated = policy(prod, "mine", {"maxOutputTokens": 5})
    generated["metadata"]["labels"] = {"weir.dev/generated": "true"}
    refused(apply(generated, "editor"), "is written by Weir")
    refused(apply(policy(dev, "effective", {"maxOutputTokens": 5}), "editor"), "give yours another name")


def test_an_approval_needs_the_verb_and_nothing_else_may_change_with_it(prod):
    annotate = ["annotate", "modelpolicies.weir.dev", "effective", "-n", prod, "--overwrite"]
    refused(kubectl(*annotate, "weir.dev/approve-loosening=0123", user="editor"),
            "to approve something looser needs the verb loosen")
    must(kubectl(*annotate, "weir.dev/approve-loosening=0123", user="loosener"))
    must(kubectl(*annotate, "weir.dev/approve-loosening-", user="loosener"))
    refused(kubectl(*annotate, "weir.dev/approve-loosening=0123", "other=1", user="loosener"), "is written by Weir")


def test_labels_by_which_environments_are_told_apart_are_the_operators(prod, dev):
    refused(kubectl("label", "namespace", prod, "weir.dev/tier=Development", "--overwrite", user="editor"),
            "the label weir.dev/tier is set by Weir")
    refused(kubectl("label", "namespace", prod, "weir.dev/workspace-", user="editor"), "weir.dev/workspace")
    refused(kubectl("label", "namespace", prod, "pod-security.kubernetes.io/enforce=privileged", user="editor"),
            "pod-security.kubernetes.io/enforce")
    refused(apply(namespace(prod + "2", workspace="demo"), "editor"), "weir.dev/workspace")
    must(kubectl("label", "namespace", prod, "team=core", user="editor"))
    must(kubectl("label", "namespace", dev, "weir.dev/tier=Staging", "--overwrite", user=OPERATOR))


def test_the_namespace_of_an_environment_can_still_be_deleted(prod, dev):
    must(apply(policy(prod, "last", STRICT)))
    must(kubectl("delete", "namespace", prod, "--timeout=90s"))


def test_no_policy_has_an_expression_that_kubernetes_finds_wrong(admission):
    names = [f"weir-{name}" for name in ("deployment-models", "policy-loosening", "workspace-loosening",
                                         "operator-objects", "effective-policy", "namespace-labels", "gateway-scale")]
    for name in names:
        for _ in range(60):
            seen = json.loads(must(kubectl("get", "validatingadmissionpolicy", name, "-o", "json")))
            if "typeChecking" in seen.get("status", {}):
                break
            time.sleep(0.5)
        assert not seen["status"]["typeChecking"].get("expressionWarnings"), json.dumps(seen["status"], indent=1)
