"""Callers' keys over REST: what is made is taken and what is revoked is refused, by real gateways, whoever dies and whoever is away."""
import http.client
import json
import re
import secrets
import signal
import socket
import time

import openai
import pytest

from conftest import client_of, end
from configs import config_for
from folders import BASE, workspace
from ledger_client import LedgerProcess, LedgerStream, get
from long_questions import long_question
from ports import free_port
from postgres import Postgres
from processes import KEYS, Gateway, eventually, key_hash

HELLO = [{"role": "user", "content": "hello"}]
ADA = "/v1/callers/lab/dev/ada/keys"


def ask(socket_path, method, path, body=None, **headers):
    """Status and answer."""
    connection = http.client.HTTPConnection("weir")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(socket_path))
    try:
        content = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
        connection.request(method, path, content, {**({"Content-Type": "application/json"} if content else {}), **headers})
        reply = connection.getresponse()
        said = reply.read()
        return reply.status, json.loads(said) if said else None
    finally:
        connection.close()


def make(rest, path=ADA, **wanted):
    status, made = ask(rest, "POST", path, wanted)
    assert status == 201, made
    assert made["keyHash"] == key_hash(made["key"]) and made["key"].startswith("weir_")
    return made


def key_id(key):
    return key_hash(key)[:len("sha256:") + 12]


def takes(url, key):
    """Whether the gateway answers who shows the key; what it says to who may not."""
    try:
        with client_of(url, key=key) as client:
            client.chat.completions.create(model="echo", messages=HELLO)
        return True
    except openai.AuthenticationError:
        return False


def declared(revision="r1", callers=("ada", "bob")):
    return {"type": "Declare", "declare": {"workspace": "lab", "revision": revision, "declaration": {
        "whole": True, "callers": [{"workspace": "lab", "name": name, "keys": [key_id(KEYS[name])]} for name in callers],
        "things": [{"action": "KeyCreated", "subject": f"caller lab/{name} key {key_hash(KEYS[name])}", "workspace": "lab",
                    "digest": key_hash(KEYS[name])[len("sha256:"):], "actor": "file"} for name in callers]}}}


def declare(usage_socket, **what):
    """As the operator of lab says it."""
    with LedgerStream(usage_socket) as stream:
        stream.send({"type": "Book", "book": {"revision": f"b-{time.time_ns()}", "budgets": [], "limits": [], "whole": True, "workspaces": ["lab"]}})
        stream.next("Booked")
        stream.send(declared(**what))
        stream.next("Declared")


@pytest.fixture
def postgres():
    server = Postgres()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request, short):
    return f"sqlite:{short / 'ledger.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres").url


class Site:
    """Ledgers and gateways of one test, which end with it."""

    def __init__(self, folder, upstream):
        self.folder, self.upstream, self._started = folder, upstream, []

    def ledger(self, database=None, name="ledger"):
        self._started.append(LedgerProcess(self.folder, name=name, database=database))
        self._started[-1].event("serving")
        return self._started[-1]

    def gateway(self, ledger="ledger"):
        self._started.append(Gateway(self.folder / f"g-{ledger}", config_for(self.upstream.url), options=("--ledger", self.folder / f"{ledger}.sock")))
        return self._started[-1]

    def both(self, database=None):
        """A ledger to which lab is declared, and a gateway that hears it."""
        ledger = self.ledger(database)
        declare(ledger.socket)
        gateway = self.gateway()
        gateway.event("keys_heard")
        return ledger, gateway

    def end(self):
        for process in reversed(self._started):
            end(process, process.wait() if not process.is_running() else 0)


@pytest.fixture
def site(short, upstream):
    made = Site(short, upstream)
    yield made
    made.end()


def test_what_is_made_is_taken_and_what_is_revoked_is_refused_through_kill_9_of_both(site, database):
    ledger, gateway = site.both(database)
    made = make(ledger.rest)
    gone = make(ledger.rest)
    eventually(lambda: takes(gateway.url, made["key"]) and takes(gateway.url, gone["key"]), "the new keys are taken")
    assert takes(gateway.url, KEYS["ada"])
    for key in (gone["made"]["id"], key_id(KEYS["ada"])):
        status, state = ask(ledger.rest, "DELETE", f"{ADA}/{key}")
        assert status == 200 and state["id"] == key and not state["inForce"], state
    eventually(lambda: not takes(gateway.url, gone["key"]) and not takes(gateway.url, KEYS["ada"]), "the revoked keys are refused")

    def hold():
        return [takes(gateway.url, key) for key in (made["key"], gone["key"], KEYS["ada"], KEYS["bob"])] == [True, False, False, True]

    assert hold()
    ledger.kill()
    assert hold(), "who is away from the ledger goes by what it heard"
    gateway.kill()
    gateway = site.gateway()
    assert hold(), "also when it is started anew"
    ledger = site.ledger(database)
    gateway.event("keys_heard")
    assert hold()
    states = {state["id"]: (state["origin"], state["inForce"]) for state in get(ledger.rest, ADA)["keys"]}
    assert states == {made["made"]["id"]: ("Made", True), key_id(KEYS["ada"]): ("Declared", False)}

    log = gateway.output + ledger.output + (gateway.state / "keys.json").read_text()
    assert made["key"] not in log and gone["key"] not in log


