"""Budgets and the audit log in a cluster: weir-api by the chart, on a volume that outlives its pod; two gateways that spend from one account."""
import base64
import collections
import contextlib
import http.client
import json
import secrets
import socket
import ssl
from decimal import Decimal

import pytest

from cluster import wait_until
from ledger_stream import LedgerStream, Refused
from volumes import node_volume, volume_folder
from weir import NAMESPACE, SMALL_GATEWAY, Weir, condition, is_settled

TWO_GATEWAYS = {**SMALL_GATEWAY, "replicas": {"min": 2, "max": 2}}
CALL = "0.100000001"  # a call's own price, and a nano-dollar for its tokens, however many: rounded up once a call
TINY = {kind: "0.000000001" for kind in ("input", "cacheRead", "cacheWrite", "output", "reasoning")}
PRICED = {
    "apiVersion": "weir.dev/v1alpha1", "kind": "ModelPolicy", "metadata": {"name": "priced", "namespace": "weir-system"},
    "spec": {"constraints": {}, "defaults": {
        "providers": [{"name": "dear", "type": "Echo"}],
        "routes": [{"model": "dear", "targets": [{"provider": "dear", "model": "echo"}]}],
        "prices": [{"provider": "dear", "model": "echo", "usdPerMillion": {"requests": "100000", **TINY}}]}},
}
# Each call on a connection of its own, so that the Service spreads them over the gateways.
STORM = """
import asyncio, collections, json, os
body = json.dumps({"model": "dear", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 20})
host = os.environ["OPENAI_BASE_URL"].split("/")[2].split(":")[0]
head = (f"POST /v1/chat/completions HTTP/1.1\\r\\nHost: weir\\r\\nAuthorization: Bearer {open(os.environ['WEIR_TOKEN_FILE']).read()}\\r\\n"
        f"Connection: close\\r\\nContent-Type: application/json\\r\\nContent-Length: {len(body)}\\r\\n\\r\\n")
async def call():
    reader, writer = await asyncio.open_connection(host, 8080)
    writer.write((head + body).encode())
    reply = await reader.read()
    writer.close()
    start, _, rest = reply.partition(b"\\r\\n\\r\\n")
    status = int(start[9:12])
    return f"{status} {'' if status == 200 else json.loads(rest)['error']['code']}".strip()
async def all_at_once():
    return await asyncio.gather(*(call() for _ in range(%d)))
print(json.dumps(collections.Counter(asyncio.run(all_at_once()))))
"""
DIAL = """
import socket
socket.create_connection(("weir-api.weir-system.svc", 8444), 5)
print("connected")
"""


@pytest.fixture(scope="module")
def token():
    return secrets.token_urlsafe(32)


@pytest.fixture(scope="module")
def weir(cluster, token):
    installed = Weir(cluster)
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    cluster.apply({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "ledger-token", "namespace": NAMESPACE},
                   "stringData": {"token": token}})
    with node_volume(cluster, NAMESPACE, "ledger"):
        installed.install(**{"ledger.persistence.enabled": "true", "ledger.persistence.existingClaim": "ledger",
                             "ledger.rest.tokenSecret": "ledger-token",
                             "ledger.priceCard.usdPerCoreHour": "0.04", "ledger.priceCard.usdPerGiBHour": "0.005"})
        cluster.apply(PRICED)
        yield installed
        cluster.kubectl("delete", "aimp", "-n", NAMESPACE, "priced", "--ignore-not-found")
        installed.uninstall()
    cluster.kubectl("delete", "secret", "-n", NAMESPACE, "ledger-token")


def ledger_pod(cluster):
    return cluster.running_pod(NAMESPACE, "weir-api-0", seconds=120)


def ask_as(cluster, token, path):
    """Status and body, over TLS: the certificate is for the Service's name."""
    authority = cluster.find(f"/api/v1/namespaces/{NAMESPACE}/secrets/weir-api-identity")["data"]["ca.crt"]
    context = ssl.create_default_context(cadata=base64.b64decode(authority).decode())
    name = f"weir-api.{NAMESPACE}.svc"
    connection = http.client.HTTPSConnection(name, 8080)
    connection.sock = context.wrap_socket(socket.create_connection((ledger_pod(cluster)["status"]["podIP"], 8080), 30), server_hostname=name)
    try:
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"} if token else {})
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read())
    finally:
        connection.close()


@pytest.fixture
def ask(cluster, token):
    """ask("/v1/budgets"): what the ledger answers people."""

    def get(path):
        status, answer = ask_as(cluster, token, path)
        assert status == 200, answer
        return answer

    return get


