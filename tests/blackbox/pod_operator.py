"""An operator as a gateway in a pod sees it: mutual TLS, a WebSocket, snapshots with secrets. And such a gateway, with folders as in a pod."""
import hashlib
import json
import shutil
import socket
import ssl
import struct
import threading

from ports import free_port
from processes import BUILD, Process, eventually
from tokens import openssl
from websocket_frames import CLOSE, PING, PONG, TEXT, accept, read_frame, send_frame


class Authority:
    def __init__(self, folder, name="weir"):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.certificate, self.key = folder, folder / f"{name}-ca.crt", folder / f"{name}-ca.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                "-keyout", self.key, "-out", self.certificate, "-addext", "basicConstraints=critical,CA:TRUE",
                "-addext", "keyUsage=critical,keyCertSign")

    def issue(self, name, to, use="clientAuth"):
        """Writes tls.crt, tls.key and ca.crt into the folder `to`, as a Secret is mounted."""
        to.mkdir(parents=True, exist_ok=True)
        extensions, request = to / "extensions", to / "request"
        extensions.write_text(f"basicConstraints=CA:FALSE\nextendedKeyUsage={use}\nsubjectAltName=DNS:localhost\n")
        subject = "/CN=" + name.replace("/", "\\/")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject, "-keyout", to / "tls.key.new", "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial", "-days", "2",
                "-extfile", extensions, "-out", to / "tls.crt.new")
        shutil.copy(self.certificate, to / "ca.crt")
        (to / "tls.key.new").rename(to / "tls.key")
        (to / "tls.crt.new").rename(to / "tls.crt")
        return to


def canonical_hash(config):
    return hashlib.sha256(json.dumps(config, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def snapshot_of(config, revision, secrets=None, epoch=1):
    body = {"epoch": epoch, "revision": revision, "hash": canonical_hash(config), "config": config}
    if secrets:
        body["secrets"] = [{"file": name, "value": value} for name, value in secrets.items()]
    return {"type": "Snapshot", "snapshot": body}


class PodOperator:
    """Serves one gateway after the other: each hello is answered with the current snapshot."""

    def __init__(self, identity, client_ca, port=0):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.context.load_cert_chain(identity / "tls.crt", identity / "tls.key")
        self.context.load_verify_locations(client_ca)
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        self.hellos, self.verdicts, self.peers, self.failures, self.current = [], [], [], [], None
        self.stream, self._sending = None, threading.Lock()
        threading.Thread(target=self._serve, daemon=True).start()

    def publish(self, *arguments, **more):
        self.current = snapshot_of(*arguments, **more)
        if self.stream:
            self._send(self.stream, TEXT, json.dumps(self.current).encode())

    def verdict(self, count):
        return eventually(lambda: len(self.verdicts) >= count and self.verdicts[count - 1], f"verdict {count}")

    def drop(self):
        stream = self.stream
        if stream:
            try:
                stream.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it is gone already

    def stop(self):
        if self.listener.fileno() < 0:
            return
        self.listener.shutdown(socket.SHUT_RDWR)  # else the thread in accept takes one more
        self.listener.close()
        self.drop()

    def _serve(self):
        while True:
            try:
                raw, _ = self.listener.accept()
            except OSError:
                return
            try:
                raw.settimeout(60)
                with self.context.wrap_socket(raw, server_side=True) as stream:
                    self._talk(stream)
            except (OSError, ValueError, struct.error) as problem:
                self.failures.append(str(problem))
            self.stream = None

    def _talk(self, stream):
        subject = dict(part[0] for part in stream.getpeercert()["subject"])
        if not accept(stream):
            return
        self.peers.append((subject["commonName"], stream.getpeercert()["serialNumber"]))
        while True:
            kind, payload, _ = read_frame(stream)
            if kind == CLOSE:
                return
            if kind == PING:
                self._send(stream, PONG, payload)
            if kind == TEXT:
                self._hear(stream, json.loads(payload))

    def _hear(self, stream, message):
        if message["type"] == "Hello":
            self.hellos.append(message["hello"])
            self.stream = stream
            if self.current:
                self._send(stream, TEXT, json.dumps(self.current).encode())
        else:
            self.verdicts.append((message["type"], message["verdict"]))

    def _send(self, stream, kind, payload):
        with self._sending:
            send_frame(stream, kind, payload)


class PodGateway(Process):
    """weir-gateway as its Deployment starts it, but on loopback."""

    def __init__(self, folder, operator_port, *options, host="localhost"):
        self.folder, self.identity, self.credentials, self.state = folder, folder / "identity", folder / "credentials", folder / "state"
        self.state.mkdir(exist_ok=True)
        self.state.chmod(0o700)
        self.port, self.admin_port = free_port(), free_port()
        super().__init__(BUILD / "weir-gateway", "--workspace", "lab", "--environment", "dev", "--name", "weir-gateway-0",
                         "--control", f"wss://{host}:{operator_port}", "--control-cert", self.identity / "tls.crt",
                         "--control-key", self.identity / "tls.key", "--control-ca", self.identity / "ca.crt",
                         "--credentials", self.credentials, "--state", self.state,
                         "--listen", f"0.0.0.0:{self.port}", "--admin", f"0.0.0.0:{self.admin_port}", *options)
