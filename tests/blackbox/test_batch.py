"""weir batch against a real gateway: OpenAI's batch format in and out, crashes, retries, bounds."""
import json
import random
import re
import signal
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import openai.types.chat
import pytest

from mock_upstream import answers, fails, hangs_up
from ports import free_port
from processes import BUILD, KEYS, PATIENCE, Process, cli, eventually

ENDPOINT = "/v1/chat/completions"


def request_line(custom_id, model=None, words="hello", **more):
    body = {"messages": [{"role": "user", "content": f"{custom_id}: {words}"}], **({"model": model} if model else {})}
    return {"custom_id": custom_id, "method": "POST", "url": ENDPOINT, "body": body, **more}


def write_lines(path, lines):
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return path


def read_lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


class Batch:
    """The files of one batch and runs over them."""

    def __init__(self, folder, gateway_url, model):
        self.folder, self.url, self.model = folder, gateway_url, model
        self.input, self.output = folder / "requests.jsonl", folder / "out" / "answers.jsonl"
        self.errors, self.summary = folder / "out" / "answers.errors.jsonl", folder / "summary.json"
        self.token = folder / "token"
        self.token.write_text(KEYS["ada"] + "\n")

    def arguments(self, *more):
        return ["batch", "--input", self.input, "--output", self.output, "--gateway", self.url, "--token-file", self.token,
                "--model", self.model, "--summary", self.summary, *more]

    def run(self, *more, check=0):
        return cli(*self.arguments(*more), check=check)

    def start(self, *more):
        return Process(BUILD / "weir", *self.arguments(*more))

    def done(self):
        """custom_id of every line that stands whole in the output or error file."""
        found = []
        for path in (self.output, self.errors):
            if path.exists():
                text = path.read_text()
                found += [json.loads(line)["custom_id"] for line in text[:text.rfind("\n") + 1].splitlines()]
        return found


@pytest.fixture
def batch(tmp_path, gateway, model):
    return Batch(tmp_path, gateway.url, model)


def sent_ids(upstream, model):
    return [call.json["messages"][0]["content"].split(":")[0] for call in upstream.calls_of(model)]


def test_answers_stand_in_openai_batch_format(batch, upstream):
    write_lines(batch.input, [request_line(f"r{i}") for i in range(20)])

    batch.run("--concurrency", "4")

    found = read_lines(batch.output)
    assert sorted(line["custom_id"] for line in found) == sorted(f"r{i}" for i in range(20))
    for line in found:
        assert set(line) == {"id", "custom_id", "response", "error"} and line["error"] is None
        assert re.fullmatch(r"batch_req_\d+", line["id"])
        assert set(line["response"]) == {"status_code", "request_id", "body"} and line["response"]["status_code"] == 200
        assert line["response"]["request_id"]
        assert openai.types.chat.ChatCompletion.model_validate(line["response"]["body"]).choices[0].message.content == "well done"
    assert read_lines(batch.errors) == []
    assert sorted(sent_ids(upstream, batch.model)) == sorted(f"r{i}" for i in range(20))
    assert json.loads(batch.summary.read_text()) == {"total": 20, "succeeded": 20, "failed": 0, "message": "20 of 20 lines done, 0 of them failed"}


def test_a_line_may_name_its_own_model_and_the_batch_fills_in_the_rest(batch, upstream, gateway):
    write_lines(batch.input, [request_line("a", model="echo"), request_line("b")])

    batch.run()

    assert sent_ids(upstream, batch.model) == ["b"]
    assert {line["response"]["body"]["model"] for line in read_lines(batch.output)} == {"echo", batch.model}


def test_a_finished_batch_sends_nothing_again(batch, upstream):
    write_lines(batch.input, [request_line(f"r{i}") for i in range(10)])
    batch.run()

    batch.run()

    assert len(upstream.calls_of(batch.model)) == 10 and len(read_lines(batch.output)) == 10


