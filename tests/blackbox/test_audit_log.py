"""The audit log of a running Weir: what is written, what an auditor takes away, and what he finds when somebody touched it."""
import contextlib
import http.client
import json
import signal
import socket
import sqlite3

import openai
import pytest

from conftest import client_of, end
from configs import config_for
from folders import BASE, policy, workspace
from ledger_client import LedgerProcess, LedgerStream, get
from postgres import Postgres
from processes import KEYS, Gateway, cli, eventually, key_hash

HELLO = [{"role": "user", "content": "hello"}]
DENY = policy("org", "weir-system", '  constraints:\n    models: { deny: [ { name: "o1*" } ] }')
REFUSALS = 3
KEYS_OF = {name: key_hash(key)[:len("sha256:") + 12] for name, key in KEYS.items()}


def refused(url, model="o1-pro"):
    with client_of(url) as client, pytest.raises(openai.PermissionDeniedError) as told:
        client.chat.completions.create(model=model, messages=HELLO)
    return told.value.response.headers["x-request-id"]


def rows(state, **query):
    return get(state / "ledger-api.sock", "/v1/audit?" + "&".join(f"{k}={v}" for k, v in {"limit": 1000, **query}.items()))["rows"]


def refusals(state):
    return {row["subject"] for row in rows(state, action="CallRefused")}


def verify(export, checkpoints, *more):
    return cli("audit", "verify", export, "--checkpoints", checkpoints / "checkpoints", "--key", checkpoints / "public.pem", *more)


def finding(done):
    assert done.returncode == 3, done.stdout + done.stderr
    return json.loads(done.stdout)["finding"]


def exported(weir, path):
    weir.cli("audit", "export", path, check=0)
    return path


def tamper(state, statement, *values):
    with contextlib.closing(sqlite3.connect(state / "ledger.db", timeout=30)) as database:
        changed = database.execute(statement, values).rowcount
        database.commit()
        assert changed == 1


def test_what_happened_is_exported_and_verified_and_what_was_touched_is_named(up, tmp_path):
    weir = up({**BASE, "org.yaml": DENY})
    url, audit, export = weir.gateway("dev")["url"], weir.state / "audit", tmp_path / "export.jsonl"
    wanted = {f"call {refused(url)}" for _ in range(REFUSALS)}
    eventually(lambda: refusals(weir.state) == wanted, "the refusals' rows")
    row = rows(weir.state, action="CallRefused")[0]
    assert row["actor"] == "ada" and row["decision"] == "Refused" and "weir-system/org" in row["reason"]

    def is_signed():
        exported(weir, export)
        done = verify(export, audit, "-o", "json")
        assert done.returncode == 0, done.stdout + done.stderr
        report = json.loads(done.stdout)
        return report["coveredRows"] == report["rows"] >= REFUSALS and report["signedCheckpoints"] >= 1

    eventually(is_signed, "a checkpoint of all rows")
    target = rows(weir.state, action="CallRefused")[-1]["seq"]
    line = export.read_text().split("\n")[target - 1]

    tamper(weir.state, "UPDATE audit SET line = replace(line, '\"actor\":\"ada\"', '\"actor\":\"bob\"') WHERE seq = ?", target)
    found = finding(verify(exported(weir, export), audit, "-o", "json"))
    assert (found["flaw"], found["seq"], found["line"]) == ("RowChanged", target, target)
    tamper(weir.state, "UPDATE audit SET line = ? WHERE seq = ?", line, target)
    assert verify(exported(weir, export), audit).returncode == 0

    last = len(export.read_text().splitlines())
    tamper(weir.state, "DELETE FROM audit WHERE seq = ?", last)
    found = finding(verify(exported(weir, export), audit, "-o", "json"))
    assert (found["flaw"], found["seq"], found["lastSeq"]) == ("RowsMissing", last, last)