def test_a_revoked_key_is_told_what_an_unknown_one_is(site, database):
    ledger, gateway = site.both(database)

    def told(key):
        with client_of(gateway.url, key=key) as client, pytest.raises(openai.AuthenticationError) as refused:
            client.chat.completions.create(model="echo", messages=HELLO)
        said = re.sub(r'"request":"[^"]*"', "", refused.value.response.text)
        return said, sorted(name for name in refused.value.response.headers if name not in ("date", "x-request-id"))

    unknown = told("weir_nobody")
    ask(ledger.rest, "DELETE", f"{ADA}/{key_hash(KEYS['ada'])}")
    eventually(lambda: not takes(gateway.url, KEYS["ada"]), "it is refused")
    assert told(KEYS["ada"]) == unknown


def test_a_rotation_is_one_step_and_the_old_key_works_on_as_long_as_was_said(site, database):
    ledger, gateway = site.both(database)
    made = make(ledger.rest, replaces=key_id(KEYS["ada"]), after="1h")
    assert made["replaced"]["id"] == key_id(KEYS["ada"]) and made["replaced"]["inForce"] and made["replaced"]["revoked"]
    eventually(lambda: takes(gateway.url, made["key"]), "the new key is taken")
    assert takes(gateway.url, KEYS["ada"])

    again = make(ledger.rest, replaces=made["made"]["id"], after="1s")
    eventually(lambda: takes(gateway.url, again["key"]) and not takes(gateway.url, made["key"]), "and then it is not")
    assert takes(gateway.url, KEYS["ada"])

    short_lived = make(ledger.rest, expires=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3)))
    eventually(lambda: short_lived["made"]["id"] not in {state["id"] for state in get(ledger.rest, ADA)["keys"]}, "it has expired")
    eventually(lambda: not takes(gateway.url, short_lived["key"]), "nobody takes it")


def test_each_change_is_a_row_of_the_audit_log_with_who_asked(site, database):
    ledger, gateway = site.both(database)
    made = make(ledger.rest)
    make(ledger.rest, replaces=made["made"]["id"])
    ask(ledger.rest, "DELETE", f"{ADA}/{key_id(KEYS['ada'])}?after=10m")
    ask(ledger.rest, "DELETE", f"{ADA}/{key_id(KEYS['ada'])}?after=20m")  # is so already

    def rows():
        return [row for row in get(ledger.rest, "/v1/audit?limit=1000")["rows"][::-1] if row["actor"] == "socket"]

    found = eventually(lambda: len(found := rows()) == 4 and found, "the rows")
    assert sorted(row["action"] for row in found) == ["KeyCreated", "KeyCreated", "KeyRevoked", "KeyRotated"]
    assert {row["environment"] for row in found} == {"dev"} and {row["workspace"] for row in found} == {"lab"}
    assert f"caller lab/ada key {made['keyHash']}" in {row["subject"] for row in found}
    assert made["key"] not in json.dumps(get(ledger.rest, "/v1/audit?limit=1000"))


def test_who_is_declared_no_more_loses_what_was_made_and_gets_it_never_back(site, database):
    ledger, gateway = site.both(database)
    made = make(ledger.rest)
    eventually(lambda: takes(gateway.url, made["key"]), "the new key is taken")
    declare(ledger.socket, revision="r2", callers=("bob",))
    eventually(lambda: not takes(gateway.url, made["key"]), "it is refused, though the gateway's config has its caller still")
    assert ask(ledger.rest, "POST", ADA, {})[0] == ask(ledger.rest, "GET", ADA)[0] == 404
    declare(ledger.socket, revision="r3")
    assert [state["origin"] for state in get(ledger.rest, ADA)["keys"]] == ["Declared"]
    bob = make(ledger.rest, "/v1/callers/lab/dev/bob/keys")
    eventually(lambda: takes(gateway.url, bob["key"]), "what came later is heard")
    assert not takes(gateway.url, made["key"])


