"""Who may ask a cluster's ledger: TLS, the cluster's own users, an identity provider's, and nobody else."""
import http.client
import json
import re
import secrets
import ssl
import time
from urllib.parse import urlencode

import pytest
import yaml

from conftest import end
from identity_server import KEYS, MAY, WHO, IdentityServer
from ledger_stream import LedgerStream
from pod_operator import Authority
from ports import free_port
from processes import BUILD, Process, cli, eventually
from tokens import TokenKey

CALLS = {"retail": 3, "shop": 2}
ROUTES = ["usage", "movers", "calls", "budgets", "callers", "prices", "limits", "audit", "exports/focus"]
ISSUER, AUDIENCE = "https://id.example", "weir"


def call_id(workspace, number):
    return f"01KB7D0000ABCDEFGHJKMN{workspace[:2].upper().replace('S', 'Z').replace('H', 'Z')}0{number}"


def record(workspace, number):
    return {"id": call_id(workspace, number), "time": int(time.time() * 1000) - 5000, "workspace": workspace, "environment": "dev", "caller": "ada", "model": "m1",
            "provider": "acme", "outcome": "Completed", "requests": 1, "cost": "0.50"}


class Ledger(Process):
    """weir-api as the chart starts it, but on loopback, with a few calls of two workspaces."""

    def __init__(self, folder, identity, *options):
        self.folder, self.identity, self.port = folder, identity, free_port()
        super().__init__(BUILD / "weir-api", "--database", f"sqlite:{folder / 'l.db'}", "--usage-socket", folder / "u.sock", "--rest-listen",
                         f"127.0.0.1:{self.port}", "--rest-cert", identity / "tls.crt", "--rest-key", identity / "tls.key", *options)
        self._wait_or_end(lambda: self.event("serving"))
        for number, (workspace, count) in enumerate(CALLS.items()):
            with LedgerStream(folder / "u.sock") as stream:
                stream.hello(f"01KB7D0000ABCDEFGHJKMNPQR{number}", workspace=workspace)
                stream.usage(0, [record(workspace, i) for i in range(count)])

    def connect(self):
        return http.client.HTTPSConnection("localhost", self.port, timeout=60, context=ssl.create_default_context(cafile=self.identity / "ca.crt"))

    def ask(self, path, token=None, method="GET", **query):
        """Status, headers and body."""
        connection = self.connect()
        try:
            connection.request(method, path + ("?" + urlencode(query) if query else ""), headers={"Authorization": f"Bearer {token}"} if token else {})
            reply = connection.getresponse()
            return reply.status, reply.headers, reply.read().decode()
        finally:
            connection.close()

    def status(self, path, token=None, **query):
        return self.ask(path, token, **query)[0]

    def calls(self, token, **query):
        """How many are counted, by workspace."""
        status, _, body = self.ask("/v1/usage", token, by="workspace", **query)
        assert status == 200, body
        return {row["workspace"]: row["calls"] for row in json.loads(body)["rows"]}


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def cluster(authority, tmp_path):
    """The API server, with a user for each case."""
    identity = authority.issue("kubernetes", tmp_path / "k", use="serverAuth")
    server = IdentityServer(identity / "tls.crt", identity / "tls.key")
    for name, rights in {"fin": {"list"}, "ada": {"retail"}, "both": {"retail", "shop", "elsewhere"}, "eve": set()}.items():
        server.users[f"token-of-{name}"] = {"username": name, "uid": f"uid-{name}", "groups": ["system:authenticated", f"team-{name}"], "extra": {"k/x": ["1"]}}
        server.rights[name] = rights
    yield server
    server.stop()


@pytest.fixture
def start(authority, short):
    started = []

    def start_one(*options):
        started.append(Ledger(short, authority.issue("weir-api", short / "identity", use="serverAuth"), *options))
        return started[-1]

    yield start_one
    for process in started:
        end(process)


@pytest.fixture
def account(authority, short):
    """Our ServiceAccount's folder, as a pod has it."""
    folder = short / "account"
    folder.mkdir()
    (folder / "token").write_text("account-1\n")
    (folder / "ca.crt").write_bytes(authority.certificate.read_bytes())
    return folder


