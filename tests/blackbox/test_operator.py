"""`weir up` on a folder: edits, broken edits, storms, and what happens when a process is killed."""
import concurrent.futures
import json
import shutil
import signal
import socket
import subprocess
import time

import openai
import pytest

from conftest import client_of
from folders import BASE, limits, policy, route, workspace
from mock_upstream import answers
from ports import free_port
from processes import BUILD, KEYS, ROOT, Process, cli, eventually, get, is_alive, signal_pid
from test_http_framing import Raw
from test_limits import request_bytes

HELLO = [{"role": "user", "content": "hello"}]


def ask(url, key="ada", model="echo", **more):
    with client_of(url, key) as client:
        return client.chat.completions.with_raw_response.create(model=model, messages=HELLO, **more)


def limit_at(url):
    """0 while nobody answers."""
    try:
        return int(ask(url).headers["x-ratelimit-limit-requests"])
    except openai.APIConnectionError:
        return 0


def status_of(url, key="ada", model="echo"):
    try:
        return ask(url, key, model).http_response.status_code
    except openai.APIStatusError as error:
        return error.status_code
    except openai.APIConnectionError:
        return 0


def test_the_quickstart_answers(up, tmp_path):
    shutil.copytree(ROOT / "examples/quickstart", tmp_path / "q", ignore=shutil.ignore_patterns(".weir"))
    weir = up(folder=tmp_path / "q")

    for environment in ("dev", "prod"):
        ready = weir.gateway(environment, "demo")
        answer = ask(ready["url"], ready["key"]).parse()
        assert answer.choices[0].message.content == "hello"
    with client_of(weir.gateway("prod", "demo")["url"], weir.gateway("prod", "demo")["key"]) as client:
        with pytest.raises(openai.PermissionDeniedError) as denied:
            client.chat.completions.create(model="o1-preview", messages=HELLO)
    assert "weir-system/org-baseline" in denied.value.message and "org.yaml" in denied.value.message
    assert "retail-platform" in denied.value.message


