"""A gateway as it lives in a pod: its operator over mutual TLS, credentials in memory, ready only with a config, leaving in two steps."""
import json
import shutil
import signal
import stat
import time
import urllib.error
import urllib.request

import openai
import pytest

from configs import config_for, model as model_of, target
from conftest import end
from pod_operator import Authority, PodGateway, PodOperator
from processes import KEYS, eventually
from tokens import TokenKey, claims_of, identity_of

HELLO = [{"role": "user", "content": "hello"}]


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def operator_identity(authority, tmp_path_factory):
    return authority.issue("weir-operator", tmp_path_factory.mktemp("operator") / "identity", "serverAuth")


@pytest.fixture
def pod(authority, operator_identity, tmp_path):
    """Starts a gateway with its environment's certificate beside an operator of its own."""
    authority.issue("gateway/lab/dev", tmp_path / "identity")
    operator = PodOperator(operator_identity, authority.certificate)
    started = []

    def start(*options, port=None):
        started.append(PodGateway(tmp_path, port or operator.port, *options))
        return started[-1]

    start.operator = operator
    yield start
    operator.stop()
    for gateway in started:
        if gateway.is_running():
            gateway.signal(signal.SIGTERM)
            gateway.signal(signal.SIGINT)  # asked twice: now
        end(gateway)


def readiness(gateway):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{gateway.admin_port}/readyz", timeout=10) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def is_ready(gateway):
    return eventually(lambda: readiness(gateway)[0] == 200, "readiness")


def ask(gateway, model="echo", key=KEYS["ada"]):
    client = openai.OpenAI(api_key=key, base_url=f"http://127.0.0.1:{gateway.port}/v1", max_retries=0)
    return client.chat.completions.create(model=model, messages=HELLO)


def keyed_config(upstream, name, **more):
    return config_for(upstream.url, [model_of(name, target(name, credentialFile="openai-key"))], **more)


def test_it_is_ready_with_its_first_config_and_not_before(pod, upstream):
    gateway = pod()
    eventually(lambda: pod.operator.hellos, "its hello")
    assert readiness(gateway) == (503, "waiting for the first config\n")

    pod.operator.publish(config_for(upstream.url), "1-aaaaaa")

    assert pod.operator.verdict(1)[0] == "Ack"
    assert is_ready(gateway)
    assert pod.operator.peers[0][0] == "gateway/lab/dev"
    hello = pod.operator.hellos[0]
    assert (hello["workspace"], hello["environment"], hello["gateway"], hello["port"]) == ("lab", "dev", "weir-gateway-0", gateway.port)
    assert ask(gateway).choices


def test_secrets_become_files_of_ours_and_rotate_under_one_revision(pod, upstream, tmp_path):
    config = keyed_config(upstream, "keyed-a")
    pod.operator.publish(config, "1-aaaaaa", {"openai-key": "sk-first", "other": "sk-other"})
    gateway = pod()
    pod.operator.verdict(1)
    ask(gateway, "keyed-a")
    assert upstream.calls_of("keyed-a")[-1].header("authorization") == "Bearer sk-first"
    file = gateway.credentials / "openai-key"
    assert file.read_text() == "sk-first"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(gateway.credentials.stat().st_mode) == 0o700

    pod.operator.publish(config, "1-aaaaaa", {"openai-key": "sk-second"})
    assert pod.operator.verdict(2)[0] == "Ack"
    ask(gateway, "keyed-a")

    assert upstream.calls_of("keyed-a")[-1].header("authorization") == "Bearer sk-second"
    assert not (gateway.credentials / "other").exists()
    assert not any(b"sk-" in path.read_bytes() for path in gateway.state.rglob("*") if path.is_file()), "a secret is on disk"
    assert "sk-" not in gateway.output


def test_a_secret_with_a_name_that_leads_elsewhere_is_refused(pod, upstream, tmp_path):
    gateway = pod()
    pod.operator.publish(config_for(upstream.url), "1-aaaaaa")
    assert pod.operator.verdict(1)[0] == "Ack"

    pod.operator.publish(config_for(upstream.url), "2-bbbbbb", {"../state/evil": "sk-evil"})
    # It does not read as a frame at all: nothing is answered, nothing is written, what is live stays live.
    gateway.event("control_message_refused")

    assert not (gateway.state / "evil").exists()
    assert ask(gateway).choices
    assert "sk-evil" not in gateway.output


