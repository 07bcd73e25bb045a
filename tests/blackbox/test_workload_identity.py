"""Workloads call with the token of their pod: believed offline, counted per ServiceAccount, written down with Deployment and pod."""
import time

import openai
import pytest

from configs import config_for, limit
from conftest import end
from processes import KEYS, Gateway, eventually, journal_records
from tokens import TokenKey, base64url, claims_of, identity_of

HELLO = [{"role": "user", "content": "hello"}]
ALG_NONE = b'{"alg":"none","kid":"rsa-1"}'


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("token-keys")
    return {"rsa": TokenKey(folder, "rsa-1"), "curve": TokenKey(folder, "curve-1", "ES256"), "foreign": TokenKey(folder, "rsa-9")}


@pytest.fixture(scope="module")
def workloads(upstream, keys, tmp_path_factory):
    """A gateway that knows two of the keys."""
    config = config_for(upstream.url, workloadIdentity=identity_of(keys["rsa"], keys["curve"]))
    process = Gateway(tmp_path_factory.mktemp("workloads"), config)
    yield process
    end(process)


def client_of(gateway, token):
    return openai.OpenAI(api_key=token, base_url=f"http://127.0.0.1:{gateway.port}/v1", max_retries=0)


def ask(gateway, token, model="echo"):
    return client_of(gateway, token).chat.completions.create(model=model, messages=HELLO)


def record_of(gateway, wanted):
    def find():
        return [record for record in journal_records(gateway.state) if wanted(record)]
    return eventually(find, "its record")[-1]


@pytest.mark.parametrize("which", ["rsa", "curve"])
def test_a_workload_is_answered_and_named_in_the_account(workloads, keys, which):
    token = keys[which].sign(claims_of(f"aidep-chat-{which}", pod=f"chat-{which}-w-7"))

    for _ in range(3):
        assert ask(workloads, token).choices

    record = record_of(workloads, lambda r: r.get("caller") == f"lab-dev/aidep-chat-{which}")
    assert record["deployment"] == f"chat-{which}"
    assert record["pod"] == f"chat-{which}-w-7"
    assert record["outcome"] == "Completed"


def test_an_account_that_is_no_deployments_has_none(workloads, keys):
    assert ask(workloads, keys["rsa"].sign(claims_of("crawler"))).choices

    assert "deployment" not in record_of(workloads, lambda r: r.get("caller") == "lab-dev/crawler")


def test_keys_work_beside_tokens(workloads):
    assert ask(workloads, KEYS["ada"]).choices


def test_the_provider_never_sees_the_token(workloads, keys, upstream, model):
    token = keys["rsa"].sign(claims_of("aidep-chat"))

    ask(workloads, token, model)

    assert token not in str(upstream.calls_of(model)[0])


def refusal(gateway, token):
    with pytest.raises(openai.AuthenticationError) as refused:
        ask(gateway, token)
    return {name: refused.value.body[name] for name in ("message", "type", "code", "param")}


def test_what_is_wrong_with_a_token_is_refused_in_the_same_words(workloads, keys):
    rsa, now = keys["rsa"], int(time.time())
    good = rsa.sign(claims_of("aidep-chat"))
    head, payload, signature = good.split(".")
    wrong = {
        "a key nobody has": "weir_no_such_key",
        "another namespace": rsa.sign(claims_of("aidep-chat", namespace="lab-prod")),
        "another audience": rsa.sign(claims_of("aidep-chat", aud=["https://kubernetes.default.svc"])),
        "another issuer": rsa.sign(claims_of("aidep-chat", iss="https://elsewhere")),
        "expired": rsa.sign(claims_of("aidep-chat", exp=now - 31)),
        "not yet": rsa.sign(claims_of("aidep-chat", nbf=now + 300)),
        "no end": rsa.sign({k: v for k, v in claims_of("aidep-chat").items() if k != "exp"}),
        "another key's signature": keys["foreign"].sign(claims_of("aidep-chat"), {"kid": "rsa-1"}),
        "an unknown key": keys["foreign"].sign(claims_of("aidep-chat")),
        "no algorithm": f"{base64url(b'{}')}.{payload}.{signature}",
        "alg none": f"{base64url(ALG_NONE)}.{payload}.AA",
        "other claims": f"{head}.{base64url(b'{}')}.{signature}",
        "not a ServiceAccount": rsa.sign({k: v for k, v in claims_of("aidep-chat").items() if k != "kubernetes.io"}),
        "another subject": rsa.sign(claims_of("aidep-chat", sub="system:serviceaccount:lab-dev:other")),
        "too long": f"{head}.{payload}{'A' * 20000}.{signature}",
    }
    told = {why: refusal(workloads, token) for why, token in wrong.items()}

    assert {why for why, body in told.items() if body != told["a key nobody has"]} == set(), told
    assert ask(workloads, good).choices


def test_thirty_seconds_of_clock_do_not_matter(workloads, keys):
    now = int(time.time())
    assert ask(workloads, keys["rsa"].sign(claims_of("aidep-chat", exp=now - 10))).choices
    assert ask(workloads, keys["rsa"].sign(claims_of("aidep-chat", nbf=now + 20))).choices


def test_a_remembered_token_ends_when_it_ends(workloads, keys):
    token = keys["rsa"].sign(claims_of("aidep-chat", exp=int(time.time()) - 27))
    assert ask(workloads, token).choices

    def is_refused():
        try:
            return not ask(workloads, token)
        except openai.AuthenticationError:
            return True

    eventually(is_refused, "the end of a token")


def test_limits_count_per_service_account(upstream, keys, tmp_path):
    config = config_for(upstream.url, workloadIdentity=identity_of(keys["rsa"]), limits=[limit("RequestsPerMinute", 2)])
    gateway = Gateway(tmp_path, config)
    one, again, other = (keys["rsa"].sign(claims_of(account, pod=pod)) for account, pod in
                         (("aidep-a", "a-1"), ("aidep-a", "a-2"), ("aidep-b", "b-1")))

    assert ask(gateway, one).choices and ask(gateway, again).choices
    with pytest.raises(openai.RateLimitError) as refused:
        ask(gateway, again)
    assert "lab-dev/aidep-a" in refused.value.body["message"]
    assert ask(gateway, other).choices
    end(gateway)


def test_without_an_identity_tokens_are_keys_nobody_has(gateway, keys):
    with pytest.raises(openai.AuthenticationError):
        ask(gateway, keys["rsa"].sign(claims_of("aidep-chat")))


def test_a_key_that_cannot_be_used_leaves_the_others(upstream, keys, tmp_path):
    identity = identity_of(keys["rsa"])
    identity["keys"].insert(0, {"kid": "odd", "kty": "OKP", "crv": "Ed25519", "x": "AAAA"})
    gateway = Gateway(tmp_path, config_for(upstream.url, workloadIdentity=identity))

    assert ask(gateway, keys["rsa"].sign(claims_of("aidep-chat"))).choices
    end(gateway)
