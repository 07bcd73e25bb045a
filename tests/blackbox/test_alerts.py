"""Who has spent how much of a budget: told once, whatever dies, on SQLite and PostgreSQL; by REST, in metrics and to webhooks."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import re
import sqlite3
import threading
import time
import urllib.request

import pytest

from conftest import end, end_all
from folders import BASE, workspace
from ledger_client import LedgerProcess, LedgerStream, Refused, get
from postgres import Postgres
from ports import free_port
from processes import eventually
from test_lending import JOURNALS, this_month
from test_operator import status_of

DOLLAR = 10**9


def budget(name, scope, amount, **more):
    return {"id": name, "scope": scope, "amount": amount, "period": "Month", "onExceeded": "Block", **more}


TOLD = [budget("team", "Environment", 10 * DOLLAR, alerts=[50, 80, 100]), budget("all", "Organisation", 1000, unit="Tokens", alerts=[10])]


def record(number, budget, owner, amount):
    return {"id": f"01A{number}", "time": 1764000000000, "workspace": "demo", "environment": "dev", "outcome": "Completed", "cost": "0.10",
            "charges": [{"budget": budget, "owner": owner, "window": this_month(), "amount": amount}]}


@pytest.fixture(params=["sqlite", "postgres"])
def start(request, short):
    """Starts ledgers on one database; those that run at the end must end well."""
    started, server = [], None
    if request.param == "postgres":
        server = Postgres()

    def start_one(*options, **more):
        port = free_port()
        started.append(LedgerProcess(short, "--admin", f"127.0.0.1:{port}", *options, database=server and server.url, **more))
        started[-1].event("serving")
        started[-1].admin_port = port
        return started[-1]

    yield start_one
    end_all([process for process in started if process.is_running()], end)
    if server:
        server.stop()


def metric(ledger, name):
    with urllib.request.urlopen(f"http://127.0.0.1:{ledger.admin_port}/metrics", timeout=30) as reply:
        return sum(float(line.split()[-1]) for line in reply.read().decode().splitlines() if line.startswith(name))


def alerts(ledger, **query):
    path = "/v1/alerts?" + "&".join(f"{key}={value}" for key, value in {"limit": 1000, **query}.items())
    return get(ledger.rest, path)["alerts"]


def test_people_read_who_reached_which_threshold(start):
    ledger = start()
    with LedgerStream(ledger.socket) as operator:
        operator.book("1", TOLD)
    with LedgerStream(ledger.socket) as gateway:
        gateway.hello(JOURNALS[0])
        gateway.usage(0, [record(1, "team", "demo/dev", 4 * DOLLAR), record(2, "team", "demo/dev", DOLLAR - 1)])
        assert alerts(ledger) == []
        gateway.usage(2, [record(3, "team", "demo/dev", 1), record(4, "all", "", 200)])
        gateway.usage(4, [record(5, "team", "demo/dev", 6 * DOLLAR)])

    found = alerts(ledger)
    assert [(a["budget"], a.get("owner"), a["percent"], a["settled"]) for a in found[:2]] == [
        ("team", "demo/dev", 100, "11.00"), ("team", "demo/dev", 80, "11.00")]
    assert {(a["budget"], a["owner"], a["percent"], a["amount"], a["settled"]) for a in found[2:]} == {
        ("team", "demo/dev", 50, "10.00", "5.00"), ("all", "", 10, "1000", "200")}
    assert {(a["window"], a["period"]) for a in found} == {(this_month(), "Month")}
    assert len({a["id"] for a in found}) == 4
    assert len(alerts(ledger, workspace="demo")) == 3 and len(alerts(ledger, budget="all")) == 1
    page = get(ledger.rest, "/v1/alerts?limit=3")
    assert page["alerts"] == found[:3]
    assert get(ledger.rest, f"/v1/alerts?limit=3&cursor={page['next']}") == {"alerts": found[3:]}
    assert "cursor" in get(ledger.rest, "/v1/alerts?cursor=x", 400)["error"]["message"]
    assert metric(ledger, "weir_budget_alerts_total") == 4


def test_each_is_made_once_by_whichever_ledger_and_whatever_is_killed(start):
    first, second = start(), start(name="other")
    with LedgerStream(first.socket) as operator:
        operator.book("1", TOLD)
    records = [record(number, "team", "demo/dev", DOLLAR) for number in range(12)]

    def send(ledger, journal, at):
        with LedgerStream(ledger.socket) as gateway:
            if gateway.hello(journal) <= at:
                gateway.usage(at, [records[at]])

    for at in range(4):
        send(first, JOURNALS[0], at)
        send(second, JOURNALS[1], at)
    first.kill()
    third = start(name="third")
    for at in range(4, 8):
        send(third, JOURNALS[0], at - 1)  # said before already: it is behind
        send(third, JOURNALS[0], at)
        send(second, JOURNALS[1], at)

    eventually(lambda: len(alerts(third)) == 3, "three thresholds")
    assert [(a["percent"], a["settled"]) for a in alerts(second)] == [(100, "10.00"), (80, "8.00"), (50, "5.00")]


class Receiver:
    """A webhook's server, and what it was sent. It answers with the statuses given, then with 204."""

    def __init__(self, *statuses, port=0):
        self.heard, self._statuses = [], list(statuses)
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.heard.append((self.path, dict(self.headers), body))
                self.send_response(receiver._statuses.pop(0) if receiver._statuses else 204)
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def ids(self):
        return [headers["webhook-id"] for _, headers, _ in self.heard]