@pytest.fixture
def ledger(start, cluster, account):
    return start("--rest-kubernetes", cluster.url, "--rest-account", account)


def test_costs_are_for_who_may_get_their_workspace(ledger, cluster):
    assert ledger.calls("token-of-fin") == CALLS
    assert ledger.calls("token-of-both") == CALLS
    assert ledger.calls("token-of-ada") == ledger.calls("token-of-ada", workspace="retail") == {"retail": 3}
    assert {call["workspace"] for call in json.loads(ledger.ask("/v1/calls", "token-of-ada")[2])["calls"]} == {"retail"}
    assert "shop" not in ledger.ask("/v1/exports/focus", "token-of-ada")[2]
    for token, status in (("token-of-ada", 200), ("token-of-fin", 200), ("token-of-eve", 403)):
        assert ledger.status(f"/v1/calls/{call_id('retail', 0)}", token) == status
    assert ledger.status("/v1/audit/export", "token-of-fin") == 200
    assert ledger.status("/v1/audit/export", "token-of-both") == 403

    review = next(one["spec"] for one in cluster.questions(MAY) if one["spec"]["user"] == "ada" and "name" in one["spec"]["resourceAttributes"])
    assert review == {"user": "ada", "uid": "uid-ada", "groups": ["system:authenticated", "team-ada"], "extra": {"k/x": ["1"]},
                      "resourceAttributes": {"group": "weir.dev", "resource": "workspaces", "verb": "get", "name": review["resourceAttributes"]["name"]}}


def without_request(answer):
    status, headers, body = answer
    return status, len(body), re.sub(r'"request":"[^"]*"', "", body), sorted(name for name in headers if name != "Date")


def test_another_workspace_is_as_one_that_is_not_there(ledger, cluster):
    """In no status, word or length; and what its id would tell takes the same reviews."""
    for route in ROUTES:
        there, not_there = (without_request(ledger.ask(f"/v1/{route}", "token-of-ada", workspace=name)) for name in ("shop", "no-such"))
        assert there == not_there and there[0] == 403, route
    asked = []
    for one in (call_id("shop", 0), "01KB7D0000ABCDEFGHJKMNPQZZ"):
        before = len(cluster.asked)
        asked.append((without_request(ledger.ask(f"/v1/calls/{one}", "token-of-ada")), without_request(ledger.ask(f"/v1/calls/{one}/tries", "token-of-ada"))))
        asked[-1] += (len(cluster.asked) - before,)
    assert asked[0][:2] == asked[1][:2] and asked[0][0][0] == 404
    assert asked[1][2] == 0, "what is known already is not asked again"


@pytest.mark.parametrize("token", [None, "made-up", "token-of-ada2", "a" * 9000, "token of ada", "token-of-expired", "for-others"])
def test_who_is_not_known_is_told_one_thing(ledger, cluster, token):
    cluster.users["for-others"], cluster.audiences["for-others"] = {"username": "fin"}, ["vault"]
    said = {without_request(ledger.ask(path, token))[:3] for path in
            (*(f"/v1/{route}" for route in ROUTES), f"/v1/calls/{call_id('shop', 0)}", "/v1/calls/none", "/v1/nothing", "/openapi.json", "/v1/usage?x=1")}
    assert len(said) == 1 and said.pop()[0] == 401
    assert cluster.count(WHO) == (0 if token is None or len(token) > 8192 else 1) and cluster.count(MAY) == 0
    assert ledger.status("/healthz", token) == ledger.status("/readyz", token) == 200
    assert not token or token not in ledger.output


def test_a_token_for_us_is_reviewed_for_us(ledger, cluster, tmp_path):
    key = TokenKey(tmp_path, "a", "ES256")
    ours, others = (key.sign({"iss": "k", "aud": [audience], "exp": int(time.time()) + 600}) for audience in ("weir-api", "vault"))
    cluster.users.update({ours: {"username": "fin"}, others: {"username": "fin"}})
    cluster.audiences.update({ours: ["weir-api"], others: ["vault"]})

    assert ledger.calls(ours) == CALLS
    assert ledger.status("/v1/usage", others) == 401
    assert [one["spec"].get("audiences") for one in cluster.questions(WHO)] == [["weir-api"], None]


