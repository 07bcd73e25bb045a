"""A real `weir up` with one server behind it, and what its ledger holds."""
import contextlib
import json
import os
import signal
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("WEIR_BUILD", "build")

FOLDER = """
apiVersion: weir.dev/v1alpha1
kind: Workspace
metadata: {{ name: lab }}
spec:
  owner: {{ team: research }}
  environments:
    - {{ name: dev, tier: Development }}
---
apiVersion: weir.dev/v1alpha1
kind: ModelPolicy
metadata: {{ name: local-models, namespace: lab-dev }}
spec:
  constraints:
    maxOutputTokens: 32
  defaults:
    providers:
      - {{ name: local, type: OpenAI, baseUrl: "http://127.0.0.1:{port}/v1" }}
    routes:
      - model: tiny
        targets: [ {{ provider: local, model: {model} }} ]
"""


@contextlib.contextmanager
def weir_up(folder, port, model):
    """Its model tiny is `model` of the server at `port`."""
    (folder / "all.yaml").write_text(FOLDER.format(port=port, model=model))
    process = subprocess.Popen([BUILD / "weir", "up", folder, "--port", "0", "--output", "json"], stdout=subprocess.PIPE, text=True)
    try:
        for line in process.stdout:
            event = json.loads(line)
            if event.get("event") == "gateway_ready":
                break
        yield {"url": event["url"], "key": event["key"], "folder": folder}
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(30)
    assert code == 0


def usage(weir):
    output = subprocess.run([BUILD / "weir", "usage", "--by", "model,caller", "--dir", weir["folder"], "-o", "json"],
                            check=True, capture_output=True, text=True).stdout
    rows = [row for row in json.loads(output) if row["model"] == "tiny"]
    return rows[0] if rows else {"calls": 0, "inputTokens": 0, "outputTokens": 0}


def settled_usage(weir, calls, seconds=30):
    """The ledger's counts once it holds so many calls: a record reaches it a moment after its call's last byte."""
    deadline = time.monotonic() + seconds
    while (now := usage(weir))["calls"] < calls and time.monotonic() < deadline:
        time.sleep(0.1)
    assert now["calls"] == calls
    return now
