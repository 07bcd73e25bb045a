"""Answers about money over time, on SQLite and PostgreSQL: forecasts, series, and who moved most."""
import datetime
import time

import pytest

from conftest import client_of, end
from folders import BASE, policy
from ledger_client import LedgerProcess, LedgerStream, get
from postgres import Postgres
from processes import eventually

HOUR = 3_600_000
WEEK_HOURS = 168
JOURNAL = "01KB7D0000ABCDEFGHJKMNPQRS"


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request, short):
    server = Postgres() if request.param == "postgresql" else None
    process = LedgerProcess(short, database=server.url if server else None)
    process.event("serving")
    yield process
    end(process)
    if server:
        server.stop()


def record(number, time_ms, cost, **more):
    return {"id": f"01A{number:06}", "time": time_ms, "workspace": "demo", "environment": "dev", "outcome": "Completed", "caller": "ada",
            "provider": "mock", "model": "m1", "requests": 1, "cost": cost, **more}


def unix(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def test_an_account_that_spends_a_cent_an_hour_will_have_spent_a_cent_for_each_that_is_left(ledger):
    with LedgerStream(ledger.socket) as operator:
        operator.book("1", [{"id": name, "scope": scope, "amount": 10**12, "period": period, "onExceeded": "Block", **more}
                            for name, scope, period, more in (("callers", "Caller", "Month", {}), ("daily", "Workspace", "Day", {"timeZone": "Asia/Kolkata"}),
                                                              ("hourly", "Organisation", "Hour", {}), ("tokens", "Model", "Week", {"unit": "Tokens"}))])
    windows = {found["id"]: found["window"] for found in get(ledger.rest, "/v1/budgets")["budgets"]}
    now = int(time.time() * 1000)
    with LedgerStream(ledger.socket) as gateway:
        gateway.hello(JOURNAL)
        assert gateway.usage(0, [record(i, now - i * HOUR, "0.01", inputTokens=900, outputTokens=100) for i in range(5 * WEEK_HOURS)])
        for name, owner in (("callers", "demo/dev/ada"), ("callers", "demo/dev/bob"), ("daily", "demo"), ("hourly", ""), ("tokens", "demo/dev/m1")):
            gateway.ask(name, owner, windows[name], 1)

    said = get(ledger.rest, "/v1/budgets")
    found = {(budget["id"], account["owner"]): (budget, account) for budget in said["budgets"] for account in budget["accounts"]}
    for key, each_hour in ((("callers", "demo/dev/ada"), 0.01), (("daily", "demo"), 0.01), (("tokens", "demo/dev/m1"), 1000)):
        budget, account = found[key]
        left = (unix(budget["end"]) - unix(said["at"])) / 3600 * each_hour
        low, forecast, high = (float(account[name]) for name in ("forecastLow", "forecast", "forecastHigh"))
        assert low <= forecast <= high and 0.9 * left - each_hour <= low and high <= 2 * left + each_hour, (left, account)
    assert all("forecast" not in found[key][1] for key in (("callers", "demo/dev/bob"), ("hourly", "")))
    one = get(ledger.rest, "/v1/budgets?workspace=demo&environment=dev&budget=callers")["budgets"][0]["accounts"][0]
    assert one["owner"] == "demo/dev/ada" and "forecast" in one


def test_series_are_in_order_of_time_and_add_up(ledger):
    day = 24 * HOUR
    start = 20_000 * day
    with LedgerStream(ledger.socket) as gateway:
        gateway.hello(JOURNAL)
        gateway.usage(0, [record(i, start + i * HOUR + 1, "0.01", model=f"m{i % 2}") for i in range(30)])
    hours = get(ledger.rest, "/v1/usage?over=hour&by=model&limit=20")
    more = get(ledger.rest, f"/v1/usage?over=hour&by=model&limit=20&cursor={hours['next']}")
    rows = hours["rows"] + more["rows"]
    assert [(row["time"], row["model"], row["calls"]) for row in rows] == [
        (f"2024-10-{4 + i // 24:02}T{i % 24:02}:00:00Z", f"m{i % 2}", 1) for i in range(30)]
    assert [(row["time"], row["calls"], row["cost"]) for row in get(ledger.rest, "/v1/usage?over=day")["rows"]] == [
        ("2024-10-04T00:00:00Z", 24, "0.24"), ("2024-10-05T00:00:00Z", 6, "0.06")]
    assert "time" not in get(ledger.rest, "/v1/usage")["rows"][0]


def test_who_moved_most_comes_first_whether_up_or_down(ledger):
    until = int(time.time() * 1000) // HOUR * HOUR
    week = WEEK_HOURS * HOUR
    with LedgerStream(ledger.socket) as gateway:
        gateway.hello(JOURNAL)
        gateway.usage(0, [record(1, until - week, "0.30", model="steady"), record(2, until - week - 1, "0.30", model="steady"),
                          record(3, until - 2 * week, "5", model="gone"), record(4, until - 2 * week - 1, "90", model="gone"),
                          record(5, until - HOUR, "3", model="new"), record(6, until - HOUR, "1.5", model="new")])
    said = get(ledger.rest, f"/v1/movers?by=model&span=1w&until={time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(until / 1000))}")
    assert [(row["model"], row["calls"], row["callsBefore"], row["cost"], row["costBefore"], row["difference"]) for row in said["rows"]] == [
        ("gone", 0, 1, "0.00", "5.00", "-5.00"), ("new", 2, 0, "4.50", "0.00", "4.50"), ("steady", 1, 1, "0.30", "0.30", "0.00")]
    assert unix(said["until"]) - unix(said["from"]) == unix(said["from"]) - unix(said["before"]) == week / 1000
    assert [row["model"] for row in get(ledger.rest, "/v1/movers?by=model&span=24h")["rows"]][:1] == ["new"]
    assert get(ledger.rest, "/v1/movers?workspace=elsewhere")["rows"] == []
    assert "span" in get(ledger.rest, "/v1/movers?span=90m", 400)["error"]["message"]


SPENDING = policy("spending", "weir-system", """  defaults:
    prices:
      - { provider: echo, model: echo, usdPerMillion: { input: "100", output: "300" } }
  constraints:
    budgets: [ { scope: Environment, amount: "9000" } ]""")


def test_weir_usage_tells_the_change_and_what_is_left_of_budgets(up):
    weir = up({**BASE, "spending.yaml": SPENDING})
    with client_of(weir.gateway("dev")["url"]) as client:
        for _ in range(2):  # of seven tokens in and one out
            client.chat.completions.create(model="echo", messages=[{"role": "user", "content": "hello"}])

    def table(*options):
        return weir.cli("usage", "--by", "environment", "--workspace", "lab", *options, check=0).stdout

    # Calls and budgets are two questions: records may come in between.
    eventually(lambda: "$0.002 used" in table(), "the records")
    told = table("--since", "7d")
    heading, row, line = told.splitlines()
    assert heading.endswith("COST USD  Δ 7d") and row.endswith("0.002   new"), told
    assert line.startswith("budget  lab/dev Month $9,000.00: $0.002 used, $") and " held" in line
    assert "Δ" not in table() and "budget  lab/dev" in table("--environment", "dev")
    assert "budget" not in table("--environment", "prod") and "budget" not in table("-o", "csv") and "budget" not in table("-o", "json")
