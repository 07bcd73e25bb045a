"""What every suite shares: the mock upstream, gateways and whole Weirs that are ended and looked through afterwards."""
import itertools
import signal
import sys
from pathlib import Path

import openai
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from configs import MODELS, config_for  # noqa: E402
from mock_upstream import MockUpstream  # noqa: E402
from processes import KEYS, SANITIZER, Gateway, Weir, end_programs_below  # noqa: E402

_model_numbers = itertools.count()
signal.signal(signal.SIGTERM, signal.default_int_handler)  # fixtures end what they started also when the run is stopped


@pytest.fixture(scope="session", autouse=True)
def nothing_is_left(tmp_path_factory):
    """Every process works in a folder of this run; at its end none is there, whoever started it."""
    yield
    assert end_programs_below(tmp_path_factory.getbasetemp()) == {}, "processes were left behind"


@pytest.fixture(scope="session")
def upstream():
    mock = MockUpstream()
    yield mock
    mock.stop()


@pytest.fixture(autouse=True)
def fresh_upstream(upstream):
    upstream.reset()


@pytest.fixture
def model():
    """The name of a model of the mock that no test had before."""
    return f"mock-{next(_model_numbers) % MODELS}"


def end(process, code=0):
    """Ends it as a person would; a crash, a sanitizer's report or another exit code fails."""
    if process.is_running():
        assert process.stop() == code, process.output[-8000:]
    assert not SANITIZER.search(process.output), process.output[-16000:]


@pytest.fixture(scope="module")
def gateway(upstream, tmp_path_factory):
    process = Gateway(tmp_path_factory.mktemp("gateway"), config_for(upstream.url))
    yield process
    assert process.is_running(), process.output[-16000:]
    end(process)


@pytest.fixture
def start_gateway(upstream, tmp_path_factory):
    """Starts gateways on configs of the test's own: start_gateway(limits=[...])."""
    started = []

    def start(preexec=None, options=(), **changes):
        process = Gateway(tmp_path_factory.mktemp("own"), config_for(upstream.url, **changes), preexec=preexec, options=options)
        started.append(process)
        return process

    yield start
    end_all(started, end)


def client_of(url, key="ada", **more):
    """The official client, told to raise on anything that is not exactly OpenAI's schema."""
    options = {"max_retries": 0, "timeout": 60, "_strict_response_validation": True, **more}
    return openai.OpenAI(base_url=url + "/v1", api_key=KEYS.get(key, key), **options)


@pytest.fixture
def client(gateway):
    with client_of(gateway.url) as client:
        yield client


def end_weir(weir):
    """Stops it, and sees that nothing is left and nothing complained. Whatever fails: afterwards nothing runs."""
    was_running, code, left = weir.is_running(), None, {}
    try:
        code = weir.stop()
    finally:
        left = end_programs_below(weir.folder)
    if was_running:
        assert code == 0, weir.output[-8000:]
        assert left == {}, "a gateway was left behind"
    assert not SANITIZER.search(weir.output), weir.output[-16000:]
    assert not SANITIZER.search(weir.logs()), weir.logs()[-16000:]


def end_all(processes, end_one):
    """Each in turn, also when one fails; the first failure is told."""
    failures = []
    for process in processes:
        try:
            end_one(process)
        except AssertionError as failure:
            failures.append(failure)
    if failures:
        raise failures[0]


@pytest.fixture
def short(tmp_path):
    """Sockets live in it."""
    folder = tmp_path / "l"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def up(tmp_path):
    """Starts Weirs on folders of the test's own: up({"a.yaml": text}, "--option"). The folder is short: sockets live in it."""
    started = []

    def start(files=None, *options, folder=None, **more):
        folder = folder or tmp_path / "w"
        folder.mkdir(exist_ok=True)
        for name, text in (files or {}).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
        started.append(Weir(folder, *options, **more))
        return started[-1]

    yield start
    end_all(reversed(started), end_weir)
