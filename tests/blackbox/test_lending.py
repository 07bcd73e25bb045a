"""What the ledger lends: never more than there is, whoever asks at once and whoever is killed; who may say what; what people are told."""
import contextlib
import datetime
import json
import signal
import sqlite3
import threading

import pytest

from conftest import end, end_all
from ledger_client import LedgerProcess, LedgerStream, Refused, get
from long_questions import locked, long_question
from pod_operator import Authority
from ports import free_port
from postgres import Postgres
from processes import eventually

JOURNALS = [f"01KB7D0000ABCDEFGHJKMNPQ{a}{b}" for a in "RSTVWXYZ" for b in "RSTVWXYZ"]
CENT = 10_000_000


def budget(name, scope, amount, **more):
    return {"id": name, "scope": scope, "amount": amount, "period": "Month", "onExceeded": "Block", **more}


def this_month():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m")


def account_of(folder, name):
    with contextlib.closing(sqlite3.connect(f"file:{folder / 'ledger.db'}?mode=ro", uri=True, timeout=30)) as database:
        return database.execute("SELECT coalesce(sum(settled), 0), coalesce(sum(leased), 0) FROM account WHERE budget = ?", (name,)).fetchone()


def charged(lease, amount, number):
    return {"id": f"01A{number}", "time": 1764000000000, "workspace": "demo", "environment": "dev", "outcome": "Completed", "cost": "0.10",
            "charges": [{"budget": "all", "owner": "", "window": this_month(), "lease": lease, "amount": amount}]}


@pytest.fixture
def start(short):
    """Starts ledgers on one database; those that run at the end must end well."""
    started = []

    def start_one(*options, **more):
        started.append(LedgerProcess(short, *options, **more))
        started[-1].event("serving")
        return started[-1]

    yield start_one
    end_all([process for process in started if process.is_running()], end)


@pytest.fixture
def ledger(start):
    return start()


def test_people_are_told_what_is_left_in_money_and_tokens(ledger):
    with LedgerStream(ledger.socket) as operator:
        assert operator.book("1", [budget("money", "Organisation", 12_500_000_000), budget("tokens", "Environment", 1200, unit="Tokens"),
                                   budget("team", "Workspace", 5 * CENT, period="Day", timeZone="Pacific/Auckland", onExceeded="Alert")]) == "1"
    month = this_month()
    with LedgerStream(ledger.socket) as gateway:
        assert gateway.hello(JOURNALS[0]) == 0
        lease = gateway.ask("money", "", month, 2_000_000_000)["lease"]
        assert gateway.ask("tokens", "demo/dev", month, 200)["amount"] == 200
        assert gateway.usage(0, [{**charged(lease, 1, 1), "charges": [
            {"budget": "money", "owner": "", "window": month, "lease": lease, "amount": 1}]}]) == 1

        said = get(ledger.rest, "/v1/budgets")
    assert not said.get("isCut")
    money, team, tokens = said["budgets"]
    assert (money["id"], money["scope"], money["unit"], money["amount"], money["window"]) == ("money", "Organisation", "USD", "12.50", month)
    assert money["accounts"] == [{"owner": "", "settled": "0.000000001", "leased": "1.999999999", "left": "10.50"}]
    assert money["start"] == f"{month}-01T00:00:00Z"
    assert (team["amount"], team["timeZone"], team["onExceeded"], team["accounts"]) == ("0.05", "Pacific/Auckland", "Alert", [])
    assert tokens["accounts"] == [{"owner": "demo/dev", "settled": "0", "leased": "200", "left": "1000"}]
    assert [found["id"] for found in get(ledger.rest, "/v1/budgets?workspace=demo&environment=dev")["budgets"]] == ["tokens"]
    assert [found["id"] for found in get(ledger.rest, "/v1/budgets?budget=money")["budgets"]] == ["money"]
    for question, words in {"environment=dev": "say workspace= too", "window=x": "window"}.items():
        assert words in get(ledger.rest, f"/v1/budgets?{question}", 400)["error"]["message"]


def test_a_gateway_is_lent_only_its_own_and_only_now(ledger):
    with LedgerStream(ledger.socket) as operator:
        operator.book("1", [budget("env", "Environment", 100), budget("counted", "Organisation", 100, onExceeded="Alert")])
    month = this_month()
    with LedgerStream(ledger.socket) as gateway:
        gateway.hello(JOURNALS[0])
        for name, owner, window, words in (("env", "demo/prod", month, "no account of demo/dev"), ("env", "", month, "no account of demo/dev"),
                                           ("env", "demo/dev", "2001-01", "not the present one"), ("counted", "", month, "only counted"),
                                           ("nothing", "", month, "no budget nothing")):
            lent = gateway.ask(name, owner, window, 1)
            assert lent["amount"] == 0 and words in lent["reason"], lent
        assert gateway.ask("env", "demo/dev", month, 1)["amount"] == 1


