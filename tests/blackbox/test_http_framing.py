"""Raw bytes: every framing trap is answered and the connection closed, and nothing of it reaches an upstream."""
import json
import socket

import pytest

from processes import KEYS, PATIENCE

HOST = b"Host: weir\r\n"
AUTH = b"Authorization: Bearer " + KEYS["ada"].encode() + b"\r\n"
BODY = json.dumps({"model": "mock-0", "messages": [{"role": "user", "content": "x"}]}).encode()
JSON = b"Content-Type: application/json\r\n"


def post(*fields, body=BODY, start=b"POST /v1/chat/completions HTTP/1.1\r\n", host=HOST, length=True):
    own = b"Content-Length: %d\r\n" % len(body) if length else b""
    return start + host + AUTH + JSON + own + b"".join(fields) + b"\r\n" + body


def chunked(*pieces, fields=b""):
    return post(b"Transfer-Encoding: chunked\r\n" + fields, body=b"".join(pieces), length=False)


def chunk(piece, size=None, extension=b""):
    return (size if size is not None else b"%x" % len(piece)) + extension + b"\r\n" + piece + b"\r\n"


class Raw:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self.left = b""

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it was refused before it was all sent; the answer says so
        return self

    def close(self):
        self.socket.close()

    def _more(self):
        try:
            piece = self.socket.recv(65536)
        except ConnectionResetError:
            piece = b""
        self.left += piece
        return piece

    def reply(self):
        """One reply: status, headers, body. The body by its length or its chunks."""
        while b"\r\n\r\n" not in self.left:
            assert self._more(), f"closed inside a head: {self.left!r}"
        head, self.left = self.left.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
        status = int(lines[0].split(" ")[1])
        if status < 200 or status in (204, 304):
            return status, headers, b""
        if headers.get("transfer-encoding") == "chunked":
            return status, headers, self._chunks()
        wanted = int(headers["content-length"])
        while len(self.left) < wanted:
            assert self._more(), "closed inside a body"
        body, self.left = self.left[:wanted], self.left[wanted:]
        return status, headers, body

    def _chunks(self):
        body = b""
        while True:
            while b"\r\n" not in self.left:
                assert self._more()
            size, self.left = self.left.split(b"\r\n", 1)
            while len(self.left) < int(size, 16) + 2:
                assert self._more()
            body += self.left[:int(size, 16)]
            self.left = self.left[int(size, 16) + 2:]
            if int(size, 16) == 0:
                return body

    def is_closed(self):
        """Nothing more comes but the end."""
        return not self.left and not self._more()


@pytest.fixture
def raw(gateway):
    connections = []

    def connect(data=b""):
        connections.append(Raw(gateway.port))
        return connections[-1].send(data)

    yield connect
    for connection in connections:
        connection.close()


def long_fields(count, size=10):
    return b"".join(b"X-Field-%d: %s\r\n" % (i, b"v" * size) for i in range(count))


