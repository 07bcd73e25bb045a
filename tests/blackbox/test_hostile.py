"""Both sides at their worst: poisoned answers, floods, slow clients, spoilt state on disk."""
import json
import os
import signal
import socket
import stat

import openai
import pytest

from conftest import client_of, end
from configs import config_for
from folders import BASE, limits
from mock_upstream import answers, head, says, send_chunk, unary_body
from processes import BUILD, KEYS, Gateway, Process, eventually, get, signal_pid
from test_http_framing import Raw, post
from test_limits import request_bytes, storm
from test_operator import limit_at, status_of

HELLO = [{"role": "user", "content": "hello"}]


def chat(gateway, model, **more):
    with client_of(gateway.url, **more) as client:
        return client.chat.completions.create(model=model, messages=HELLO).choices[0].message.content


def test_an_answer_with_another_one_behind_it_poisons_nobody(gateway, upstream, model):
    async def behave(call, writer):
        good = json.dumps(unary_body(call, "mine")).encode()
        evil = json.dumps(unary_body(call, "poison")).encode()
        writer.write(head(200, length=len(good)) + good + head(200, length=len(evil)) + evil)
        await writer.drain()
        return True

    upstream.script(model, behave, answers("clean"))

    assert chat(gateway, model) == "mine"
    for _ in range(5):
        assert chat(gateway, model) == "clean"


def test_interim_answers_are_skipped(gateway, upstream, model):
    async def behave(call, writer):
        body = json.dumps(unary_body(call)).encode()
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + head(200, length=len(body)) + body)
        await writer.drain()
        return True

    upstream.script(model, behave)
    assert chat(gateway, model) == "well done"


def test_endless_interim_answers_are_not_waited_for(start_gateway, upstream, model):
    upstream.script(model, says(b"HTTP/1.1 100 Continue\r\n\r\n" * 100000))
    own = start_gateway(deadlines={"connect": "1s", "firstByte": "1s", "gap": "1s", "total": "3s"})
    with pytest.raises(openai.APIStatusError) as refused:
        chat(own, model)

    assert refused.value.status_code in (502, 503, 504)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_of_the_provider_goes_nowhere(gateway, upstream, model, status):
    """A client that followed it would take its key and prompt along."""
    upstream.script(model, says(b"HTTP/1.1 %d Moved\r\nLocation: %s/chat/completions\r\nContent-Length: 0\r\n\r\n" % (status, upstream.url.encode())))

    code, headers, _ = Raw(gateway.port).send(request_bytes("ada", model)).reply()

    assert code >= 400 or "location" not in headers
    assert len(upstream.calls_of(model)) <= 2


def test_headers_of_the_provider_are_let_through_by_list_only(gateway, upstream, model):
    upstream.script(model, answers(headers=[("Set-Cookie", "a=b"), ("Connection", "keep-alive"), ("Server", "mock/1"), ("openai-processing-ms", "12"),
                                            ("x-request-id", "req-of-the-provider")]))

    status, headers, _ = Raw(gateway.port).send(request_bytes("ada", model)).reply()

    assert status == 200 and "set-cookie" not in headers
    assert headers["x-request-id"] != "req-of-the-provider"


def test_the_provider_is_not_asked_for_coded_bodies(gateway, upstream, model):
    data = request_bytes("ada", model).replace(b"Host: weir\r\n", b"Host: weir\r\nAccept-Encoding: gzip, br\r\n")

    assert Raw(gateway.port).send(data).reply()[0] == 200
    assert (upstream.calls_of(model)[0].header("accept-encoding") or "identity") == "identity"


def test_a_thousand_pipelined_requests_are_all_answered(gateway):
    connection = Raw(gateway.port)
    connection.send(request_bytes("ada") * 1000)

    assert {connection.reply()[0] for _ in range(1000)} == {200}
    connection.close()


def test_a_pipelining_client_that_reads_nothing_is_held_back(start_gateway):
    own = start_gateway()
    before = own.metrics()["process_resident_memory_bytes"]
    connection = Raw(own.port)
    connection.socket.settimeout(2)
    data = request_bytes("ada", content="x" * 20000) * 50
    try:
        for _ in range(400):  # 400 MB of requests
            connection.socket.sendall(data)
    except OSError:
        pass

    assert own.metrics()["process_resident_memory_bytes"] - before < 64 << 20 or "asan" in str(BUILD)
    assert storm(own.port, 5)[0][0] == 200
    connection.close()


