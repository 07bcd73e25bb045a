"""weir simulate: calls that were made, gone through again under policies that were not; numbers worked out by hand."""
import http.server
import json
import socketserver
import threading
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

import openai
import pytest

from conftest import client_of, end_weir
from folders import BASE, policy
from processes import cli, eventually

HELLO = [{"role": "user", "content": "hello"}]


def priced(output):
    return policy("prices", "weir-system", f"""  defaults:
    prices:
      - {{ provider: echo, model: echo, usdPerMillion: {{ input: "0.15", output: "{output}" }} }}""")


DENIED = policy("no-echo", "lab-dev", '  constraints:\n    models: { deny: [ { name: "echo" } ] }')
TWO_CALLS = policy("purse", "lab-dev", '  constraints:\n    budgets: [ { scope: Caller, amount: "0.0000033", period: Month } ]')
CALL = 7 * 150 + 600  # nano-USD: echo takes 7 tokens of "hello" and gives one back


def usd(nano):
    whole, part = divmod(abs(nano), 10**9)
    return f"{'-' if nano < 0 else ''}{whole}.{f'{part:09}'.rstrip('0').ljust(2, '0')}"


def call(weir, environment, caller):
    with client_of(weir.gateway(environment)["url"], caller) as client:
        client.chat.completions.create(model="echo", messages=HELLO)


def wait_for_ledger(weir, calls):
    def all_there():
        rows = json.loads(weir.cli("usage", "-o", "json", check=0).stdout)
        return sum(row["calls"] for row in rows) == calls

    eventually(all_there, f"the ledger to have {calls} calls")


@pytest.fixture
def spent(up):
    """Six calls: in dev three of ada's, then two of bob's; in prod one of ada's."""
    weir = up({**BASE, "prices.yaml": priced("0.60")})
    for environment, caller in (("dev", "ada"), ("dev", "ada"), ("dev", "ada"), ("dev", "bob"), ("dev", "bob"), ("prod", "ada")):
        call(weir, environment, caller)
    wait_for_ledger(weir, 6)
    return weir


def simulate(weir, folder, text, *more):
    file = folder / "changed.yaml"
    file.write_text(text)
    done = weir.cli("simulate", file, "-o", "json", *more, check=0)
    told = json.loads(done.stdout)
    assert told["source"] == "ledger" and "from the ledger" in done.stderr
    return told


def pick(row, *keys):
    return tuple(row[key] for key in keys)


MONEY = ("costThen", "costNow", "saved", "savedByPrices")


def test_the_policies_as_they_are_change_nothing(spent, tmp_path):
    told = simulate(spent, tmp_path, BASE["dev.yaml"])

    assert told["rules"] == []
    assert pick(told["total"], "calls", "blocked", "newlyAllowed", "unpricedCalls") == (6, 0, 0, 0)
    assert pick(told["total"], *MONEY) == (usd(6 * CALL), usd(6 * CALL), "0.00", "0.00")


def test_a_denied_model(spent, tmp_path):
    told = simulate(spent, tmp_path, DENIED)

    assert len(told["rules"]) == 1
    rule = told["rules"][0]
    assert pick(rule, "workspace", "environment", "effect", "rule", "policy") == ("lab", "dev", "Blocked", "models.deny", "lab-dev/no-echo")
    assert "changed.yaml:" in rule["place"]
    assert pick(rule, "calls", "tokens", "saved") == (5, 5 * 8, usd(5 * CALL))
    dev, prod = told["environments"]
    assert pick(dev, "environment", "calls", "blocked", *MONEY) == ("dev", 5, 5, usd(5 * CALL), "0.00", usd(5 * CALL), "0.00")
    assert pick(prod, "environment", "calls", "blocked", *MONEY) == ("prod", 1, 0, usd(CALL), usd(CALL), "0.00", "0.00")
    assert pick(told["total"], "calls", "blocked", "saved") == (6, 5, usd(5 * CALL))