def test_two_ledgers_on_one_database_tell_each_others_gateways(postgres, site):
    ledgers = {name: site.ledger(postgres.url, name) for name in ("a", "b")}
    declare(ledgers["a"].socket)
    gateways = {name: site.gateway(name) for name in ledgers}
    for gateway in gateways.values():
        gateway.event("keys_heard")
    made = [make(ledger.rest) for ledger in ledgers.values()]
    eventually(lambda: all(takes(gateway.url, one["key"]) for gateway in gateways.values() for one in made), "both are taken at both")
    ledgers["a"].kill()
    ask(ledgers["b"].rest, "DELETE", f"{ADA}/{made[0]['made']['id']}")
    eventually(lambda: not takes(gateways["b"].url, made[0]["key"]), "it is refused at the one that hears")
    site.ledger(postgres.url, "a")
    eventually(lambda: not takes(gateways["a"].url, made[0]["key"]), "and at the other once it hears again")
    assert all(takes(gateway.url, made[1]["key"]) for gateway in gateways.values())


def test_a_revocation_through_any_ledger_of_a_database_waits_for_no_question(site, database, request):
    server = None if database.startswith("sqlite:") else request.getfixturevalue("postgres")
    ledgers = {name: site.ledger(database, name) for name in ("a", "b")}
    declare(ledgers["a"].socket)
    gateway = site.gateway("a")
    gateway.event("keys_heard")
    made = make(ledgers["a"].rest)
    eventually(lambda: takes(gateway.url, made["key"]), "the new key is taken")
    with long_question(ledgers["a"], server) as is_answered:
        assert ask(ledgers["b"].rest, "DELETE", f"{ADA}/{key_id(KEYS['ada'])}")[0] == 200
        eventually(lambda: not takes(gateway.url, KEYS["ada"]), "what was revoked through the other is refused")
        assert ask(ledgers["a"].rest, "DELETE", f"{ADA}/{made['made']['id']}")[0] == 200
        eventually(lambda: not takes(gateway.url, made["key"]), "and what was revoked through this one")
        assert not is_answered()


def test_what_is_wrong_is_refused_with_what_to_do_and_changes_nothing(site):
    ledger, gateway = site.both()
    ask_for = lambda *what, **headers: (lambda status, said: (status, said["error"]["code"], said["error"]["message"]))(*ask(ledger.rest, *what, **headers))
    for body, words in (({"expires": "2020-01-01T00:00:00Z"}, "is over already"), ({"after": "1h"}, "say which"), ({"key": "mine"}, "unknown field"),
                        ({"replaces": "12"}, "hex digits"), ({"replaces": "0" * 64, "after": "9000h"}, "after"), ("[", "body"), ("[]", "")):
        status, code, message = ask_for("POST", ADA, body)
        assert (status, code) == (400, "invalid_question") and words in message, message
    assert ask_for("POST", ADA, "{}", **{"Content-Type": "text/plain"})[:2] == (415, "unsupported_media_type")
    assert ask_for("POST", ADA, {"replaces": "0" * 64})[:2] == (404, "not_found")
    for path in ("/v1/callers/lab/dev/nobody/keys", "/v1/callers/lab/nowhere/ada/keys", "/v1/callers/nowhere/dev/ada/keys"):
        status, code, message = ask_for("POST", path, {})
        assert (status, code) == (404, "not_found") and "declare it there first" in message
    assert ask_for("DELETE", f"{ADA}/{'0' * 12}")[:2] == (404, "not_found")
    assert ask_for("DELETE", f"{ADA}/{'0' * 11}")[0] == ask_for("DELETE", f"{ADA}/weir_ada_x")[0] == 404
    assert ask_for("DELETE", f"{ADA}/{key_id(KEYS['ada'])}?after=soon")[0] == 400
    assert ask_for("PUT", ADA)[:2] == ask_for("DELETE", ADA)[:2] == ask_for("GET", f"{ADA}/{key_id(KEYS['ada'])}")[:2] == (405, "method_not_allowed")
    assert ask(ledger.rest, "POST", ADA, json.dumps({"replaces": " " * 5000}))[0] == 413
    for _ in range(16):
        make(ledger.rest)
    assert ask_for("POST", ADA, {})[:2] == (409, "conflict") and "revoke one first" in ask_for("POST", ADA, {})[2]
    assert len(get(ledger.rest, ADA)["keys"]) == 17