def test_a_stop_signs_what_was_said_and_the_next_start_goes_on(up, tmp_path):
    weir = up({**BASE, "org.yaml": DENY})
    first = f"call {refused(weir.gateway('dev')['url'])}"
    eventually(lambda: first in refusals(weir.state), "the row before the stop")
    count = len(rows(weir.state))
    weir.stop()
    assert f"\n{count}\n" in (weir.state / "audit/checkpoints").read_text()
    again = up(folder=weir.folder)
    wanted = f"call {refused(again.gateway('dev')['url'])}"
    eventually(lambda: wanted in refusals(again.state), "the row after the stop")

    def report():
        done = verify(exported(again, tmp_path / "e.jsonl"), again.state / "audit", "-o", "json")
        assert done.returncode == 0, done.stdout
        return json.loads(done.stdout)

    eventually(lambda: report()["coveredRows"] == report()["rows"] and report()["checkpoints"] >= 2, "checkpoints of both runs")


def test_a_log_that_was_rewritten_while_nobody_looked_is_signed_no_more(short):
    """Whoever owns the database chains it anew from row 1 on: the checkpoints elsewhere say so at the next start."""
    ledger = LedgerProcess(short, "--audit-checkpoints", short / "audit")
    gateway = Gateway(short / "g", config_for("http://127.0.0.1:9"), options=("--ledger", short / "ledger.sock"))
    wanted = {f"call {unknown(gateway.url)}" for _ in range(REFUSALS)}
    eventually(lambda: {row["subject"] for row in get(ledger.rest, "/v1/audit")["rows"]} == wanted, "the rows")
    end(gateway)
    end(ledger)
    signed = (short / "audit/checkpoints").read_text()
    assert f"\n{REFUSALS}\n" in signed
    tamper(short, "UPDATE audit SET hash = zeroblob(32) WHERE seq = 1")

    ledger = LedgerProcess(short, "--audit-checkpoints", short / "audit")
    assert "not those that were signed" in ledger.event("audit_log_broken")["reason"]
    end(ledger)
    assert (short / "audit/checkpoints").read_text() == signed