def test_a_budget_of_two_calls_for_each_caller(spent, tmp_path):
    told = simulate(spent, tmp_path, TWO_CALLS)

    assert [pick(rule, "environment", "effect", "rule", "policy", "calls", "saved") for rule in told["rules"]] == [
        ("dev", "Blocked", "budgets[caller].Month.amount", "lab-dev/purse", 1, usd(CALL))]
    assert pick(told["total"], "blocked", "costNow") == (1, usd(5 * CALL))


def test_another_price_and_what_a_budget_then_holds(spent, tmp_path):
    dearer = 7 * 150 + 1000
    told = simulate(spent, tmp_path, priced("1.00"))

    assert told["rules"] == []
    assert pick(told["total"], *MONEY) == (usd(6 * CALL), usd(6 * dearer), usd(-2400), usd(-2400))

    told = simulate(spent, tmp_path, priced("1.00") + "---\n" + TWO_CALLS)  # 3,300 hold one call of 2,050

    assert [pick(rule, "rule", "calls", "saved") for rule in told["rules"]] == [("budgets[caller].Month.amount", 3, usd(3 * CALL))]
    assert pick(told["total"], *MONEY) == (usd(6 * CALL), usd(3 * dearer), usd(6 * CALL - 3 * dearer), usd(3 * (CALL - dearer)))


def test_the_table_says_it_to_people_with_what_it_cannot_know(spent, tmp_path):
    (tmp_path / "changed.yaml").write_text(DENIED)

    text = spent.cli("simulate", tmp_path / "changed.yaml", check=0).stdout

    row = next(line for line in text.splitlines() if "models.deny" in line).split()
    assert row[:3] == ["lab/dev", "Blocked", "models.deny"] and row[-3:] == ["5", "40", usd(5 * CALL)]
    assert next(line for line in text.splitlines() if line.startswith("total")).split()[1:3] == ["6", "5"]
    assert "Not known" in text and "asked another model" in text


def test_without_a_ledger_the_journals_say_the_same(spent, tmp_path):
    told = simulate(spent, tmp_path, TWO_CALLS)
    end_weir(spent)

    done = spent.cli("simulate", tmp_path / "changed.yaml", "-o", "json", check=0)

    assert "no ledger answers" in done.stderr
    assert {**json.loads(done.stdout), "from": ""} == {**told, "from": "", "source": "journals"}


def test_what_was_refused_and_would_pass_now(up, tmp_path):
    weir = up({**BASE, "prices.yaml": priced("0.60"), "no-echo.yaml": DENIED})
    with pytest.raises(openai.PermissionDeniedError):
        call(weir, "dev", "ada")
    call(weir, "prod", "ada")
    wait_for_ledger(weir, 2)
    assert simulate(weir, tmp_path, priced("0.60"))["total"]["newlyAllowed"] == 0

    told = simulate(weir, tmp_path, DENIED.replace('name: "echo"', 'name: "other"'))

    (rule,) = told["rules"]
    assert pick(rule, "environment", "effect", "rule", "policy", "calls") == ("dev", "NewlyAllowed", "model_denied", "lab-dev/no-echo", 1)
    assert "saved" not in rule
    assert pick(told["total"], "calls", "refused", "newlyAllowed", "costNow") == (1, 1, 1, usd(CALL))


def test_a_whole_folder_on_its_own(spent, tmp_path):
    whole = tmp_path / "whole"
    whole.mkdir()
    for name, text in {**BASE, "prices.yaml": priced("0.60")}.items():
        (whole / name).write_text(text.replace("name: prod, tier: Production", "name: live, tier: Production"))

    told = json.loads(spent.cli("simulate", whole, "--alone", "-o", "json", check=0).stdout)

    assert [pick(rule, "environment", "rule", "calls") for rule in told["rules"]] == [("prod", "environments", 1)]
    assert pick(told["total"], "calls", "blocked", "costThen", "costNow") == (6, 1, usd(6 * CALL), usd(5 * CALL))


