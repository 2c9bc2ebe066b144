"""Who is let in: files of names and hashed passwords, HTTP Basic before the machine interfaces, headers on every response."""

from __future__ import annotations

import asyncio
import base64
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from wenyuan.chat.guard import HEADERS, LoginPage, MachineLogin, OwnHosts, SecurityHeaders
from wenyuan.chat.login import Hashed, add_user, read_users
from wenyuan.errors import SettingsError


def test_passwords_are_kept_as_salted_hashes_that_only_the_owner_reads(tmp_path: Path) -> None:
    path = tmp_path / "users"
    add_user(path, "甲", "密码密码密码密码")
    add_user(path, "乙", "密码密码密码密码")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [line.split(":")[:2] for line in lines] == [["甲", "scrypt"], ["乙", "scrypt"]]
    assert lines[0].split(":")[-1] != lines[1].split(":")[-1]
    assert "密码" not in path.read_text(encoding="utf-8").replace("甲", "")
    assert path.stat().st_mode & 0o077 == 0
    users = read_users(path)
    assert len(users) == 2
    assert users.admits("甲", "密码密码密码密码")
    assert not users.admits("甲", "密码密码密码密")
    assert not users.admits("丙", "密码密码密码密码")
    assert not users.admits("", "")
    add_user(path, "甲", "另一个密码呀呀呀")
    assert len(read_users(path)) == 2
    assert not read_users(path).admits("甲", "密码密码密码密码")


@pytest.mark.parametrize(
    ("name", "password"), [("a:b", "12345678"), ("a b", "12345678"), ("", "12345678"), ("#a", "12345678"), ("a", "1234567")]
)
def test_names_and_passwords_that_cannot_be_used_are_refused(tmp_path: Path, name: str, password: str) -> None:
    with pytest.raises(SettingsError):
        add_user(tmp_path / "users", name, password)
    assert not (tmp_path / "users").exists()


@pytest.mark.parametrize(
    "text", ["", "# nobody\n", "a:plain\n", "a:scrypt:1:1:1:AAAA:AAAA\n", "a:scrypt:16384:8:5:!!:AAAA\n", "a:md5:x:y:z:w:v\n"]
)
def test_a_file_that_lets_nobody_in_safely_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "users"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError):
        read_users(path)
    with pytest.raises(SettingsError):
        read_users(tmp_path / "missing")


def test_a_hash_is_written_and_read_again() -> None:
    hashed = Hashed.of("密码")
    again = Hashed.parse(str(hashed))
    assert again == hashed
    assert again.fits("密码")
    assert not again.fits("密码 ")


def answered(
    app: Any, path: str = "/", headers: list[tuple[bytes, bytes]] | None = None, method: str = "GET"
) -> tuple[int, dict[bytes, bytes], bytes]:
    """(status, headers, body) of one request to an ASGI app."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(dict(message))

    scope = {"type": "http", "path": path, "method": method, "headers": headers or []}
    with ThreadPoolExecutor(1) as thread:  # the browser of other tests keeps a loop of its own in this one
        thread.submit(lambda: asyncio.run(app(scope, receive, send))).result()
    return sent[0]["status"], dict(sent[0]["headers"]), b"".join(message.get("body", b"") for message in sent[1:])


def saying(*parts: bytes) -> Any:
    """An app that says ``parts``, one message each."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"X-Frame-Options", b"ALLOWALL"), (b"content-type", b"text/html")]}
        )
        for place, part in enumerate(parts):
            await send({"type": "http.response.body", "body": part, "more_body": place + 1 < len(parts)})

    return app


def test_every_response_carries_the_headers_once() -> None:
    status, headers, body = answered(SecurityHeaders(saying(b"a", b"b")))
    assert (status, body) == (200, b"ab")
    for name, value in HEADERS:
        assert headers[name] == value
    assert b"X-Frame-Options" not in headers


@pytest.mark.parametrize(
    ("host", "status"),
    [
        *((host, 200) for host in ("127.0.0.1", "127.0.0.1:7860", "localhost:80", "LOCALHOST", "[::1]:7860", "[::1]")),
        *((host, 403) for host in ("evil.example", "evil.example:7860", "127.0.0.1.evil.example", "", "[::2]", "localhost.")),
    ],
)
def test_requests_for_another_name_are_refused(host: str, status: int) -> None:
    app = OwnHosts(saying(b"in"), "127.0.0.1")
    assert answered(app, headers=[(b"host", host.encode("ascii"))])[0] == status
    assert answered(app)[0] == 403


def basic(text: str) -> list[tuple[bytes, bytes]]:
    return [(b"authorization", b"Basic " + base64.b64encode(text.encode("utf-8")))]


def test_machines_are_asked_for_a_password_and_the_page_is_not() -> None:
    tried = []

    def admits(name: str, password: str) -> bool:
        tried.append((name, password))
        return (name, password) == ("甲", "a:b")

    app = MachineLogin(saying(b"in"), admits)
    assert answered(app, "/")[0] == 200
    assert answered(app, "/gradio_api/mcp/")[0] == 401
    for wrong in (basic("甲:x"), [(b"authorization", b"Basic !!!")], [(b"authorization", b"Bearer x")], basic("甲")):
        status, headers, body = answered(app, "/gradio_api/mcp/", wrong)
        assert status == 401
        assert headers[b"www-authenticate"].startswith(b"Basic ")
        assert b"in" not in body.split()
    assert answered(app, "/gradio_api/mcp/", basic("甲:a:b"))[2] == b"in"
    before = len(tried)
    assert answered(app, "/gradio_api/mcp/", basic("甲:a:b"))[2] == b"in"
    assert len(tried) == before  # a good one is not hashed again
    assert answered(app, "/gradio_api/mcp/", basic("甲:a:c"))[0] == 401


def test_the_log_in_page_stands_in_only_where_gradio_asks_for_one() -> None:
    asks = (b"<script>window.gradio_config = ", b'{"auth_', b'required":true}</script>')
    own = LoginPage(saying(*asks), "登录")
    status, headers, body = answered(own, "/")
    assert (status, body.decode("utf-8")) == (200, "登录")
    assert headers[b"content-length"] == str(len(body)).encode("ascii")
    assert answered(own, "/", method="HEAD")[2] == b"".join(asks)
    assert answered(own, "/config")[2] == b"".join(asks)
    written_by_a_stranger = b'{"title": "{\\"auth_required\\":true"}'
    assert answered(LoginPage(saying(written_by_a_stranger), "登录"), "/")[2] == written_by_a_stranger
