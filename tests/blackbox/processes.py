"""Starts Weir's programs as a person would, waits for what they say, and ends them.

Nothing sleeps for a fixed time: `eventually` asks until the answer is right, within a generous bound."""
import hashlib
import json
import os
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

from journals import journal_records
from ports import free_port

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("WEIR_BUILD", "build")
PROGRAMS = ("weir", "weir-operator", "weir-gateway", "weir-api")
PATIENCE = 30  # seconds that anything may take before the test fails; builds with sanitizers are slow
SANITIZER = re.compile(r"AddressSanitizer|LeakSanitizer|UndefinedBehaviorSanitizer|runtime error:|Assertion .* failed")

KEYS = {name: f"weir_test_{name}_key" for name in ("ada", "bob", "cyd", "expired")}


def key_hash(key):
    return "sha256:" + hashlib.sha256(key.encode()).hexdigest()


def eventually(ask, what, patience=PATIENCE):
    """The first true answer; what went wrong last is told when none comes."""
    deadline, last = time.monotonic() + patience, None
    while time.monotonic() < deadline:
        try:
            answer = ask()
            if answer:
                return answer
            last = answer
        except (OSError, AssertionError, KeyError, IndexError, json.JSONDecodeError) as problem:
            last = problem
        time.sleep(0.02)
    raise AssertionError(f"{what}: not within {patience} s (last: {last!r})")


class Process:
    """A program with its output kept line by line, also for looking through at the end."""

    def __init__(self, *command, env=None, preexec=None, cwd=None):
        self.command = [str(part) for part in command]
        self.lines = []
        self._new = threading.Condition()
        self._process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                         stderr=subprocess.STDOUT, text=True, errors="replace", cwd=cwd,
                                         env={**os.environ, **(env or {})}, preexec_fn=preexec)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self):
        return self._process.pid

    def is_running(self):
        return self._process.poll() is None

    def _read(self):
        for line in self._process.stdout:
            with self._new:
                self.lines.append(line.rstrip("\n"))
                self._new.notify_all()

    @property
    def output(self):
        with self._new:
            return "\n".join(self.lines)

    def events(self):
        """Output lines that are JSON objects."""
        with self._new:
            lines = list(self.lines)
        for line in lines:
            if line.startswith("{"):
                try:
                    yield json.loads(line)
                except json.JSONDecodeError:
                    pass

    def event(self, name, where=lambda event: True, after=0):
        """The first event of that name; `after` skips so many matching ones."""
        def find():
            found = [e for e in self.events() if e.get("event") == name and where(e)]
            if len(found) > after:
                return found[after]
            assert self.is_running(), f"{self.command[0]} ended with {self._process.returncode}:\n{self.output}"
            return None
        return eventually(find, f"event {name} of {self.command}\n{self.output[-4000:]}")

    def signal(self, number):
        self._process.send_signal(number)

    def wait(self, patience=PATIENCE):
        code = self._process.wait(patience)
        self._reader.join(5)
        return code

    def stop(self, patience=PATIENCE):
        """SIGTERM and its exit code; SIGKILL when it does not listen, which fails the test."""
        if self.is_running():
            self._process.terminate()
        try:
            return self.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self.wait()
            raise AssertionError(f"{self.command} did not end on SIGTERM:\n{self.output[-4000:]}")

    def _wait_or_end(self, wait):
        """A test that never gets the process cannot end it: what does not start is ended here, with all it started."""
        try:
            wait()
        except BaseException:
            self.kill()
            end_programs_below(self.folder)
            raise

    def kill(self):
        if self.is_running():
            self._process.kill()
        return self.wait()


def cli(*arguments, check=None, env=None):
    """One run of weir; check is the exit code wanted."""
    done = subprocess.run([BUILD / "weir", *map(str, arguments)], capture_output=True, text=True, timeout=PATIENCE,
                          env={**os.environ, **(env or {})}, stdin=subprocess.DEVNULL)
    assert not SANITIZER.search(done.stderr), done.stderr
    if check is not None:
        assert done.returncode == check, f"weir {arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


def signal_pid(pid, number=signal.SIGKILL):
    os.kill(pid, number)


