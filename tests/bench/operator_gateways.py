"""Edit to acked: real gateways on this machine that dial the operator as pods do, by the Service's name and with the identities that
the operator made for their environments."""
import base64
import os
import subprocess
import time

from operator_objects import GROUP

GATEWAYS = 20
SERVICE = "weir-operator-control.weir-system.svc"


class Gateways:
    def __init__(self, site, operator, namespaces):
        self.processes, self.site = [], site
        hosts = f"{site.folder}/hosts"  # seen by the gateways alone, in a mount namespace of their own
        open(hosts, "w").write(f"127.0.0.1 localhost {SERVICE}\n")
        began = time.monotonic()
        for number, namespace in enumerate(namespaces[:GATEWAYS]):
            folder = f"{site.folder}/gateway-{number}"
            os.makedirs(f"{folder}/credentials", mode=0o700, exist_ok=True)
            secret = site.api.must("GET", f"/api/v1/namespaces/{namespace}/secrets/weir-gateway-identity")["data"]
            for name, value in secret.items():
                with open(os.open(f"{folder}/{name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                    file.write(base64.b64decode(value))
            space, _, environment = namespace.partition("-")
            command = [f"{site.build}/weir-gateway", "--workspace", space, "--environment", environment, "--name", f"bench-{number}",
                       "--control", f"wss://{SERVICE}:{operator.control}", "--control-cert", f"{folder}/tls.crt",
                       "--control-key", f"{folder}/tls.key", "--control-ca", f"{folder}/ca.crt", "--credentials", f"{folder}/credentials",
                       "--state", folder, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"]
            log = open(f"{folder}/log", "w")
            self.processes.append(subprocess.Popen(
                ["unshare", "-m", "sh", "-c", f'mount --bind {hosts} /etc/hosts && exec taskset -c {site.other} "$@"', "gateway", *command],
                stdout=log, stderr=log))
        operator.wait_for("gateway_connected", began, len(self.processes))
        self.operator = operator
        operator.wait_until_quiet()

    def edit(self, path, constraints, count):
        """Milliseconds from the answer to the PATCH to the ack of the last of `count` gateways, as the operator tells it."""
        self.site.api.patch(path, {"spec": {"constraints": constraints}})
        began = time.monotonic()
        took = self.operator.wait_for("config_acked", began - 0.05, count, 60) - began
        self.operator.wait_until_quiet(still=0.5)
        return max(took, 0) * 1000

    def stop(self):
        for process in self.processes:
            process.kill()
            process.wait()


def edits(site, operator, namespaces, count):
    """{who is edited: [ms]}, each edit once the one before has come to rest. Each level tightens something else: what the narrower one
    has made tighter, the wider one could no longer change there."""
    gateways = Gateways(site, operator, namespaces)
    found = {"organisation": [], "environment": []}
    try:
        for number in range(count):
            found["organisation"].append(gateways.edit(f"{GROUP}/namespaces/weir-system/modelpolicies/baseline",
                                                       {"maxOutputTokens": 4000 - site.edits}, GATEWAYS))
            path = f"{GROUP}/namespaces/{namespaces[number % GATEWAYS]}/modelpolicies/limits"
            limits = [{"scope": "Environment", "requestsPerMinute": 2900 - site.edits}]
            found["environment"].append(gateways.edit(path, {"limits": limits}, 1))
            site.edits += 1
    finally:
        gateways.stop()
    return found