@pytest.fixture
def storm(run_client):
    """storm(namespace, calls): how often each answer came, of that many calls at once from a pod there."""
    return lambda namespace, calls: collections.Counter(json.loads(run_client(namespace, STORM % calls, seconds=120)))


@pytest.fixture(scope="module")
def spender(workspace):
    """A workspace whose two environments have money for fifty calls, and for a thousand."""
    return workspace(environments=[
        {"name": "dev", "tier": "Development", "gateway": TWO_GATEWAYS, "budget": {"amount": "5.00000005", "period": "Month"}},
        {"name": "test", "tier": "Development", "budget": {"amount": "100.000001", "period": "Month"}}])


def settled(ask, workspace, environment):
    """What the environment's own budget has spent, as far as records came in."""
    found = ask(f"/v1/budgets?workspace={workspace}&environment={environment}&budget=environment/{workspace}/{environment}/Environment/Month/USD")
    return Decimal(next((account["settled"] for budget in found["budgets"] for account in budget["accounts"]), "0"))


def test_two_gateways_admit_as_many_calls_as_the_budget_pays_and_not_one_more(weir, spender, storm, ask, cluster):
    found = weir.find("workspaces", spender)
    assert condition(found, "Honoured")["status"] is None, condition(found, "Honoured")
    gateways = f"/apis/apps/v1/namespaces/{spender}-dev/deployments/weir-gateway"
    wait_until(lambda: cluster.find(gateways)["status"].get("readyReplicas") == 2, 120, "both gateways to serve")

    answers = storm(f"{spender}-dev", 30) + storm(f"{spender}-dev", 90)

    assert answers == {"200": 50, "429 budget_exceeded": 70}, weir.logs()
    records = weir.usage(f"{spender}-dev")
    assert {record["gateway"] for record in records} == {pod["metadata"]["name"] for pod in weir.pods(
        f"{spender}-dev", "app.kubernetes.io/name", "weir-gateway")}, "both gateways took part"
    assert [record["cost"] for record in records if record["outcome"] == "Completed"] == [CALL] * 50
    wait_until(lambda: settled(ask, spender, "dev") == 50 * Decimal(CALL), 60, "all of it is settled")


def test_the_ledger_answers_who_spent_what(spender, ask):
    """After the test before."""
    rows = ask(f"/v1/usage?by=environment,outcome&workspace={spender}")["rows"]

    assert ("dev", "Completed", 50, 50 * Decimal(CALL)) in [
        (row["environment"], row["outcome"], row["calls"], Decimal(row["cost"])) for row in rows], rows


def test_what_pods_ask_for_is_counted_and_priced(spender, ask):
    """Of two gateways of 10m and 32Mi each; nothing is measured yet, so what they used nobody says."""
    def row():
        return next(iter(ask(f"/v1/runtime?workspace={spender}&environment=dev")["rows"]), None)

    found = wait_until(row, 240, "the operator's second look at the gateways, a minute after its first")
    pods, cores, memory = (Decimal(found[key]) for key in ("podHours", "coreHoursRequested", "gibHoursRequested"))
    assert found["deployment"] == "" and found["coreHoursUsed"] == "0.00"
    assert abs(cores - pods / 100) < Decimal("0.000001") and abs(memory - pods / 32) < Decimal("0.000001"), found
    assert abs(Decimal(found["cost"]) - cores * Decimal("0.04") - memory * Decimal("0.005")) < Decimal("0.000001"), found


@pytest.fixture
def measured(cluster):
    """metrics.k8s.io, served by metrics-server from what the kubelet measures."""
    cluster.hack("metrics")
    yield
    cluster.kubectl("delete", "apiservice", "v1beta1.metrics.k8s.io")
    cluster.hack("stop", "metrics-server")


