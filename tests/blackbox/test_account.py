"""One record for each call, whatever happens: outcomes, metrics, kill -9, a full disk, no descriptors left."""
import concurrent.futures
import os
import resource
import shutil
import signal
import subprocess

import pytest

from conftest import end
from configs import config_for, limit
from mock_upstream import answers, fails, stays_silent
from processes import PATIENCE, Gateway, eventually, get, journal_records
from test_http_framing import Raw, post
from test_limits import request_bytes, storm


def call(port, patience=PATIENCE, **more):
    """Status and x-request-id; (0, None) when no reply came, or none that soon."""
    try:
        connection = Raw(port)
        connection.socket.settimeout(patience)
    except OSError:
        return 0, None
    try:
        status, headers, _ = connection.send(request_bytes("ada", **more)).reply()
        return status, headers.get("x-request-id")
    except (AssertionError, OSError):
        return 0, None
    finally:
        connection.close()


def test_every_outcome_is_recorded_once_and_metrics_say_the_same(start_gateway, upstream):
    own = start_gateway(limits=[limit("TokensPerMinute", 100000)],
                        deny=[{"patterns": [{"provider": "*", "name": "mock-9"}], "from": {"policy": "weir-system/org"}}])
    upstream.script("mock-1", fails(400))
    upstream.script("mock-2", fails(500))
    seen = []
    for more in ({"model": "echo"}, {"model": "echo", "stream": True}, {"model": "mock-0"}, {"model": "mock-1"}, {"model": "mock-2"},
                 {"model": "mock-9"}, {"model": "nothing"}, {"model": "echo", "content": "x" * 500000}):
        connection = Raw(own.port)
        status, headers, _ = connection.send(request_bytes("ada", **more)).reply()
        connection.close()
        seen.append((status, headers["x-request-id"]))
    for data in (post(body=b"{"), post(start=b"POST /v1/nothing HTTP/1.1\r\n"),
                 request_bytes("ada").replace(b"weir_test_ada", b"weir_test_xxx"),
                 b"GET /v1/models HTTP/1.1\r\nHost: weir\r\nAuthorization: Bearer weir_test_ada_key\r\n\r\n"):
        connection = Raw(own.port)
        status, headers, _ = connection.send(data).reply()
        connection.close()
        seen.append((status, headers["x-request-id"]))

    records = eventually(lambda: len(own.records()) > len(seen) and own.records(), "the records")

    assert sorted((r["status"], r["id"]) for r in records if "nextTry" not in r) == sorted(seen)
    assert [(r["targetModel"], r["try"], r["nextTry"]) for r in records if "nextTry" in r] == [("mock-2", 1, "ServerError")]
    metrics = own.metrics()
    assert sum(value for name, value in metrics.items() if name.startswith("weir_requests_total{")) == len(seen)
    for key, token_class in (("inputTokens", "input"), ("outputTokens", "output"), ("cacheReadTokens", "cache_read")):
        counted = sum(value for name, value in metrics.items() if name.startswith("weir_tokens_total{") and f'class="{token_class}"' in name)
        assert counted == sum(r.get(key, 0) for r in records), key
    assert metrics["weir_requests_in_flight"] == 0


@pytest.mark.skipif(not shutil.which("promtool"), reason="promtool (Debian package prometheus) is not installed")
def test_the_metrics_are_what_prometheus_expects(gateway):
    text = get(gateway.admin_url + "/metrics")[1]

    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_kill_9_under_load_loses_no_call_that_was_answered(upstream, tmp_path):
    """Ten lives of one gateway on one state folder. Every answer that reached a client whole has exactly one record, no id comes
    twice, and there are no more records than calls."""
    config = config_for(upstream.url)
    upstream.script("mock-0", answers(delay=0.01))
    answered, started = [], 0
    for _ in range(10):
        own = Gateway(tmp_path, config)
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            calls = [pool.submit(call, own.port, model="mock-0" if i % 2 else "echo") for i in range(300)]
            eventually(lambda: sum(c.done() for c in calls) > 40, "load")
            own.kill()
            results = [c.result() for c in calls]
        started += len(results)
        answered += [request_id for status, request_id in results if status == 200]

    own = Gateway(tmp_path, config)
    records = own.records()
    end(own)

    ids = [r["id"] for r in records]
    assert len(ids) == len(set(ids)), "no record twice"
    assert set(answered) <= set(ids), "no answered call without its record"
    assert len(answered) >= 10 * 40
    assert len(ids) <= started


def test_kill_9_leaves_a_record_for_each_call_that_reached_the_upstream_and_was_answered(upstream, tmp_path, model):
    own = Gateway(tmp_path, config_for(upstream.url))
    for _ in range(200):
        assert call(own.port, model=model)[0] == 200
    own.kill()

    assert len([r for r in journal_records(tmp_path) if r["model"] == model]) == len(upstream.calls_of(model)) == 200


def test_sigterm_lets_running_calls_finish_and_takes_no_new_ones(start_gateway, upstream, model):
    own = start_gateway()
    upstream.script(model, answers(delay=1.5))
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        calls = [pool.submit(call, own.port, model=model) for _ in range(20)]
        eventually(lambda: len(upstream.calls_of(model)) == 20, "the calls")

        own.signal(signal.SIGTERM)

        eventually(lambda: refuses(own.port), "the port closed")
        assert {c.result()[0] for c in calls} == {200}
    assert own.wait() == 0
    assert len([r for r in journal_records(own.state) if r["model"] == model and r["outcome"] == "Completed"]) == 20


