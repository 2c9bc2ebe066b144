"""The server of the page: where it listens, who is let in, and that it asks nothing of any other machine."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from wenyuan.chat.guard import LoginPage, MachineLogin, OwnHosts, SecurityHeaders
from wenyuan.chat.login import Users

if TYPE_CHECKING:
    from wenyuan.answer import Assistant

UPLOAD_MAX = "200mb"  # one file


def serve(assistant: Assistant, host: str = "127.0.0.1", port: int = 7860, users: Users | None = None) -> None:
    """Nothing; serves the page until the keyboard stops it. It reaches no other machine; ``users`` are let in, everybody without."""
    from wenyuan.chat.page import make_page

    page = make_page(assistant, with_login=users is not None)
    page.queue(default_concurrency_limit=4, api_open=True)
    with contextlib.redirect_stdout(sys.stderr):  # stdout carries the address alone
        page.launch(**launch_options(host, port, users), prevent_thread_lock=True)
    print(f"http://{f'[{host}]' if ':' in host else host}:{port}/", flush=True)
    try:
        threading.Event().wait()  # not page.block_thread(), which talks on stdout
    except KeyboardInterrupt:
        page.close(verbose=False)


def launch_options(host: str, port: int, users: Users | None = None) -> dict[str, Any]:
    """Keyword arguments of ``Blocks.launch`` for a page that asks nothing of any other machine."""
    import gradio as gr
    from starlette.middleware import Middleware

    fonts = ["system-ui", "-apple-system", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "sans-serif"]
    named = [gr.themes.Font(name) for name in fonts]  # plain strings would be looked up as fonts to load
    middleware = [Middleware(SecurityHeaders)]
    if users is None:
        middleware.append(Middleware(OwnHosts, host=host))
    else:
        middleware += [Middleware(MachineLogin, admits=users.admits), Middleware(LoginPage, html=login_page())]
    return {
        "server_name": host,
        "server_port": port,
        "share": False,
        "quiet": True,
        "ssr_mode": False,
        "run_history": False,
        "footer_links": [],
        "enable_monitoring": False,
        "pwa": False,
        "mcp_server": True,
        "max_file_size": UPLOAD_MAX,
        "app_kwargs": {"middleware": middleware},
        "auth": None if users is None else _in_a_thread(users.admits),
        "theme": gr.themes.Base(font=named, font_mono=[gr.themes.Font("ui-monospace"), gr.themes.Font("monospace")]),
        "css": resource("colours.css") + resource("page.css"),
        "head": f"<style>{resource('shell.css')}</style><script>{resource('head.js')}</script>",
    }


def login_page() -> str:
    """The HTML that asks for name and password."""
    return resource("login.html").replace("/* colours */", resource("colours.css"))


def _in_a_thread(admits: Callable[[str, str], bool]) -> Callable[[str, str], Awaitable[bool]]:
    """``admits`` for Gradio, which would let everybody wait while a password is hashed."""

    async def admitted(name: str, password: str) -> bool:
        return await asyncio.to_thread(admits, name, password)

    return admitted


def resource(name: str) -> str:
    """The text of a file that ships beside this one."""
    return files("wenyuan.chat").joinpath(name).read_text(encoding="utf-8")
