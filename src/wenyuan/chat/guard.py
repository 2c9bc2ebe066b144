"""What stands between the network and the page: security headers on every response, a password before the machine interfaces.

Plain ASGI, so that streams pass through unbuffered. It knows nothing of what is served.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# Gradio's own page is made of inline scripts and compiles its templates, so 'unsafe-inline' and 'unsafe-eval' must stand;
# what they could do with a stranger's text is stopped by escaping it. Nothing may be fetched from, or sent to, anywhere else.
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "manifest-src 'self'",
        "media-src 'self' blob:",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'self'",
    ]
)
HEADERS = [
    (b"content-security-policy", POLICY.encode("ascii")),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
MACHINE_PATHS = ("/gradio_api/mcp",)  # Gradio asks for its own log-in everywhere else


class SecurityHeaders:
    """Adds HEADERS to every response."""

    def __init__(self, app: App) -> None:
        """``app`` is what answers."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = {name.lower() for name, _ in HEADERS}
                message["headers"] = [pair for pair in message.get("headers", []) if pair[0].lower() not in own] + HEADERS
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


class OwnHosts:
    """Refuses requests that were sent to another name: a stranger's page could have its own name lead to this machine (DNS rebinding)."""

    def __init__(self, app: App, host: str) -> None:
        """``host`` is the address that is listened on; with it the names of the loopback are taken."""
        self._app = app
        self._own = {host.lower(), "127.0.0.1", "::1", "localhost"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] in ("http", "websocket"):
            asked = dict(scope["headers"]).get(b"host", b"").decode("latin-1").lower()
            name = asked.partition("]")[0].removeprefix("[") if asked.startswith("[") else asked.partition(":")[0]
            if name not in self._own:
                if scope["type"] == "http":
                    await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain; charset=utf-8")]})
                    await send({"type": "http.response.body", "body": "请用 http://127.0.0.1 开头的地址打开。\n".encode()})
                return
        await self._app(scope, receive, send)


class MachineLogin:
    """Asks for a name and a password (HTTP Basic, RFC 7617) before MACHINE_PATHS."""

    def __init__(self, app: App, admits: Callable[[str, str], bool]) -> None:
        """``admits`` says whether a name and password are good."""
        self._app = app
        self._admits = admits
        self._seen: set[bytes] = set()  # headers that were good before: hashing takes 50 ms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] == "http" and str(scope["path"]).startswith(MACHINE_PATHS) and not await self._is_known(scope):
            headers = [(b"www-authenticate", b'Basic realm="wenyuan", charset="UTF-8"'), (b"content-type", b"text/plain; charset=utf-8")]
            await send({"type": "http.response.start", "status": 401, "headers": headers})
            await send({"type": "http.response.body", "body": "请用用户名和密码登录（HTTP Basic）。\n".encode()})
            return
        await self._app(scope, receive, send)

    async def _is_known(self, scope: Scope) -> bool:
        header: bytes = dict(scope["headers"]).get(b"authorization", b"")
        if header in self._seen:
            return True
        scheme, _, code = header.partition(b" ")
        if scheme.lower() != b"basic":
            return False
        try:
            name, _, password = base64.b64decode(code, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return False
        if not await asyncio.to_thread(self._admits, name, password):  # others are served while a password is hashed
            return False
        self._seen.add(header)
        return True


class LoginPage:
    """Puts a log-in page of our own in the place of Gradio's, which has no title, no heading and too little contrast."""

    def __init__(self, app: App, html: str) -> None:
        """``html``: the page; it sends name and password to ``login``, which is Gradio's."""
        self._app = app
        self._html = html.encode("utf-8")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["path"] not in ("/", "") or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        began: list[Message] = []
        body = bytearray()

        async def held(message: Message) -> None:
            if message["type"] == "http.response.start":
                began.append(message)
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            # In JSON a quotation mark inside a text is written \", so no text of a stranger can look like this.
            if b'{"auth_required":true' in body:
                headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", str(len(self._html)).encode("ascii"))]
                began[0] = {**began[0], "headers": [*headers, (b"cache-control", b"no-store")]}
                body[:] = self._html
            await send(began[0])
            await send({"type": "http.response.body", "body": bytes(body)})

        await self._app(scope, receive, held)
