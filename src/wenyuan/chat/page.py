"""The page: its views put together, and what happens on each click. With `server` Gradio's only landlord."""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from wenyuan.chat import trace_view
from wenyuan.chat.api import functions
from wenyuan.chat.desk import Desk, OpenIndex
from wenyuan.chat.page_admin import corpus_view_of, evaluation_view_of
from wenyuan.chat.page_ask import ask_view, why_view
from wenyuan.chat.page_work import ASKED_AT_ONCE
from wenyuan.chat.server import resource
from wenyuan.errors import WenyuanError

if TYPE_CHECKING:
    import gradio

    from wenyuan.answer import Assistant

_WAY_OUT = '<a class="out" href="logout">退出登录</a>'


def make_page(assistant: Assistant, example_questions: Sequence[str] | None = None, with_login: bool = False) -> gradio.Blocks:
    """The page as Gradio blocks, not yet served. Without ``example_questions`` those of ours are shown that this index answers.

    ``with_login`` adds the way out for those who had to log in.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read while gradio loads, so it must stand before the import
    # After every event Gradio makes a table of all those past, up to 10,000, for statistics that are not served here.
    os.environ |= {"GRADIO_ANALYTICS_MAX_EVENTS": "1", "GRADIO_ANALYTICS_CACHE_FREQUENCY": str(sys.maxsize)}
    import gradio as gr

    opened = OpenIndex(assistant)
    desk = Desk(opened, assistant.settings.question_max_chars)
    chosen = desk.answerable(resource("examples.txt").splitlines()) if example_questions is None else example_questions
    with gr.Blocks(title="问源", analytics_enabled=False, fill_width=True) as page:
        for name, function in functions(opened, desk.question_max_chars).items():  # first, so that the views' own names give way
            _offer(name, function)
        conversation = gr.State([])
        gr.HTML(resource("masthead.html").replace("<!-- way out -->", _WAY_OUT if with_login else ""), elem_id="masthead")
        box = gr.HTML("", elem_id="outbox", js_on_load=resource("outbox.js"))
        with gr.Column(elem_id="view-ask"):
            ask_view(desk, chosen, conversation, box)
        with gr.Column(elem_id="view-why"):
            why = gr.HTML(trace_view.nothing(), elem_id="why", js_on_load=resource("why.js"))
        with gr.Column(elem_id="view-corpus"):
            corpus_view_of(opened, box)
        with gr.Column(elem_id="view-eval"):
            evaluation_view_of(opened, desk, conversation, box, why)
        why_view(desk, conversation, why)
    return page  # type: ignore[no-any-return]


def _offer(name: str, function: Callable[..., Any]) -> None:
    """Two endpoints of one function: ``name`` gives its record over HTTP, and an MCP tool of that name gives it as JSON text.

    Gradio writes what an MCP tool returns as Python would print it, so there the JSON must be text already. The tool does not
    queue: Gradio would ask itself over HTTP, without being logged in.
    """
    import gradio as gr

    def told(*arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        except WenyuanError as error:
            raise gr.Error(str(error), print_exception=False) from error

    def as_text(*arguments: Any, **named: Any) -> Any:
        return json.dumps(told(*arguments, **named), ensure_ascii=False)

    record, text = functools.wraps(function)(told), functools.wraps(function)(as_text)
    text.__annotations__ = {**function.__annotations__, "return": "str"}
    api = getattr(gr, "api")  # noqa: B009 (gradio does not export it to type checkers)
    api(record, api_name=name, api_visibility="undocumented", concurrency_limit=ASKED_AT_ONCE, concurrency_id="ask")
    api(text, api_name=f"{name}_text", queue=False)
