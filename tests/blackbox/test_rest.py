"""What weir-api answers about real calls, on SQLite and PostgreSQL: over its socket, and over TCP to whoever holds the token."""
import csv
import http.client
import io
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import pytest

from conftest import client_of, end
from configs import config_for
from folders import BASE
from ports import free_port
from processes import BUILD, ROOT, Gateway, Process, eventually, get, journal_records

HELLO = [{"role": "user", "content": "hello"}]
CALLS = {"ada": 7, "bob": 5}
SEED = 2026
FOCUS_VALIDATOR = os.environ.get("WEIR_FOCUS_VALIDATOR") or shutil.which("focus-validator")


class Rest(Process):
    """weir-api with a socket and a port to ask at."""

    def __init__(self, folder, database):
        self.folder, self.port, self.token = folder, free_port(), secrets.token_urlsafe(32)
        token_file = folder / "token"
        token_file.write_text(self.token)
        token_file.chmod(0o600)
        super().__init__(BUILD / "weir-api", "--database", database, "--usage-socket", folder / "ledger.sock", "--rest-socket",
                         folder / "rest.sock", "--rest-listen", f"127.0.0.1:{self.port}", "--rest-token-file", token_file)
        self._wait_or_end(lambda: self.event("serving"))

    def ask(self, path, method="GET", headers=None, **query):
        """Status, headers and body, over the unix socket."""
        connection = http.client.HTTPConnection("weir")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(self.folder / "rest.sock"))
        return self._ask(connection, path, method, headers or {}, query)

    def ask_tcp(self, path, token=None, method="GET", **query):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        return self._ask(connection, path, method, {"Authorization": f"Bearer {token}"} if token else {}, query)

    @staticmethod
    def _ask(connection, path, method, headers, query):
        try:
            connection.request(method, path + ("?" + urlencode(query) if query else ""), headers=headers)
            reply = connection.getresponse()
            return reply.status, reply.headers, reply.read().decode()
        finally:
            connection.close()

    def json(self, path, **query):
        status, _, body = self.ask(path, **query)
        assert status == 200, body
        return json.loads(body)

    def rows(self, path, **query):
        status, headers, body = self.ask(path, **query)
        assert status == 200 and headers["Content-Type"].startswith("text/csv"), body
        return list(csv.DictReader(io.StringIO(body)))


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pg")
    folder.chmod(0o755)  # the server is another user
    for parent in list(folder.parents)[:4]:
        if parent != Path("/") and parent.stat().st_uid == os.getuid():
            parent.chmod(parent.stat().st_mode | 0o011)
    started = subprocess.run([ROOT / "hack/postgres", "up", folder / "s", str(os.getpid())], capture_output=True, text=True)
    if started.returncode:
        pytest.skip(f"no PostgreSQL: {started.stderr}")
    yield folder / "s"
    subprocess.run([ROOT / "hack/postgres", "down", folder / "s"], check=True, capture_output=True)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def rest(request, upstream, tmp_path_factory):
    """A ledger that has the calls of one gateway."""
    folder = tmp_path_factory.mktemp("r")
    folder.chmod(0o700)
    if request.param == "sqlite":
        database = f"sqlite:{folder / 'ledger.db'}"
    else:
        database = f"host={request.getfixturevalue('postgres')} user=weir dbname=postgres"
    process = Rest(folder, database)
    gateway = Gateway(folder / "g", config_for(upstream.url), options=("--ledger", folder / "ledger.sock"))
    for who, count in CALLS.items():
        with client_of(gateway.url, who) as client:
            for _ in range(count):
                client.chat.completions.create(model="echo", messages=HELLO)
    process.records = {record["id"]: record for record in journal_records(folder / "g")}
    assert len(process.records) == sum(CALLS.values())
    eventually(lambda: process.json("/v1/usage")["rows"][0]["calls"] == len(process.records), "the records")
    yield process
    end(gateway)
    end(process)


def test_sums_are_those_of_the_calls_in_json_and_in_csv(rest):
    found = rest.json("/v1/usage", by="caller,model")["rows"]
    assert {(row["caller"], row["model"]): row["calls"] for row in found} == {(who, "echo"): n for who, n in CALLS.items()}
    for row in found:
        for name in ("inputTokens", "outputTokens"):
            assert row[name] == sum(r[name] for r in rest.records.values() if r["caller"] == row["caller"])

    for query, headers in (({"format": "csv"}, {}), ({}, {"Accept": "text/csv"})):
        rows = rest.rows("/v1/usage", by="caller,model", headers=headers, **query)
        assert [(r["caller"], int(r["calls"]), r["cost"], int(r["inputTokens"])) for r in rows] == \
            [(r["caller"], r["calls"], r["cost"], r["inputTokens"]) for r in found]


def test_filters_count_only_what_fits(rest):
    assert rest.json("/v1/usage", caller="ada", team="research")["rows"][0]["calls"] == CALLS["ada"]
    assert rest.json("/v1/usage", workspace="elsewhere")["rows"] == []
    for long_ago in ("2020-01-01T00:00:00Z", "1969-12-31T00:00:00Z"):
        assert rest.json("/v1/usage", until=long_ago)["rows"] == [] and rest.json("/v1/calls", until=long_ago)["calls"] == []
        assert rest.rows("/v1/exports/focus", until=long_ago) == []


