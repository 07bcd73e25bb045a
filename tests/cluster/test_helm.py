"""The chart's whole life with Helm 3 and with Helm 4: lint, install, upgrade, test, uninstall."""
import json
import subprocess

import pytest
import yaml

from cluster import ROOT, wait_until
from weir import NAMESPACE, hack

CHART = str(ROOT / "helm/weir")


@pytest.fixture(scope="module")
def images(cluster):
    cluster.kubectl("delete", "--ignore-not-found", "-f", str(ROOT / "crds/admission"))  # as another suite applied them
    hack("hack/image", "build")
    hack("hack/image", "load")


@pytest.fixture(params=["3", "4"])
def helm(request, cluster, images):
    program = hack("hack/helm/get", request.param).strip()

    def run(*arguments, check=True):
        ran = subprocess.run([program, *arguments, "--kubeconfig", cluster.kubeconfig, "--namespace", NAMESPACE],
                             capture_output=True, text=True, timeout=400)
        assert not check or ran.returncode == 0, f"helm {' '.join(arguments)}: {ran.stdout}{ran.stderr}"
        return ran

    yield run
    run("uninstall", "weir", "--wait", "--ignore-not-found")


def operator(cluster):
    return cluster.find(f"/apis/apps/v1/namespaces/{NAMESPACE}/deployments/weir-operator")


def ledger(cluster):
    return cluster.find(f"/apis/apps/v1/namespaces/{NAMESPACE}/statefulsets/weir-api")


def test_install_upgrade_test_uninstall(helm, cluster):
    helm("lint", "--strict", CHART)
    # CRDs that another suite applied by kubectl have no release yet.
    helm("install", "weir", CHART, "--create-namespace", "--take-ownership", "--wait", "--timeout=120s", "--set=resources.requests.cpu=10m",
         "--set=ledger.resources.requests.cpu=10m", "--set=ledger.persistence.enabled=false")  # no class of storage here
    assert operator(cluster)["status"]["readyReplicas"] == 2
    assert ledger(cluster)["status"]["readyReplicas"] == 1

    helm("upgrade", "weir", CHART, "--wait", "--timeout=120s", "--reuse-values", "--set=replicaCount=1")
    wait_until(lambda: operator(cluster)["status"].get("replicas") == 1, 30, "one replica")

    helm("test", "weir", "--timeout=180s")
    assert cluster.find("/apis/weir.dev/v1alpha1/workspaces/weir-self-test") is None
    assert cluster.find("/api/v1/namespaces/weir-self-test-dev") is None

    helm("uninstall", "weir", "--wait")
    assert operator(cluster) is None and ledger(cluster) is None
    labelled = cluster.find("/apis/rbac.authorization.k8s.io/v1/clusterroles?labelSelector=app.kubernetes.io/instance%3Dweir")
    assert labelled["items"] == []
    kept = cluster.find("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")["items"]
    assert {crd["spec"]["names"]["kind"] for crd in kept if crd["spec"]["group"] == "weir.dev"} == {"Workspace", "ModelPolicy", "Deployment"}


def test_what_the_chart_does_not_know_is_refused(helm):
    assert "additional properties" in helm("template", CHART, "--set=replicaCuont=3", check=False).stderr.lower()
    assert "replicaCount" in helm("template", CHART, "--set=replicaCount=0", check=False).stderr
    two = helm("template", CHART, "--namespace=weir-system", "--kube-version=1.34.0", "--set=ledger.replicaCount=2", check=False)
    assert "needs PostgreSQL" in two.stderr and "kind:" not in two.stdout


def ledgers_objects(helm, *values):
    """weir-api's objects as the chart renders them, by kind and name."""
    rendered = helm("template", "weir", CHART, "--kube-version=1.34.0", "--show-only=templates/ledger.yaml", *values).stdout
    listed = subprocess.run(["kubectl", "create", "--dry-run=client", "-o", "json", "-f", "-"], input=rendered, capture_output=True, text=True)
    assert listed.returncode == 0, listed.stderr
    return {(one["kind"], one["metadata"]["name"]): one for document in split(listed.stdout) for one in document.get("items", [document])}


def ledger_of(helm, *values):
    return ledgers_objects(helm, *values)["StatefulSet", "weir-api"]


def flags(stateful_set, prefix):
    return [flag for flag in stateful_set["spec"]["template"]["spec"]["containers"][0]["args"] if flag.startswith(prefix)]


def audit_flags(stateful_set):
    return flags(stateful_set, "--audit")


POSTGRESQL = "--set=ledger.database.existingSecret=postgres"