def told_by(*urls, amount=10 * DOLLAR):
    return [budget("team", "Environment", amount, alerts=[50, 80], webhooks=[{"url": url} for url in urls])]


def spend(ledger, book, amount):
    with LedgerStream(ledger.socket) as operator:
        operator.book(hashlib.sha256(json.dumps(book).encode()).hexdigest(), book)
    with LedgerStream(ledger.socket) as gateway:
        at = gateway.hello(JOURNALS[0])
        gateway.usage(at, [record(at, "team", "demo/dev", amount)])


def deliveries(ledger):
    return [delivery for alert in alerts(ledger) for delivery in alert["deliveries"]]


def test_a_webhook_is_told_and_can_check_who_told_it(start, tmp_path):
    key = os.urandom(32)
    (tmp_path / "key").write_text("whsec_" + base64.b64encode(key).decode() + "\n")
    ledger = start("--alert-key-file", tmp_path / "key")
    with Receiver() as receiver:
        spend(ledger, told_by(receiver.url + "/T0/secret?x=1"), 5 * DOLLAR)

        eventually(lambda: receiver.heard, "a message")
        [(path, headers, body)] = receiver.heard
        [alert] = eventually(lambda: alerts(ledger) if deliveries(ledger)[0]["state"] == "Delivered" else None, "that it was told")

    assert path == "/T0/secret?x=1" and headers["content-type"] == "application/json"
    signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    assert headers["webhook-signature"] == "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()
    assert abs(int(headers["webhook-timestamp"]) - time.time()) < 300
    message = json.loads(body)
    assert alert.pop("deliveries") == [{"server": receiver.url, "state": "Delivered", "tries": 1, "note": "answered 204"}]
    assert message == {"type": "budget.alert", "timestamp": alert["time"], "data": alert} and headers["webhook-id"] == alert["id"]
    assert "secret" not in ledger.output and base64.b64encode(key).decode() not in ledger.output
    assert metric(ledger, 'weir_alert_deliveries_total{outcome="delivered"}') == 1


def test_what_fails_is_seen_and_sent_again_under_its_id_and_holds_up_nobody_else(start):
    ledger = start()
    with Receiver(500) as failing, Receiver() as other, Receiver(302) as moved:
        spend(ledger, told_by(failing.url, other.url, moved.url, f"http://127.0.0.1:{free_port()}/gone"), 8 * DOLLAR)

        eventually(lambda: len(other.heard) == 2, "the one that answers")
        waiting = eventually(lambda: [d for d in deliveries(ledger) if d["state"] == "Waiting" and "note" in d and d["server"].startswith(
            "http://127.0.0.1")], "those that failed")
        assert all(d["tries"] >= 1 and "next" in d for d in waiting)
        assert metric(ledger, 'weir_alert_deliveries_total{outcome="failed"}') >= 1
        eventually(lambda: len(failing.heard) == 3 and len(moved.heard) == 3, "the second try")

    assert len(set(failing.ids())) == 2 and len(set(other.ids())) == 2
    notes = {d["server"]: d.get("note", "") for d in deliveries(ledger)}
    assert "refused" in next(note for server, note in notes.items() if server not in (failing.url, other.url, moved.url)).lower() \
        or "connect" in str(notes).lower()