def test_answers_are_kept_for_a_while_and_not_beyond_their_token(ledger, cluster, tmp_path):
    for _ in range(5):
        assert ledger.calls("token-of-both") == CALLS
        assert ledger.status("/v1/usage", "token-of-eve") == 403
        assert ledger.status("/v1/usage", "made-up") == 401
    assert cluster.count(WHO) == 3
    asked = sorted((one["spec"]["user"], one["spec"]["resourceAttributes"].get("name", "*")) for one in cluster.questions(MAY))
    assert asked == [(user, name) for user in ("both", "eve") for name in ("*", "retail", "shop")], "each once"

    short_lived = TokenKey(tmp_path, "a", "ES256").sign({"exp": int(time.time()) + 2})
    cluster.users[short_lived] = {"username": "fin"}
    assert ledger.status("/v1/usage", short_lived) == 200
    del cluster.users[short_lived]
    eventually(lambda: ledger.status("/v1/usage", short_lived) == 401, "the token's end", patience=20)


def test_while_the_api_server_is_silent_everybody_else_is_answered(start, cluster, account, short):
    token = secrets.token_urlsafe(32)
    (short / "token").write_text(token)
    (short / "token").chmod(0o600)
    ledger = start("--rest-kubernetes", cluster.url, "--rest-account", account, "--rest-token-file", short / "token")
    cluster.gate.clear()
    waiting = ledger.connect()
    waiting.request("GET", "/v1/usage", headers={"Authorization": "Bearer token-of-fin"})
    eventually(lambda: cluster.count(WHO) == 1, "it is asked")

    assert ledger.calls(token) == CALLS

    reply = waiting.getresponse()
    assert reply.status == 503 and reply.headers["Retry-After"] and "ask again" in reply.read().decode()
    ledger.event("identity_not_reviewed")
    cluster.gate.set()
    assert eventually(lambda: ledger.status("/v1/usage", "token-of-fin") == 200, "it answers")


@pytest.mark.parametrize("case,words", [("forbidden", "ClusterRole weir-api"), ("broken", "status 500"), ("gone", "onnect"), ("stranger", "")])
def test_without_the_api_servers_word_nobody_is_let_in_and_the_log_says_why(ledger, cluster, authority, tmp_path, case, words):
    assert ledger.calls("token-of-ada") == {"retail": 3}
    if case == "stranger":  # somebody else answers in its place
        other = Authority(tmp_path / "other").issue("kubernetes", tmp_path / "other-k", use="serverAuth")
        cluster.stop()
        impostor = IdentityServer(other / "tls.crt", other / "tls.key", cluster.port)
    elif case == "gone":
        cluster.stop()
    else:
        cluster.status = 403 if case == "forbidden" else 500
    status, headers, body = ledger.ask("/v1/usage", "token-of-fin")
    assert status == 503 and headers["Retry-After"] and "ask again" in body and "localhost" not in body

    assert ledger.status("/v1/usage", "token-of-ada") == 200, "what was found out before holds for a while"
    reason = ledger.event("identity_not_reviewed")["reason"]
    assert words in reason
    if case == "stranger":
        assert impostor.asked == [], "it got no token"
        impostor.stop()
    assert "token-of" not in ledger.output and "account-1" not in ledger.output


def test_our_own_token_is_read_again_when_it_is_not_taken(ledger, cluster, account):
    cluster.accounts = {"account-2"}
    (account / "token.new").write_text("account-2\n")
    (account / "token.new").rename(account / "token")
    assert ledger.status("/v1/usage", "token-of-fin") == 503
    assert "does not know the token in" in ledger.event("identity_not_reviewed")["reason"]
    assert ledger.status("/v1/usage", "token-of-fin") == 200


