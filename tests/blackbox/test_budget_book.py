"""Budgets from manifests to whoever asks what is in force: checked, explained, told when they change."""
import json
import shutil
import sys

import pytest

import processes
from folders import policy, workspace
from processes import BUILD, ROOT, cli, eventually

ORG = policy("baseline", "weir-system", """  constraints:
    budgets:
      - { scope: Organisation, amount: "250000", timeZone: Europe/Berlin }
      - { scope: Environment, amount: "9000.50", tokens: 4000000000 }""")
OWN = policy("hardening", "lab-prod", """  constraints:
    budgets:
      - { scope: Environment, amount: "8000" }
      - { scope: Caller, period: Day, amount: "20", onExceeded: Alert }""")
SHADOW = policy("trial", "lab-dev", """  mode: Shadow
  constraints:
    budgets: [ { scope: Model, period: Hour, tokens: 100000 } ]""")
FOLDER = {"workspace.yaml": workspace(extra='  budget: { amount: "12000", alerts: [50, 80] }'), "org.yaml": ORG, "prod.yaml": OWN,
          "dev.yaml": SHADOW}


def rows(weir, environment):
    explained = json.loads(weir.cli("explain", f"lab/{environment}", "-o", "json", check=0).stdout)
    return [(r["value"], r["effective"], r["from"], r["place"], r.get("mode", "Enforce")) for r in explained["rows"]
            if r["value"].startswith("budgets[")]


