"""Streams byte for byte, and what happens when one side is slow."""
import json
import threading

from configs import model as model_of
from configs import target
from mock_upstream import answers, event, head, send_chunk, stream_events
from processes import eventually
from test_http_framing import Raw
from test_limits import request_bytes


def test_a_stream_passes_through_byte_for_byte(gateway, upstream, model):
    connection = Raw(gateway.port).send(request_bytes("ada", model, stream=True, stream_options={"include_usage": True}))

    status, headers, body = connection.reply()

    assert status == 200 and headers["content-type"].startswith("text/event-stream")
    assert body == b"".join(stream_events(upstream.calls_of(model)[0]))
    connection.close()


def test_usage_is_asked_for_upstream_and_taken_out_again(gateway, upstream, model):
    connection = Raw(gateway.port).send(request_bytes("ada", model, stream=True))

    _, headers, body = connection.reply()

    call = upstream.calls_of(model)[0]
    assert call.json["stream_options"] == {"include_usage": True}
    assert b'"choices": []' not in body and body.endswith(b"data: [DONE]\n\n")
    assert body.count(b"data: ") == 5  # role, two words, finish, [DONE]
    record = gateway.record_of(headers["x-request-id"])
    assert record["usageSource"] == "Provider" and record["outputTokens"] == 2
    connection.close()


def test_options_of_the_clients_own_are_kept(gateway, upstream, model):
    Raw(gateway.port).send(request_bytes("ada", model, stream=True, stream_options={"include_obfuscation": False})).reply()

    assert upstream.calls_of(model)[0].json["stream_options"] == {"include_obfuscation": False, "include_usage": True}


def test_a_client_that_says_no_to_usage_gets_none(gateway, upstream, model):
    _, _, body = Raw(gateway.port).send(request_bytes("ada", model, stream=True, stream_options={"include_usage": False})).reply()

    assert b"prompt_tokens" not in body
    assert upstream.calls_of(model)[0].json["stream_options"]["include_usage"] is True


def test_events_of_every_line_end_pass_unchanged(gateway, upstream, model):
    odd = (b"\xef\xbb\xbf: a comment\r\n\r\nevent: ping\rdata: {}\r\r" + b'id: 7\ndata: {"choices":[{"index":0,\ndata: "delta":{"content":"x"}}]}\n\n'
           + b"retry: 10\n\n" + b"data: [DONE]\r\n\r\n")

    async def behave(call, writer):
        writer.write(head(200, (), "text/event-stream"))
        for i in range(0, len(odd), 3):
            await send_chunk(writer, odd[i:i + 3])
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    upstream.script(model, behave)
    _, _, body = Raw(gateway.port).send(request_bytes("ada", model, stream=True, stream_options={"include_usage": True})).reply()

    assert body == odd


def test_an_error_in_the_middle_of_a_stream_is_passed_on_and_is_no_success(gateway, upstream, model):
    async def behave(call, writer):
        writer.write(head(200, (), "text/event-stream"))
        await send_chunk(writer, list(stream_events(call))[0])
        await send_chunk(writer, b'data: {"error":{"message":"overloaded","type":"server_error","param":null,"code":null}}\n\n')
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    upstream.script(model, behave)
    connection = Raw(gateway.port).send(request_bytes("ada", model, stream=True))
    received = b""
    while True:
        piece = connection.socket.recv(65536)
        received += piece
        if not piece or b"overloaded" in received:
            break

    assert b"overloaded" in received
    record = eventually(lambda: next((r for r in gateway.records() if r["model"] == model), None), "the record")
    assert record["outcome"] != "Completed"
    connection.close()


def test_a_slow_reader_holds_the_provider_back_and_not_the_memory(start_gateway, upstream):
    """400 MB are on offer; who reads nothing gets little, and the gateway keeps little."""
    sent = [0]

    async def behave(call, writer):
        writer.write(head(200, (), "text/event-stream"))
        piece = event(call, [{"index": 0, "delta": {"content": "x" * 65536}, "finish_reason": None}])
        for _ in range(6400):
            await send_chunk(writer, piece)
            sent[0] += len(piece)
        return False

    own = start_gateway(models=[model_of("flood", target("flood"))])
    upstream.script("flood", behave)
    before = own.metrics()["process_resident_memory_bytes"]
    connection = Raw(own.port).send(request_bytes("ada", "flood", stream=True))
    eventually(lambda: sent[0] > 1 << 20, "the flood")

    settled = eventually(lambda: sent[0] == wait_a_moment(sent) and sent[0], "standstill")

    assert settled < 64 << 20
    assert own.metrics()["process_resident_memory_bytes"] - before < 64 << 20
    assert Raw(own.port).send(request_bytes("ada")).reply()[0] == 200, "others are served meanwhile"
    connection.close()


def wait_a_moment(sent):
    """The count after half a second without asking anybody."""
    threading.Event().wait(0.5)
    return sent[0]


def test_a_thousand_streams_at_once_are_all_whole(start_gateway, upstream):
    own = start_gateway(models=[model_of("many", target("many"))])
    upstream.script("many", answers(gap=0.05, pieces=tuple(f" w{i}" for i in range(10))))
    connections = [Raw(own.port).send(request_bytes("ada", "many", stream=True)) for _ in range(1000)]

    bodies = [connection.reply()[2] for connection in connections]

    words = ["".join(choice["delta"].get("content") or "" for line in body.split(b"\n\n") if line.startswith(b"data: {")
                     for choice in json.loads(line[6:])["choices"]) for body in bodies]
    assert set(words) == {"".join(f" w{i}" for i in range(10))}
    for connection in connections:
        connection.close()
    eventually(lambda: own.metrics()["weir_requests_in_flight"] == 0, "the end")
    assert len([r for r in own.records() if r["outcome"] == "Completed"]) == 1000


def test_traceparent_is_read_and_a_new_one_sent_on(gateway, upstream, model):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    data = request_bytes("ada", model).replace(b"Host: weir\r\n", b"Host: weir\r\ntraceparent: 00-%s-00f067aa0ba902b7-01\r\n" % trace.encode())

    _, headers, _ = Raw(gateway.port).send(data).reply()

    assert gateway.record_of(headers["x-request-id"])["traceId"] == trace
    sent = upstream.calls_of(model)[0].header("traceparent")
    assert sent and trace not in sent
