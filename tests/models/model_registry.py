"""A registry of models over TLS, as `ollama pull` speaks to one, that has what an Ollama's folder of models has."""
import contextlib
import http.server
import re
import ssl
import subprocess
import tempfile
import threading
from pathlib import Path


def make_handler(models, name):
    manifest = models / f"manifests/registry.ollama.ai/library/{name}/latest"

    class Registry(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self):
            self.do_GET()

        def do_GET(self):
            if self.path == f"/v2/library/{name}/manifests/latest":
                return self.answer(200, manifest.read_bytes())
            found = re.search(r"^/(v2/.*/blobs|content)/sha256:([0-9a-f]{64})$", self.path)
            blob = found and models / f"blobs/sha256-{found[2]}"
            if not blob or not blob.exists():
                return self.answer(404, b"{}")
            if found[1] != "content" and self.command == "GET":  # the client insists on being sent to another host
                return self.answer(307, b"", Location=f"https://localhost:{self.server.server_address[1]}/content/sha256:{found[2]}")
            content = blob.read_bytes()
            wanted = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range") or "")
            if not wanted:
                return self.answer(200, content)
            first, last = int(wanted[1]), int(wanted[2])
            return self.answer(206, content[first:last + 1], **{"Content-Range": f"bytes {first}-{last}/{len(content)}"})

        def answer(self, status, content, **headers):
            self.send_response(status)
            for key, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(key, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def log_message(self, *_):
            pass

    return Registry


@contextlib.contextmanager
def model_registry(models, name):
    """(its address, the file of the certificate to trust)."""
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = Path(folder, "tls.crt"), Path(folder, "tls.key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=registry",
                        "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-out", certificate, "-keyout", key], check=True, capture_output=True)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), make_handler(models, name))
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}", certificate
        finally:
            server.shutdown()
            server.server_close()
