"""The two programs of make bench-operator: ours and the peer written with controller-runtime. Each is pinned to one core; what it
uses is read from /proc, what it did from its own /metrics."""
import json
import os
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

from ports import free_port

TICKS = os.sysconf("SC_CLK_TCK")
LINE = re.compile(r'^(\w+)(?:\{(.*)\})? (\S+)$')


class Candidate:
    def __init__(self, name, command, core, environment, log):
        self.name, self.port, self.events, self.log = name, None, [], log
        self.began = time.monotonic()
        self.process = subprocess.Popen(["taskset", "-c", core] + command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                        env={**os.environ, **environment})
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        with open(self.log, "a") as log:
            for line in self.process.stdout:
                seen = time.monotonic()
                log.write(line)
                log.flush()
                if line.startswith("{"):
                    self.events.append((seen, json.loads(line)))

    def wait_for(self, event, since=0, count=1, seconds=120):
        """When the count-th line of that name since then came; by our clock."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = [when for when, line in list(self.events) if when >= since and line["event"] == event]
            if len(found) >= count:
                return found[count - 1]
            if self.process.poll() is not None:
                break
            time.sleep(0.005)
        raise SystemExit(f"bench: {self.name} did not say \"{event}\"; see {self.log}")

    def rss_mb(self, field="VmRSS"):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith(field):
                return int(line.split()[1]) / 1024
        return 0

    def cpu_s(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def metrics(self):
        """[(name, labels, value)], of what can be asked now."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=10) as answer:
                lines = answer.read().decode().splitlines()
        except (OSError, urllib.error.URLError):
            return []
        return [(m[1], m[2] or "", float(m[3])) for m in map(LINE.match, lines) if m]

    def count(self):
        """What it has done: reconciles that went through, requests, and writes but for the Lease's renewal."""
        reconciles = requests = writes = due = 0
        for name, labels, value in self.metrics():
            if name == self.RECONCILES and not any(word in labels for word in self.NOT_RECONCILES):
                reconciles += value
            elif name == "rest_client_requests_total":
                requests += 0 if 'method="PUT"' in labels else value  # PUT renews the Lease and nothing else
                writes += 0 if 'method="GET"' in labels or 'method="PUT"' in labels else value
            elif name == "workqueue_depth":
                due += value
        return {"reconciles": reconciles, "requests": requests, "writes": writes, "due": due, "cpu": self.cpu_s(), "at": time.monotonic()}

    def wait_until_quiet(self, seconds=600, still=2.0):
        """When the last thing was done after which nothing was for a while; before it has read everything it does nothing either."""
        self.wait_for("synced")
        last, since, end = None, time.monotonic(), time.monotonic() + seconds
        while time.monotonic() < end:
            count = self.count()
            seen = (count["reconciles"], count["writes"], count["due"])
            if seen != last:
                last, since = seen, time.monotonic()
            if time.monotonic() - since > still and count["due"] == 0 and count["reconciles"] + count["requests"] > 0:
                return since
            if self.process.poll() is not None:
                raise SystemExit(f"bench: {self.name} ended; see {self.log}")
            time.sleep(0.2)
        raise SystemExit(f"bench: {self.name} does not come to rest: {last}")

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.reader.join(5)


class Weir(Candidate):
    RECONCILES, NOT_RECONCILES = "weir_reconcile_total", ('result="waiting"', 'result="error"')

    def __init__(self, site, number=0):
        port, self.control = free_port(), free_port()
        command = [f"{site.build}/weir-operator", "--cluster", "--kubeconfig", site.kubeconfig, "--admin", f"127.0.0.1:{port}",
                   "--control-listen", f"0.0.0.0:{self.control}"]
        super().__init__("weir", command, site.core, {"POD_IP": site.host, "POD_NAME": f"bench-{number}"}, f"{site.folder}/weir-{number}.log")
        self.port = port

    def elect(site, number):
        return Weir(site, number)


class Peer(Candidate):
    RECONCILES, NOT_RECONCILES = "controller_runtime_reconcile_total", ('result="error"',)

    def __init__(self, site, number=0, *more):
        port = free_port()
        command = [f"{site.build}/bench/operator_peer", "--metrics", f"127.0.0.1:{port}", *more]
        super().__init__("controller-runtime", command, site.core, {"KUBECONFIG": site.kubeconfig}, f"{site.folder}/peer-{number}.log")
        self.port = port

    def elect(site, number):
        return Peer(site, number, "--leader-elect")