@pytest.mark.parametrize("limit", [1, 5, 1000])
def test_pages_hold_each_call_once_as_the_gateway_wrote_it(rest, limit):
    found, query = [], {}
    while True:
        page = rest.json("/v1/calls", limit=limit, **query)
        assert len(page["calls"]) <= limit
        found += page["calls"]
        if "next" not in page:
            break
        query = {"cursor": page["next"]}
    assert len(found) == len(rest.records) and {call["id"]: call for call in found} == rest.records
    assert [call["time"] for call in found] == sorted((call["time"] for call in found), reverse=True)


def test_pages_of_sums_hold_each_row_once(rest):
    first = rest.json("/v1/usage", by="caller", limit=1)
    second = rest.json("/v1/usage", by="caller", limit=1, cursor=first["next"])
    assert "next" not in second
    assert [row["caller"] for row in first["rows"] + second["rows"]] == ["ada", "bob"]


def test_one_call_by_its_id_and_calls_by_what_they_are(rest):
    for record in list(rest.records.values())[:3]:
        assert rest.json(f"/v1/calls/{record['id']}") == record
    assert rest.ask("/v1/calls/01ARZ3NDEKTSV4RRFFQ69G5FAV")[0] == 404
    assert len(rest.json("/v1/calls", caller="bob", model="echo", outcome="Completed")["calls"]) == CALLS["bob"]
    assert rest.json("/v1/calls", provider="mock")["calls"] == []


def test_everything_that_is_wrong_is_named_at_once_with_the_request(rest):
    status, headers, body = rest.ask("/v1/calls", limit=0, frm="2026-01-01T00:00:00Z", until="soon")
    error = json.loads(body)["error"]
    assert status == 400 and error["code"] == "invalid_question" and error["request"] == headers["x-request-id"]
    for words in ("limit: 0 is not between 1 and 1000", "frm: unknown field", "until: \"soon\" is not a time", "there is from, until"):
        assert words in error["message"], error


def test_over_tcp_only_the_holder_of_the_token_learns_anything(rest):
    said = set()
    for path in ("/v1/usage", "/v1/audit", "/v1/audit/export", "/v1/callers", "/v1/callers/lab/dev/ada/keys", "/v1/prices", "/v1/limits", "/v1/calls/none", f"/v1/calls/{next(iter(rest.records))}", "/v1/nothing", "/openapi.json", "/v1/usage?x=1"):
        for token in (None, "wrong", rest.token[:-1], rest.token + "x", rest.token.swapcase()):
            status, headers, body = rest.ask_tcp(path, token)
            assert status == 401 and headers["WWW-Authenticate"].startswith("Bearer"), path
            error = json.loads(body)["error"]
            said.add((error["code"], error["message"], len(body)))
    for method, path in (("POST", "/v1/callers/lab/dev/ada/keys"), ("DELETE", "/v1/callers/lab/dev/ada/keys/" + 12 * "0"), ("POST", "/v1/usage"), ("DELETE", "/v1/nothing")):
        status, _, body = rest.ask_tcp(path, "wrong", method)
        assert status == 401, path
        error = json.loads(body)["error"]
        said.add((error["code"], error["message"], len(body)))
    assert len(said) == 1, "who is not known is told one thing"
    assert rest.ask_tcp("/v1/usage", rest.token)[0] == 200
    assert rest.ask_tcp("/healthz")[0] == rest.ask_tcp("/readyz")[0] == 200
    assert rest.token not in rest.output


@pytest.mark.parametrize("content,mode,words", [
    (None, 0o600, "needs --rest-token-file"), ("short", 0o600, "holds no token"), (secrets.token_urlsafe(32), 0o640, "open to others"),
])
def test_without_a_good_token_nothing_listens(tmp_path, content, mode, words):
    options = []
    if content is not None:
        (tmp_path / "token").write_text(content)
        (tmp_path / "token").chmod(mode)
        options = ["--rest-token-file", tmp_path / "token"]
    done = subprocess.run([BUILD / "weir-api", "--database", f"sqlite:{tmp_path / 'l.db'}", "--usage-socket", tmp_path / "u.sock",
                           "--rest-listen", f"127.0.0.1:{free_port()}", *options], capture_output=True, text=True, timeout=30)
    assert done.returncode in (1, 2) and words in done.stderr, done.stderr
    assert content is None or content not in done.stderr


def test_it_is_described_as_the_repository_says(rest):
    assert rest.ask("/openapi.json")[2] == (ROOT / "api/openapi.json").read_text()


TOMORROW = "2999-01-01T00:00:00Z"  # the hour that goes on is in it too