def test_what_pods_use_is_counted_and_priced_where_the_cluster_measures_it(weir, spender, ask, cluster, measured, sdk_image):
    """An operator that begins to lead asks at once; one that found no metrics, ten minutes later."""
    weir.deploy(f"{spender}-dev", "busy", "Agent", {"image": sdk_image, "command": ["python3", "-c", "while True: pass"]},
                resources={"requests": {"cpu": "10m", "memory": "8Mi"}, "limits": {"cpu": "100m", "memory": "64Mi"}})
    for order in (["restart"], ["status", "--timeout=120s"]):
        cluster.kubectl("rollout", order[0], "-n", NAMESPACE, "deployment/weir-operator", *order[1:])

    def row():
        rows = ask(f"/v1/runtime?workspace={spender}&environment=dev")["rows"]
        return next((row for row in rows if row["deployment"] == "busy" and Decimal(row["coreHoursUsed"]) > 0), None)

    found = wait_until(row, 300, "a sample of a minute that was measured")
    pods, used, paid, memory = (Decimal(found[key]) for key in ("podHours", "coreHoursUsed", "coreHours", "gibHours"))
    assert pods / 100 < used <= pods / 8, "more than it asked for, and no more than it may"
    assert paid >= used and memory >= Decimal(found["gibHoursUsed"]) > 0
    assert abs(Decimal(found["cost"]) - paid * Decimal("0.04") - memory * Decimal("0.005")) < Decimal("0.000001"), found
    cluster.kubectl("delete", "aidep", "-n", f"{spender}-dev", "busy", "--timeout=60s")