def test_a_certificate_is_renewed_without_a_restart(start, cluster, account, tmp_path):
    ledger = start("--rest-kubernetes", cluster.url, "--rest-account", account)
    kept = ledger.connect()
    kept.connect()
    renewed = Authority(tmp_path / "renewed").issue("weir-api", tmp_path / "renewed-identity", use="serverAuth")
    for name in ("ca.crt", "tls.key", "tls.crt"):
        (renewed / name).rename(ledger.identity / name)
    ledger.event("certificate_renewed")
    assert ledger.calls("token-of-fin") == CALLS, "under the new authority"
    kept.request("GET", "/healthz")
    assert kept.getresponse().status == 200, "a connection of before goes on"
    plain = http.client.HTTPConnection("localhost", ledger.port, timeout=30)
    with pytest.raises((OSError, http.client.HTTPException)):
        plain.request("GET", "/healthz")
        plain.getresponse()


def declare(ledger, callers=("ada",)):
    """Callers of retail, as its operator says it."""
    with LedgerStream(ledger.folder / "u.sock") as stream:
        stream.send({"type": "Book", "book": {"revision": "b1", "budgets": [], "limits": [], "workspaces": ["retail", "shop"]}})
        stream.next("Booked")
        stream.send({"type": "Declare", "declare": {"workspace": "retail", "revision": "r1", "declaration": {
            "whole": True, "callers": [{"workspace": "retail", "name": name} for name in callers]}}})
        stream.next("Declared")


def keys(workspace="retail", caller="ada", key=""):
    return f"/v1/callers/{workspace}/dev/{caller}/keys{key and '/' + key}"


def test_keys_are_made_and_revoked_by_who_may_update_their_workspace(ledger, cluster):
    declare(ledger)
    cluster.users["token-of-own"], cluster.rights["own"] = {"username": "own"}, {"retail", "update retail"}
    for token, look, change in (("token-of-own", 200, 201), ("token-of-ada", 200, 403), ("token-of-fin", 200, 403), ("token-of-eve", 403, 403), ("made-up", 401, 401)):
        assert ledger.status(keys(), token) == look, token
        status, _, body = ledger.ask(keys(), token, "POST")
        assert status == change, (token, body)
        if status == 201:
            made = json.loads(body)["made"]["id"]
    for token in ("token-of-ada", "token-of-fin", "token-of-eve"):
        assert ledger.ask(keys(key=made), token, "DELETE")[0] == 403
    assert json.loads(ledger.ask(keys(), "token-of-own")[2])["keys"][0]["inForce"]
    assert ledger.ask(keys(key=made), "token-of-own", "DELETE")[0] == 200
    verbs = [(one["spec"]["user"], one["spec"]["resourceAttributes"]["verb"], one["spec"]["resourceAttributes"].get("name")) for one in cluster.questions(MAY)]
    assert ("own", "update", "retail") in verbs and ("fin", "update", "retail") in verbs
    assert eventually(lambda: len(json.loads(ledger.ask("/v1/audit", "token-of-fin", actor="own")[2])["rows"]) == 2, "its rows")

    cluster.rights["own"] = {"retail"}
    assert ledger.ask(keys(), "token-of-own", "POST")[0] == 403, "no answer of before is believed"


def test_a_change_that_is_not_allowed_tells_nothing_of_what_there_is(ledger, cluster):
    declare(ledger)
    for method, key in (("POST", ""), ("DELETE", "0" * 12)):
        said = {without_request(ledger.ask(keys(workspace, caller, key), "token-of-ada", method))[:3]
                for workspace in ("retail", "shop", "no-such") for caller in ("ada", "nobody")}
        assert len(said) == 1 and said.pop()[0] == 403
        said = {without_request(ledger.ask(keys(workspace, "ada", key), token, method))[:3] for workspace in ("retail", "no-such") for token in (None, "made-up")}
        assert len(said) == 1 and said.pop()[0] == 401
    cluster.status = 500
    assert ledger.ask(keys(), "token-of-ada", "POST")[0] == 503


def remote(ledger, folder, token, *more):
    (folder / f"file-{token[-4:]}").write_text(token + "\n")
    return ["--ledger", f"https://localhost:{ledger.port}", "--token-file", folder / f"file-{token[-4:]}", "--ca-file", ledger.identity / "ca.crt", *more]