@pytest.mark.parametrize("version", ["1.2", "1.4"])
def test_focus_has_a_row_for_each_hour_and_who_and_what(rest, version):
    rows = rest.rows("/v1/exports/focus", version=version, until=TOMORROW, account="acme")
    assert sum(float(row["PricingQuantity"]) for row in rows) == len(rest.records)
    assert {row["x_Caller"] for row in rows} == set(CALLS)
    assert sum(float(row["ConsumedQuantity"]) for row in rows) == \
        sum(record["inputTokens"] + record["outputTokens"] for record in rest.records.values())
    for row in rows:
        assert row["BillingAccountId"] == "acme" and row["SubAccountId"] == "lab" and json.loads(row["Tags"])["weir/caller"] == row["x_Caller"]
        assert ("ServiceProviderName" in row) == (version == "1.4") and ("PublisherName" in row) == (version == "1.2")
    assert rest.rows("/v1/exports/focus", version=version, workspace="elsewhere", until=TOMORROW) == []


@pytest.mark.skipif(not FOCUS_VALIDATOR, reason="focus-validator is not there: it needs Python 3.12 and 650 MB; "
                    "`pip install focus-validator` into a venv of its own and name its program in WEIR_FOCUS_VALIDATOR")
@pytest.mark.parametrize("by", [{}, {"by": "tag:cost-center"}], ids=["whole", "by-tag"])
def test_focus_1_2_is_valid_for_focus_validator(rest, tmp_path, by):
    (tmp_path / "focus.csv").write_text(rest.ask("/v1/exports/focus", until=TOMORROW, **by)[2])
    criteria = "USAGE_MEASUREMENT_SUPPORTED,SUB_ACCOUNT_SUPPORTED,TAGGING_SUPPORTED"
    done = subprocess.run([FOCUS_VALIDATOR, "--data-file", tmp_path / "focus.csv", "--validate-version", "1.2.0.1", "--block-download",
                           "--applicability-criteria", criteria, "--show-violations"],
                          capture_output=True, text=True, timeout=300,
                          cwd=next(Path(FOCUS_VALIDATOR).parents[1].glob("lib/python*/site-packages")))  # it looks for its tables from there
    # It exits with 0 whatever it found. C-005 is for rows with an invoice, C-004 for those without; it holds every row against both.
    failed = [line for line in done.stdout.splitlines() if ": FAIL" in line and "InvoiceId-C-005-C" not in line]
    assert done.returncode == 0 and not failed and done.stdout.count(": PASS") > 100, "\n".join(failed) + done.stderr[-4000:]


REFUSALS = ["400", "401", "404", "405", "406", "413", "414", "415"]  # of a question that is not as described


def test_schemathesis_finds_no_answer_that_is_not_described(rest, tmp_path):
    """What it does not judge: that all which fits the description is accepted. A cursor fits and was never given out."""
    (tmp_path / "schemathesis.toml").write_text(f"[checks.negative_data_rejection]\nexpected-statuses = {json.dumps(REFUSALS)}\n")
    program = Path(sys.executable).with_name("schemathesis")
    done = subprocess.run([program, "run", f"http://127.0.0.1:{rest.port}/openapi.json", "--header", f"Authorization: Bearer {rest.token}",
                           "--exclude-checks", "positive_data_acceptance", "--seed", str(SEED), "--max-examples", "25", "--max-time", "30",
                           "--no-color"], capture_output=True, text=True, timeout=180, cwd=tmp_path, env={**os.environ, "NO_PROXY": "*"})
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert rest.is_running() and "question_failed" not in rest.output


def test_weir_up_makes_a_token_once_and_says_where_it_is(up):
    port = free_port()
    weir = up(BASE, "--rest-port", str(port))
    token_file = weir.state / "rest-token"
    assert str(token_file) in weir.event("ledger_rest")["message"] and str(port) in weir.event("ledger_rest")["message"]
    token = token_file.read_text().strip()
    assert len(token) == 43 and token_file.stat().st_mode & 0o777 == 0o600 and token not in weir.output

    def ask(**headers):
        return get(f"http://127.0.0.1:{port}/v1/usage", headers)[0]

    assert eventually(lambda: ask(Authorization=f"Bearer {token}"), "an answer") == 200
    assert ask() == ask(Authorization="Bearer x") == 401
    weir.stop()
    up(folder=weir.folder)
    assert token_file.read_text().strip() == token


def test_a_database_that_is_gone_is_told_without_its_words(postgres, tmp_path):
    folder = tmp_path / "r"
    folder.mkdir(mode=0o700)
    process = Rest(folder, f"host={postgres} user=weir dbname=postgres")
    try:
        subprocess.run([ROOT / "hack/postgres", "kill", postgres], check=True, capture_output=True)
        eventually(lambda: process.ask("/readyz")[0] == 503, "it is seen")
        status, headers, body = process.ask("/v1/usage")
        assert status == 503 and headers["Retry-After"]
        assert not any(word in body.lower() for word in ("postgres", "socket", "connect", str(postgres)))
        assert "connect" in process.event("question_failed", lambda e: e["request"] == headers["x-request-id"])["reason"]
        subprocess.run([ROOT / "hack/postgres", "up", postgres, str(os.getpid())], check=True, capture_output=True)
        eventually(lambda: process.ask("/v1/usage")[0] == 200, "answers again")
    finally:
        end(process)