@pytest.fixture
def people(cluster, spender, namespace):
    """Tokens of ServiceAccounts, by what they may do with Workspaces."""
    rights = {"get": [{"apiGroups": ["weir.dev"], "resources": ["workspaces"], "resourceNames": [spender], "verbs": ["get"]}],
              "list": [{"apiGroups": ["weir.dev"], "resources": ["workspaces"], "verbs": ["list"]}], "nothing": []}
    for name, rules in rights.items():
        named = {"name": f"ledger-{name}"}
        cluster.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {**named, "namespace": namespace}})
        cluster.apply({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": named, "rules": rules})
        cluster.apply({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": named,
                       "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": f"ledger-{name}"},
                       "subjects": [{"kind": "ServiceAccount", "name": f"ledger-{name}", "namespace": namespace}]})
    yield lambda name, *more: cluster.kubectl("create", "token", "-n", namespace, f"ledger-{name}", *more).strip()
    for name in rights:
        cluster.kubectl("delete", "clusterrole,clusterrolebinding", f"ledger-{name}", "--ignore-not-found")


def test_the_clusters_own_users_see_what_is_of_workspaces_that_they_may_get(spender, cluster, people):
    """After the tests before."""
    def sees(token, path="/v1/usage?by=workspace"):
        status, answer = ask_as(cluster, token, path)
        return {row["workspace"] for row in answer["rows"]} if status == 200 else status

    for audience in (["--audience", "weir-api"], []):
        wait_until(lambda: sees(people("get", *audience)) == {spender}, 60, "the right is known")
        assert spender in sees(people("list", *audience))
        assert sees(people("nothing", *audience)) == 403
    assert sees(people("get"), "/v1/usage?by=workspace&workspace=elsewhere") == 403
    for stranger in (None, "made-up", people("list", "--audience", "vault"), people("list") + "x"):
        assert sees(stranger) == 401
    logs = cluster.kubectl("logs", "-n", NAMESPACE, "weir-api-0")
    assert "identity_not_reviewed" not in logs


def test_a_ledger_that_is_gone_stops_what_was_not_lent_and_nothing_is_forgotten(weir, spender, storm, ask, cluster):
    namespace, admitted = f"{spender}-test", 0
    admitted += storm(namespace, 5)["200"]
    assert admitted == 5

    cluster.kubectl("scale", "statefulset", "-n", NAMESPACE, "weir-api", "--replicas=0")
    wait_until(lambda: not cluster.pod(NAMESPACE, "weir-api-0"), 60, "the ledger is gone")
    alone = collections.Counter()
    wait_until(lambda: alone.update(storm(namespace, 100)) or alone["503 budget_unavailable"], 180, "what was lent is used up")
    assert set(alone) <= {"200", "503 budget_unavailable"}, alone
    admitted += alone["200"]

    cluster.kubectl("scale", "statefulset", "-n", NAMESPACE, "weir-api", "--replicas=1")
    ledger_pod(cluster)
    admitted += wait_until(lambda: storm(namespace, 1)["200"], 90, "a call is admitted again")
    admitted += (again := storm(namespace, 20))["200"]
    assert again == {"200": 20}

    cluster.kubectl("delete", "pod", "-n", NAMESPACE, "weir-api-0", "--force", "--grace-period=0")
    in_between = storm(namespace, 20)
    admitted += in_between["200"]
    assert set(in_between) <= {"200", "503 budget_unavailable"}, in_between
    wait_until(lambda: settled(ask, spender, "test") == admitted * Decimal(CALL), 90, f"{admitted} calls are settled")


@contextlib.contextmanager
def identity_of(cluster, namespace, secret, folder):
    """A Secret's certificate as files."""
    for key, value in cluster.find(f"/api/v1/namespaces/{namespace}/secrets/{secret}")["data"].items():
        (folder / key).write_bytes(base64.b64decode(value))
    yield folder


def test_a_gateway_speaks_for_its_own_environment_only(spender, cluster, tmp_path):
    dial = {"port": 8444, "host": ledger_pod(cluster)["status"]["podIP"], "name": f"weir-api.{NAMESPACE}.svc"}
    with identity_of(cluster, f"{spender}-test", "weir-gateway-identity", tmp_path) as identity:
        with LedgerStream(identity=identity, **dial) as stream, pytest.raises(Refused, match=f"gateway/{spender}/test says it is gateway/{spender}/dev"):
            stream.hello("01KB7D0000ABCDEFGHJKMNPQRS", workspace=spender, environment="dev")
        with LedgerStream(identity=identity, **dial) as stream, pytest.raises(Refused, match="only operator may"):
            stream.book("forged", [])
        with LedgerStream(identity=identity, **dial) as stream, pytest.raises(Refused, match="brings a declaration: only operator may"):
            stream.declare(spender, "forged")
        with LedgerStream(identity=identity, **dial) as stream:
            assert stream.hello("01KB7D0000ABCDEFGHJKMNPQRS", workspace=spender, environment="test") == 0


def test_only_gateways_and_the_operator_reach_the_ledger(spender, run_client, namespace):
    for place in (namespace, f"{spender}-dev"):
        succeeded, printed = run_client(place, DIAL, gateway=f"{spender}-dev", check=False)
        assert not succeeded and "connected" not in printed, printed


def test_an_edit_of_a_budget_is_lent_by_at_once(weir, spender, storm, cluster):
    """The one that is spent gets ten calls more."""
    cluster.kubectl("patch", "aiws", spender, "--type=json", "-p", json.dumps([
        {"op": "replace", "path": "/spec/environments/0/budget/amount", "value": "6.00000006"}]))
    wait_until(lambda: is_settled(weir.find("workspaces", spender)), 60, "every gateway acked")

    answers = collections.Counter()
    wait_until(lambda: answers.update(storm(f"{spender}-dev", 5)) or answers["200"] == 10, 90, "ten calls more")

    assert storm(f"{spender}-dev", 10) == {"429 budget_exceeded": 10}


def test_an_alert_is_an_event_of_the_workspace_that_declares_the_budget(weir, spender, storm, cluster):
    cluster.kubectl("patch", "aiws", spender, "--type=json", "-p", json.dumps([
        {"op": "add", "path": "/spec/environments/1/budget/alerts", "value": [1, 2]}]))
    wait_until(lambda: is_settled(weir.find("workspaces", spender)), 60, "every gateway acked")
    assert storm(f"{spender}-test", 25) == {"200": 25}

    def told():
        return [event for event in cluster.find("/apis/events.k8s.io/v1/namespaces/default/events")["items"]
                if event["reason"] == "BudgetAlert" and event["regarding"]["name"] == spender]

    wait_until(lambda: len(told()) == 2, 60, "an event for each threshold")
    assert {(event["regarding"]["kind"], event["type"], event.get("series")) for event in told()} == {("Workspace", "Normal", None)}
    assert {event["note"].split(" %")[0] for event in told()} == {"Alert at 1", "Alert at 2"}


def test_a_renewed_certificate_is_taken_up_by_the_running_ledger(spender, storm, cluster):
    path = f"/api/v1/namespaces/{NAMESPACE}/secrets/weir-api-identity"
    before, pod = cluster.find(path)["data"]["tls.crt"], ledger_pod(cluster)
    cluster.api("DELETE", path)

    wait_until(lambda: (found := cluster.find(path)) and found["data"]["tls.crt"] != before, 150, "the operator issues another")
    wait_until(lambda: "certificate_renewed" in cluster.kubectl("logs", "-n", NAMESPACE, "weir-api-0"), 240, "the ledger takes it")

    after = ledger_pod(cluster)
    assert after["metadata"]["uid"] == pod["metadata"]["uid"]
    assert after["status"]["containerStatuses"][0]["restartCount"] == 0
    assert storm(f"{spender}-test", 2) == {"200": 2}


def own_policy(namespace, requests):
    return {"apiVersion": "weir.dev/v1alpha1", "kind": "ModelPolicy", "metadata": {"name": "own", "namespace": namespace},
            "spec": {"constraints": {"limits": [{"scope": "Environment", "requestsPerMinute": requests}]}}}


class Audit:
    """The audit log of one workspace, as REST has it, oldest first."""

    def __init__(self, ask, workspace):
        self.ask, self.workspace = ask, workspace

    def rows(self):
        return [(row["action"], row["subject"], row["reason"].split(",")[0])
                for row in self.ask(f"/v1/audit?limit=1000&workspace={self.workspace}")["rows"][::-1] if row["action"] != "CallRefused"]

    def become(self, wanted, what):
        """Exactly these, each once, in any order."""
        try:
            wait_until(lambda: collections.Counter(self.rows()) == collections.Counter(wanted), 60, what)
        except AssertionError as late:
            raise AssertionError(f"{late}\nthe log says {self.rows()}") from None


def operator_pod(weir):
    return next((pod["metadata"]["uid"] for pod in weir.pods(NAMESPACE, "app.kubernetes.io/name", "weir-operator")
                 if any(c["type"] == "Ready" and c["status"] == "True" for c in pod["status"].get("conditions", []))), None)


def test_each_change_in_the_cluster_is_a_row_of_the_audit_log_once(weir, workspace, ask, cluster):
    name = workspace()
    dev, audit = f"{name}-dev", Audit(ask, name)
    rows = [("WorkspaceChanged", f"Workspace {name}", "new")]
    audit.become(rows, "the Workspace")
    of_prices = ask("/v1/audit?limit=1000&action=PriceChanged")["rows"]
    assert [(row["subject"], row.get("workspace", ""), row["actor"]) for row in of_prices] == [("ModelPolicy weir-system/priced", "", "cluster")]

    cluster.apply(own_policy(dev, 700))
    rows.append(("PolicyChanged", f"ModelPolicy {dev}/own", "new"))
    audit.become(rows, "a policy")
    cluster.apply(own_policy(dev, 701))
    rows.append(("PolicyChanged", f"ModelPolicy {dev}/own", "changed"))
    audit.become(rows, "its edit")
    weir.deploy(dev, "shop", "Job", {"image": "localhost/nothing:1", "command": ["true"]})
    rows.append(("DeploymentChanged", f"Deployment {dev}/shop", "new"))
    audit.become(rows, "a Deployment")
    wait_until(lambda: [limit["limit"]["amount"] for limit in ask(f"/v1/limits?workspace={name}")["limits"]] == [701], 60, "the limit in force")

    before = operator_pod(weir)
    cluster.kubectl("delete", "pod", "-n", NAMESPACE, "-l", "app.kubernetes.io/name=weir-operator", "--force", "--grace-period=0")
    wait_until(lambda: operator_pod(weir) not in (None, before), 120, "another operator")
    cluster.apply(own_policy(dev, 702))
    rows.append(("PolicyChanged", f"ModelPolicy {dev}/own", "changed"))
    audit.become(rows, "an edit that the next leader says, and nothing else")

    cluster.kubectl("delete", "aiws", name, "--timeout=120s", timeout=150)
    things = {(action, subject) for action, subject, _ in rows}
    audit.become([*rows, *((*thing, "removed") for thing in things)], "each thing of the Workspace is removed")
    assert ask(f"/v1/limits?workspace={name}")["limits"] == []
    assert len(ask("/v1/audit?limit=1000&action=PriceChanged")["rows"]) == 1


def test_the_audit_log_is_signed_beside_the_database(ask, cluster):
    """After the test before."""
    newest = ask("/v1/audit?limit=1")["rows"][0]["seq"]

    def signed():
        sizes = cluster.on_node("cat", volume_folder(cluster, NAMESPACE, "ledger") + "/audit/checkpoints").split("\n")
        return max((int(line) for line in sizes if line.isdigit()), default=0)

    wait_until(lambda: signed() >= newest, 60, f"a checkpoint of {newest} rows")


def test_without_a_ledger_budgets_are_named_and_not_in_force(weir, spender, storm, cluster):
    weir.install(**{"ledger.enabled": "false"})

    said = wait_until(lambda: (found := condition(weir.find("workspaces", spender), "Honoured"))["status"] == "False" and found, 120,
                      "the Workspace says that its budgets do nothing")
    assert "spec.environments[0].budget: takes effect only with a ledger" in said["message"]
    wait_until(lambda: storm(f"{spender}-dev", 5) == {"200": 5}, 120, "nothing is refused")