def test_forged_charges_and_returns_end_the_stream_and_change_nothing(ledger, short):
    with LedgerStream(ledger.socket) as operator:
        operator.book("1", [budget("all", "Organisation", 100)])
    with LedgerStream(ledger.socket) as one:
        one.hello(JOURNALS[0])
        lease = one.ask("all", "", this_month(), 60)["lease"]
    for forge in (lambda stream: stream.usage(0, [charged(lease, 60, 1)]), lambda stream: stream.give_back({"lease": lease, "kept": 0}),
                  lambda stream: stream.usage(0, [{**charged("", 60, 1), "charges": [
                      {"budget": "env", "owner": "demo/prod", "window": "w", "amount": 1}]}])):
        with LedgerStream(ledger.socket) as other:
            other.hello(JOURNALS[1], environment="dev")
            with pytest.raises(Refused):
                forge(other)
    assert account_of(short, "all") == (0, 60)


def test_only_the_operators_certificate_brings_a_book(start, short):
    authority, port = Authority(short / "authority"), free_port()
    own = authority.issue("ledger", short / "own", use="serverAuth")
    start("--usage-listen", f"127.0.0.1:{port}", "--usage-cert", own / "tls.crt", "--usage-key", own / "tls.key",
                    "--usage-ca", authority.certificate)
    gateway, operator = authority.issue("gateway/demo/dev", short / "gateway"), authority.issue("operator", short / "operator")
    book = [budget("all", "Organisation", 100)]
    with LedgerStream(port=port, identity=gateway) as stream, pytest.raises(Refused, match="only operator may"):
        stream.book("1", book)
    with LedgerStream(port=port, identity=operator) as stream:
        assert stream.book("2", book) == "2"
    with LedgerStream(port=port, identity=operator) as stream, pytest.raises(Refused, match="a certificate for operator"):
        stream.hello(JOURNALS[0])
    with LedgerStream(port=port, identity=gateway) as stream:
        stream.hello(JOURNALS[0])
        assert stream.ask("all", "", this_month(), 100)["amount"] == 100


def served_certificate(port, identity):
    with LedgerStream(port=port, identity=identity) as stream:
        return stream.peer_certificate()


def test_a_renewed_certificate_and_another_authority_are_taken_up_without_a_restart(start, short):
    authority, port = Authority(short / "authority"), free_port()
    own = authority.issue("ledger", short / "own", use="serverAuth")
    process = start("--usage-listen", f"127.0.0.1:{port}", "--usage-cert", own / "tls.crt", "--usage-key", own / "tls.key",
                    "--usage-ca", own / "ca.crt")
    operator = authority.issue("operator", short / "operator")
    first = served_certificate(port, operator)
    with LedgerStream(port=port, identity=operator) as stream:
        assert stream.book("1", [budget("all", "Organisation", 100)]) == "1"

        authority.issue("ledger", short / "own", use="serverAuth")
        eventually(lambda: served_certificate(port, operator) != first, "the renewed certificate")
        assert stream.book("2", [budget("all", "Organisation", 100)]) == "2", "an open stream goes on"

    another = Authority(short / "another", "another")
    another.issue("ledger", short / "own", use="serverAuth")
    successor = another.issue("operator", short / "successor")

    def is_believed():
        try:
            with LedgerStream(port=port, identity=successor) as stream:
                return stream.book("3", [budget("all", "Organisation", 100)]) == "3"
        except OSError:
            return False

    eventually(is_believed, "the other authority")
    with pytest.raises(OSError):
        served_certificate(port, operator)
    assert process.is_running()


def ask_until_none_is_left(ledger, journal, amounts):
    with LedgerStream(ledger.socket) as gateway:
        gateway.hello(journal)
        while (lent := gateway.ask("all", "", this_month(), 10 * CENT))["amount"] > 0:
            amounts.append(lent["amount"])


