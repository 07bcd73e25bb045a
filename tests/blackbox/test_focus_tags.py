"""FOCUS exports and the tags of calls: the same sum to the nano-dollar however rows are told apart, over REST and by `weir usage export`, on SQLite
and PostgreSQL."""
import csv
import http.client
import io
import json
import socket
import subprocess
from collections import Counter
from decimal import Decimal

import pytest

from conftest import end
from ledger_client import LedgerProcess, LedgerStream
from processes import BUILD
from test_exact_budgets import PostgresStore, Sqlite

JOURNAL = "01KB7D0000ABCDEFGHJKMNPQRA"
HOUR_MS = 3_600_000
FIRST_HOUR_MS = 1_764_547_200_000  # 2025-12-01T00:00:00Z
RED, BLUE = {"cost-center": "red"}, {"cost-center": "blue"}
# Caller, hour, tags and nano-dollars. Hour 9 is in another part of the month than hour 0, as `weir usage export` asks for it.
CALLS = [("ada", 0, RED | {"feature": "search"}, 1), ("ada", 0, RED | {"feature": "chat"}, 20), ("bob", 0, RED, 300), ("bob", 0, BLUE, 4_000),
         ("bob", 0, {"feature": "chat"}, 50_000), ("bob", 9, BLUE, 600_000), ("cyd", 9, {}, 7_000_000)]


def record(number, caller, hour, tags, nano):
    return {"id": f"01A{number}", "time": FIRST_HOUR_MS + hour * HOUR_MS + number, "workspace": "lab", "environment": "dev", "outcome": "Completed",
            "team": "research", "caller": caller, "provider": "acme", "model": "m1", "targetModel": "m1-large", "inputTokens": 3, "requests": 1,
            "cost": f"{Decimal(nano).scaleb(-9):f}", **({"tags": tags} if tags else {})}


@pytest.fixture(params=[Sqlite, PostgresStore])
def ledger(request, short):
    store = request.param(short)
    process = LedgerProcess(short, database=store.url)
    process.event("serving")
    with LedgerStream(process.socket) as stream:
        stream.send({"type": "Hello", "hello": {"workspace": "lab", "environment": "dev", "gateway": "g", "journal": JOURNAL}})
        stream.next("Welcome")
        assert stream.usage(0, [record(number, *call) for number, call in enumerate(CALLS)]) == len(CALLS)
    yield process
    end(process)
    store.stop()


def exported(ledger, query=""):
    connection = http.client.HTTPConnection("weir")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(ledger.rest))
    connection.request("GET", f"/v1/exports/focus?{query}")
    reply = connection.getresponse()
    text = reply.read().decode()
    assert reply.status == 200, text
    connection.close()
    return rows_of(text)


def rows_of(text):
    return [row | {"Tags": json.loads(row["Tags"])} for row in csv.DictReader(io.StringIO(text))]


def sums(rows, *names):
    """Nano-dollars by these of each row's tags."""
    found = Counter()
    for row in rows:
        found[tuple(row["Tags"].get(name) for name in names)] += int(Decimal(row["BilledCost"]).scaleb(9))
    return found


@pytest.mark.parametrize("version", ["1.2", "1.4"])
def test_rows_of_a_tag_and_those_without_it_are_the_export_to_the_nano_dollar(ledger, version):
    whole, split = exported(ledger, f"version={version}"), exported(ledger, f"version={version}&by=tag:cost-center")

    assert len(whole) == 4 and len(split) == 6
    assert sum(sums(whole).values()) == sum(sums(split).values()) == 7_654_321
    assert sums(split, "cost-center") == {("red",): 321, ("blue",): 604_000, (None,): 7_050_000}
    for column in ("PricingQuantity", "ConsumedQuantity", "x_InputTokens", "x_Requests"):
        assert sum(Decimal(row[column]) for row in split) == sum(Decimal(row[column]) for row in whole), column
    for row in whole + split:
        assert (row["Tags"]["weir/environment"], row["Tags"]["weir/team"], row["Tags"]["weir/caller"]) == ("dev", "research", row["x_Caller"])
    assert exported(ledger, f"version={version}&by=tag:nobody-has-it") == whole


def test_a_row_has_each_tag_that_all_of_its_calls_had(ledger):
    found = {(row["x_Caller"], row["ChargePeriodStart"][11:13]): {key: value for key, value in row["Tags"].items() if "/" not in key}
             for row in exported(ledger)}
    assert found == {("ada", "00"): RED, ("bob", "00"): {}, ("bob", "09"): BLUE, ("cyd", "09"): {}}
    assert {row["Tags"]["feature"]: row["Tags"]["cost-center"] for row in exported(ledger, "by=tag:feature") if row["x_Caller"] == "ada"} == {
        "search": "red", "chat": "red"}, "what all had, each part had"


def test_the_command_writes_the_month_as_the_ledger_has_it(ledger, short):
    def weir(*options, **more):
        return subprocess.run([BUILD / "weir", "usage", "export", *options, "--state", short], capture_output=True, text=True, timeout=60, **more)

    done = weir("--month", "2025-12", "--by", "tag:cost-center", "--focus", "1.4")
    assert done.returncode == 0, done.stderr
    assert rows_of(done.stdout) == exported(ledger, "version=1.4&by=tag:cost-center")

    nothing = weir(short / "november.csv", "--month", "2025-11")
    assert nothing.returncode == 0 and (short / "november.csv").read_text().startswith("BilledCost,"), nothing.stderr
    assert len((short / "november.csv").read_text().splitlines()) == 1
    for wrong in ("2025-13", "2999-01", "soon"):
        refused = weir(short / "none.csv", "--month", wrong)
        assert refused.returncode == 2 and "month" in refused.stderr and not (short / "none.csv").exists(), wrong
    refused = weir(short / "none.csv", "--month", "2025-12", "--by", "feature")
    assert refused.returncode == 1 and "tag:KEY" in refused.stderr and not (short / "none.csv").exists()
