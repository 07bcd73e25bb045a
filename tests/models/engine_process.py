"""A container as the operator renders it (the golden cases hold what it renders), run as a process of this machine: its paths
lie in a folder, its port is a free one, its probes are asked as a kubelet would ask them."""
import os
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import yaml

from ports import free_port

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = {"LlamaCpp": "llama-server", "Ollama": "ollama", "vLLM": "vllm"}
# What a test adds: vLLM is built for processors, where it takes more memory for its cache than a model this small needs; it asks
# no hub and calls nobody.
ADDED = {"vLLM": {"VLLM_CPU_KVCACHE_SPACE": "1", "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}}


def program(engine):
    return subprocess.run([ROOT / "hack/engine", PROGRAMS[engine]], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def rendered(case, deployment):
    """The container of one Deployment of a golden case."""
    for document in yaml.safe_load_all((ROOT / f"tests/golden/deployments/{case}/expected.yaml").read_text()):
        for made in document.get("objects") or []:
            if (made["kind"], made["metadata"]["name"]) == ("Deployment", f"{deployment}-w"):
                return made["spec"]["template"]["spec"]["containers"][0]
    raise AssertionError(f"case {case} makes no pod of {deployment}")


class Engine:
    """One container; `also` replaces further texts in its command and variables, `env` adds variables, as a user may."""

    def __init__(self, container, engine, folder, also=None, env=None):
        self.program, self.folder = program(engine), Path(folder)
        self.container, self.log = container, self.folder / f"{engine}.log"
        rendered_port, self.port = container["ports"][0]["containerPort"], free_port()
        (self.folder / "cache").mkdir(exist_ok=True)
        self.places = {"/models/": f"{self.folder}/models/", "/cache": f"{self.folder}/cache", "0.0.0.0": "127.0.0.1",
                       str(rendered_port): str(self.port), **(also or {})}
        self.temporary = tempfile.TemporaryDirectory(prefix="engine-", ignore_cleanup_errors=True)
        # What the image sets, what the pod sets, and where the image keeps its program.
        self.env = {"PATH": f"{Path(self.program).parent}:{os.environ['PATH']}",
                    "TMPDIR": self.temporary.name, **ADDED.get(engine, {}),
                    **{v["name"]: self.here(v["value"]) for v in container["env"]}, **(env or {})}
        self.process = None

    def here(self, text):
        for place, ours in self.places.items():
            text = text.replace(place, ours)
        return text

    def command(self):
        """An image's entrypoint is what runs when no command is rendered."""
        return [self.here(word) for word in [*(self.container.get("command") or [self.program]), *self.container.get("args", [])]]

    def start(self):
        self.process = subprocess.Popen(self.command(), env=self.env, stdout=open(self.log, "w"), stderr=subprocess.STDOUT,
                                        stdin=subprocess.DEVNULL, start_new_session=True)
        return self

    def probe(self, which):
        asked = self.container[which]
        if "exec" in asked:
            command = [self.here(word) for word in asked["exec"]["command"]]
            return subprocess.run(command, env=self.env, capture_output=True).returncode == 0
        try:
            path = asked["httpGet"]["path"]
            return 200 <= urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5).status < 400
        except (OSError, urllib.error.HTTPError):
            return False

    def wait_ready(self, seconds=300):
        for which in ("startupProbe", "readinessProbe"):
            end = time.monotonic() + seconds
            while not self.probe(which):
                assert self.process.poll() is None, f"it ended with {self.process.returncode}:\n{self.log.read_text()}"
                assert time.monotonic() < end, f"{which} says no for {seconds} s:\n{self.log.read_text()}"
                time.sleep(0.2)

    def terminate(self, seconds=60):
        """What a kubelet does first: its exit code, and that nothing of it is left once its helpers have seen its end."""
        self.process.terminate()
        code, end = self.process.wait(seconds), time.monotonic() + 5
        while time.monotonic() < end:
            try:
                os.killpg(self.process.pid, 0)
            except ProcessLookupError:
                return code
            time.sleep(0.05)
        raise AssertionError("processes of it are left")

    def end(self):
        if self.process:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            self.process.wait()
        self.temporary.cleanup()