def unknown(url):
    with client_of(url, key="nobody") as client, pytest.raises(openai.AuthenticationError) as told:
        client.chat.completions.create(model="echo", messages=HELLO)
    return told.value.response.headers["x-request-id"]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_ledgers_on_one_database_and_one_killed_keep_one_chain(short, kind, tmp_path):
    postgres = Postgres() if kind == "postgresql" else None
    database = postgres.url if postgres else f"sqlite:{short / 'ledger.db'}"
    try:
        def ledger(name):
            return LedgerProcess(short, "--audit-checkpoints", short / f"audit-{name}", name=name, database=database)

        running = {name: ledger(name) for name in ("a", "b")}
        gateways = [Gateway(short / f"g{name}", config_for("http://127.0.0.1:9"), options=("--ledger", short / f"{name}.sock")) for name in running]
        asked = set()
        for i in range(30):
            asked.add(f"call {unknown(gateways[i % 2].url)}")
            if i % 10 == 5:
                running["a"].signal(signal.SIGKILL)
                running["a"].wait()
                running["a"] = ledger("a")

        def lines():
            found, after = [], 0
            while True:
                page = get(running["b"].rest, f"/v1/audit?limit=1000{after and f'&cursor={after}' or ''}")
                found += page["rows"]
                if "next" not in page:
                    return found[::-1]
                after = page["next"]

        eventually(lambda: {row["subject"] for row in lines()} == asked, "every refusal's row")
        for process in (*gateways, *running.values()):
            end(process)
        last = ledger("last")
        found = eventually(lambda: get(last.rest, "/v1/audit?limit=1000")["rows"][::-1], "the rows")
        end(last)
        export = tmp_path / "export.jsonl"
        export.write_text("".join(json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n" for row in found))
        assert len(found) == len(asked)
        for name in ("a", "b", "last"):
            done = verify(export, short / f"audit-{name}")
            assert done.returncode == 0, (name, done.stdout, done.stderr)
    finally:
        if postgres:
            postgres.stop()


def subjects(state, action):
    return {row["subject"]: row for row in rows(state, action=action)}


def test_changes_of_policies_keys_and_prices_are_rows_once_with_what_was_before(up):
    weir = up({**BASE, "org.yaml": DENY})
    wanted = {"ModelPolicy weir-system/org", "ModelPolicy lab-dev/limits"}  # the organisation's and a workspace's
    first = eventually(lambda: wanted <= set(found := subjects(weir.state, "PolicyChanged")) and found, "the first rows")
    assert {row["actor"] for row in first.values()} == {"file"} and {row["reason"] for row in first.values()} == {"new"}
    assert first["ModelPolicy lab-dev/limits"]["workspace"] == "lab" and first["ModelPolicy lab-dev/limits"]["environment"] == "dev"
    assert {"Workspace lab"} == set(subjects(weir.state, "WorkspaceChanged"))
    keys = [subject for subject in subjects(weir.state, "KeyCreated") if subject.startswith("caller lab/ada ")]
    assert len(keys) == 1

    weir.write("org.yaml", "# a comment\n" + DENY)
    priced = DENY + '  defaults:\n    prices: [ { provider: echo, model: echo, usdPerMillion: { input: "0.40" } } ]\n'
    weir.write("org.yaml", priced)
    eventually(lambda: "ModelPolicy weir-system/org" in subjects(weir.state, "PriceChanged"), "the row of the price")
    changed = rows(weir.state, action="PolicyChanged")[0]
    assert changed["subject"] == "ModelPolicy weir-system/org"
    assert changed["reason"] == "changed, was " + first["ModelPolicy weir-system/org"]["detailDigest"] != changed["detailDigest"]

    weir.write("workspace.yaml", workspace(callers=("bob",)))
    revoked = eventually(lambda: subjects(weir.state, "KeyRevoked"), "the row of the key")
    assert [subject for subject in revoked if not subject.startswith("caller lab/local ")] == keys

    before = len(rows(weir.state))
    weir.stop()
    again = up(folder=weir.folder)

    def new():
        """The key that each run prints is another; nothing else changed."""
        return len(rows(again.state)) > before and rows(again.state)[:len(rows(again.state)) - before]

    assert all("caller lab/local " in row["subject"] for row in eventually(new, "rows of the next run"))


OTHER = workspace(("dev",), name="shop")


def test_a_workspace_that_is_removed_takes_each_of_its_things_with_a_row(up):
    weir = up({**BASE, "shop.yaml": OTHER, "shop-policy.yaml": policy("limits", "shop-dev", "  constraints:\n    limits: [ { scope: Environment, requestsPerMinute: 7 } ]")})
    ask = lambda path: get(weir.state / "ledger-api.sock", path)
    eventually(lambda: {row["subject"] for row in rows(weir.state, workspace="shop", action="PolicyChanged")} == {"ModelPolicy shop-dev/limits"},
               "the workspace's rows")
    eventually(lambda: ask("/v1/limits?workspace=shop")["limits"], "its limit")
    before = rows(weir.state)

    (weir.folder / "shop.yaml").write_text("kind: [")
    weir.event("refused")
    (weir.folder / "shop-policy.yaml").unlink()
    (weir.folder / "shop.yaml").unlink()

    def gone():
        return [row for row in rows(weir.state, workspace="shop") if row["reason"].startswith("removed")]

    removed = eventually(lambda: (found := gone()) and {"Workspace shop", "ModelPolicy shop-dev/limits"} <= {row["subject"] for row in found} and found,
                         "a row for each thing")
    new = {row["subject"] for row in before if row["workspace"] == "shop"}
    assert sorted(row["subject"] for row in removed) == sorted(new), "each once"
    assert ask("/v1/limits?workspace=shop")["limits"] == [] and ask("/v1/callers?workspace=shop")["callers"] == []
    assert ask("/v1/limits?workspace=lab")["limits"], "the other one is as it was"
    assert not [row for row in rows(weir.state, workspace="lab") if row["reason"].startswith("removed")]


def dear_in_many_tiers():
    """Prices of 4 KB for each of 1,024 targets: more than the 4 MiB of a message, of a policy that is no 200 KB."""
    classes = ("input", "cacheRead", "cacheWrite", "cacheWrite1h", "output", "reasoning", "audioInput", "audioOutput", "imageInput", "imageOutput",
               "inputImages", "outputImages", "inputSeconds", "outputSeconds", "characters", "searchUnits", "requests")
    prices = json.dumps({name: "0.123456789" for name in classes})
    tiers = json.dumps([{"abovePromptTokens": 1000 * above, "usdPerMillion": json.loads(prices)} for above in range(1, 9)])
    routes = [{"model": f"m{i}", "targets": [{"provider": "echo", "model": f"many-{i}-{j}"} for j in range(8)]} for i in range(128)]
    return policy("many", "lab-dev", f'  defaults:\n    prices: [ {{ provider: echo, model: "many-*", usdPerMillion: {prices}, tiers: {tiers} }} ]\n'
                                     f'    routes: {json.dumps(routes)}')


def test_more_than_one_message_holds_is_refused_by_name_and_budgets_go_on(up):
    prices = policy("prices", "weir-system", '  defaults:\n    prices: [ { provider: echo, model: echo, usdPerMillion: { input: "0.40" } } ]')
    weir = up({**BASE, "many.yaml": dear_in_many_tiers()})
    told = weir.event("declaration_refused")
    assert "what workspace lab declares: " in told["message"] and "Budgets are not touched" in told["message"], told

    weir.write("prices.yaml", prices)
    weir.write("budget.yaml", policy("budget", "lab-dev", '  constraints:\n    budgets: [ { scope: Environment, amount: "7" } ]'))
    eventually(lambda: "lab-dev/budget/Environment/Month/USD" in {b["id"] for b in get(weir.state / "ledger-api.sock", "/v1/budgets")["budgets"]}, "the budget")
    eventually(lambda: [row["subject"] for row in rows(weir.state, action="PriceChanged")] == ["ModelPolicy weir-system/prices"], "the organisation's row")
    assert rows(weir.state, action="PolicyChanged", workspace="lab") == []

    (weir.folder / "many.yaml").unlink()
    eventually(lambda: "ModelPolicy lab-dev/budget" in [row["subject"] for row in rows(weir.state, action="PolicyChanged", workspace="lab")], "the row that waited")
    said = [e["message"] for e in weir.events() if e["event"] == "declaration_refused"]
    assert len(said) == len(set(said)), "each reason once"


def test_who_may_call_what_it_costs_and_what_the_limits_are_is_answered(up):
    prices = policy("prices", "weir-system", '  defaults:\n    prices: [ { provider: echo, model: echo, usdPerMillion: { input: "0.40" } } ]')
    weir = up({**BASE, "prices.yaml": prices})
    ask = lambda path: get(weir.state / "ledger-api.sock", path)
    callers = eventually(lambda: ask("/v1/callers")["callers"], "the callers")
    ada = next(caller for caller in callers if caller["name"] == "ada")
    assert ada["workspace"] == "lab" and ada["team"] == "research" and ada["keys"] == [KEYS_OF["ada"]] and "environments" not in ada
    assert {caller["name"] for caller in ask("/v1/callers?environment=dev")["callers"]} == {"ada", "bob", "local"}
    assert ask("/v1/callers?workspace=elsewhere")["callers"] == []
    first = ask("/v1/callers?limit=2")
    assert first["callers"] == callers[:2]
    assert ask(f"/v1/callers?limit=2&cursor={first['next']}") == {"callers": callers[2:]} and len(callers) in (3, 4)
    price = ask("/v1/prices?environment=dev")["prices"]
    assert [(p["workspace"], p["environment"], p["provider"], p["model"], p["usdPerMillion"]) for p in price] == \
        [("lab", "dev", "echo", "echo", {"input": "0.40"})] and price[0]["version"]
    limits = ask("/v1/limits")["limits"]
    assert [(x["environment"], x["limit"]["scope"], x["limit"]["unit"], x["limit"]["amount"], x["limit"]["from"]["policy"]) for x in limits] == \
        [("dev", "Environment", "RequestsPerMinute", 5000, "lab-dev/limits")]


def test_retention_takes_what_old_rows_say_and_the_rest_still_verifies(short, tmp_path):
    options = ("--audit-checkpoints", short / "audit", "--audit-keep-days", "30")
    ledger, export = LedgerProcess(short, *options), tmp_path / "export.jsonl"
    old = [{"id": f"01KB7D{i:020d}", "time": 1700000000000 + i, "workspace": "demo", "environment": "dev", "caller": "jane", "outcome": "Refused"}
           for i in range(5)]
    ledger.event("serving")
    with LedgerStream(short / "ledger.sock") as stream:
        stream.hello("01KB7D0000ABCDEFGHJKMNPQRA")
        stream.usage(0, old)
    assert ledger.event("audit_retained")["rows"] == len(old)
    eventually(lambda: get(ledger.rest, "/v1/audit?action=RetentionApplied")["rows"], "the row that says so")
    connection = http.client.HTTPConnection("weir")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(ledger.rest))
    connection.request("GET", "/v1/audit/export")
    export.write_bytes(connection.getresponse().read())
    connection.close()
    assert "jane" not in export.read_text() and b"jane" not in json.dumps(get(ledger.rest, "/v1/audit")).encode()
    report = json.loads(verify(export, short / "audit", "-o", "json").stdout)
    assert report["sound"] and report["emptiedRows"] == len(old) <= report["coveredRows"]
    lines = export.read_text().splitlines()
    assert f"first {len(old)} rows said is gone, by retention; a checkpoint states their hashes" in verify(export, short / "audit").stdout

    export.write_text("\n".join(lines[:-1]) + "\n")  # the row that says so is cut off
    assert finding(verify(export, short / "audit", "-o", "json"))["flaw"] in ("RowsEmptied", "RowsMissing")
    end(ledger)


def test_another_key_signs_on_when_the_former_one_is_known(short, tmp_path):
    keys = [tmp_path / "first.pem", tmp_path / "second.pem"]
    former, other = tmp_path / "former.pem", tmp_path / "other.pem"
    shown = [json.loads(cli("audit", "key", key, "--new", "-o", "json", check=0).stdout) for key in keys]
    former.write_text(shown[0]["publicKey"])
    other.write_text(json.loads(cli("audit", "key", tmp_path / "third.pem", "--new", "-o", "json", check=0).stdout)["publicKey"])

    def run(key, number, *more):
        ledger = LedgerProcess(short, "--audit-checkpoints", short / "audit", "--audit-key", key, *more)
        ledger.event("serving")
        with LedgerStream(ledger.socket) as stream:
            at = stream.hello("01KB7D0000ABCDEFGHJKMNPQRA")
            stream.usage(at, [{"id": f"01KB7D{number:020d}", "time": 1764000000000, "workspace": "demo", "environment": "dev", "caller": "jane", "outcome": "Refused"}])
        eventually(lambda: len(get(ledger.rest, "/v1/audit")["rows"]) == number, "the row")
        connection = http.client.HTTPConnection("weir")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(ledger.rest))
        connection.request("GET", "/v1/audit/export")
        (tmp_path / "export.jsonl").write_bytes(connection.getresponse().read())
        end(ledger)

    run(keys[0], 1)
    for wrong in ((), ("--audit-former-keys", other)):
        refused = LedgerProcess(short, "--audit-checkpoints", short / "audit", "--audit-key", keys[1], *wrong)
        assert "--audit-former-keys" in refused.event("cannot_start")["reason"]
        assert refused.wait() != 0
    run(keys[1], 2, "--audit-former-keys", former)
    run(keys[1], 3, "--audit-former-keys", former)

    report = json.loads(verify(tmp_path / "export.jsonl", short / "audit", "-o", "json").stdout)
    assert report["sound"] and report["coveredRows"] == 3 and report["keys"] == [shown[1]["fingerprint"], shown[0]["fingerprint"]]
    alone = cli("audit", "verify", tmp_path / "export.jsonl", "-c", short / "audit/checkpoints", "-k", former)
    assert alone.returncode == 3, "the newest is not signed by the former key"
