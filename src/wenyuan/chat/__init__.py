"""The web door: one page on this machine, made with Gradio. Nothing of Gradio loads before `serve` or `make_page` is called."""

from __future__ import annotations

from wenyuan.chat.page import make_page, serve

__all__ = ["make_page", "serve"]