def test_the_quickstart_says_what_its_other_model_needs(up, tmp_path, monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    shutil.copytree(ROOT / "examples/quickstart", tmp_path / "q", ignore=shutil.ignore_patterns(".weir"))
    weir = up(folder=tmp_path / "q")
    ready = weir.gateway("dev", "demo")

    with pytest.raises(openai.InternalServerError) as refused:
        ask(ready["url"], ready["key"], model="gpt-4.1-mini")

    assert refused.value.status_code == 503 and refused.value.code == "model_unavailable"
    assert "gpt-4.1-mini cannot be called in demo/dev now: set OPENAI_API_KEY to enable." in refused.value.message
    explained = weir.cli("explain", "demo/prod", "--model", "gpt-4.1", "--caller", "ada").stdout
    assert explained.startswith("refused  model gpt-4.1 is not allowed in demo/prod\n")
    assert "Besides, caller ada has no key." in explained


def test_a_model_whose_every_target_is_forbidden_names_the_policy_and_its_line(up, upstream):
    deny = "  constraints:\n    models:\n      deny: [ { provider: mock, name: big } ]"
    weir = up({**BASE, "route.yaml": route("chat", upstream).replace("model: chat } ]", "model: big } ]"),
               "deny.yaml": policy("no-big-models", "weir-system", deny)})

    with pytest.raises(openai.PermissionDeniedError) as refused:
        ask(weir.gateway("dev")["url"], model="chat")

    assert "chat is denied in lab/dev by policy weir-system/no-big-models (deny.yaml:7)" in refused.value.message
    assert refused.value.body["weir"]["rule"] == "models.deny"
    assert upstream.calls == []


def test_a_key_of_one_environment_is_none_in_another(up, tmp_path):
    shutil.copytree(ROOT / "examples/quickstart", tmp_path / "q", ignore=shutil.ignore_patterns(".weir"))
    weir = up(folder=tmp_path / "q")

    assert status_of(weir.gateway("prod", "demo")["url"], weir.gateway("dev", "demo")["key"]) == 401


def test_an_edit_takes_effect(up):
    weir = up(BASE)
    url = weir.gateway("dev")["url"]
    assert limit_at(url) == 5000

    weir.write("dev.yaml", limits(700))

    eventually(lambda: limit_at(url) == 700, "the edit")
    changed = weir.event("changed", lambda e: e["environment"] == "dev")
    assert changed["revision"].startswith("2-")
    assert weir.gateway_pids().keys() == {weir.gateway(e)["pid"] for e in ("dev", "prod")}, "no process was started for it"


def test_an_edit_in_place_and_one_by_rename_and_a_new_file_and_a_subfolder(up):
    weir = up(BASE)
    url = weir.gateway("dev")["url"]

    (weir.folder / "dev.yaml").write_text(limits(600))
    eventually(lambda: limit_at(url) == 600, "the edit in place")
    weir.write("dev.yaml", limits(500))
    eventually(lambda: limit_at(url) == 500, "the edit by rename")
    weir.write("more.yaml", limits(400, name="more"))
    eventually(lambda: limit_at(url) == 400, "the new file")
    (weir.folder / "sub").mkdir()
    (weir.folder / "sub/deep.yml").write_text(limits(300, name="deep"))
    eventually(lambda: limit_at(url) == 300, "the sub-folder")
    (weir.folder / "sub/deep.yml").unlink()
    (weir.folder / "more.yaml").unlink()
    eventually(lambda: limit_at(url) == 500, "the deletions")


BROKEN = {
    "a misspelt field": (limits(100).replace("requestsPerMinute", "requestsPerMinut"), "did you mean requestsPerMinute"),
    "a wrong type": (limits('"many"'), "requestsPerMinute"),
    "a negative number": (limits(-5), "requestsPerMinute"),
    "a wrong word": (limits(100).replace("Environment", "Enviroment"), "Environment"),
    "bad YAML": (limits(100) + "\n  - [", "dev.yaml:"),
    "a tab": (limits(100).replace("      - scope", "\t- scope"), "dev.yaml:"),
    "a key twice": (limits(100) + "        requestsPerMinute: 5\n", "requestsPerMinute"),
    "an unknown kind": (limits(100).replace("ModelPolicy", "ModelPolice"), "ModelPolice"),
    "not text": ("\x00\x01\x02", "dev.yaml:"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_edit_is_told_and_changes_nothing(up, name):
    weir = up(BASE)
    url = weir.gateway("dev")["url"]
    text, hint = BROKEN[name]

    weir.write("dev.yaml", text)

    refused = weir.event("refused")
    assert refused["file"].endswith("dev.yaml") and refused["problems"] >= 1
    assert "dev.yaml:" in refused["message"] and hint in refused["message"]
    assert limit_at(url) == 5000
    weir.write("dev.yaml", limits(800))
    eventually(lambda: limit_at(url) == 800, "the mended edit")


def test_a_broken_edit_deletes_nothing(up):
    """The broken file held the workspace itself: both gateways go on."""
    weir = up(BASE)

    weir.write("workspace.yaml", workspace().replace("tier: Production", "tier: Productive"))

    weir.event("refused")
    for environment in ("dev", "prod"):
        assert status_of(weir.gateway(environment)["url"]) == 200
    assert len(weir.gateway_pids()) == 2


def test_a_start_on_a_broken_folder_says_what_is_wrong(up):
    weir = up({**BASE, "dev.yaml": limits(100).replace("requestsPerMinute", "requestsPerMinut")}, wait=False)

    refused = weir.event("refused")

    assert "requestsPerMinut" in refused["message"]
    weir.write("dev.yaml", limits(100))
    assert limit_at(weir.gateway("dev")["url"]) == 100


def test_counters_are_not_refilled_by_edits(up):
    weir = up({"workspace.yaml": workspace(), "dev.yaml": limits(50)})
    url = weir.gateway("dev")["url"]

    def granted_until_refused():
        """How many calls were granted, and when the refused one was sent: at that moment the minute was empty."""
        for granted in range(100):
            sent = time.monotonic()
            if status_of(url) == 429:
                return granted, sent
        pytest.fail("100 calls and none refused")

    started = time.monotonic()
    granted, emptied = granted_until_refused()
    assert 50 <= granted <= 50 + (time.monotonic() - started) * 50 / 60
    for i in range(10):
        weir.write("dev.yaml", limits(50) + f"# edit {i}\n" + policy(f"p{i}", "lab-dev", f"  constraints:\n    maxOutputTokens: {1000 + i}").replace("apiVersion", "---\napiVersion", 1))
        weir.event("changed", lambda e: e["environment"] == "dev", after=i)
        before = emptied
        granted, emptied = granted_until_refused()
        passed = time.monotonic() - before
        assert granted <= 1 + passed * 50 / 60, f"an edit must not refill the minute: {granted} in {passed:.1f} s"


def test_two_hundred_edits_end_in_the_right_state(up):
    weir = up(BASE)
    url = weir.gateway("dev")["url"]
    stop = False
    failed = []

    def traffic():
        while not stop:
            if status_of(url) != 200:
                failed.append(1)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        running = [pool.submit(traffic) for _ in range(2)]
        for i in range(200):
            broken = i % 7 == 3
            weir.write("dev.yaml", "kind: [" if broken else limits(100000 + i))
            if i % 10 == 5:
                weir.write("other.yaml", limits(200000, name=f"other-{i}"))
            if i % 10 == 9 and (weir.folder / "other.yaml").exists():
                (weir.folder / "other.yaml").unlink()
        weir.write("dev.yaml", limits(4321))
        eventually(lambda: limit_at(url) == 4321, "the last edit")
        stop = True
        for future in running:
            future.result()

    assert failed == [], "no call failed meanwhile"
    assert weir.gateway_pids().keys() == {weir.gateway(e)["pid"] for e in ("dev", "prod")}
    explained = json.loads(weir.cli("explain", "lab/dev", "-o", "json", check=0).stdout)
    assert "4321" in json.dumps(explained) or "4,321" in json.dumps(explained)


def test_a_new_environment_gets_a_gateway(up):
    weir = up(BASE)

    weir.write("workspace.yaml", workspace(("dev", "prod", "staging")))

    assert status_of(weir.gateway("staging")["url"]) == 200


def test_a_deleted_environment_is_drained(up, upstream):
    weir = up({**BASE, "route.yaml": route("slow", upstream, "lab-prod")})
    prod = weir.gateway("prod")
    upstream.script("slow", answers(delay=2))
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        running = pool.submit(status_of, prod["url"], "ada", "slow")
        eventually(lambda: upstream.calls, "the call")

        (weir.folder / "route.yaml").unlink()
        weir.write("workspace.yaml", workspace(("dev",)))

        eventually(lambda: status_of(prod["url"]) == 0, "the closed port")
        assert running.result() == 200, "the call in flight was finished"
    weir.event("drained")
    eventually(lambda: not is_alive(prod["pid"]), "the end of its process")
    assert status_of(weir.gateway("dev")["url"]) == 200
    assert len([r for r in weir.records() if r["model"] == "slow"]) == 1


def test_a_killed_gateway_is_started_again(up):
    weir = up(BASE)
    first = weir.gateway("dev")

    signal_pid(first["pid"])

    second = eventually(lambda: next((p for p, c in weir.gateway_pids().items() if "dev" in c and p != first["pid"]), None), "a new process")
    eventually(lambda: status_of(first["url"]) == 200, "service at the same address")
    assert second != first["pid"]
    assert status_of(weir.gateway("prod")["url"]) == 200


def test_a_gateway_that_keeps_dying_is_started_ever_more_slowly(up):
    weir = up(BASE)
    seen = set()
    for _ in range(4):
        pid = eventually(lambda: next((p for p, c in weir.gateway_pids().items() if "dev" in c and p not in seen), None), "a process")
        seen.add(pid)
        signal_pid(pid)

    eventually(lambda: status_of(weir.gateway("dev")["url"]) == 200, "service in the end")
    told = [e for e in weir.events() if e.get("environment") == "dev" and e["event"] not in ("gateway_ready", "changed")]
    assert told and len(told) < 40, "said, and not in a flood"


def test_kill_9_of_the_gateway_loses_no_answered_call(up):
    weir = up({"workspace.yaml": workspace()})
    ready = weir.gateway("dev")
    with client_of(ready["url"]) as client:
        ids = [client.chat.completions.with_raw_response.create(model="echo", messages=HELLO).headers["x-request-id"] for _ in range(100)]
    signal_pid(ready["pid"])
    eventually(lambda: status_of(ready["url"]) == 200, "the next one")

    kept = [r["id"] for r in weir.records()]
    assert set(ids) <= set(kept) and len(kept) == len(set(kept))


def test_traffic_goes_on_while_the_operator_is_dead_and_the_next_one_takes_over(up):
    weir = up(BASE)
    dev = weir.gateway("dev")
    weir.kill()

    assert status_of(dev["url"]) == 200
    weir.write("dev.yaml", limits(900))
    assert limit_at(dev["url"]) == 5000

    again = up(folder=weir.folder)
    eventually(lambda: limit_at(dev["url"]) == 900, "the edit made meanwhile")
    assert again.gateway("dev")["pid"] == dev["pid"], "the same process serves on"
    assert again.gateway("dev")["url"] == dev["url"]
    assert len(again.gateway_pids()) == 2


def test_a_gateway_started_while_the_operator_is_dead_serves_its_last_good_config(up):
    weir = up(BASE)
    dev = weir.gateway("dev")
    command = weir.gateway_pids()[dev["pid"]]
    weir.kill()
    signal_pid(dev["pid"])
    eventually(lambda: not is_alive(dev["pid"]), "its end")
    port = dev["url"].rsplit(":", 1)[1]
    command[command.index("--listen") + 1] = f"127.0.0.1:{port}"

    alone = Process(*command)
    try:
        eventually(lambda: status_of(dev["url"]) == 200, "service without an operator")
        assert limit_at(dev["url"]) == 5000
        weir.write("dev.yaml", limits(777))
        up(folder=weir.folder, wait=False)  # it cannot be ready: its own gateway finds the journal taken
        eventually(lambda: limit_at(dev["url"]) == 777, "the operator's next word")
    finally:
        assert alone.stop() == 0


def test_a_gateway_without_any_config_is_not_ready_and_says_so(tmp_path):
    port, admin = free_port(), free_port()
    (tmp_path / "s").mkdir(mode=0o700)
    alone = Process(BUILD / "weir-gateway", "--workspace", "lab", "--environment", "dev", "--name", "x", "--control", tmp_path / "none.sock",
                    "--state", tmp_path / "s", "--listen", f"127.0.0.1:{port}", "--admin", f"127.0.0.1:{admin}")
    try:
        eventually(lambda: get(f"http://127.0.0.1:{admin}/healthz")[0] == 200, "liveness")
        assert get(f"http://127.0.0.1:{admin}/readyz")[0] == 503
        eventually(lambda: status_of(f"http://127.0.0.1:{port}") == 503, "a clear refusal")
    finally:
        assert alone.stop() == 0


def test_a_second_operator_on_the_same_folder_is_refused(up):
    weir = up(BASE)

    second = Process(BUILD / "weir", "up", weir.folder, "--port", "0", "--output", "json")

    assert second.wait() not in (0, None)
    assert str(weir.pid) in second.output
    assert status_of(weir.gateway("dev")["url"]) == 200


def test_a_port_that_is_taken_is_told(tmp_path):
    (tmp_path / "w").mkdir()
    for name, text in BASE.items():
        (tmp_path / "w" / name).write_text(text)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        weir = Process(BUILD / "weir", "up", tmp_path / "w", "--port", port, "--output", "json")
        try:
            eventually(lambda: any(e.get("event") == "ready" for e in weir.events()), "the start on another port")
            assert f"port {port} is in use by another program, took " in weir.output
            assert f":{port}\"" not in weir.output, "no gateway claims the port that is another's"
        finally:
            weir.stop()


def test_an_environments_own_port_is_used(up):
    port = free_port()
    weir = up({"workspace.yaml": workspace().replace("{ name: dev, tier: Development }", f"{{ name: dev, tier: Development, gateway: {{ port: {port} }} }}")})

    assert weir.gateway("dev")["url"] == f"http://127.0.0.1:{port}"
    assert status_of(f"http://127.0.0.1:{port}") == 200


SECRET = """apiVersion: v1
kind: Secret
metadata: { name: mock, namespace: lab-dev%s }
%s
"""


def with_key(upstream):
    return route("keyed", upstream).replace("model: keyed }", "model: keyed, credentialsRef: { name: mock, key: apiKey } }")


def test_a_missing_secret_disables_its_model_only(up, upstream):
    weir = up({**BASE, "route.yaml": with_key(upstream)})
    url = weir.gateway("dev")["url"]

    with pytest.raises(openai.APIStatusError) as refused:
        ask(url, model="keyed")

    assert refused.value.status_code == 503 and refused.value.code == "model_unavailable"
    for part in ("keyed", "lab/dev", "add the Secret lab-dev/mock with the key apiKey to enable", "Allowed here: echo"):
        assert part in refused.value.message
    assert refused.value.response.headers["x-should-retry"] == "false"
    with client_of(url) as client:
        assert [model.id for model in client.models.list()] == ["echo"]
    assert upstream.calls == []
    assert status_of(url) == 200
    told = next(m for m in weir.gateway("dev")["models"] if m["name"] == "keyed")
    assert told["available"] is False and "Secret lab-dev/mock" in told["note"]
    assert "Secret lab-dev/mock" in eventually(lambda: weir.cli("get", "aimp", "routes", "-n", "lab-dev", "-o", "json").stdout, "its condition")

    weir.write("secret.yaml", SECRET % ("", "stringData: { apiKey: sk-first }"))
    eventually(lambda: status_of(url, model="keyed") == 200, "the model with its key")
    assert upstream.calls[-1].header("authorization") == "Bearer sk-first"


def test_a_new_secret_value_is_used_and_never_shown(up, upstream):
    weir = up({**BASE, "route.yaml": with_key(upstream), "secret.yaml": SECRET % ("", "stringData: { apiKey: sk-canary-one }")})
    url = weir.gateway("dev")["url"]
    assert status_of(url, model="keyed") == 200

    weir.write("secret.yaml", SECRET % ("", "stringData: { apiKey: sk-canary-two }"))

    eventually(lambda: status_of(url, model="keyed") == 200 and upstream.calls[-1].header("authorization") == "Bearer sk-canary-two", "the new key")
    explained = weir.cli("explain", "lab/dev", "-o", "json").stdout + weir.cli("get", "aimp", "-o", "yaml").stdout
    config = (weir.state / "gateway/lab-dev/config.json").read_text()
    for text in (weir.output, weir.logs(), explained, config):
        assert "sk-canary" not in text
    for path in (weir.state / "secrets").rglob("*"):
        if path.is_file():
            assert path.stat().st_mode & 0o077 == 0


def test_a_secret_from_the_environment_and_from_a_file(up, upstream):
    weir = up({**BASE, "route.yaml": with_key(upstream),
               "secret.yaml": SECRET % (", annotations: { weir.dev/from-env: apiKey=MOCK_KEY }", "")}, env={"MOCK_KEY": "sk-env"})
    url = weir.gateway("dev")["url"]
    assert status_of(url, model="keyed") == 200
    assert upstream.calls[-1].header("authorization") == "Bearer sk-env"
    assert b"sk-env" not in open(f"/proc/{weir.gateway('dev')['pid']}/environ", "rb").read()

    (weir.folder / "key.txt").write_text("sk-file\n")
    weir.write("secret.yaml", SECRET % (", annotations: { weir.dev/from-file: apiKey=key.txt }", ""))

    eventually(lambda: status_of(url, model="keyed") == 200 and upstream.calls[-1].header("authorization") == "Bearer sk-file", "the key in a file")


def test_a_revoked_key_stops_working_and_a_new_one_works(up):
    weir = up(BASE)
    url = weir.gateway("dev")["url"]
    assert status_of(url, "bob") == 200

    weir.write("workspace.yaml", workspace(callers=("ada", "cyd")))

    eventually(lambda: status_of(url, "bob") == 401, "the revocation")
    assert status_of(url, "cyd") == 200 and status_of(url, "ada") == 200


def test_a_suspended_workspace_serves_nobody_and_deletes_nothing(up):
    weir = up(BASE)
    url = weir.gateway("dev")["url"]

    weir.write("workspace.yaml", workspace(extra="  suspended: true"))
    eventually(lambda: status_of(url) == 503, "the suspension")
    assert len(weir.gateway_pids()) == 2

    weir.write("workspace.yaml", workspace())
    eventually(lambda: status_of(url) == 200, "service again")


def test_a_stream_outlives_the_edit_that_forbids_it(up, upstream):
    weir = up({**BASE, "route.yaml": route("slow", upstream)})
    url = weir.gateway("dev")["url"]
    upstream.script("slow", answers(gap=0.4, pieces=("a", " b", " c", " d")))
    with client_of(url) as client:
        stream = client.chat.completions.create(model="slow", messages=HELLO, stream=True)
        chunks = [next(iter(stream))]
        weir.write("deny.yaml", policy("deny", "weir-system", '  constraints:\n    models:\n      deny: [ { name: "slow*" } ]'))
        eventually(lambda: status_of(url, model="slow") == 403, "the denial")
        chunks += list(stream)

    assert "".join(c.choices[0].delta.content or "" for c in chunks) == "a b c d"


def test_a_lower_level_cannot_loosen(up):
    weir = up({"workspace.yaml": workspace(), "org.yaml": limits(100, "weir-system", "org"), "dev.yaml": limits(100000)})

    assert limit_at(weir.gateway("dev")["url"]) == 100


def test_objects_tell_their_state(up):
    weir = up(BASE)

    eventually(lambda: json.loads(weir.cli("get", "workspaces", "-o", "json").stdout), "an answer")
    table = weir.cli("get", "workspaces", check=0).stdout
    assert "lab" in table and "True" in table
    policies = weir.cli("get", "aimp", "-o", "json", check=0).stdout
    assert '"Ready"' in policies and '"limits"' in policies

    weir.write("dev.yaml", limits(100).replace("requestsPerMinute", "requestsPerMinut"))
    eventually(lambda: "requestsPerMinut" in weir.cli("get", "aimp", "limits", "-n", "lab-dev", "-o", "json").stdout, "the problem in the condition")


def test_sigterm_drains_and_leaves_nothing(up, upstream):
    weir = up({**BASE, "route.yaml": route("slow", upstream)})
    upstream.script("slow", answers(delay=1.5))
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        running = pool.submit(status_of, weir.gateway("dev")["url"], "ada", "slow")
        eventually(lambda: upstream.calls, "the call")

        weir.signal(signal.SIGINT)

        assert running.result() == 200
    assert weir.wait() == 0
    assert weir.gateway_pids() == {}


def test_the_operators_death_by_sigkill_leaves_gateways_that_a_clean_stop_later_ends(up):
    weir = up(BASE)
    weir.kill()
    assert len(weir.gateway_pids()) == 2

    again = up(folder=weir.folder)

    assert again.stop() == 0
    assert again.gateway_pids() == {}


def test_a_socket_path_that_is_too_long_is_told(tmp_path):
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    (deep / "workspace.yaml").write_text(workspace())

    weir = Process(BUILD / "weir", "up", deep, "--port", "0", "--output", "json")

    assert weir.wait() != 0
    assert "--state" in weir.output or "107" in weir.output or "long" in weir.output


def test_a_folder_that_is_not_there_is_told():
    done = cli("up", "/nonexistent/folder")

    assert done.returncode == 4 and "/nonexistent/folder" in done.stderr


def test_an_empty_folder_waits_for_its_first_file(up):
    weir = up({}, wait=False)
    eventually(lambda: list(weir.events()), "a word")

    weir.write("workspace.yaml", workspace())

    assert status_of(weir.gateway("dev")["url"]) == 200