def test_weir_up_makes_rotates_and_revokes_and_an_edit_ends_what_was_made(up):
    port = free_port()
    weir = up(BASE, "--rest-port", str(port))
    rest, url = weir.state / "ledger-api.sock", weir.gateway("dev")["url"]
    eventually(lambda: ask(rest, "GET", ADA)[0] == 200, "the declaration is there")
    made = make(rest)
    eventually(lambda: takes(url, made["key"]), "the new key is taken")
    other = weir.gateway("prod")["url"]
    assert not takes(other, made["key"]), "it is of one environment"
    ask(rest, "DELETE", f"{ADA}/{key_id(KEYS['ada'])}")
    eventually(lambda: not takes(url, KEYS["ada"]), "the declared key is refused")
    assert takes(other, KEYS["ada"])

    token = (weir.state / "rest-token").read_text().strip()
    for shown, status in ((None, 401), (secrets.token_urlsafe(32), 401), (token, 201)):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("POST", ADA, headers={"Authorization": f"Bearer {shown}"} if shown else {})
        assert connection.getresponse().status == status
        connection.close()

    weir.write("workspace.yaml", workspace(callers=("bob",)))
    eventually(lambda: not takes(url, made["key"]), "its caller is declared no more")
    eventually(lambda: ask(rest, "GET", ADA)[0] == 404, "and has no keys")
    assert made["key"] not in weir.output + weir.logs()


def test_the_command_line_lists_makes_rotates_and_revokes(up):
    weir = up(BASE)
    rest, url, who = weir.state / "ledger-api.sock", weir.gateway("dev")["url"], "lab/dev/ada"
    eventually(lambda: ask(rest, "GET", ADA)[0] == 200, "the declaration is there")

    def listed():
        return {key["id"]: key for key in json.loads(weir.cli("keys", "list", who, "-o", "json", check=0).stdout)["keys"]}

    assert list(listed()) == [key_id(KEYS["ada"])]
    done = weir.cli("keys", "create", who, "--expires", "90d", check=0)
    key = done.stdout.strip()
    assert key.startswith("weir_ada_") and key not in done.stderr and key_id(key) in done.stderr
    eventually(lambda: takes(url, key), "it is taken")
    assert listed()[key_id(key)]["expires"] > listed()[key_id(key)]["created"]

    rotated = json.loads(weir.cli("keys", "rotate", who, key_id(key), "--after", "7d", "-o", "json", check=0).stdout)
    eventually(lambda: takes(url, rotated["key"]), "the new one is taken")
    assert takes(url, key) and rotated["replaced"]["id"] == key_id(key) and listed()[key_id(key)]["inForce"]
    told = weir.cli("keys", "revoke", who, key_id(key), check=0)
    assert key_id(key) in told.stdout and "Workspace" not in told.stderr
    assert "take it out there too" in weir.cli("keys", "revoke", who, key_id(KEYS["ada"]), check=0).stderr
    eventually(lambda: not takes(url, key) and not takes(url, KEYS["ada"]), "both are refused")
    table = weir.cli("keys", "list", who, check=0).stdout
    assert "IN FORCE" in table and "Declared" in table and "Made" in table and rotated["key"] not in table

    assert weir.cli("keys", "create", "lab/dev/nobody").returncode == weir.cli("keys", "revoke", who, "0" * 12).returncode == 4
    for wrong in (("keys", "list", "lab/dev"), ("keys", "list", "lab/dev/ada/x"), ("keys", "revoke", who, key), ("keys", "create", who, "--expires", "soon")):
        done = weir.cli(*wrong)
        assert done.returncode == 2 and key not in done.stderr, done.stderr
    assert weir.cli("keys", "revoke", who, key_id(rotated["key"]), "--after", "soon").returncode == 1
    assert "after" in weir.cli("keys", "revoke", who, key_id(rotated["key"]), "--after", "60d").stderr


def test_a_gateway_that_is_killed_while_keys_change_ends_with_what_is_so(site, database):
    ledger, gateway = site.both(database)
    made = []
    for i in range(6):
        made.append(make(ledger.rest))
        if i % 2:
            gateway.signal(signal.SIGKILL)
            gateway.wait()
            ask(ledger.rest, "DELETE", f"{ADA}/{made[i - 1]['made']['id']}")
            gateway = site.gateway()
    eventually(lambda: [takes(gateway.url, one["key"]) for one in made] == [i % 2 == 1 for i in range(6)], "every second one")
