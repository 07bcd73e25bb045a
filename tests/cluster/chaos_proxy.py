"""Between one operator and the API server: counts its requests, answers some in the server's place, cuts others off, or
calls back at the n-th. It ends TLS with a certificate of its own; who asks is told by the token that passes through."""
import asyncio
import ssl
import subprocess
import threading
import time

ANSWERS = {401: b"Unauthorized", 403: b"Forbidden", 429: b"Too Many Requests", 503: b"Service Unavailable"}


class Call:
    def __init__(self, number, method, path):
        self.number, self.method, self.path, self.at = number, method, path, time.monotonic()

    @property
    def is_write(self):
        """Renewals of the Lease and events are no part of what is kept equal."""
        return self.method != "GET" and "/leases" not in self.path and "/events" not in self.path

    def __repr__(self):
        return f"#{self.number} {self.method} {self.path.partition('?')[0]}"


class ApiProxy:
    """decide(call) before a call is passed on: None passes it, "cut" ends the connection without passing it on, "cut after"
    once the answer begins, a number answers with that status."""

    def __init__(self, cluster, folder):
        self.calls, self.decide, self.cut = [], lambda call: None, lambda call: None
        self._upstream, self._outside = cluster.node_address, ssl.create_default_context(
            cafile=str(cluster.folder / "certificates" / "ca.crt"))
        self._outside.check_hostname = False
        self.certificate, key = folder / "proxy.crt", folder / "proxy.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=proxy", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", self.certificate],
                       check=True, capture_output=True)
        self._inside = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._inside.load_cert_chain(self.certificate, key)
        self._loop, started = asyncio.new_event_loop(), threading.Event()
        threading.Thread(target=self._run, args=(started,), daemon=True).start()
        started.wait(10)

    @property
    def url(self):
        return f"https://127.0.0.1:{self.port}"

    def writes(self, since=0.0):
        return [call for call in list(self.calls) if call.is_write and call.at >= since]

    def close(self):
        self._loop.call_soon_threadsafe(self._loop.stop)

    def _run(self, started):
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(lambda loop, context: None)
        server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._inside, limit=4 << 20))
        self.port = server.sockets[0].getsockname()[1]
        started.set()
        self._loop.run_forever()

    async def _serve(self, reader, writer):
        upstream, pump, state = None, None, {"cut": None}
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
                length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
                body = await reader.readexactly(length)
                call = Call(len(self.calls) + 1, method, path)
                self.calls.append(call)
                verdict = self.decide(call)
                if isinstance(verdict, int):
                    writer.write(b"HTTP/1.1 %d %s\r\nContent-Length: 0\r\n\r\n" % (verdict, ANSWERS[verdict]))
                    continue
                if verdict == "cut":
                    self.cut(call)
                    return
                if verdict == "cut after":
                    state["cut"] = call
                if upstream is None:
                    back, upstream = await asyncio.open_connection(self._upstream, 6443, ssl=self._outside, limit=4 << 20)
                    pump = asyncio.ensure_future(self._answer(back, writer, state))
                upstream.write(head + body)
                await upstream.drain()
        except (OSError, EOFError, asyncio.IncompleteReadError, ssl.SSLError):
            pass
        finally:
            for end in (writer, upstream):
                if end is not None:
                    end.close()
            if pump is not None:
                pump.cancel()

    async def _answer(self, back, writer, state):
        try:
            while content := await back.read(65536):
                if state["cut"]:
                    self.cut(state["cut"])
                    break
                writer.write(content)
                await writer.drain()
        except (OSError, ssl.SSLError):
            pass
        finally:
            writer.close()
