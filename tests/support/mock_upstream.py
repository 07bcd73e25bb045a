"""An OpenAI-compatible server that does what a test tells it to, deterministic, in a thread of the test.

Each model has a script: a list of behaviours, one for each call of it, the last one for ever. Without a script a model
answers well. Everything received is kept in `calls`, byte for byte."""
import asyncio
import json
import threading
from dataclasses import dataclass, field


@dataclass
class Call:
    """One request as it arrived, and how its connection ended."""
    head: bytes
    body: bytes
    method: str = ""
    path: str = ""
    headers: list = field(default_factory=list)
    finished: threading.Event = field(default_factory=threading.Event)
    broken_off: bool = False

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def model(self):
        return self.json.get("model", "")

    def header(self, name):
        return next((v for n, v in self.headers if n.lower() == name.lower()), None)


USAGE = {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14,
         "prompt_tokens_details": {"cached_tokens": 4}, "completion_tokens_details": {"reasoning_tokens": 1}}


def unary_body(call, words="well done", usage=USAGE):
    if call.path.endswith("/embeddings"):
        return {"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": [0.5, -0.5]}],
                "model": call.model, "usage": {"prompt_tokens": usage["prompt_tokens"], "total_tokens": usage["prompt_tokens"]}}
    is_chat = call.path.endswith("/chat/completions")
    answer = {"message": {"role": "assistant", "content": words, "refusal": None}} if is_chat else {"text": words}
    return {"id": "mock-1", "object": "chat.completion" if is_chat else "text_completion", "created": 1700000000,
            "model": call.model, "choices": [{"index": 0, "finish_reason": "stop", "logprobs": None, **answer}], "usage": usage}


def event(call, choices, usage="absent"):
    chunk = {"id": "mock-1", "object": "chat.completion.chunk", "created": 1700000000, "model": call.model, "choices": choices}
    if usage != "absent":
        chunk["usage"] = usage
    return b"data: " + json.dumps(chunk).encode() + b"\n\n"


def stream_events(call, words=("well", " done"), usage=USAGE):
    """As OpenAI streams: with include_usage every event says usage, null but in the last one, which has no choices."""
    wants_usage = (call.json.get("stream_options") or {}).get("include_usage")
    none = None if wants_usage else "absent"
    yield event(call, [{"index": 0, "delta": {"role": "assistant", "content": ""}, "finish_reason": None}], none)
    for word in words:
        yield event(call, [{"index": 0, "delta": {"content": word}, "finish_reason": None}], none)
    yield event(call, [{"index": 0, "delta": {}, "finish_reason": "stop"}], none)
    if wants_usage:
        yield event(call, [], usage)
    yield b"data: [DONE]\n\n"


def head(status, headers=(), content_type="application/json", length=None):
    lines = [f"HTTP/1.1 {status} Mock", f"Content-Type: {content_type}"]
    lines += [f"{name}: {value}" for name, value in headers]
    lines.append("Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def send_chunk(writer, piece):
    writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
    await writer.drain()


# Behaviours. Each gets the call and the connection's writer; returning True keeps the connection.

def answers(words="well done", usage=USAGE, headers=(), delay=0, gap=0, pieces=None):
    async def behave(call, writer):
        await asyncio.sleep(delay)
        if call.json.get("stream"):
            writer.write(head(200, headers, "text/event-stream"))
            for i, piece in enumerate(stream_events(call, pieces or ("well", " done"), usage)):
                await asyncio.sleep(gap if i else 0)
                await send_chunk(writer, piece)
            writer.write(b"0\r\n\r\n")
        else:
            body = json.dumps(unary_body(call, words, usage)).encode()
            writer.write(head(200, headers, length=len(body)) + body)
        await writer.drain()
        return True
    return behave


def fails(status, headers=(), body=None):
    async def behave(call, writer):
        error = body or {"error": {"message": f"mock says {status}", "type": "mock_error", "param": None, "code": None}}
        text = json.dumps(error).encode()
        writer.write(head(status, headers, length=len(text)) + text)
        await writer.drain()
        return True
    return behave


def stays_silent():
    """Takes the request and never says a word."""
    async def behave(call, writer):
        await asyncio.sleep(3600)
    return behave


def hangs_up():
    """Closes without an answer."""
    async def behave(call, writer):
        return False
    return behave


def streams_then(count, then="cut", pieces=("a", " b", " c", " d"), reports_usage=True):
    """`count` events of a stream, and then: "cut" the connection, "stall" for ever, or "end" the message without [DONE]."""
    async def behave(call, writer):
        writer.write(head(200, (), "text/event-stream"))
        for piece in list(stream_events(call, pieces))[:count]:
            await send_chunk(writer, piece)
        if then == "stall":
            await asyncio.sleep(3600)
        if then == "end":
            writer.write(b"0\r\n\r\n")
            await writer.drain()
            return True
        return False
    return behave


def says(raw):
    """Exactly these bytes, then closes."""
    async def behave(call, writer):
        writer.write(raw)
        await writer.drain()
        return False
    return behave


class MockUpstream:
    def __init__(self, tls=None):
        """tls: an ssl.SSLContext to serve with."""
        self._tls = tls
        self.calls = []
        self.connections = 0
        self._scripts = {}
        self._lock = threading.Lock()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(10)

    @property
    def url(self):
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/v1"

    def script(self, model, *behaviours):
        with self._lock:
            self._scripts[model] = list(behaviours)

    def reset(self):
        with self._lock:
            self._scripts = {}
            self.calls = []

    def calls_of(self, model):
        with self._lock:
            return [call for call in self.calls if call.model == model]

    def stop(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self):
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=4096, ssl=self._tls))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))

    def _next_behaviour(self, call):
        with self._lock:
            self.calls.append(call)
            script = self._scripts.get(call.model)
            if not script:
                return answers()
            return script.pop(0) if len(script) > 1 else script[0]

    async def _serve(self, reader, writer):
        self.connections += 1
        try:
            while await self._serve_one(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _serve_one(self, reader, writer):
        raw_head = await reader.readuntil(b"\r\n\r\n")
        lines = raw_head.decode("latin-1").split("\r\n")
        method, path, _ = lines[0].split(" ", 2)
        headers = [tuple(line.split(": ", 1)) for line in lines[1:] if line]
        length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
        call = Call(raw_head, await reader.readexactly(length), method, path, headers)
        behaving = asyncio.ensure_future(self._next_behaviour(call)(call, writer))
        watching = asyncio.ensure_future(gone(reader))
        await asyncio.wait({behaving, watching}, return_when=asyncio.FIRST_COMPLETED)
        watching.cancel()
        try:
            if behaving.done():
                return behaving.result()
            behaving.cancel()
            call.broken_off = True
            return False
        except ConnectionError:
            call.broken_off = True
            return False
        finally:
            call.finished.set()


async def gone(reader):
    """Until the other side closed. Looks without reading, so that nothing of a next request is lost."""
    while not reader.at_eof() and reader.exception() is None:
        await asyncio.sleep(0.005)