@pytest.mark.parametrize("text,arguments,code,words", [
    ("kind: Nonsense\n", (), 3, "changed.yaml"),
    (DENIED + "---\n" + DENIED, (), 3, ""),
    (None, (), 4, "changed.yaml"),
    (DENIED, ("--since", "soon"), 2, "not a time span"),
    (DENIED, ("--alone", "--dir", "/nonexistent"), 4, "/nonexistent"),
])
def test_exit_codes(tmp_path, text, arguments, code, words):
    folder = tmp_path / "base"
    folder.mkdir()
    for name, content in BASE.items():
        (folder / name).write_text(content)
    if text:
        (tmp_path / "changed.yaml").write_text(text)

    done = cli("simulate", tmp_path / "changed.yaml", *(arguments if "--dir" in arguments else ("--dir", folder, *arguments)))

    assert done.returncode == code, done.stdout + done.stderr
    assert words in done.stderr and not done.stdout


class FakeLedger(socketserver.ThreadingUnixStreamServer):
    """GET /v1/calls as weir-api answers it: newest first, pages with a cursor."""
    daemon_threads = True

    def __init__(self, path, records):
        self.records = sorted(records, key=lambda r: (r["time"], r["id"]), reverse=True)
        super().__init__(str(path), FakeLedgerCall)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class FakeLedgerCall(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
        from_ms, until_ms = (round(datetime.fromisoformat(query[name]).timestamp() * 1000) for name in ("from", "until"))
        found = [r for r in self.server.records if from_ms <= r["time"] < until_ms]
        start, limit = int(query.get("cursor", 0)), int(query["limit"])
        page = {"calls": found[start:start + limit], **({"next": str(start + limit)} if start + limit < len(found) else {})}
        body = json.dumps(page).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def kept(short):
    """Manifests, and a ledger with these records, for which nothing runs: kept(records) gives the folder."""
    ledgers = []

    def keep(records):
        (short / ".weir").mkdir(mode=0o700)
        for name, text in {**BASE, "prices.yaml": priced("0.60")}.items():
            (short / name).write_text(text)
        ledgers.append(FakeLedger(short / ".weir/ledger-api.sock", records))
        return short

    yield keep
    for ledger in ledgers:
        ledger.shutdown()
        ledger.server_close()


def record(number, time_ms, tokens=7):
    return {"id": f"{number:026}", "time": time_ms, "workspace": "lab", "environment": "dev", "caller": "ada", "model": "echo", "provider": "echo",
            "targetModel": "echo", "outcome": "Completed", "usageSource": "Provider", "inputTokens": tokens, "cost": usd(150 * tokens)}


def test_calls_of_many_pages_are_each_taken_once_and_oldest_first(kept):
    now = 1_700_000_000_000  # in the middle of a month
    # Many at one instant, many close together, few far apart. Each is dearer than the one before: which ones a budget admits tells their order.
    times = sorted([now - 86_400_000] * 2500 + [now - 40_000_000 + i // 3 for i in range(3000)] + [now - 1000 * i for i in range(2, 300)])
    folder = kept([record(i, at, tokens=1 if i < 2500 else i) for i, at in enumerate(times)])
    admitted = 150 * (2500 + sum(range(2500, 4000)))
    (folder / "changed.yaml").write_text(policy("purse", "lab-dev", f'  constraints:\n    budgets: [ {{ scope: Caller, amount: "{usd(admitted)}", period: Month }} ]'))

    told = json.loads(cli("simulate", folder / "changed.yaml", "--dir", folder, "--since", "10000d", "-o", "json", check=0).stdout)

    assert pick(told["total"], "calls", "costThen") == (len(times), usd(150 * (2500 + sum(range(2500, len(times))))))
    assert pick(told["total"], "blocked", "costNow") == (len(times) - 4000, usd(admitted))