def refuses(port):
    try:
        Raw(port).close()
        return False
    except ConnectionRefusedError:
        return True


def test_sigterm_ends_a_call_that_never_ends(start_gateway, upstream, model):
    own = start_gateway()
    upstream.script(model, stays_silent())
    connection = Raw(own.port).send(request_bytes("ada", model))
    eventually(lambda: upstream.calls_of(model), "the call")

    own.signal(signal.SIGTERM)
    own.signal(signal.SIGTERM)  # the second says: at once

    assert own.wait() == 0
    connection.close()


def journal_full(limit_bytes):
    def set_limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, resource.RLIM_INFINITY))
    return set_limit


def test_a_full_disk_is_a_503_and_no_answer_without_a_record(start_gateway):
    own = start_gateway(preexec=journal_full(100_000))

    results = [call(own.port, patience=2) for _ in range(300)]

    statuses = [status for status, _ in results]
    assert statuses[0] == 200 and statuses[-1] == 503
    answered = {request_id for status, request_id in results if status == 200}
    assert answered <= {r["id"] for r in own.records()}
    assert get(own.admin_url + "/readyz")[0] == 503
    assert get(own.admin_url + "/healthz")[0] == 200
    resource.prlimit(own.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    eventually(lambda: call(own.port)[0] == 200, "service")


def test_room_on_the_disk_is_noticed_and_calls_go_on(start_gateway):
    own = start_gateway(preexec=journal_full(100_000))
    eventually(lambda: call(own.port, patience=2)[0] == 503, "a full disk")

    resource.prlimit(own.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    eventually(lambda: get(own.admin_url + "/readyz")[0] == 200, "readiness")
    status, request_id = call(own.port)
    assert status == 200
    assert own.record_of(request_id)["outcome"] == "Completed"
    ids = [r["id"] for r in own.records()]
    assert len(ids) == len(set(ids))


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small tmpfs needs root")
def test_a_full_tmpfs_is_survived(upstream, tmp_path):
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", state], capture_output=True).returncode != 0:
        pytest.skip("no right to mount a tmpfs here")
    try:
        own = Gateway(tmp_path, config_for(upstream.url))
        results = [call(own.port, patience=2) for _ in range(300)]
        answered = {request_id for status, request_id in results if status == 200}
        assert results[-1][0] == 503
        assert answered <= {r["id"] for r in own.records()}

        subprocess.run(["mount", "-o", "remount,size=8m", state], check=True)

        eventually(lambda: call(own.port)[0] == 200, "a call after there was room")
        end(own)
    finally:
        subprocess.run(["umount", state], check=True)


def test_no_descriptors_left_is_survived(start_gateway, upstream, model):
    own = start_gateway(preexec=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))
    assert call(own.port)[0] == 200
    held = []
    for _ in range(120):
        try:
            held.append(Raw(own.port))
            held[-1].socket.settimeout(5)
        except OSError:
            break
    statuses = set()
    for connection in held:
        try:
            statuses.add(connection.send(request_bytes("ada", model)).reply()[0])
        except (AssertionError, OSError):
            statuses.add(0)
    assert statuses <= {200, 502, 503, 0} and own.is_running()

    for connection in held:
        connection.close()

    eventually(lambda: call(own.port, model=model)[0] == 200, "service")
    assert get(own.admin_url + "/healthz")[0] == 200
    records, metrics = own.records(), own.metrics()
    completed = sum(value for name, value in metrics.items() if name.startswith("weir_requests_total{") and 'outcome="Completed"' in name)
    assert completed == len([r for r in records if r["outcome"] == "Completed"])


def test_a_storm_of_everything_leaves_nothing_behind(start_gateway, upstream):
    """Good, bad, slow and broken-off calls; afterwards no call runs, and descriptors are back where they were."""
    own = start_gateway()
    upstream.script("mock-1", fails(500))
    upstream.script("mock-2", answers(delay=0.05))
    call(own.port, model="mock-0")
    before = own.metrics()["process_open_fds"]

    def one(i):
        kind = i % 6
        if kind == 0:
            Raw(own.port).send(request_bytes("ada", "mock-2")).close()
        elif kind == 1:
            Raw(own.port).send(request_bytes("ada", "mock-0", stream=True)[:-10]).close()
        elif kind == 2:
            call(own.port, model="mock-1")
        elif kind == 3:
            Raw(own.port).send(b"nonsense\r\n\r\n").close()
        else:
            call(own.port, model="echo", stream=kind == 5)

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        list(pool.map(one, range(600)))

    eventually(lambda: own.metrics()["weir_requests_in_flight"] == 0, "quiet")
    # Where the machine is slow many calls were upstream at once, and idle connections are kept for a minute.
    eventually(lambda: own.metrics()["process_open_fds"] <= before + 70, "descriptors given back", patience=120)
    ids = [r["id"] for r in own.records()]
    assert len(ids) == len(set(ids))
    assert storm(own.port, 20)[0][0] == 200
