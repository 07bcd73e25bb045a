"""Who says who somebody is, over TLS: a Kubernetes API server's TokenReviews and SubjectAccessReviews, and an identity provider's keys.
What is asked is written down; faults on demand."""
import json
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WHO, MAY, KEYS = "/apis/authentication.k8s.io/v1/tokenreviews", "/apis/authorization.k8s.io/v1/subjectaccessreviews", "/keys"
OWN_AUDIENCE = "https://kubernetes.default.svc"


class IdentityServer:
    """users: {token: {"username", "groups", ...}}; audiences: {token: [...]} where it is not the server's own;
    rights: {username: {"list", names of Workspaces that he may get, "update" and such a name}}."""

    def __init__(self, certificate, key, port=0):
        self.users, self.audiences, self.rights, self.keys, self.accounts = {}, {}, {}, {"keys": []}, {"account-1"}
        self.asked, self.status, self.gate, self._connections = [], None, threading.Event(), []
        self.gate.set()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # whoever asked has gone
        self.port = self._server.server_address[1]
        self.url = f"https://localhost:{self.port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self):
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()
        for connection in self._connections:  # also those that are kept for a next question
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it is gone already

    def count(self, path):
        return sum(one == path for one, _ in self.asked)

    def questions(self, path):
        return [body for one, body in self.asked if one == path]

    def answer(self, path, body, account):
        """Status and answer, as an API server gives them."""
        self.asked.append((path, body))
        self.gate.wait()
        if self.status:
            return self.status, {"kind": "Status", "status": "Failure", "message": f"refused, spec was {json.dumps(body)}"}
        if path == KEYS:
            return 200, self.keys
        if account not in self.accounts:
            return 401, {"kind": "Status", "status": "Failure", "message": "Unauthorized"}
        status = self._who(body["spec"]) if path == WHO else self._may(body["spec"])
        return 201, {**body, "status": status}

    def _who(self, spec):
        user, wanted = self.users.get(spec["token"]), spec.get("audiences", [OWN_AUDIENCE])
        common = [one for one in wanted if one in self.audiences.get(spec["token"], [OWN_AUDIENCE])]
        if not user or not common:
            return {"user": {}, "error": "[invalid bearer token, token lookup failed]"}
        return {"authenticated": True, "user": user, "audiences": common}

    def _may(self, spec):
        asked, rights = spec["resourceAttributes"], self.rights.get(spec["user"], set())
        assert (asked["group"], asked["resource"]) == ("weir.dev", "workspaces")
        wanted = {"list": "list", "get": asked.get("name")}.get(asked["verb"], f"{asked['verb']} {asked.get('name')}")
        may = wanted in rights
        return {"allowed": may, **({} if may else {"reason": "no RBAC policy matched"})}

    def _handler(outer):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                super().setup()
                outer._connections.append(self.connection)

            def _answer(self):
                length = int(self.headers.get("Content-Length", 0))
                body = json.loads(self.rfile.read(length)) if length else None
                status, said = outer.answer(self.path, body, self.headers.get("Authorization", "").removeprefix("Bearer "))
                content = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = _answer

            def log_message(self, *_):
                pass

        return Handler