TRAPS = {
    "length and chunked": (post(b"Transfer-Encoding: chunked\r\n"), {400}),
    "chunked and length": (post(b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", length=False, body=chunk(BODY) + b"0\r\n\r\n"), {400}),
    "two unequal lengths": (post(b"Content-Length: 3\r\n"), {400}),
    "two equal lengths": (post(b"Content-Length: %d\r\n" % len(BODY)), {400}),
    "a list of lengths": (post(b"Content-Length: %d, %d\r\n" % (len(BODY), len(BODY)), length=False), {400}),
    "a signed length": (post(b"Content-Length: +%d\r\n" % len(BODY), length=False), {400}),
    "a negative length": (post(b"Content-Length: -1\r\n", length=False), {400}),
    "a length in hex": (post(b"Content-Length: 0x10\r\n", length=False), {400}),
    "a length with a blank inside": (post(b"Content-Length: 1 0\r\n", length=False), {400}),
    "an empty length": (post(b"Content-Length: \r\n", length=False), {400}),
    "a length with letters": (post(b"Content-Length: ten\r\n", length=False), {400}),
    "a length beyond 64 bits": (post(b"Content-Length: 99999999999999999999999\r\n", length=False), {400, 413}),
    "a body beyond the limit": (post(b"Content-Length: 1099511627776\r\n", length=False), {413}),
    "an unknown transfer coding": (post(b"Transfer-Encoding: gzip\r\n", length=False), {400, 501}),
    "chunked after gzip": (post(b"Transfer-Encoding: gzip, chunked\r\n", length=False, body=chunk(BODY) + b"0\r\n\r\n"), {400, 501}),
    "chunked twice": (post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", length=False), {400, 501}),
    "chunked in a list": (post(b"Transfer-Encoding: chunked, chunked\r\n", length=False), {400, 501}),
    "chunked with a mark": (post(b"Transfer-Encoding: \x0bchunked\r\n", length=False), {400, 501}),
    "chunked in identity": (post(b"Transfer-Encoding: identity\r\n", length=False), {400, 501}),
    "chunked in HTTP/1.0": (post(b"Transfer-Encoding: chunked\r\n", length=False, start=b"POST /v1/chat/completions HTTP/1.0\r\n"), {400}),
    "a chunk size beyond 64 bits": (chunked(chunk(BODY, b"fffffffffffffffff")), {400, 413}),
    "a chunk size that wraps": (chunked(chunk(BODY, b"10000000000000000")), {400, 413}),
    "a chunk size with a plus": (chunked(chunk(BODY, b"+%x" % len(BODY))), {400}),
    "a chunk size with 0x": (chunked(chunk(BODY, b"0x%x" % len(BODY))), {400}),
    "a chunk size with a blank": (chunked(chunk(BODY, b" %x" % len(BODY))), {400}),
    "a chunk size with junk": (chunked(chunk(BODY, b"%xg" % len(BODY))), {400}),
    "an empty chunk size": (chunked(b"\r\n"), {400}),
    "a chunk longer than its size": (chunked(chunk(BODY, b"5")), {400}),
    "a chunk ended by a bare LF": (chunked(b"%x\n" % len(BODY) + BODY + b"\r\n0\r\n\r\n"), {400}),
    "a long chunk extension": (chunked(chunk(BODY, extension=b";a=" + b"x" * 300)), {400}),
    "a chunk extension with a control": (chunked(chunk(BODY, extension=b";a=\x01")), {400}),
    "long trailers": (chunked(chunk(BODY), b"0\r\n" + long_fields(100, 100) + b"\r\n"), {400, 431}),
    "a bare LF in the head": (b"POST /v1/chat/completions HTTP/1.1\nHost: weir\n\n", {400}),
    "a bare LF after one field": (post(b"X-A: b\n"), {400}),
    "a bare CR in a field": (post(b"X-A: b\rc\r\n"), {400}),
    "a NUL in a field": (post(b"X-A: b\x00c\r\n"), {400}),
    "a control in a field": (post(b"X-A: b\x01c\r\n"), {400}),
    "a control in a name": (post(b"X\x01A: b\r\n"), {400}),
    "a blank in a name": (post(b"X A: b\r\n"), {400}),
    "a blank before the colon": (post(b"X-A : b\r\n"), {400}),
    "an empty name": (post(b": b\r\n"), {400}),
    "a field without a colon": (post(b"nonsense\r\n"), {400}),
    "a folded field": (post(b"X-A: b\r\n c\r\n"), {400}),
    "a blank before the first field": (post(start=b"POST /v1/chat/completions HTTP/1.1\r\n X: y\r\n"), {400}),
    "no Host": (post(host=b""), {400}),
    "two Hosts": (post(b"Host: other\r\n"), {400}),
    "a Host with a slash": (post(host=b"Host: a/b\r\n"), {400}),
    "an absolute target that is not the Host": (post(start=b"POST http://evil.example/v1/chat/completions HTTP/1.1\r\n"), {400}),
    "HTTP/0.9": (b"GET /v1/models\r\n\r\n", {400, 505}),
    "HTTP/2.0": (post(start=b"POST /v1/chat/completions HTTP/2.0\r\n"), {400, 505}),
    "HTTP/1.1 in small letters": (post(start=b"POST /v1/chat/completions http/1.1\r\n"), {400, 505}),
    "the HTTP/2 preface": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 405, 505}),
    "two blanks in the first line": (post(start=b"POST  /v1/chat/completions HTTP/1.1\r\n"), {400}),
    "a tab in the first line": (post(start=b"POST\t/v1/chat/completions HTTP/1.1\r\n"), {400}),
    "a blank in the target": (post(start=b"POST /v1/chat completions HTTP/1.1\r\n"), {400}),
    "a control in the target": (post(start=b"POST /v1/chat\x01 HTTP/1.1\r\n"), {400}),
    "a NUL in the target": (post(start=b"POST /v1/chat\x00 HTTP/1.1\r\n"), {400}),
    "a method of punctuation": (post(start=b"P@ST /v1/chat/completions HTTP/1.1\r\n"), {400, 501}),
    "a leading blank line": (b"\r\n" + post(), {400}),
    "something that is not HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64 + b"\r\n\r\n", {400}),
    "more than 100 fields": (post(long_fields(101)), {431}),
    "more than 32 KiB of fields": (post(long_fields(20, 2000)), {431}),
    "one endless field": (post(b"X-A: " + b"a" * 40000 + b"\r\n"), {431}),
    "an endless target": (post(start=b"POST /v1/" + b"a" * 40000 + b" HTTP/1.1\r\n"), {414, 431}),
    "another expectation": (post(b"Expect: 200-ok\r\n"), {417, 400}),
}


@pytest.mark.parametrize("name", TRAPS)
def test_a_trap_is_answered_and_the_connection_closed(raw, upstream, gateway, name):
    data, statuses = TRAPS[name]
    connection = raw(data + post())  # whatever the rest is taken for, it must not become a request

    status, headers, body = connection.reply()

    assert status in statuses, (status, body)
    assert headers["connection"].lower() == "close"
    assert json.loads(body)["error"]["message"]
    assert connection.is_closed()
    assert upstream.calls == []


def test_a_coded_body_is_refused(raw, upstream):
    status, _, body = raw(post(b"Content-Encoding: gzip\r\n")).reply()

    assert status == 415 and json.loads(body)["error"]["message"]
    assert upstream.calls == []


def test_a_smuggled_request_is_never_seen(raw, upstream):
    inner = post(body=BODY.replace(b"mock-0", b"mock-1"))
    connection = raw(post(b"Transfer-Encoding: chunked\r\n", body=b"0\r\n\r\n" + inner))

    assert connection.reply()[0] == 400
    assert connection.is_closed()
    assert upstream.calls == []


def test_requests_one_after_the_other_on_one_connection(raw, upstream):
    connection = raw()
    for _ in range(5):
        status, headers, _ = connection.send(post()).reply()
        assert status == 200
        assert headers.get("connection", "keep-alive").lower() != "close"

    assert len(upstream.calls) == 5


def test_pipelined_requests_are_answered_in_order(raw):
    bodies = [json.dumps({"model": "echo", "messages": [{"role": "user", "content": f"n{i}"}]}).encode() for i in range(20)]
    connection = raw(b"".join(post(body=body) for body in bodies))

    said = [json.loads(connection.reply()[2])["choices"][0]["message"]["content"] for _ in bodies]

    assert said == [f"n{i}" for i in range(20)]


def test_a_request_byte_by_byte(raw):
    connection = raw()
    connection.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in post():
        connection.send(bytes([byte]))

    assert connection.reply()[0] == 200


def test_a_chunked_body_reaches_the_provider_with_a_length(raw, upstream):
    status, _, _ = raw(chunked(chunk(BODY[:7]), chunk(BODY[7:30], extension=b";a=b"), chunk(BODY[30:]), b"0\r\nX-Trailer: dropped\r\n\r\n")).reply()

    assert status == 200
    call = upstream.calls[0]
    assert call.json["messages"] and call.header("content-length") == str(len(call.body))
    assert call.header("transfer-encoding") is None and call.header("x-trailer") is None


def test_expect_100_continue(raw):
    head, body = post(b"Expect: 100-continue\r\n").split(b"\r\n\r\n")
    connection = raw(head + b"\r\n\r\n")

    assert connection.reply()[0] == 100
    assert connection.send(body).reply()[0] == 200


def test_http_1_0_is_answered_and_closed(raw):
    connection = raw(post(start=b"POST /v1/chat/completions HTTP/1.0\r\n"))

    assert connection.reply()[0] == 200
    assert connection.is_closed()


def test_connection_close_is_kept(raw):
    connection = raw(post(b"Connection: close\r\n"))

    assert connection.reply()[0] == 200
    assert connection.is_closed()


def test_an_absolute_target_of_the_same_host(raw):
    assert raw(post(start=b"POST http://weir/v1/chat/completions HTTP/1.1\r\n")).reply()[0] == 200


@pytest.mark.parametrize("field", [b"Authorization: Bearer ", b"Cookie: a=", b"X-Forwarded-For: ", b"Proxy-Authorization: Basic "])
def test_nothing_of_the_clients_own_reaches_the_provider(raw, upstream, field):
    extra = b"" if field.startswith(b"Auth") else field + b"secret\r\n"
    raw(post(extra, b"Connection: X-Secret\r\nX-Secret: hidden\r\n")).reply()

    head = upstream.calls[0].head
    for part in (KEYS["ada"].encode(), b"secret", b"hidden"):
        assert part not in head


def test_other_methods_and_paths(raw):
    for start, expected in [(b"GET /v1/chat/completions", 405), (b"DELETE /v1/models", 405), (b"GET /v1/nothing", 404),
                            (b"GET /", 404), (b"GET /v1/../admin", 404), (b"GET /metrics", 404), (b"OPTIONS *", 404)]:
        status, _, body = raw(start + b" HTTP/1.1\r\n" + HOST + AUTH + b"\r\n").reply()
        assert status in (expected, 404, 405, 400), start
        assert status >= 400 and json.loads(body)["error"]["message"]


def test_a_head_that_never_ends_is_given_up(gateway, raw):
    connection = raw(b"POST /v1/chat/completions HTTP/1.1\r\nHost: weir\r\n")

    status, headers, _ = connection.reply()  # after the head timeout, 10 s

    assert status == 408
    assert connection.is_closed()


def test_a_closed_connection_in_the_middle_of_a_body_is_forgotten(raw, upstream, gateway):
    raw(post()[:-5]).close()

    assert raw(post()).reply()[0] == 200
    assert len(upstream.calls) == 1
