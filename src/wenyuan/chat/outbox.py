"""What the server hands a browser besides the page: files to save and messages to say, as data attributes of a hidden element."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime

from wenyuan.cite import escape_html
from wenyuan.contracts import Answer
from wenyuan.export import FORMATS


def said(text: str) -> str:
    """A message."""
    return f'<span data-message="{escape_html(text)}" data-once="{secrets.token_hex(4)}"></span>'


def going(view: str, turn: int) -> str:
    """Takes the browser to another view, at a turn."""
    return f'<span data-go="{view}" data-turn="{turn}" data-once="{secrets.token_hex(4)}"></span>'


def exported(answers: Sequence[Answer], form: object) -> str:
    """The conversation as a file in one of FORMATS; a message where there is nothing to export or no such format."""
    if not answers or not isinstance(form, str) or form not in FORMATS:
        return said("还没有可以导出的问答。")
    name, media, make = FORMATS[form]
    made = make(answers, datetime.now())
    data = base64.b64encode(made.encode("utf-8") if isinstance(made, str) else made).decode("ascii")
    return (
        f'<span data-file="{data}" data-name="{name}" data-type="{media}" data-message="已导出 {name}" '
        f'data-once="{secrets.token_hex(4)}"></span>'
    )