def test_what_nobody_heard_before_a_kill_is_sent_by_the_next_ledger(start):
    port = free_port()
    first = start()
    spend(first, told_by(f"http://127.0.0.1:{port}/"), 9 * DOLLAR)
    eventually(lambda: [d.get("note") for d in deliveries(first) if d.get("note")], "a try in vain")
    first.kill()
    second = start(name="second")
    with Receiver(port=port) as receiver:
        eventually(lambda: all(d["state"] == "Delivered" for d in deliveries(second)), "both", patience=90)
        assert sorted(set(receiver.ids())) == sorted(alert["id"] for alert in alerts(second))


def test_several_ledgers_tell_each_alert_once(start):
    ledgers = [start(name=name) for name in ("one", "two", "three")]
    with Receiver() as receiver:
        book = told_by(receiver.url)
        spend(ledgers[0], book, 5 * DOLLAR)
        spend(ledgers[1], book, 3 * DOLLAR)
        eventually(lambda: [d["state"] for d in deliveries(ledgers[2])] == ["Delivered"] * 2, "both")
    assert len(receiver.ids()) == 2 == len(set(receiver.ids()))


def test_a_key_that_is_none_is_refused_without_being_shown(short):
    (short / "key").write_text("whsec_c2hvcnQ=")
    ledger = LedgerProcess(short, "--alert-key-file", short / "key")
    failed = ledger.event("cannot_start")
    assert "24 to 64 bytes" in failed["reason"] and "c2hvcnQ" not in ledger.output
    assert ledger.wait() != 0


@pytest.mark.parametrize("days", ["0", "61", "36501", "soon"])
def test_alerts_are_kept_for_as_long_as_they_may_be_made_again(short, days):
    ledger = LedgerProcess(short, "--alert-keep-days", days)
    ledger.wait()
    assert f"--alert-keep-days: {days} is not a number of days from 62 to 36500" in ledger.output


def test_a_ledger_forgets_alerts_that_are_old(short):
    first = LedgerProcess(short, "--alert-keep-days", "62")
    first.event("serving")
    spend(first, told_by("http://127.0.0.1:9/"), 8 * DOLLAR)
    assert len(alerts(first)) == 2
    first.kill()
    with sqlite3.connect(short / "ledger.db") as database:
        database.execute("UPDATE alert_delivery SET alert = '01JAAAAAAA' || substr(alert, 11) WHERE alert LIKE '%-050'")
        database.execute("UPDATE alert SET id = '01JAAAAAAA' || substr(id, 11), time_ms = 1 WHERE percent = 50")
    second = LedgerProcess(short, "--alert-keep-days", "62")
    try:
        second.event("serving")
        [kept] = eventually(lambda: found if len(found := alerts(second)) == 1 else None, "the one of years ago to be forgotten")
        assert kept["percent"] == 80 and len(kept["deliveries"]) == 1
    finally:
        end(second)


def listen(operator, *told):
    operator.send({"type": "Listen", "listen": {"told": list(told)}})
    return [(a["id"], a["percent"]) for a in operator.next("Alerts")["alerts"]]