def test_budgets_that_cannot_be_kept_are_refused_all_at_once_with_their_places(tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text(policy("x", "lab-dev", """  constraints:
    budgets:
      - { scope: Environment, period: Day }
      - { scope: Tag, amount: "5" }
      - { scope: Environment, period: Week, amount: "5", onExceeded: Throttle }
      - { scope: Caller, amount: "1000000000.000000001" }
      - { scope: Model, amount: 5.5.5 }
      - { scope: Model, period: Day, amount: "5", alerts: [80, 101] }"""))
    wide = tmp_path / "wide.yaml"
    wide.write_text(policy("wide", "lab-dev", """  constraints:
    budgets:
      - { scope: Organisation, amount: "5" }
      - { scope: Model, amount: "5", alerts: [80], webhooks: [ { url: "https://hooks.example.com" } ] }"""))

    done = cli("check", tmp_path)

    assert done.returncode == 3
    text = done.stdout + done.stderr
    for line, words in [(7, "limits nothing: give amount, tokens or both"), (8, "belongs to scope Tag, which needs it"),
                        (9, "belongs to onExceeded: Throttle, which needs it"), (10, "is not between 0.00 and 1000000000.00"), (11, "amount"), (12, "101 is not between 1 and 100")]:
        assert any(f"{broken}:{line}:" in said and words in said for said in text.splitlines()), (line, text)
    assert "a budget per Organisation belongs in a policy of namespace weir-system" in text
    assert "weir-api asks these servers from where it runs" in text


def test_right_budgets_are_checked_with_what_they_do_not_do(tmp_path):
    for name, text in FOLDER.items():
        (tmp_path / name).write_text(text)

    done = cli("check", tmp_path, check=0)

    assert "spec.constraints.budgets: takes effect only with a ledger: weir up starts one" in done.stdout
    assert "spec.budget.alerts" not in done.stdout


def test_each_budget_is_explained_with_its_amount_and_who_set_it(up):
    weir = up(FOLDER)

    assert rows(weir, "prod") == [
        ("budgets[caller].Day.amount", "$20.00, only counted", "lab-prod/hardening", "prod.yaml:8", "Enforce"),
        ("budgets[environment].Month.amount", "$8,000.00", "lab-prod/hardening", "prod.yaml:7", "Enforce"),
        ("budgets[environment].Month.tokens", "4,000,000,000 tokens", "weir-system/baseline", "org.yaml:8", "Enforce"),
        ("budgets[environment].Month.amount", "$9,000.50", "weir-system/baseline", "org.yaml:8", "Enforce"),
        ("budgets[organisation].Month.amount", "$250,000.00 by the clocks of Europe/Berlin", "weir-system/baseline", "org.yaml:7", "Enforce"),
        ("budgets[workspace].Month.amount", "$12,000.00, alerts at 50 %, 80 %", "workspace/lab", "workspace.yaml:6", "Enforce"),
    ]
    assert rows(weir, "dev")[-1] == ("budgets[model].Hour.tokens", "100,000 tokens", "lab-dev/trial", "dev.yaml:7", "Shadow")


def test_an_edit_of_a_budget_is_told_with_both_amounts(up):
    weir = up(FOLDER)

    weir.write("prod.yaml", OWN.replace('"8000"', '"7000.25"'))

    changed = weir.event("changed", lambda e: e["environment"] == "prod")
    assert changed["change"] == "budgets[environment].Month.amount $8,000.00 → $7,000.25", changed


class PlayedLedger:
    """Frames that book_ledger.py heard in weir-api's place."""

    def __init__(self, weir):
        self.database = weir.state / "ledger.db"

    def alerts(self):
        """Of the newest book: who is told of each budget, when."""
        frames = [json.loads(line) for line in self.database.with_name("ledger.db.frames").read_text().splitlines()]
        [*_, last] = [f["book"] for f in frames if f["type"] == "Book"]
        return {b["id"]: (b["alerts"], [w["url"] for w in b.get("webhooks", [])]) for b in last["budgets"] if "alerts" in b}

    def books(self):
        path = self.database.with_name("ledger.db.frames")
        frames = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [{b["id"]: b["amount"] for b in f["book"].get("budgets", [])} for f in frames if f["type"] == "Book"]

    def last_is(self, book):
        return eventually(lambda: self.books()[-1:] == [book] and self.books(), f"{book}, heard {self.books()}")


@pytest.fixture
def played(up, tmp_path, monkeypatch):
    """`weir up` with a ledger that says what it heard."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for program in ("weir", "weir-operator", "weir-gateway"):
        shutil.copy(BUILD / program, folder)
    (folder / "weir-api").write_text(f"#!{sys.executable}\n" + (ROOT / "tests/support/book_ledger.py").read_text())
    (folder / "weir-api").chmod(0o755)
    monkeypatch.setattr(processes, "BUILD", folder)

    def start(files):
        weir = up(files)
        return weir, PlayedLedger(weir)

    return start


OF_OWN = {"lab-prod/hardening/Environment/Month/USD": 8000 * 10**9, "lab-prod/hardening/Caller/Day/USD": 20 * 10**9}
OF_ALL = {"weir-system/baseline/Organisation/Month/USD": 250000 * 10**9, "weir-system/baseline/Environment/Month/USD": 9000500000000,
          "weir-system/baseline/Environment/Month/Tokens": 4000000000, "workspace/lab/Workspace/Month/USD": 12000 * 10**9,
          "lab-dev/trial/Model/Hour/Tokens": 100000}


def test_the_ledger_hears_every_budget_once_and_again_when_it_comes_back(played):
    weir, ledger = played(FOLDER)

    heard = ledger.last_is(OF_ALL | OF_OWN)
    processes.signal_pid(int(ledger.database.with_name("ledger.db.pid").read_text()))

    eventually(lambda: len(ledger.books()) > len(heard), "the book again")
    ledger.last_is(OF_ALL | OF_OWN)


def test_who_is_told_is_said_to_the_ledger_and_again_when_only_that_changes(played):
    weir, ledger = played(FOLDER)
    ledger.last_is(OF_ALL | OF_OWN)
    assert ledger.alerts() == {"workspace/lab/Workspace/Month/USD": ([50, 80], [])}

    weir.write("workspace.yaml", FOLDER["workspace.yaml"].replace("[50, 80]", '[90], webhooks: [ { url: "https://hooks.example.com/x" } ]'))

    eventually(lambda: ledger.alerts() == {"workspace/lab/Workspace/Month/USD": ([90], ["https://hooks.example.com/x"])}, "the edit")


def test_a_budget_that_is_gone_stays_in_the_book_until_gateways_have_the_edit(played):
    weir, ledger = played(FOLDER)
    ledger.last_is(OF_ALL | OF_OWN)

    weir.write("prod.yaml", OWN.replace('"8000"', '"7000"').replace("period: Day", "period: Week"))

    after = {"lab-prod/hardening/Environment/Month/USD": 7000 * 10**9, "lab-prod/hardening/Caller/Week/USD": 20 * 10**9}
    books = ledger.last_is(OF_ALL | after)
    assert books[-2] == OF_ALL | OF_OWN | after, "wider first: what was, with the amounts that are"


def test_nothing_leaves_the_book_while_an_environment_is_held(played):
    weir, ledger = played(FOLDER)
    ledger.last_is(OF_ALL | OF_OWN)
    nowhere = policy("nowhere", "lab-dev", """  defaults:
    routes:
      - model: x
        targets: [ { provider: nobody, model: x } ]""")
    weir.write("nowhere.yaml", nowhere)
    weir.event("held")

    weir.write("prod.yaml", OWN.replace("period: Day", "period: Week"))
    both = OF_ALL | OF_OWN | {"lab-prod/hardening/Caller/Week/USD": 20 * 10**9}
    ledger.last_is(both)
    weir.event("changed", lambda e: e["environment"] == "prod")
    (weir.folder / "nowhere.yaml").unlink()

    del both["lab-prod/hardening/Caller/Day/USD"]
    books = ledger.last_is(both)
    assert books[-2] == both | OF_OWN, "and then at once"


def test_a_ledger_that_takes_no_book_is_told_of_once(played):
    weir, ledger = played({"workspace.yaml": FOLDER["workspace.yaml"]})
    ledger.last_is({"workspace/lab/Workspace/Month/USD": 12000 * 10**9})
    ledger.database.with_name("ledger.db.refuse").write_text("the disk is full")

    weir.write("prod.yaml", OWN)

    told = weir.event("book_refused")
    assert "the disk is full" in told["message"] and "are refused" in told["message"]
    ledger.database.with_name("ledger.db.refuse").unlink()
    weir.write("prod.yaml", OWN.replace('"8000"', '"7000"'))
    ledger.last_is({"workspace/lab/Workspace/Month/USD": 12000 * 10**9, "lab-prod/hardening/Environment/Month/USD": 7000 * 10**9,
                    "lab-prod/hardening/Caller/Day/USD": 20 * 10**9})
    assert [e["event"] for e in weir.events()].count("book_refused") == 1