def test_lines_that_are_wrong_become_error_lines_and_the_others_go_on(batch, upstream):
    write_lines(batch.input, [
        "this is not json", request_line("good"), json.dumps({"method": "POST", "url": ENDPOINT, "body": {}}),
        request_line("get", method="GET"), request_line("elsewhere", url="/v1/embeddings"),
        {"custom_id": "no-body", "method": "POST", "url": ENDPOINT}, "", request_line("long", words="x" * 100_000),
        {**request_line("streams"), "body": {"messages": [], "stream": True}}])

    batch.run()

    assert sorted(line["custom_id"] for line in read_lines(batch.output)) == ["good", "long"]
    wrong = read_lines(batch.errors)
    assert [line["id"] for line in wrong] == [f"batch_req_{n}" for n in (1, 3, 4, 5, 6, 9)]
    assert all(line["response"] is None and line["error"]["code"] == "invalid_request" for line in wrong)
    assert [line["custom_id"] for line in wrong] == [None, None, "get", "elsewhere", "no-body", "streams"]
    assert sorted(sent_ids(upstream, batch.model)) == ["good", "long"]
    batch.run()
    assert read_lines(batch.errors) == wrong, "a second run writes no error line again"


def test_what_the_gateway_refuses_stands_among_the_errors_with_its_answer(batch):
    write_lines(batch.input, [request_line("a", model="no-such-model"), request_line("b")])

    batch.run()

    assert [line["custom_id"] for line in read_lines(batch.output)] == ["b"]
    (line,) = read_lines(batch.errors)
    assert line["error"] is None and line["response"]["status_code"] == 404 and "no-such-model" in json.dumps(line["response"]["body"])


def test_two_lines_with_one_custom_id_are_refused_before_anything_is_sent(batch, upstream):
    write_lines(batch.input, [request_line("a"), request_line("b"), request_line("a")])

    refused = batch.run(check=3)

    assert 'lines 1 and 3 have the same custom_id "a"' in refused.stderr
    assert upstream.calls_of(batch.model) == [] and not batch.output.exists()


def test_an_output_of_another_input_is_not_mixed_up(batch, upstream):
    write_lines(batch.input, [request_line("a"), request_line("b")])
    batch.run()
    write_lines(batch.input, [request_line("b"), request_line("c")])

    refused = batch.run(check=3)

    assert "another --output" in refused.stderr and len(upstream.calls_of(batch.model)) == 2


def test_a_cut_last_line_is_taken_away_and_its_request_sent_again(batch, upstream):
    write_lines(batch.input, [request_line(f"r{i}") for i in range(5)])
    batch.run("--concurrency", "1")
    whole = batch.output.read_bytes()
    batch.output.write_bytes(whole[:-20])

    batch.run()

    assert sorted(line["custom_id"] for line in read_lines(batch.output)) == [f"r{i}" for i in range(5)]
    assert len(upstream.calls_of(batch.model)) == 6


def test_kill_at_any_moment_sends_no_finished_line_twice(batch, upstream):
    """A line that was under way when the program was killed may be sent again: at most as many as calls at once."""
    count, concurrency, dice = 300, 8, random.Random(4)
    upstream.script(batch.model, answers(delay=0.01))
    write_lines(batch.input, [request_line(f"r{i}") for i in range(count)])
    kills = 0
    while len(batch.done()) < count:
        before = set(batch.done())
        sent_before = len(upstream.calls_of(batch.model))
        process = batch.start("--concurrency", concurrency)
        deadline = time.monotonic() + dice.uniform(0.02, 0.25)
        while time.monotonic() < deadline and process.is_running():
            time.sleep(0.002)
        kills += process.is_running()
        process.kill()
        again = before & set(sent_ids(upstream, batch.model)[sent_before:])
        assert not again, f"finished lines were sent again: {again}"
        assert kills < 200, "no headway"

    sent = sent_ids(upstream, batch.model)
    assert kills >= 3
    assert sorted(batch.done()) == sorted(f"r{i}" for i in range(count)), "each line is answered exactly once"
    assert set(sent) == set(batch.done()) and len(sent) - count <= kills * concurrency


def test_no_more_calls_at_once_than_asked_for(batch, upstream):
    running, most, lock = 0, 0, threading.Lock()
    well = answers(delay=0.02)

    async def counted(call, writer):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        try:
            return await well(call, writer)
        finally:
            with lock:
                running -= 1

    upstream.script(batch.model, counted)
    write_lines(batch.input, [request_line(f"r{i}") for i in range(60)])

    batch.run("--concurrency", "5")

    assert most == 5 and len(read_lines(batch.output)) == 60