def test_an_operator_hears_of_each_alert_once_whichever_ledger_made_it(start):
    first, second = start(), start(name="other")
    with LedgerStream(first.socket) as operator:
        operator.book("1", TOLD)
        operator.send({"type": "Listen", "listen": {}})
        with LedgerStream(second.socket) as gateway:
            gateway.hello(JOURNALS[0])
            gateway.usage(0, [record(1, "team", "demo/dev", 5 * DOLLAR)])
        [half] = operator.next("Alerts")["alerts"]
        assert (half["budget"], half["owner"], half["percent"], half["settled"], half["amount"]) == ("team", "demo/dev", 50, "5.00", "10.00")
    with LedgerStream(second.socket) as operator:  # that it was told was not heard
        operator.book("1", TOLD)
        assert listen(operator) == [(half["id"], 50)]
        with LedgerStream(first.socket) as gateway:
            gateway.usage(gateway.hello(JOURNALS[1]), [record(2, "team", "demo/dev", 5 * DOLLAR)])
        assert [percent for _, percent in listen(operator, half["id"])] == [80, 100]
    third = start(name="third")
    with LedgerStream(third.socket) as operator:
        operator.book("1", TOLD)
        told = [alert["id"] for alert in alerts(third)]
        with LedgerStream(third.socket) as gateway:
            gateway.usage(gateway.hello(JOURNALS[1]), [record(3, "all", "", 100)])
        assert [percent for _, percent in listen(operator, *told)] == [10]


def test_only_an_operator_may_listen(start):
    ledger = start()
    with LedgerStream(ledger.socket) as gateway:
        gateway.hello(JOURNALS[0])
        with pytest.raises(Refused, match="a Listen is not expected now"):
            listen(gateway)


def budgeted(*percents):
    return {"workspace.yaml": workspace(extra=f"  budget: {{ tokens: 4, onExceeded: Alert, alerts: {list(percents)} }}")}


def test_weir_up_tells_each_alert_once_also_when_it_starts_again(up):
    weir = up(budgeted(50, 100))
    assert status_of(weir.gateway("dev")["url"]) == 200
    half, whole = weir.event("budget_alert"), weir.event("budget_alert", after=1)
    assert [(e["percent"], e["owner"], e["amount"], e["unit"], e["budget"]) for e in (half, whole)] == [
        (percent, "lab", "4", "Tokens", "workspace/lab/Workspace/Month/Tokens") for percent in (50, 100)]
    assert int(half["spent"]) >= 4
    assert weir.stop() == 0

    again = up(budgeted(20, 50, 100), folder=weir.folder)
    assert status_of(again.gateway("dev")["url"]) == 200
    assert again.event("budget_alert")["percent"] == 20
    assert len([e for e in again.events() if e["event"] == "budget_alert"]) == 1


def test_weir_up_tells_people_in_words(up):
    weir = up(budgeted(100), "--output", "text", wait=False)
    url = eventually(lambda: re.search(r"http://127\.0\.0\.1:\d+", weir.output), "a gateway")[0]
    # A call of before the budget was in the book tells nobody: the next one does.
    eventually(lambda: status_of(url) == 200 and re.search(r"  Alert at 100 % of budget workspace/lab/Workspace/Month/Tokens: lab spent \d+ of 4 tokens in \d{4}-\d\d\.", weir.output),
               "the line")


def test_weir_up_signs_what_webhooks_are_told(up, tmp_path):
    key = os.urandom(32)
    (tmp_path / "key").write_text("whsec_" + base64.b64encode(key).decode())
    with Receiver() as receiver:
        extra = f'  budget: {{ tokens: 4, onExceeded: Alert, alerts: [50], webhooks: [ {{ url: "{receiver.url}/" }} ] }}'
        weir = up({"workspace.yaml": workspace(extra=extra)}, "--alert-key-file", tmp_path / "key")
        assert status_of(weir.gateway("dev")["url"]) == 200
        eventually(lambda: receiver.heard, "a message")
    [(_, headers, body)] = receiver.heard
    signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    assert headers["webhook-signature"] == "v1," + base64.b64encode(hmac.digest(key, signed, "sha256")).decode()


def test_weir_up_says_at_once_that_there_is_no_such_key(up, tmp_path):
    weir = up(BASE, "--alert-key-file", tmp_path / "nothing", wait=False)
    assert weir.wait() not in (0, None)
    assert f"--alert-key-file {tmp_path}/nothing: No such file or directory" in weir.output