def test_three_ledgers_on_one_database_lend_five_dollars_as_fifty_times_ten_cents(start, short):
    ledgers = [start(name=f"l{i}") for i in range(3)]
    with LedgerStream(ledgers[0].socket) as operator:
        operator.book("1", [budget("all", "Organisation", 500 * CENT)])
    amounts = []
    threads = [threading.Thread(target=ask_until_none_is_left, args=(ledgers[i % 3], JOURNALS[i], amounts)) for i in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert amounts == [10 * CENT] * 50
    assert account_of(short, "all") == (0, 500 * CENT)


def test_what_was_lent_is_there_after_the_ledgers_death_and_what_was_heard_is_heard_once(start, short):
    """A gateway that does not know whether it was heard says it again."""
    process = start()
    with LedgerStream(process.socket) as operator:
        operator.book("1", [budget("all", "Organisation", 100_000)])
    spent, kept, records = 0, 0, 0
    for i in range(8):
        with LedgerStream(process.socket) as gateway:
            assert gateway.hello(JOURNALS[0]) == records
            lease = gateway.ask("all", "", this_month(), 1000)["lease"]
            returned = {"lease": lease, "kept": 400 + i}
            gateway.send({"type": "GiveBack", "giveBack": {"number": 7, "returns": [returned]}})
            gateway.send({"type": "Usage", "usage": {"first": records, "count": 1}},
                         json.dumps(charged(lease, 300 + i, i)) + "\n")
            process.kill()
        process = start()
        with LedgerStream(process.socket) as gateway:
            if gateway.hello(JOURNALS[0]) == records:
                assert gateway.usage(records, [charged(lease, 300 + i, i)]) == records + 1
            gateway.give_back(returned)
            gateway.give_back(returned)
        spent, kept, records = spent + 300 + i, kept + 100, records + 1
        assert account_of(short, "all") == (spent, kept)


def begun(what, *arguments):
    """A thread that does it, and its answer."""
    answers = []
    thread = threading.Thread(target=lambda: answers.append(what(*arguments)))
    thread.start()
    return thread, answers


def test_on_postgres_who_asks_for_a_lease_waits_neither_for_records_nor_for_questions(start):
    server = Postgres()
    try:
        ledger = start(database=server.url)
        with LedgerStream(ledger.socket) as operator, LedgerStream(ledger.socket) as first, LedgerStream(ledger.socket) as second:
            operator.book("1", [budget("all", "Organisation", 100 * CENT)])
            assert first.hello(JOURNALS[0]) == second.hello(JOURNALS[1]) == 0
            with locked(server, "usage", "EXCLUSIVE"):  # it can be read
                records, acked = begun(first.usage, 0, [charged("", CENT, 1)])
                eventually(lambda: server.ask("SELECT 1 FROM pg_locks WHERE relation = 'usage'::regclass AND NOT granted"), "records wait")
                assert second.ask("all", "", this_month(), CENT)["amount"] == CENT
                assert get(ledger.rest, "/v1/usage?from=2025-11-01T00:00:00Z")["rows"] == acked == []
            records.join(30)
            assert acked == [1]

            with locked(server, "usage_hour", "ACCESS EXCLUSIVE"):
                question, answers = begun(get, ledger.rest, "/v1/usage?from=2025-11-01T00:00:00Z")
                eventually(lambda: server.ask("SELECT 1 FROM pg_locks WHERE relation = 'usage_hour'::regclass AND NOT granted"), "a question waits")
                assert second.ask("all", "", this_month(), CENT)["amount"] == CENT
                assert answers == []
            question.join(30)
            assert [row["calls"] for row in answers[0]["rows"]] == [1]
        end(ledger)
    finally:
        server.stop()


def test_on_sqlite_leases_and_records_wait_for_no_question_and_the_end_neither(start):
    ledger = start()
    with LedgerStream(ledger.socket) as operator, LedgerStream(ledger.socket) as gateway:
        operator.book("1", [budget("all", "Organisation", 100 * CENT)])
        assert gateway.hello(JOURNALS[0]) == 0
        with long_question(ledger) as is_answered:
            lease = gateway.ask("all", "", this_month(), CENT)["lease"]
            assert gateway.usage(0, [charged(lease, CENT // 2, 1)]) == 1
            gateway.give_back({"lease": lease, "kept": 0})
            assert operator.book("2", [budget("all", "Organisation", 200 * CENT)]) == "2"
            assert not is_answered()
        assert [row["calls"] for row in get(ledger.rest, "/v1/usage?from=2025-11-01T00:00:00Z")["rows"]] == [1], "what was acked is seen"
        with long_question(ledger) as is_answered:
            ledger.signal(signal.SIGTERM)
            assert ledger.wait() == 0