def test_weir_usage_and_audit_export_ask_a_clusters_ledger(ledger, cluster, short):
    usage = ("usage", "--by", "workspace", "-o", "json")
    rows = json.loads(cli(*usage, *remote(ledger, short, "token-of-fin"), check=0).stdout)
    assert {row["workspace"]: (row["calls"], row["cost"]) for row in rows} == {"retail": (3, "1.50"), "shop": (2, "1.00")}
    rows = json.loads(cli(*usage, *remote(ledger, short, "token-of-ada"), check=0).stdout)
    assert [(row["workspace"], row["calls"]) for row in rows] == [("retail", 3)]
    cli("audit", "export", short / "audit.jsonl", *remote(ledger, short, "token-of-fin"), check=0)

    for command in (usage, ("audit", "export")):
        for arguments, words in ((remote(ledger, short, "made-up"), "say who you are"), (remote(ledger, short, "token-of-eve"), "may"),
                                 (remote(ledger, short, "token-of-fin", "--server-name", "elsewhere.example"), "asking https://localhost"),
                                 (remote(ledger, short, "token-of-fin")[:4], "asking https://localhost"),
                                 (["--ledger", f"https://localhost:{ledger.port}"], "needs --token-file"),
                                 ([*remote(ledger, short, "token-of-fin"), "--ledger", f"http://localhost:{ledger.port}"], "not of the form https://")):
            done = cli(*command, *arguments, check=1)
            assert words in done.stderr and not done.stdout and "token-of" not in done.stderr, done.stderr


def test_a_ledger_behind_a_forwarded_port_is_known_by_its_own_name(start, authority, cluster, account, short):
    """Its certificate is for names of a Service, the port is this machine's."""
    ledger = start("--rest-kubernetes", cluster.url, "--rest-account", account)
    arguments = remote(ledger, short, "token-of-ada", "--server-name", "localhost")
    arguments[1] = f"https://127.0.0.1:{ledger.port}"
    rows = json.loads(cli("usage", "--by", "workspace", "-o", "json", *arguments, check=0).stdout)
    assert [row["calls"] for row in rows] == [3]
    assert "asking https://127.0.0.1" in cli("usage", *arguments[:-2], check=1).stderr


# ---- an identity provider ----


def claims(**changes):
    now = int(time.time())
    return {"iss": ISSUER, "aud": [AUDIENCE], "exp": now + 600, "nbf": now, "sub": "ada", "groups": ["retail-team"], **changes}


@pytest.fixture
def key(tmp_path):
    return TokenKey(tmp_path, "key-1", "ES256")


@pytest.fixture
def provider(start, cluster, authority, short, key):
    """weir-api with an identity provider beside the cluster."""
    config = {"issuer": ISSUER, "audience": AUDIENCE, "jwksUrl": cluster.url + KEYS, "caFile": str(authority.certificate),
              "grants": [{"group": "finance", "all": True}, {"group": "retail-team", "workspaces": ["retail"]}]}
    (short / "oidc.yaml").write_text(yaml.safe_dump(config))
    cluster.keys = {"keys": [key.public()]}
    ledger = start("--rest-oidc", short / "oidc.yaml")
    eventually(lambda: ledger.status("/v1/usage", key.sign(claims())) == 200, "the keys are read")
    return ledger


def test_groups_of_an_identity_provider_see_what_they_are_granted(provider, key):
    assert provider.calls(key.sign(claims())) == {"retail": 3}
    assert provider.calls(key.sign(claims(groups=["retail-team", "finance"], aud=AUDIENCE))) == CALLS
    for path in (f"/v1/calls/{call_id('shop', 0)}", "/v1/calls/none"):
        assert provider.status(path, key.sign(claims())) == 404
    assert provider.status("/v1/usage", key.sign(claims()), workspace="shop") == 403
    for nothing in (claims(groups=[]), claims(groups=["Finance"]), {k: v for k, v in claims().items() if k != "groups"}):
        assert provider.status("/v1/usage", key.sign(nothing)) == 403