def test_started_again_without_its_operator_it_serves_what_needs_no_key_and_says_what_lacks_one(pod, upstream):
    pod.operator.publish(keyed_config(upstream, "keyed-b"), "1-aaaaaa", {"openai-key": "sk-first"})
    gateway = pod()
    pod.operator.verdict(1)
    gateway.kill()
    pod.operator.stop()
    shutil.rmtree(gateway.credentials)  # memory: gone with the container

    again = pod()
    assert is_ready(again)

    assert ask(again).choices
    with pytest.raises(openai.APIStatusError) as refused:
        ask(again, "keyed-b")
    assert refused.value.status_code == 503
    again.event("target_unusable", lambda e: "has not come from the operator" in e["reason"])
    again.event("control_refused")


def test_it_keeps_serving_while_its_operator_is_away_and_comes_back_to_it(pod, upstream, authority, operator_identity):
    pod.operator.publish(config_for(upstream.url), "1-aaaaaa")
    gateway = pod()
    pod.operator.verdict(1)
    pod.operator.stop()
    gateway.event("control_lost")
    assert ask(gateway).choices and readiness(gateway)[0] == 200

    operator = PodOperator(operator_identity, authority.certificate, pod.operator.port)
    operator.publish(config_for(upstream.url), "2-bbbbbb", epoch=2)
    assert operator.verdict(1) == ("Ack", {"epoch": 2, "revision": "2-bbbbbb"})
    assert operator.hellos[0]["revision"] == "1-aaaaaa" and operator.hellos[0]["epoch"] == 1

    operator.publish(config_for(upstream.url), "3-cccccc", epoch=1)  # a leader of yesterday
    assert operator.verdict(2)[0] == "Nack"
    operator.stop()


def test_token_keys_rotate_with_a_revision(pod, upstream, tmp_path):
    old, new = TokenKey(tmp_path, "old"), TokenKey(tmp_path, "new")
    pod.operator.publish(config_for(upstream.url, workloadIdentity=identity_of(old)), "1-aaaaaa")
    gateway = pod()
    pod.operator.verdict(1)
    tokens = {key: key.sign(claims_of("aidep-chat")) for key in (old, new)}
    assert ask(gateway, key=tokens[old]).choices
    with pytest.raises(openai.AuthenticationError):
        ask(gateway, key=tokens[new])

    pod.operator.publish(config_for(upstream.url, workloadIdentity=identity_of(old, new)), "2-bbbbbb")
    pod.operator.verdict(2)
    assert ask(gateway, key=tokens[old]).choices and ask(gateway, key=tokens[new]).choices

    pod.operator.publish(config_for(upstream.url, workloadIdentity=identity_of(new)), "3-cccccc")
    pod.operator.verdict(3)
    assert ask(gateway, key=tokens[new]).choices
    with pytest.raises(openai.AuthenticationError):
        ask(gateway, key=tokens[old])


def test_a_new_certificate_is_shown_at_the_next_dial(pod, upstream, authority, tmp_path):
    pod.operator.publish(config_for(upstream.url), "1-aaaaaa")
    gateway = pod()
    pod.operator.verdict(1)

    authority.issue("gateway/lab/dev", tmp_path / "identity")
    assert ask(gateway).choices  # nothing happens to the open stream
    pod.operator.drop()
    pod.operator.verdict(2)

    assert pod.operator.peers[0][1] != pod.operator.peers[-1][1]


def test_an_operator_of_another_authority_is_not_believed(pod, authority, operator_identity, tmp_path):
    other = Authority(tmp_path / "other")
    shutil.copy(other.certificate, tmp_path / "foreign.crt")
    (tmp_path / "foreign.crt").rename(tmp_path / "identity" / "ca.crt")
    gateway = pod()

    gateway.event("control_refused")

    assert pod.operator.hellos == []
    assert readiness(gateway)[0] == 503


def test_leaving_it_is_unready_at_once_and_serves_a_little_longer(pod, upstream):
    pod.operator.publish(config_for(upstream.url), "1-aaaaaa")
    gateway = pod("--linger-seconds", "4", "--drain-seconds", "20")
    assert is_ready(gateway)

    gateway.signal(signal.SIGTERM)
    gateway.event("draining")

    assert readiness(gateway) == (503, "draining\n")
    assert ask(gateway).choices  # a new connection: not everybody knows yet
    assert gateway.wait() == 0
    gateway_events = [event["event"] for event in gateway.events()]
    assert gateway_events[-1] == "drained" or "drained" in gateway_events