def test_half_sent_heads_do_not_keep_others_out(start_gateway):
    own = start_gateway()
    slow = [Raw(own.port).send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: we") for _ in range(500)]

    assert [status for status, _ in storm(own.port, 50)] == [200] * 50
    for connection in slow:
        connection.close()


def test_a_body_that_comes_in_drops_is_still_one_request(gateway, upstream, model):
    data = request_bytes("ada", model, content="y" * 5000)
    connection = Raw(gateway.port)
    for i in range(0, len(data), 97):
        connection.send(data[i:i + 97])

    assert connection.reply()[0] == 200
    assert len(upstream.calls_of(model)) == 1


def test_head_and_unknown_methods(gateway):
    for method in (b"HEAD", b"PUT", b"PATCH", b"TRACE", b"CONNECT", b"FOO"):
        target = b"weir:80" if method == b"CONNECT" else b"/v1/models"
        connection = Raw(gateway.port)
        connection.send(method + b" " + target + b" HTTP/1.1\r\nHost: weir\r\nConnection: close\r\n\r\n")
        received = b""
        while True:
            piece = connection.socket.recv(65536)
            received += piece
            if not piece:
                break
        assert received.startswith(b"HTTP/1.1 4") or received.startswith(b"HTTP/1.1 501"), received
        if method == b"HEAD":
            assert received.endswith(b"\r\n\r\n"), "a HEAD has no body"
        connection.close()


def test_a_spoilt_journal_keeps_what_can_be_read_and_goes_on(upstream, tmp_path):
    own = Gateway(tmp_path, config_for(upstream.url))
    assert [status for status, _ in storm(own.port, 20)] == [200] * 20
    own.kill()
    segment = max(own.state.rglob("*.log"))
    kept = segment.read_bytes()
    segment.write_bytes(kept + b"\x20\x00\x00\x00torn in the middle of a record")

    own = Gateway(tmp_path, config_for(upstream.url))
    assert [status for status, _ in storm(own.port, 5)] == [200] * 5
    end(own)

    assert len(own.records()) == 25
    assert len({r["id"] for r in own.records()}) == 25


def test_a_spoilt_last_good_config_is_not_served(up):
    weir = up(BASE)
    dev = weir.gateway("dev")
    (weir.state / "gateway/lab-dev/config.json").write_text('{"epoch": 1, "config": {')
    signal_pid(dev["pid"])

    eventually(lambda: status_of(dev["url"]) == 200, "service by the operator's word")
    assert limit_at(dev["url"]) == 5000


def forget_epoch(weir):
    """As somebody does who tidies up: the operator's own memory is gone, its gateways' is not."""
    (weir.state / "epoch").unlink()


def test_a_lost_epoch_does_not_lock_out_the_next_operator(up):
    weir = up(BASE)
    dev = weir.gateway("dev")
    for _ in range(2):
        weir.kill()
        weir = up(folder=weir.folder)
    weir.kill()
    forget_epoch(weir)

    again = up({"dev.yaml": limits(321)}, folder=weir.folder)

    eventually(lambda: limit_at(dev["url"]) == 321, "the edit in the gateway that was adopted")
    assert again.gateway("dev")["pid"] == dev["pid"]
    raised = again.event("epoch_raised")
    assert "has seen 3" in json.dumps(raised) and "Going on with 4" in json.dumps(raised)
    assert int((again.state / "epoch").read_text()) == 4
    again.write("dev.yaml", limits(654))
    eventually(lambda: limit_at(dev["url"]) == 654, "the edit after it")
    assert "is behind" not in again.logs(), "no gateway had to refuse"


def test_a_lost_epoch_does_not_lock_out_after_a_clean_stop(up):
    """New gateways, which remember the last good config and its epoch."""
    weir = up(BASE)
    weir.kill()
    weir = up(folder=weir.folder)
    assert weir.stop() == 0
    forget_epoch(weir)

    again = up({"dev.yaml": limits(321)}, folder=weir.folder)

    eventually(lambda: limit_at(again.gateway("dev")["url"]) == 321, "the edit")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    folder = tmp_path / "w"
    folder.mkdir()
    for name, text in BASE.items():
        (folder / name).write_text(text)
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    weir = Process(BUILD / "weir", "up", folder, "--port", "0", "--output", "json")

    assert weir.wait() != 0
    assert str(folder) in weir.output


def test_a_config_the_gateway_does_not_know_is_refused_at_start(tmp_path, upstream):
    config = config_for(upstream.url, version=99)
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config))
    (tmp_path / "s").mkdir(mode=0o700)

    alone = Process(BUILD / "weir-gateway", "--workspace", "lab", "--environment", "dev", "--name", "x", "--config", path, "--state", tmp_path / "s",
                    "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0")

    assert alone.wait() != 0
    assert "99" in alone.output and "version" in alone.output


def test_an_admin_port_that_is_taken_is_told_at_start(tmp_path, upstream):
    """Under the sanitizers also: what was already built is given back."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps(config_for(upstream.url)))
    (tmp_path / "s").mkdir(mode=0o700)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]

        alone = Process(BUILD / "weir-gateway", "--workspace", "lab", "--environment", "dev", "--name", "x", "--config", path, "--state", tmp_path / "s",
                        "--listen", "127.0.0.1:0", "--admin", f"127.0.0.1:{port}")

        assert alone.wait() == 1, alone.output
    assert "--admin" in alone.output and str(port) in alone.output


def test_deaths_and_edits_at_once_end_well(up):
    weir = up(BASE)
    dev = weir.gateway("dev")
    for i in range(12):
        weir.write("dev.yaml", limits(1000 + i))
        for pid, command in weir.gateway_pids().items():
            if i % 3 == 0 and "dev" in command:
                signal_pid(pid, signal.SIGKILL)
    weir.write("dev.yaml", limits(2222))

    eventually(lambda: limit_at(dev["url"]) == 2222, "the last edit")
    assert status_of(weir.gateway("prod")["url"]) == 200
    assert get(weir.gateway("prod")["adminUrl"] + "/readyz")[0] == 200
    assert KEYS["ada"] not in weir.logs()
