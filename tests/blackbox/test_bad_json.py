"""Bodies that are not what they should be: 400 with the reason, and nothing reaches an upstream."""
import json

import pytest

from processes import KEYS
from test_http_framing import Raw, post

GOOD = {"model": "mock-0", "messages": [{"role": "user", "content": "x"}]}
TEXT = json.dumps(GOOD).encode()

BAD = {
    "nothing": b"",
    "blanks": b"   ",
    "not JSON": b"hello",
    "cut off": TEXT[:-1],
    "cut inside a text": TEXT[:20],
    "something behind it": TEXT + b"{}",
    "a list": b"[" + TEXT + b"]",
    "a number": b"42",
    "null": b"null",
    "a comma too many": TEXT[:-1] + b",}",
    "a comment": b"/* x */" + TEXT,
    "single quotes": TEXT.replace(b'"', b"'"),
    "NaN": TEXT[:-1] + b',"temperature":NaN}',
    "a leading zero": TEXT[:-1] + b',"temperature":01}',
    "a bare control in a text": TEXT.replace(b'"x"', b'"x\ny"'),
    "a byte order mark": b"\xef\xbb\xbf" + TEXT,
    "bytes that are not UTF-8": TEXT.replace(b'"x"', b'"\xff\xfe"'),
    "an overlong encoding": TEXT.replace(b'"x"', b'"\xc0\xaf"'),
    "a surrogate in UTF-8": TEXT.replace(b'"x"', b'"\xed\xa0\x80"'),
    "a bad escape": TEXT.replace(b'"x"', b'"\\x41"'),
    "two models": TEXT[:-1] + b',"model":"mock-1"}',
    "two models, one in escapes": TEXT[:-1] + b',"mod\\u0065l":"mock-1"}',
    "two max_tokens": TEXT[:-1] + b',"max_tokens":1,"max_tokens":100000}',
    "two streams": TEXT[:-1] + b',"stream":false,"stream":true}',
    "no model": b'{"messages":[]}',
    "a model that is a number": TEXT.replace(b'"mock-0"', b"7"),
    "an empty model": TEXT.replace(b'"mock-0"', b'""'),
    "stream that is a text": TEXT[:-1] + b',"stream":"yes"}',
    "max_tokens that is a text": TEXT[:-1] + b',"max_tokens":"many"}',
    "max_tokens with a fraction": TEXT[:-1] + b',"max_tokens":1.5}',
    "negative max_tokens": TEXT[:-1] + b',"max_tokens":-5}',
    "max_tokens beyond 64 bits": TEXT[:-1] + b',"max_tokens":99999999999999999999999}',
    "a hundred levels": TEXT[:-1] + b',"x":' + b"[" * 100 + b"]" * 100 + b"}",
    "a hundred thousand levels": TEXT[:-1] + b',"x":' + b"[" * 100000,
    "a hundred thousand objects": TEXT[:-1] + b',"x":' + b'{"a":' * 100000,
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_body_is_refused_with_the_reason(gateway, upstream, name):
    connection = Raw(gateway.port)

    status, headers, body = connection.send(post(body=BAD[name])).reply()

    assert status == 400, body
    error = json.loads(body)["error"]
    assert error["type"] == "invalid_request_error" and len(error["message"]) > 10
    assert headers["x-should-retry"] == "false"
    assert upstream.calls == []
    assert connection.send(post(body=TEXT)).reply()[0] == 200, "the connection itself is fine"
    connection.close()


def test_what_is_unusual_but_right_passes(gateway, upstream):
    unusual = ('{ "unknown" : [1e400, -0, 123456789012345678901234567890, "\\ud83d\\ude00", "\\u0000"] ,\r\n\t"messages":[{"role":'
               '"user","content":"ü 水 \U0001f600"}], "model":"\\u006dock-0" }').encode()
    connection = Raw(gateway.port)

    status, _, body = connection.send(post(body=unusual)).reply()

    assert status == 200, body
    assert b"123456789012345678901234567890" in upstream.calls[0].body
    assert b"1e400" in upstream.calls[0].body
    assert upstream.calls[0].json["model"] == "mock-0"
    connection.close()


def test_a_body_at_the_limit_passes_and_one_byte_more_does_not(start_gateway):
    own = start_gateway(maxBodyBytes=4096)
    frame = len(json.dumps({"model": "echo", "messages": [{"role": "user", "content": ""}]}))
    for size, expected in ((4096, 200), (4097, 413)):
        body = json.dumps({"model": "echo", "messages": [{"role": "user", "content": "a" * (size - frame)}]}).encode()
        assert len(body) == size
        connection = Raw(own.port)
        assert connection.send(post(body=body)).reply()[0] == expected
        connection.close()


def test_a_megabyte_of_prompt_passes_unchanged(gateway, upstream, model):
    content = "".join(chr(32 + i * 7 % 90) for i in range(1 << 20))
    body = json.dumps({"model": model, "messages": [{"role": "user", "content": content}]}).encode()
    connection = Raw(gateway.port)

    assert connection.send(post(body=body)).reply()[0] == 200
    assert upstream.calls_of(model)[0].json["messages"][0]["content"] == content
    connection.close()


def test_no_prompt_is_ever_logged(gateway):
    secret = "canary-in-a-prompt-5521"
    connection = Raw(gateway.port)
    body = json.dumps({"model": "echo", "messages": [{"role": "user", "content": secret}]}).encode()

    assert connection.send(post(body=body)).reply()[0] == 200
    connection.send(post(body=body[:-1])).reply()
    connection.close()

    assert secret not in gateway.output and KEYS["ada"] not in gateway.output
    for segment in gateway.state.rglob("*"):
        if segment.is_file():
            assert secret.encode() not in segment.read_bytes()
