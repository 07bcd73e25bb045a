"""The command line as people and scripts use it: what it prints, and its exit codes."""
import json
import re
import shutil

import pytest

from conftest import client_of
from folders import BASE, limits, policy, workspace
from processes import ROOT, cli, eventually, key_hash

HELLO = [{"role": "user", "content": "hello"}]


@pytest.fixture
def quickstart(up, tmp_path):
    shutil.copytree(ROOT / "examples/quickstart", tmp_path / "q", ignore=shutil.ignore_patterns(".weir"))
    return up(folder=tmp_path / "q")


def test_every_problem_of_a_file_at_once_with_its_place(tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text(policy("x", "weir-system", """  constraints:
    limits:
      - scope: Environment
        requestsPerMinut: 100
  defaults:
    routes:
      - model: a
        strategy: Fastest
        targets: [ { provider: echo, model: echo } ]"""))

    done = cli("check", broken)

    assert done.returncode == 3
    text = done.stdout + done.stderr
    assert f"{broken}:8:9: error: spec.constraints.limits[0].requestsPerMinut: unknown field" in text
    assert "did you mean requestsPerMinute?" in text and "^~~~" in text
    assert f"{broken}:12:" in text and "Weighted, LeastBusy" in text
    assert "2 problems in 1 file" in text


def test_a_right_file_is_right(tmp_path):
    for name, text in BASE.items():
        (tmp_path / name).write_text(text)

    assert cli("check", tmp_path).returncode == 0


def test_a_time_zone_that_nobody_knows_is_told(tmp_path):
    (tmp_path / "zones.yaml").write_text(policy("x", "weir-system", """  constraints:
    budgets:
      - { scope: Environment, amount: "5", period: Day, timeZone: Europe/Berlim }
      - { scope: Workspace, amount: "5", period: Day, timeZone: UTC }"""))

    done = cli("check", tmp_path, "--output", "json")

    told = [row for row in json.loads(done.stdout) if row["path"].endswith(".timeZone")]
    assert [(row["path"], row["level"]) for row in told] == [("spec.constraints.budgets[0].timeZone", "notice")]
    assert "Europe/Berlim" in told[0]["message"]


@pytest.mark.parametrize("arguments,code", [
    (["--help"], 0), (["up", "--help"], 0), (["version"], 0), (["completion", "bash"], 0), (["completion", "zsh"], 0),
    ([], 2), (["upp"], 2), (["up"], 2), (["up", "--colour"], 2), (["check", "--output", "xml", "x"], 2), (["check", "/nonexistent.yaml"], 4),
    (["explain", "no/where", "--dir", "/nonexistent"], 4),
])
def test_exit_codes(arguments, code):
    done = cli(*arguments)

    assert done.returncode == code, done.stdout + done.stderr
    if code and arguments:
        assert done.stderr, "errors go to standard error"


def test_a_mistyped_command_is_guessed():
    assert "explain" in cli("explian").stderr


def test_explain_tells_each_value_and_where_it_comes_from(quickstart):
    text = quickstart.cli("explain", "demo/prod", check=0).stdout

    for part in ("limits[environment].requestsPerMinute", "3,000", "demo-prod/hardening", "prod.yaml:", "looser, ignored", "weir-system/org-baseline",
                 "org.yaml:", "built-in default"):
        assert part in text
    assert isinstance(json.loads(quickstart.cli("explain", "demo/prod", "-o", "json", check=0).stdout), dict)


def test_explain_answers_for_a_caller_and_a_model_as_the_gateway_does(quickstart):
    assert quickstart.cli("explain", "demo/prod", "--model", "echo", "--caller", "local").returncode == 0
    keyless = quickstart.cli("explain", "demo/prod", "--model", "echo", "--caller", "ada")
    assert keyless.returncode == 5 and "weir keys new" in keyless.stdout
    refused = quickstart.cli("explain", "demo/prod", "--model", "o1-preview")
    assert refused.returncode == 5 and "org.yaml" in refused.stdout
    assert quickstart.cli("explain", "demo/nowhere").returncode == 4
    assert quickstart.cli("explain", "demo/prod", "--caller", "nobody").returncode in (4, 5)


def test_a_new_key_is_printed_once_and_its_hash_lets_it_in(up):
    made = json.loads(cli("keys", "new", "--caller", "cyd", "-o", "json", check=0).stdout)
    text = json.dumps(made)
    key = re.search(r"weir_cyd_[\w-]+", text).group(0)
    assert key_hash(key) in text
    weir = up({"workspace.yaml": workspace(callers=()) + f"    - {{ name: cyd, keyHashes: [ \"{key_hash(key)}\" ] }}\n"})

    with client_of(weir.gateway("dev")["url"], key) as client:
        assert client.chat.completions.create(model="echo", messages=HELLO).choices[0].message.content == "hello"


def test_usage_adds_up_what_was_called(quickstart):
    for environment, count in (("dev", 3), ("prod", 2)):
        ready = quickstart.gateway(environment, "demo")
        with client_of(ready["url"], ready["key"]) as client:
            for _ in range(count):
                client.chat.completions.create(model="echo", messages=HELLO)

    def rows():
        return {row["environment"]: row for row in json.loads(quickstart.cli("usage", "--by", "environment", "-o", "json", check=0).stdout)}

    eventually(lambda: rows()["dev"]["calls"] == 3 and rows()["prod"]["calls"] == 2, "the sums")
    assert rows()["dev"]["inputTokens"] == 3 * 7 and rows()["dev"]["outputTokens"] == 3
    assert "dev" in quickstart.cli("usage", check=0).stdout


def test_usage_asks_the_ledger_and_reads_the_journals_when_none_runs(up):
    weir = up(BASE)
    for environment, key, count in (("dev", "ada", 3), ("prod", "bob", 2)):
        with client_of(weir.gateway(environment)["url"], key) as client:
            for _ in range(count):
                client.chat.completions.create(model="echo", messages=HELLO)

    def rows(*options):
        done = weir.cli("usage", "--by", "environment,caller", *options, "-o", "json", check=0)
        return json.loads(done.stdout), done.stderr

    by_ledger, said = eventually(lambda: next((r for r in [rows()] if len(r[0]) == 2 and sum(row["calls"] for row in r[0]) == 5), None), "the records")
    assert "added up by the ledger" in said
    assert [row["calls"] for row in rows("--environment", "prod")[0]] == [2] and rows("--workspace", "elsewhere")[0] == []
    assert [row["calls"] for row in rows("--since", "2h", "--workspace", "lab", "-e", "dev")[0]] == [3]
    table = weir.cli("usage", "--by", "caller, outcome", "-o", "csv", check=0).stdout.splitlines()
    assert table[0].startswith("caller,outcome,calls,tries,refused,failed,") and {line.split(",")[2] for line in table[1:]} == {"2", "3"}
    assert weir.cli("usage", "--by", "caller,outcome", "--workspace", "elsewhere", "-o", "csv", check=0).stdout.splitlines() == table[:1]

    weir.stop()

    by_journals, said = rows()
    assert "no ledger answers" in said
    assert by_journals == by_ledger
    assert [row["calls"] for row in rows("--environment", "prod")[0]] == [2]


def test_get_speaks_json_yaml_and_names(quickstart):
    assert json.loads(quickstart.cli("get", "aimp", "-o", "json", check=0).stdout)
    assert "kind: ModelPolicy" in quickstart.cli("get", "aimp", "org-baseline", "-n", "weir-system", "-o", "yaml", check=0).stdout
    assert "org-baseline" in quickstart.cli("get", "aimp", "-o", "name", check=0).stdout
    assert quickstart.cli("get", "aimp", "nothing").returncode == 4
    assert quickstart.cli("get", "things").returncode in (2, 4)


def test_fields_that_do_nothing_yet_are_named_and_those_that_would_protect_are_refused(up):
    weir = up({**BASE, "dev.yaml": limits(100) + "  defaults:\n    cache: { mode: Exact }\n"})
    eventually(lambda: "cach" in weir.cli("get", "aimp", "limits", "-n", "lab-dev", "-o", "json").stdout.split('"conditions"')[1], "the notice")

    weir.write("dev.yaml", limits(100) + "    tools: { allow: [ \"mcp:jira/*\" ] }\n")

    assert "not enforced" in weir.event("refused")["message"]


def test_the_transcript_for_people(tmp_path):
    """Text, not JSON, when asked for: the address, the key and a line to try."""
    from processes import BUILD, Process
    shutil.copytree(ROOT / "examples/quickstart", tmp_path / "q", ignore=shutil.ignore_patterns(".weir"))
    weir = Process(BUILD / "weir", "up", tmp_path / "q", "--port", "0", "--output", "text")
    try:
        eventually(lambda: "Ctrl-C drains and stops" in weir.output, "the transcript")
        for part in ("workspace demo", "gateway demo/dev", "ready in", "revision", "curl -s http://127.0.0.1:", "Authorization: Bearer weir_dev_",
                     "weir explain demo/"):
            assert part in weir.output
    finally:
        assert weir.stop() == 0


def test_a_folder_where_none_belongs_is_told_where_it_goes():
    done = cli("usage", "my-folder", "--by", "model")
    assert done.returncode == 2
    assert '"my-folder" is an argument too many. The folder of a `weir up` is said with --dir. Usage: weir usage' in done.stderr
    assert "an argument is missing. Usage: weir simulate" in cli("simulate").stderr