def programs_below(folder):
    """{pid: arguments} of every program of ours that was started on something below the folder, also those nobody watches any more."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            command = [part.decode(errors="replace") for part in (entry / "cmdline").read_bytes().split(b"\0") if part]
        except (OSError, ValueError):
            continue
        if command and Path(command[0]).name in PROGRAMS and any(f"{folder}/" in f"{part}/" for part in command[1:]) and is_alive(int(entry.name)):
            found[int(entry.name)] = command
    return found


def end_programs_below(folder):
    """SIGKILL to each, and to what an operator started meanwhile; what was there."""
    ended = {}

    def nothing_runs():
        found = programs_below(folder)
        ended.update(found)
        for pid in found:
            try:
                signal_pid(pid)
            except ProcessLookupError:
                pass
        return not found

    eventually(nothing_runs, f"the end of {ended}")
    return ended


def is_alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Gateway(Process):
    """weir-gateway alone, on a config of the test's."""

    def __init__(self, folder, config, workspace="lab", environment="dev", preexec=None, port=None, options=()):
        self.folder = Path(folder)
        self.state = self.folder / "state"
        self.state.mkdir(parents=True, exist_ok=True)
        self.state.chmod(0o700)
        self.config_file = self.folder / "config.json"
        self.config_file.write_text(json.dumps(config))
        self.port, self.admin_port = port or free_port(), free_port()
        super().__init__(BUILD / "weir-gateway", "--workspace", workspace, "--environment", environment, "--name", "test-0",
                         "--config", self.config_file, "--state", self.state, "--listen", f"127.0.0.1:{self.port}",
                         "--admin", f"127.0.0.1:{self.admin_port}", *options, preexec=preexec)
        self._wait_or_end(lambda: eventually(self._is_ready, "readiness of the gateway"))

    def _is_ready(self):
        assert self.is_running(), f"weir-gateway ended at start:\n{self.output}"
        return get(self.admin_url + "/readyz")[0] == 200

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def admin_url(self):
        return f"http://127.0.0.1:{self.admin_port}"

    def metrics(self):
        return parse_metrics(get(self.admin_url + "/metrics")[1])

    def records(self):
        return journal_records(self.state)

    def record_of(self, request_id):
        """The usage record with that id, once it is written."""
        return eventually(lambda: next((r for r in self.records() if r["id"] == request_id), None), f"the record {request_id}")


def get(url, headers=None):
    """Status and text; no exception for an error status."""
    request = urllib.request.Request(url, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as reply:
        return reply.code, reply.read().decode()


def parse_metrics(text):
    """{'name{labels}': value}"""
    return {name: float(value) for name, value in
            (line.rsplit(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))}


class Weir(Process):
    """`weir up` on a folder, with what it says as JSON lines."""

    def __init__(self, folder, *options, env=None, wait=True):
        self.folder = Path(folder)
        self.state = self.folder / ".weir"
        super().__init__(BUILD / "weir", "up", self.folder, "--port", "0", "--output", "json", *options,
                         env={"XDG_RUNTIME_DIR": str(self.folder.parent), **(env or {})})
        if wait:
            self._wait_or_end(lambda: self.event("ready"))

    def gateway(self, environment, workspace="lab", after=0):
        """What was last said of the environment's gateway when it got ready."""
        return self.event("gateway_ready", lambda e: (e["workspace"], e["environment"]) == (workspace, environment), after)

    def cli(self, *arguments, check=None):
        return cli(*arguments, "--dir", self.folder, check=check)

    def gateway_pids(self):
        """{pid: arguments} of all gateways whose state is in this folder, also those nobody watches any more."""
        return {pid: command for pid, command in programs_below(self.state).items() if command[0].endswith("weir-gateway")}

    def logs(self):
        return "\n".join(path.read_text(errors="replace") for path in sorted(self.state.glob("log/*.log*")))

    def write(self, name, text):
        """As an editor does it: whole, by rename."""
        (self.folder / f".{name}.new").write_text(text)
        (self.folder / f".{name}.new").rename(self.folder / name)

    def records(self):
        return journal_records(self.state)