def test_checkpoints_of_the_audit_log_have_a_place(helm):
    assert audit_flags(ledger_of(helm)) == ["--audit-checkpoints=/var/lib/weir/audit"]
    assert audit_flags(ledger_of(helm, POSTGRESQL)) == audit_flags(ledger_of(helm, "--set=ledger.audit.checkpoints.enabled=false")) == []

    made = ledger_of(helm, POSTGRESQL, "--set=ledger.replicaCount=2", "--set=ledger.audit.checkpoints.volume.create=true")
    assert [claim["metadata"]["name"] for claim in made["spec"]["volumeClaimTemplates"]] == ["audit"]
    assert audit_flags(made) == ["--audit-checkpoints=/var/lib/weir-audit/$(POD_NAME)"]
    given = ledger_of(helm, "--set=ledger.audit.checkpoints.volume.existingClaim=safe", "--set=ledger.audit.checkpoints.keySecret=signer",
                      "--set=ledger.audit.keepDays=400")
    assert audit_flags(given) == ["--audit-checkpoints=/var/lib/weir-audit/$(POD_NAME)", "--audit-key=/run/weir/audit/key.pem",
                                  "--audit-keep-days=400"]
    assert {"safe"} == {volume["persistentVolumeClaim"]["claimName"] for volume in given["spec"]["template"]["spec"]["volumes"]
                        if "persistentVolumeClaim" in volume}

    for values in ((POSTGRESQL, "--set=ledger.audit.keepDays=30"), ("--set=ledger.audit.checkpoints.enabled=false", "--set=ledger.audit.checkpoints.keySecret=x")):
        assert "need checkpoints" in helm("template", "weir", CHART, "--kube-version=1.34.0", *values, check=False).stderr
    both = ("--set=ledger.audit.checkpoints.volume.create=true", "--set=ledger.audit.checkpoints.volume.existingClaim=x")
    assert "not both" in helm("template", "weir", CHART, "--kube-version=1.34.0", *both, check=False).stderr


def test_an_identity_provider_may_have_a_certificate_of_its_own_authority(helm, tmp_path):
    oidc = {"issuer": "https://id.example.com", "audience": "weir", "jwksUrl": "https://id.example.com/keys", "grants": [{"group": "finance", "all": True}]}
    authority = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
    values = tmp_path / "values.yaml"

    def config(**more):
        values.write_text(json.dumps({"ledger": {"rest": {"oidc": {**oidc, **more}}}}))
        return ledgers_objects(helm, f"--values={values}")["ConfigMap", "weir-api-oidc"]["data"]

    assert yaml.safe_load(config()["oidc.yaml"]) == oidc
    own = config(ca=authority)
    assert yaml.safe_load(own["oidc.yaml"]) == {**oidc, "caFile": "/run/weir/oidc/ca.crt"} and own["ca.crt"].strip() == authority.strip()
    values.write_text(json.dumps({"ledger": {"rest": {"oidc": {**oidc, "ca": "a file's name"}}}}))
    assert "does not match pattern" in helm("template", CHART, f"--values={values}", check=False).stderr.lower()


def test_alerts_are_kept_and_signed_as_values_say(helm):
    assert flags(ledger_of(helm), "--alert") == ["--alert-keep-days=400"]
    signed = ledger_of(helm, "--set=ledger.alerts.keySecret=hooks", "--set=ledger.alerts.key=whsec", "--set=ledger.alerts.keepDays=100")
    assert flags(signed, "--alert") == ["--alert-key-file=/run/weir/alerts/whsec", "--alert-keep-days=100"]
    pod = signed["spec"]["template"]["spec"]
    assert [volume["secret"]["secretName"] for volume in pod["volumes"] if volume["name"] == "alert-key"] == ["hooks"]
    assert [mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"] if mount["name"] == "alert-key"] == ["/run/weir/alerts"]
    assert "keepDays" in helm("template", CHART, "--set=ledger.alerts.keepDays=61", check=False).stderr


def test_the_operator_gets_no_more_than_it_names(helm):
    rendered = helm("template", "weir", CHART, "--kube-version=1.34.0").stdout
    listed = subprocess.run(["kubectl", "create", "--dry-run=client", "-o", "json", "-f", "-"], input=rendered, capture_output=True, text=True)
    assert listed.returncode == 0, listed.stderr
    objects = [one for document in split(listed.stdout) for one in document.get("items", [document])]
    roles = [one for one in objects if one["kind"] in ("ClusterRole", "Role")]
    rules = [rule for role in roles for rule in role["rules"]]

    assert roles and not any("*" in rule.get(part, []) for rule in rules for part in ("apiGroups", "resources", "verbs"))
    assert not any({"escalate", "impersonate"} & set(rule["verbs"]) for rule in rules)
    assert all(rule.get("resourceNames") for rule in rules if "bind" in rule["verbs"])
    assert all(len(json.dumps(one)) < 262_144 for one in objects if one["kind"] == "CustomResourceDefinition")


def split(text):
    """JSON documents one after the other."""
    decoder, at = json.JSONDecoder(), 0
    while (at := len(text) - len(text[at:].lstrip())) < len(text):
        document, at = decoder.raw_decode(text, at)
        yield document
