"""The web door: one page, its HTTP endpoints and MCP tools, made with Gradio, which loads when `serve` or `make_page` is called."""

from __future__ import annotations

from wenyuan.chat.page import make_page
from wenyuan.chat.server import serve

__all__ = ["make_page", "serve"]
