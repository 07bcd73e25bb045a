"""A month of 100 million calls as the ledger has them by the hour, and how long the main questions about it take."""
import contextlib
import http.client
import json
import socket
import sqlite3
import statistics
import sys
import threading
import time

WORKSPACES, ENVIRONMENTS, CALLERS, MODELS, HOURS = 20, 3, 10, 4, 30 * 24
CALLS = 100_000_000
HOUR_MS = 3_600_000
# Of the classes the usual ones are not zero.
CLASSES = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write1h_tokens", "output_tokens", "reasoning_tokens", "audio_input_tokens",
           "audio_output_tokens", "image_input_tokens", "image_output_tokens", "input_images", "output_images", "input_ms", "output_ms", "characters",
           "search_units", "requests")
USED = {"input_tokens": "800 + 10 * m", "cache_read_tokens": "200", "output_tokens": "150 + m", "requests": "1"}
SERIES = {"w": WORKSPACES, "e": ENVIRONMENTS, "c": CALLERS, "m": MODELS, "h": HOURS}
ROWS = WORKSPACES * ENVIRONMENTS * CALLERS * MODELS * HOURS
EACH = CALLS // ROWS


def statement(first_hour_ms):
    """One row for each hour, workspace, environment, caller and model; both databases know generate_series or have it made here."""
    tables = ", ".join(f"(WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {count - 1}) SELECT i AS {name} FROM n) t{name}"
                       for name, count in SERIES.items())
    classes = ", ".join(f"{EACH} * ({USED.get(name, '0')})" for name in CLASSES)
    return (f"INSERT INTO usage_hour (hour_ms, workspace, environment, team, caller, deployment, model, provider, target_model, outcome, calls, tries, "
            f"unpriced_calls, cost_nano, {', '.join(CLASSES)}) SELECT {first_hour_ms} + h * CAST({HOUR_MS} AS BIGINT), 'team-' || w, 'env-' || e, "
            f"'team-' || w, 'caller-' || w || '-' || c, '', 'model-' || m, 'provider-' || (m % 2), 'model-' || m, 'Completed', {EACH}, {EACH}, 0, "
            f"{EACH} * (500000 + 1000 * m + 10 * c), {classes} FROM {tables}")


def days():
    """As the ledger adds up each day beside its hours."""
    names = "workspace, environment, team, caller, deployment, model, provider, target_model, outcome"
    sums = ("calls", "tries", "unpriced_calls", "cost_nano", *CLASSES)
    return (f"INSERT INTO usage_day (hour_ms, {names}, {', '.join(sums)}, first_ms) SELECT hour_ms - hour_ms % {24 * HOUR_MS} AS day_ms, {names}, "
            f"{', '.join(f'sum({name})' for name in sums)}, min(hour_ms) FROM usage_hour GROUP BY day_ms, {names}")


def accounts():
    """One of each of the bench's budgets, so that each is forecast."""
    month = time.strftime("%Y-%m", time.gmtime())
    owners = {"Organisation": "", "Workspace": "team-7", "Environment": "team-7/env-1", "Caller": "team-7/env-1/caller-7-3"}
    return ("INSERT INTO account (budget, owner, window_id, settled, leased) VALUES " +
            ", ".join(f"('{budget}', '{owner}', '{month}', 1000000, 0)" for budget, owner in owners.items()))


def fill(server, path, first_hour_ms):
    statements = (statement(first_hour_ms), days(), accounts())
    if server:
        for one in (*statements, "ANALYZE"):
            server.ask(one)
        return
    with contextlib.closing(sqlite3.connect(path, timeout=60)) as database:
        for one in statements:
            database.execute(one)
        database.commit()


def ask(rest_socket, path):
    connection = http.client.HTTPConnection("weir")
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.connect(str(rest_socket))
    began = time.monotonic()
    connection.request("GET", path)
    reply = connection.getresponse()
    body = reply.read()
    took = (time.monotonic() - began) * 1000
    connection.close()
    assert reply.status == 200, (path, reply.status, body[:300])
    return took, json.loads(body)


def questions(from_ms, until_ms):
    stamp = lambda ms: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ms / 1000))
    span = f"from={stamp(from_ms)}&until={stamp(until_ms)}"
    return {
        "who spends: by workspace": f"/v1/usage?by=workspace&{span}",
        "by workspace and environment": f"/v1/usage?by=workspace,environment&{span}",
        "by caller": f"/v1/usage?by=caller&{span}",
        "by model and provider": f"/v1/usage?by=model,provider&{span}",
        "each day, by workspace": f"/v1/usage?by=workspace&over=day&{span}",
        "of one workspace, by caller and model": f"/v1/usage?workspace=team-7&by=caller,model&{span}",
        "of one caller, by model": f"/v1/usage?caller=caller-7-3&by=model&{span}",
        "movers of the week, by caller": f"/v1/movers?by=caller&span=7d&until={stamp(until_ms)}",
        "budgets with their forecasts": "/v1/budgets",
    }


def leases_beside(lease_ms, folder, ledger, path):
    """How long a lease takes while that question is asked again and again."""
    is_over, asked = threading.Event(), []

    def keep_asking():
        while not is_over.is_set():
            asked.append(ask(folder / "r.sock", path))

    asker = threading.Thread(target=keep_asking)
    asker.start()
    took = lease_ms(ledger, 500)
    is_over.set()
    asker.join()
    assert asked
    return took


def bench(start, gateways, lease_ms):
    """start: a context of a ledger by its store's name."""
    rows, found = [], {}
    for store in ("SQLite", "PostgreSQL"):
        with start(store) as (folder, server, ledger):
            hour = int(time.time() * 1000) // HOUR_MS * HOUR_MS
            first = hour - (HOURS - 1) * HOUR_MS
            began = time.monotonic()
            fill(server, folder / "l.db", first)
            print(f"  {store}: {ROWS:,} rows of {EACH} calls each in {time.monotonic() - began:.0f} s ...", file=sys.stderr)
            for name, path in questions(first, hour + HOUR_MS).items():
                took = [ask(folder / "r.sock", path) for _ in range(gateways.ROUNDS)]
                if name.startswith("budgets"):
                    assert all("forecast" in budget["accounts"][0] for budget in took[0][1]["budgets"])
                if name.startswith("who"):
                    assert sum(row["calls"] for row in took[0][1]["rows"]) == ROWS * EACH
                times = [ms for ms, _ in took]
                rows.append([store, name, gateways.spread(times)])
                found.setdefault(store, {})[name] = statistics.median(times)
            beside = [leases_beside(lease_ms, folder, ledger, questions(first, hour + HOUR_MS)["by caller"]) for _ in range(gateways.ROUNDS)]
            for share, name in ((0.5, "p50"), (0.99, "p99")):
                rows.append([store, f"a lease beside 'by caller' without a pause, {name}", gateways.spread([one[int(len(one) * share)] for one in beside], 2)])
            rows.append([store, "weir-api RSS MB afterwards", f"{ledger.rss_mb():.1f}"])
    gateways.table(f"A month of {ROWS * EACH:,} calls ({ROWS:,} sums by the hour): questions, ms", ["", "question", "ms"], rows)
    return found
