"""TLS on both sides: who the provider is, is checked; callers get 1.2 and 1.3 and nothing older."""
import signal
import socket
import ssl
import subprocess

import openai
import pytest

from configs import model as model_of
from configs import target
from mock_upstream import MockUpstream
from ports import free_port
from processes import KEYS
from test_limits import request_bytes

HELLO = [{"role": "user", "content": "hello"}]


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Authority:
    def __init__(self, folder, name):
        self.folder, self.name = folder, name
        self.certificate, self.key = folder / f"{name}.pem", folder / f"{name}.key"
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout", self.key, "-out", self.certificate,
                "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")

    def issue(self, name, alternative, days=2):
        request, certificate, key = (self.folder / f"{name}.{end}" for end in ("csr", "crt", "pkey"))
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={alternative}\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial", "-days", days, "-extfile", extensions,
                "-out", certificate)
        return certificate, key


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"), "ours")


@pytest.fixture
def secure(authority, tmp_path):
    """Mocks that serve TLS with a certificate for these names."""
    started = []

    def start(alternative):
        certificate, key = authority.issue(f"server{len(started)}", alternative)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        started.append(MockUpstream(context))
        return started[-1]

    yield start
    for mock in started:
        mock.stop()


def asked(start_gateway, mock, ca_file):
    provider = {"name": "secure", "type": "OpenAI", "baseUrl": mock.url, **({"caFile": str(ca_file)} if ca_file else {})}
    own = start_gateway(providers=[{"name": "mock", "type": "OpenAI", "baseUrl": mock.url}, {"name": "echo", "type": "Echo"}, provider],
                        models=[model_of("chat", target("a", "secure"), retry={"attempts": 1})])
    with openai.OpenAI(base_url=own.url + "/v1", api_key=KEYS["ada"], max_retries=0) as client:
        return client.chat.completions.create(model="chat", messages=HELLO).choices[0].message.content


def test_a_provider_with_the_right_certificate_is_called(start_gateway, secure, authority):
    assert asked(start_gateway, secure("IP:127.0.0.1"), authority.certificate) == "well done"


@pytest.mark.parametrize("case", ["another name", "another authority", "the system's store"])
def test_a_provider_that_is_not_who_it_should_be_gets_nothing(start_gateway, secure, authority, tmp_path, case):
    mock = secure("DNS:elsewhere.example" if case == "another name" else "IP:127.0.0.1")
    ca_file = {"another name": authority.certificate, "another authority": Authority(tmp_path, "theirs").certificate}.get(case)

    with pytest.raises(openai.APIStatusError) as refused:
        asked(start_gateway, mock, ca_file)

    assert refused.value.status_code in (502, 503)
    assert mock.calls == [], "not a byte of the request"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the very versions that must not work
def test_callers_get_tls_1_2_and_1_3_and_nothing_older(upstream, authority, start_gateway):
    certificate, key = authority.issue("gateway", "IP:127.0.0.1")
    own = start_gateway(options=("--tls-cert", certificate, "--tls-key", key))
    for version, works in ((ssl.TLSVersion.TLSv1_3, True), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_1, False)):
        context = ssl.create_default_context(cafile=authority.certificate)
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
        try:
            with socket.create_connection(("127.0.0.1", own.port), 30) as plain:
                with context.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
                    connection.sendall(request_bytes("ada"))
                    assert connection.recv(12) == b"HTTP/1.1 200"
                    assert works
                    assert connection.selected_alpn_protocol() in (None, "http/1.1")
        except ssl.SSLError:
            assert not works


def test_a_second_port_speaks_tls_while_the_first_stays_plain_and_both_drain(upstream, authority, start_gateway):
    certificate, key = authority.issue("two-ports", "IP:127.0.0.1")
    secured = free_port()
    own = start_gateway(options=("--tls-listen", f"127.0.0.1:{secured}", "--tls-cert", certificate, "--tls-key", key))
    context = ssl.create_default_context(cafile=authority.certificate)
    with socket.create_connection(("127.0.0.1", secured), 30) as raw, context.wrap_socket(raw, server_hostname="127.0.0.1") as connection:
        with socket.create_connection(("127.0.0.1", own.port), 30) as plain:
            for opened in (connection, plain):
                opened.sendall(request_bytes("ada"))
                assert opened.recv(12) == b"HTTP/1.1 200"
    own.signal(signal.SIGTERM)
    assert own.wait() == 0
    for port in (own.port, secured):
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", port), 5)


def test_a_stream_over_tls_on_both_sides(start_gateway, secure, authority):
    mock = secure("IP:127.0.0.1")
    certificate, key = authority.issue("both", "IP:127.0.0.1")
    own = start_gateway(options=("--tls-cert", certificate, "--tls-key", key),
                        providers=[{"name": "mock", "type": "OpenAI", "baseUrl": mock.url, "caFile": str(authority.certificate)}, {"name": "echo", "type": "Echo"}])
    context = ssl.create_default_context(cafile=authority.certificate)
    with socket.create_connection(("127.0.0.1", own.port), 30) as plain, context.wrap_socket(plain, server_hostname="127.0.0.1") as connection:
        connection.sendall(request_bytes("ada", "mock-0", stream=True))
        received = b""
        while b"[DONE]" not in received:
            piece = connection.recv(65536)
            assert piece
            received += piece

    assert b'"content": "well"' in received


def test_plain_text_at_a_tls_port_is_closed(start_gateway, authority):
    certificate, key = authority.issue("plain", "IP:127.0.0.1")
    own = start_gateway(options=("--tls-cert", certificate, "--tls-key", key))
    with socket.create_connection(("127.0.0.1", own.port), 30) as plain:
        plain.sendall(request_bytes("ada"))
        assert b"HTTP/1.1 200" not in plain.recv(4096)
