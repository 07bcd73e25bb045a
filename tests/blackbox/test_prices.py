"""Money: prices from a public list into a policy, and what calls cost in journal, command line and ledger, worked out by hand."""
import json

import pytest

from conftest import client_of
from folders import BASE, policy
from processes import cli, eventually
from test_ledger import HELLO, usage_of

# In the shape of LiteLLM's list; models and numbers are made up.
LIST = {
    "sample_spec": {"litellm_provider": "one of the providers", "input_cost_per_token": 0.0},
    "brook-large": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 2.5e-06, "cache_read_input_token_cost": 1.25e-06,
                    "output_cost_per_token": 1e-05, "input_cost_per_token_above_200k_tokens": 5e-06, "input_cost_per_token_batches": 1.25e-06},
    "brook-small": {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1.5e-07, "output_cost_per_token": 6e-07},
    "hosted/river": {"litellm_provider": "hosted", "mode": "chat", "input_cost_per_token": 9e-07, "output_cost_per_token": 9e-07},
    "hosted/river-unknown": {"litellm_provider": "hosted", "mode": "chat", "input_cost_per_token": 0.0, "output_cost_per_token": 0.0},
    "hosted/river-wrong": {"litellm_provider": "hosted", "mode": "chat", "input_cost_per_token": -1, "output_cost_per_token": 9e-07},
}
ROUTES = """  defaults:
    providers:
      - { name: barn, type: OpenAI, baseUrl: "https://barn.example.com/v1" }
    routes:
      - model: large
        targets: [ { provider: openai, model: brook-large } ]
        fallback: { targets: [ { provider: barn, model: river }, { provider: echo, model: echo } ] }
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "list.json").write_text(json.dumps(LIST, indent=1))
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies/org.yaml").write_text(policy("org", "weir-system", ROUTES))
    return tmp_path


def import_(folder, *options):
    return cli("prices", "import", folder / "list.json", *options)


def test_a_list_becomes_a_policy_for_what_the_folder_routes_to(folder):
    done = import_(folder, folder / "policies", "--provider", "barn=hosted")

    assert done.returncode == 0, done.stderr
    assert "input_cost_per_token_batches is not understood" in done.stderr, "what is left out is said"
    assert "river-wrong" not in done.stderr, "nothing is said about models that nobody routes to"
    (folder / "policies/prices.yaml").write_text(done.stdout)
    assert cli("check", folder / "policies").returncode == 0
    assert "name: prices\n  namespace: weir-system" in done.stdout
    assert [line.strip() for line in done.stdout.splitlines() if "model:" in line] == ["model: river", "model: brook-large"]
    assert done.stdout.count("provider: barn") == 1 and "brook-small" not in done.stdout
    assert 'input: "2.50"' in done.stdout and "abovePromptTokens: 200000" in done.stdout


def test_what_the_list_does_not_have_is_a_warning_with_what_to_do(folder):
    done = import_(folder, folder / "policies")

    assert done.returncode == 0
    assert "barn/river has no price under provider barn: its calls will have no cost" in done.stderr
    assert "--provider barn=NAME" in done.stderr


def test_all_is_every_model_of_the_providers_named_and_a_wrong_price_is_left_out(folder):
    done = import_(folder, "--all", "--provider", "barn=hosted,openai")

    assert done.returncode == 3, "a price in the file is wrong"
    assert "river-wrong.input_cost_per_token: -1 is a negative price" in done.stderr
    assert "river-unknown: input_cost_per_token is 0: not taken for free" in done.stderr
    assert [line.strip() for line in done.stdout.splitlines() if "model:" in line] == ["model: river", "model: brook-large", "model: brook-small"]


def test_more_than_a_policy_holds_is_refused_and_not_cut(folder):
    many = {f"m{i}": {"litellm_provider": "openai", "input_cost_per_token": 1e-06} for i in range(513)}
    (folder / "list.json").write_text(json.dumps(many))

    done = import_(folder, "--all")

    assert (done.returncode, done.stdout) == (1, "")
    assert "513 prices are wanted, and a policy holds 512" in done.stderr


@pytest.mark.parametrize("arguments,code,words", [
    (["prices", "import", "--help"], 0, ""),
    (["prices", "import"], 2, "FILE"),
    (["prices", "import", "list.json"], 2, "--all"),
    (["prices", "import", "list.json", "policies", "--all"], 2, "--all"),
    (["prices", "import", "list.json", "--all", "--provider", "=x"], 2, "NAME=LITELLM_PROVIDER"),
    (["prices", "import", "nothing.json", "--all"], 4, "nothing.json"),
    (["prices", "import", "list.json", "nowhere"], 4, "nowhere"),
    (["prices", "import", "policies/org.yaml", "--all"], 3, "org.yaml"),
    (["prices", "import", "list.json", "--all", "--provider", "nobody"], 4, "no price that is wanted"),
])
def test_import_exit_codes(folder, arguments, code, words):
    paths = {"list.json", "policies", "nothing.json", "nowhere", "policies/org.yaml"}

    done = cli(*(folder / word if word in paths else word for word in arguments))

    assert done.returncode == code, done.stdout + done.stderr
    assert words in done.stderr


def test_a_folder_that_is_wrong_is_not_guessed_from(folder):
    (folder / "policies/bad.yaml").write_text("apiVersion: weir.dev/v1alpha1\nkind: ModelPolicy\nmetadata: { name: x, namespace: weir-system }\nspec: { defaults: { routse: [] } }\n")

    done = import_(folder, folder / "policies")

    assert (done.returncode, done.stdout) == (3, "")
    assert "bad.yaml has problems" in done.stderr and "weir check" in done.stderr


PRICED = policy("prices", "weir-system", """  defaults:
    prices:
      - { provider: echo, model: echo, usdPerMillion: { input: "0.1500005", output: "0.60" } }""")


def test_what_calls_cost_is_the_same_in_journal_command_line_and_ledger(up):
    weir = up({**BASE, "prices.yaml": PRICED})
    for environment, calls in (("dev", 3), ("prod", 1)):
        with client_of(weir.gateway(environment)["url"]) as client:
            for _ in range(calls):
                client.chat.completions.create(model="echo", messages=HELLO)
    records = eventually(lambda: len(weir.records()) == 4 and weir.records(), "the records")

    # A call has 7 tokens in at 150.0005 and 1 out at 600 nano-USD: 1,650.0035, rounded up once, is 1,651.
    assert [(r["inputTokens"], r["outputTokens"], r["cost"]) for r in records] == 4 * [(7, 1, "0.000001651")]
    assert {r["priceVersion"] for r in records} and all(r["priceVersion"].startswith("p-") and "unpriced" not in r for r in records)

    def rows():
        return {row["environment"]: row for row in json.loads(weir.cli("usage", "--by", "environment", "-o", "json", check=0).stdout)}

    eventually(lambda: sum(row["calls"] for row in rows().values()) == 4, "the ledger to have all of them")
    assert (rows()["dev"]["cost"], rows()["prod"]["cost"]) == ("0.000004953", "0.000001651")
    assert rows()["dev"]["unpricedCalls"] == 0
    table = weir.cli("usage", "--by", "environment", check=0).stdout
    assert "COST USD" in table and "0.000004953" in table and "*" not in table

    def sums():
        rows = usage_of(weir.state, "by=environment")["rows"]
        return {row["environment"]: (row["calls"], row["cost"], row.get("unpricedCalls", 0)) for row in rows}

    wanted = {"dev": (3, "0.000004953", 0), "prod": (1, "0.000001651", 0)}
    assert eventually(lambda: sums() == wanted and sums(), "the ledger's sums")
    explained = weir.cli("explain", "lab/dev", check=0).stdout
    assert "prices[echo/echo]" in explained and "weir-system/prices" in explained and "input 0.1500005, output 0.60 USD per million" in explained


def test_an_edit_of_a_price_is_in_the_next_calls_and_not_in_those_before(up):
    weir = up({**BASE, "prices.yaml": PRICED})
    ready = weir.gateway("dev")

    def call_cost():
        with client_of(ready["url"]) as client:
            asked = client.chat.completions.with_raw_response.create(model="echo", messages=HELLO).headers["x-request-id"]
        return eventually(lambda: next((r for r in weir.records() if r["id"] == asked), None), "the record")["cost"]

    assert call_cost() == "0.000001651"
    weir.write("prices.yaml", PRICED.replace("0.60", "1.00"))

    eventually(lambda: call_cost() == "0.000002051", "the new price")  # 7 at 150.0005 and 1 at 1,000
    costs = [r["cost"] for r in sorted(weir.records(), key=lambda r: r["id"])]
    assert costs == sorted(costs)


def test_without_a_price_of_its_own_echo_is_free_and_another_providers_calls_are_named_unpriced(up, upstream):
    weir = up({**BASE, "routes.yaml": policy("routes", "lab-dev", f"""  defaults:
    providers:
      - {{ name: mock, type: OpenAI, baseUrl: "{upstream.url}" }}
    routes:
      - model: mock-0
        targets: [ {{ provider: mock, model: mock-0 }} ]""")})
    with client_of(weir.gateway("dev")["url"]) as client:
        for model in ("echo", "mock-0"):
            client.chat.completions.create(model=model, messages=HELLO)
    records = eventually(lambda: len(weir.records()) == 2 and {r["model"]: r for r in weir.records()}, "the records")

    assert records["echo"]["cost"] == "0.00"
    assert "cost" not in records["mock-0"] and records["mock-0"]["unpriced"] == ["input", "cacheRead", "output", "reasoning"]
    table = eventually(lambda: "mock-0" in (told := weir.cli("usage", "--by", "model", check=0).stdout) and told, "the ledger to have it")
    assert "-*" in table and "1 try used what has no price" in table
    assert "none" in next(line for line in weir.cli("explain", "lab/dev", check=0).stdout.splitlines() if "prices[mock/mock-0]" in line)