class Scripted:
    """A server in the gateway's place that answers as it is told, and keeps what it was asked."""

    def __init__(self, *replies):
        self.replies, self.requests = list(replies), []
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                owner.requests.append((time.monotonic(), dict(self.headers), body))
                status, headers, text = owner.replies.pop(0) if len(owner.replies) > 1 else owner.replies[0]
                self.send_response(status)
                for name, value in {"Content-Length": str(len(text)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def scripted(tmp_path, model):
    started = []

    def start(*replies):
        server = Scripted(*replies)
        started.append(server)
        return server, Batch(tmp_path, server.url, model)

    yield start
    for server in started:
        server.server.shutdown()
        server.server.server_close()


OK = (200, {"x-request-id": "req-1"}, b'{"fine":\n true}')


@pytest.mark.parametrize("reply", [(429, {"Retry-After": "1"}, b"{}"), (503, {"retry-after-ms": "900"}, b"{}")])
def test_it_waits_as_long_as_it_is_asked_to(scripted, reply):
    server, batch = scripted(reply, OK)
    write_lines(batch.input, [request_line("a")])

    batch.run()

    (first, _, _), (second, _, _) = server.requests
    assert second - first >= 0.85
    assert read_lines(batch.output)[0]["response"] == {"status_code": 200, "request_id": "req-1", "body": {"fine": True}}


def test_what_shall_not_be_tried_again_is_an_error_line_at_once(scripted):
    server, batch = scripted((429, {"x-should-retry": "false"}, b'{"error": {"code": "budget_used_up"}}'))
    write_lines(batch.input, [request_line("a")])

    batch.run()

    assert len(server.requests) == 1
    assert read_lines(batch.errors)[0]["response"]["body"]["error"]["code"] == "budget_used_up"


def test_an_answer_that_is_no_json_is_kept_as_text(scripted):
    server, batch = scripted((400, {}, b"<html>\nno</html>"))
    write_lines(batch.input, [request_line("a")])

    batch.run()

    assert read_lines(batch.errors)[0]["response"]["body"] == "<html>\nno</html>"


def test_the_token_is_read_again_after_a_401(scripted):
    server, batch = scripted((401, {}, b'{"error":{"message":"unknown key"}}'), OK)
    write_lines(batch.input, [request_line("a")])
    batch.token.write_text("first")
    process = batch.start()
    eventually(lambda: server.requests, "the first call")
    batch.token.write_text("second\n")

    assert process.wait() == 0, process.output
    assert [headers["Authorization"] for _, headers, _ in server.requests] == ["Bearer first", "Bearer second"]


def test_a_caller_that_nobody_knows_stops_the_run_and_leaves_its_lines(scripted):
    server, batch = scripted((401, {}, b'{"error":{"message":"unknown key"}}'))
    write_lines(batch.input, [request_line(f"r{i}") for i in range(50)])

    stopped = batch.run("--concurrency", "2", check=1)

    assert "does not know who calls (401)" in stopped.stderr and "unknown key" in stopped.stderr
    assert read_lines(batch.output) == [] and read_lines(batch.errors) == []


def test_it_waits_for_a_gateway_that_comes_later(batch, upstream, start_gateway):
    write_lines(batch.input, [request_line("a")])
    port = free_port()
    batch.url = f"http://127.0.0.1:{port}"
    process = batch.start()
    time.sleep(0.3)
    assert process.is_running()
    server = ThreadingHTTPServer(("127.0.0.1", port), _AnswersOk)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        assert process.wait() == 0, process.output
    finally:
        server.shutdown()
        server.server_close()
    assert len(read_lines(batch.output)) == 1


class _AnswersOk(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


def test_lost_connections_are_tried_again(batch, upstream):
    upstream.script(batch.model, hangs_up(), fails(500), answers())
    write_lines(batch.input, [request_line("a")])

    batch.run()

    assert [line["custom_id"] for line in read_lines(batch.output)] == ["a"]


def test_sigterm_finishes_what_is_under_way_and_the_next_start_does_the_rest(batch, upstream):
    upstream.script(batch.model, answers(delay=0.15))
    write_lines(batch.input, [request_line(f"r{i}") for i in range(40)])
    process = batch.start("--concurrency", "4")
    eventually(lambda: len(batch.done()) >= 4, "some answers")

    process.signal(signal.SIGTERM)

    assert process.wait() == 1 and "goes on where this one stopped" in process.output
    sent, done = sent_ids(upstream, batch.model), batch.done()
    assert sorted(sent) == sorted(done), "nothing that was sent is lost"
    batch.run("--concurrency", "40")
    assert len(upstream.calls_of(batch.model)) == 40 and len(batch.done()) == 40


def test_the_deadline_leaves_the_rest_for_later(batch, upstream):
    upstream.script(batch.model, answers(delay=0.2))
    write_lines(batch.input, [request_line(f"r{i}") for i in range(50)])

    expired = batch.run("--concurrency", "2", "--deadline", "600ms", check=6)

    assert "the deadline passed" in expired.stderr
    assert 0 < len(batch.done()) < 50


def test_on_error_stop_ends_at_the_first_failure_and_stays_ended(batch, upstream):
    upstream.script(batch.model, fails(400))
    write_lines(batch.input, [request_line(f"r{i}") for i in range(20)])

    batch.run("--concurrency", "1", "--on-error", "Stop", check=7)
    batch.run("--concurrency", "1", "--on-error", "Stop", check=7)

    assert len(read_lines(batch.errors)) == 1 and len(upstream.calls_of(batch.model)) == 1


def test_it_says_how_far_it_is(batch, upstream):
    upstream.script(batch.model, answers(delay=0.1))
    write_lines(batch.input, [request_line(f"r{i}") for i in range(30)])
    port = free_port()
    process = batch.start("--concurrency", "3", "--admin", f"127.0.0.1:{port}")

    def progress():
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/progress", timeout=5) as reply:
            return json.load(reply)

    seen = eventually(lambda: (lambda p: p if p["succeeded"] >= 3 else None)(progress()), "progress")
    assert seen["total"] == 30 and seen["failed"] == 0 and seen["running"] <= 3
    assert process.wait() == 0, process.output


def test_two_runs_do_not_write_one_file(batch, upstream):
    upstream.script(batch.model, answers(delay=0.3))
    write_lines(batch.input, [request_line(f"r{i}") for i in range(10)])
    first = batch.start("--concurrency", "2")
    eventually(lambda: upstream.calls_of(batch.model), "the first run's calls")

    second = batch.run(check=1)

    assert "being written by another run" in second.stderr
    assert first.wait() == 0 and len(upstream.calls_of(batch.model)) == 10


def test_an_input_from_a_url_is_fetched_once(batch, upstream, tmp_path):
    lines = write_lines(tmp_path / "served.jsonl", [request_line(f"r{i}") for i in range(5)]).read_bytes()
    asked = []

    class Files(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200 if self.path == "/today.jsonl" else 404)
            self.send_header("Content-Length", str(len(lines)))
            self.end_headers()
            self.wfile.write(lines)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        batch.input = f"http://127.0.0.1:{server.server_port}/yesterday.jsonl"
        assert "status 404" in batch.run(check=1).stderr
        batch.input = f"http://127.0.0.1:{server.server_port}/today.jsonl"
        batch.run()
        batch.run()
    finally:
        server.shutdown()
        server.server_close()
    assert asked == ["/yesterday.jsonl", "/today.jsonl"] and len(read_lines(batch.output)) == 5


def test_what_cannot_be_done_is_said(batch):
    write_lines(batch.input, [request_line("a")])
    assert "what one batch costs is not bounded" in batch.run("--max-cost", "5", check=2).stderr
    assert "--concurrency" in batch.run("--concurrency", "0", check=2).stderr
    batch.input = "s3://bucket/file"
    assert "only files, https:// and http://" in batch.run(check=3).stderr
    batch.input = batch.folder / "not-there.jsonl"
    assert "not-there.jsonl" in batch.run(check=1).stderr


def test_a_large_file_is_streamed_in_little_memory(scripted):
    server, batch = scripted(OK)
    filler = "x" * 200_000
    write_lines(batch.input, [request_line(f"r{i}", words=filler) for i in range(300)])  # 60 MB
    process = batch.start("--concurrency", "4")
    peak = 0
    while process.is_running():
        try:
            status = open(f"/proc/{process.pid}/status").read()
            peak = max([peak, *map(int, re.findall(r"VmHWM:\s+(\d+) kB", status))])
        except OSError:
            pass
        time.sleep(0.01)
    assert process.wait(2 * PATIENCE) == 0, process.output
    assert len(read_lines(batch.output)) == 300
    assert 0 < peak < 40_000 or "asan" in str(BUILD), f"{peak} kB"