def test_keys_are_changed_from_afar_by_whom_a_token_names(ledger, cluster, tmp_path):
    declare(ledger)
    cluster.users["token-of-own"], cluster.rights["own"] = {"username": "own"}, {"retail", "update retail"}
    own = remote(ledger, tmp_path, "token-of-own")
    made = json.loads(cli("keys", "create", "retail/dev/ada", "-o", "json", *own, check=0).stdout)
    assert made["key"].startswith("weir_ada_")
    assert made["made"]["id"] in cli("keys", "list", "retail/dev/ada", *remote(ledger, tmp_path, "token-of-fin"), check=0).stdout
    refused = cli("keys", "revoke", "retail/dev/ada", made["made"]["id"], *remote(ledger, tmp_path, "token-of-fin"))
    assert refused.returncode == 5 and "may not change this" in refused.stderr
    assert made["made"]["id"] in cli("keys", "revoke", "retail/dev/ada", made["made"]["id"], *own, check=0).stdout


def test_keys_are_changed_by_groups_that_may_everything_only(provider, key):
    declare(provider)
    assert provider.status(keys(), key.sign(claims())) == 200
    assert provider.ask(keys(), key.sign(claims()), "POST")[0] == 403
    status, _, body = provider.ask(keys(), key.sign(claims(groups=["finance"])), "POST")
    assert status == 201, body
    made = json.loads(body)["made"]["id"]
    assert provider.ask(keys(key=made), key.sign(claims()), "DELETE")[0] == 403
    assert provider.ask(keys(key=made), key.sign(claims(groups=["finance"])), "DELETE")[0] == 200
    actors = lambda: {row["actor"] for row in json.loads(provider.ask("/v1/audit", key.sign(claims()), workspace="retail")[2])["rows"] if row["action"].startswith("Key")}
    eventually(lambda: actors() == {"oidc:ada"}, "the rows")


def test_tokens_that_are_not_the_providers_for_us_and_now_are_nobodys(provider, cluster, key, tmp_path):
    now = int(time.time())
    good = key.sign(claims())
    forger = TokenKey(tmp_path / "..", "key-1", "ES256")
    wrong = [key.sign(claims(**changes)) for changes in (
        {"iss": "https://elsewhere.example"}, {"aud": ["other"]}, {"exp": now - 60}, {"nbf": now + 600}, {"sub": ""}, {"sub": 7}, {"groups": {"finance": 1}})]
    wrong += [forger.sign(claims()), key.sign(claims(), {"alg": "none"}), key.sign(claims(), {"alg": "HS256"}), good[:-4] + "AAAA", good + "x", good.rsplit(".", 1)[0] + "."]
    before = cluster.count(KEYS)
    said = {without_request(provider.ask("/v1/usage", token))[:3] for token in wrong}
    assert len(said) == 1 and said.pop()[0] == 401
    assert cluster.count(KEYS) == before, "verified offline"
    assert provider.status("/v1/usage", good) == 200
    assert not any(token in provider.output for token in (*wrong, good))


def test_a_key_that_is_new_is_read_when_a_token_names_it(provider, cluster, key, tmp_path):
    second = TokenKey(tmp_path, "key-2", "RS256")
    cluster.keys = {"keys": [key.public(), second.public()]}
    token = second.sign(claims())
    seen = set()
    eventually(lambda: seen.add(provider.status("/v1/usage", token)) or 200 in seen, "the new key is believed")
    assert seen <= {200, 401, 503}
    cluster.status = 500
    assert provider.status("/v1/usage", key.sign(claims())) == 200, "what was read stays"


def test_the_cluster_is_asked_about_whom_the_provider_does_not_know(start, cluster, account, authority, short, key):
    (short / "oidc.yaml").write_text(yaml.safe_dump({"issuer": ISSUER, "audience": AUDIENCE, "jwksUrl": cluster.url + KEYS, "caFile": str(authority.certificate),
                                                     "grants": [{"group": "finance", "all": True}]}))
    ledger = start("--rest-oidc", short / "oidc.yaml", "--rest-kubernetes", cluster.url, "--rest-account", account)
    assert ledger.status("/v1/usage", key.sign(claims())) == 503, "no key could be read yet, so nobody can say"
    assert cluster.count(WHO) == 0, "and it is nobody else's token"
    cluster.keys = {"keys": [key.public()]}
    eventually(lambda: ledger.status("/v1/usage", key.sign(claims(groups=["finance"]))) == 200, "the keys are read")
    assert ledger.calls("token-of-ada") == {"retail": 3}
