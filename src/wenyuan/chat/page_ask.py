"""The view 问答 and the view 为什么是这段, put together: which click does what. Knows nothing of HTML."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from wenyuan.chat import article_view, outbox, rendering
from wenyuan.chat.conversation import Turn
from wenyuan.chat.desk import Asked, Desk, OnStage
from wenyuan.chat.page_work import ASKED_AT_ONCE, in_stages, known_to_gradio
from wenyuan.chat.server import resource

if TYPE_CHECKING:
    import gradio

_TAKEN = "(text, turns) => { window.wenyuan.taken(text); return [text, turns]; }"  # runs when Gradio holds what the box held


def ask_view(desk: Desk, chosen: Sequence[str], conversation: gradio.State, box: gradio.HTML) -> None:
    """Question, answers and the open article."""
    import gradio as gr

    clicks = resource("clicks.js")
    with gr.Row(elem_id="columns"):
        with gr.Column(elem_id="asking", min_width=0):
            with gr.Row(elem_id="question-row"):
                question = gr.Textbox(
                    elem_id="question",
                    label="问题",
                    show_label=False,
                    placeholder="问文章里写到的事",
                    lines=1,
                    max_lines=4,
                    max_length=desk.question_max_chars,
                    autofocus=True,
                    submit_btn="提问",
                    html_attributes=gr.InputHTMLAttributes(autocomplete="off", spellcheck=False),
                )
                stop = gr.Button("停止", elem_id="stop", size="sm")
            status = gr.HTML(rendering.stages(), elem_id="status", js_on_load=resource("status.js"))
            chips = gr.HTML(rendering.examples(chosen), elem_id="examples", js_on_load=clicks)
            answers = gr.HTML(rendering.welcome(desk.articles), elem_id="answers", js_on_load=clicks + resource("answers.js"))
            with gr.Row(elem_id="tools", visible=False) as tools:
                gr_tools = gr.HTML(rendering.tools(), elem_id="exports", js_on_load=clicks)
                fresh = gr.Button("换个话题，重新开始", elem_id="fresh", size="sm")
        with gr.Column(elem_id="reading", min_width=0):
            reader = gr.HTML(article_view.shelf(desk.articles), elem_id="reader", js_on_load=clicks + resource("reader.js"))
    after = [conversation, answers, reader, tools, status]

    def shown(asked: Asked) -> list[Any]:
        reading = gr.skip() if asked.reader is None else asked.reader
        return [asked.turns, asked.html, reading, gr.update(visible=bool(asked.turns)), rendering.done(secrets.token_hex(4))]

    def watched(work: Callable[[OnStage], Asked]) -> Iterator[list[Any]]:
        for stage, asked in in_stages(work):
            if asked is None:
                yield [gr.skip()] * (len(after) - 1) + [rendering.stages(stage)]
            else:
                yield shown(asked)

    def ask(text: str, turns: list[Turn]) -> Iterator[list[Any]]:
        if not text.strip():  # a second press of the key, say
            yield [gr.skip()] * (len(after) - 1) + [rendering.done(secrets.token_hex(4))]
            return
        yield from watched(lambda on_stage: desk.ask(text, turns, on_stage))

    def ask_example(turns: list[Turn], event: gr.EventData) -> Iterator[list[Any]]:
        yield from ask(str(event._data.get("question", "")), turns)

    def revise(turns: list[Turn], event: gr.EventData) -> Iterator[list[Any]]:
        text, place = str(event._data.get("text", "")), event._data.get("turn")
        yield from watched(lambda on_stage: desk.revise(text, place, turns, on_stage))

    def restore(event: gr.EventData) -> list[Any]:
        asked = desk.restore(event._data.get("address"), event._data.get("saved"))
        return shown(asked) if asked.turns else [gr.skip()] * len(after)

    def open_page(turns: list[Turn], event: gr.EventData) -> str:
        return desk.open(event._data, turns)

    def restart() -> list[Any]:
        nothing = Asked([], rendering.welcome(desk.articles), article_view.shelf(desk.articles))
        return shown(nothing)

    def export(turns: list[Turn], event: gr.EventData) -> str:
        return outbox.exported([turn.answer for turn in turns], event._data.get("format"))

    def feedback(turns: list[Turn], event: gr.EventData) -> str:
        data = event._data
        return outbox.said(desk.feedback(data.get("turn"), data.get("fault"), data.get("right"), data.get("note"), turns))

    known_to_gradio(ask_example, revise, restore, open_page, export, feedback)
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    queued: dict[str, Any] = {**quiet, "concurrency_limit": ASKED_AT_ONCE, "concurrency_id": "ask"}
    asking = [
        question.submit(ask, [question, conversation], after, js=_TAKEN, trigger_mode="always_last", **queued),
        chips.ask(ask_example, [conversation], after, **queued),
        answers.revise(revise, [conversation], after, **queued),
    ]
    stop.click(None, None, None, cancels=asking, **quiet)
    answers.restore(restore, None, after, **queued)
    for clicked in (answers, reader):
        clicked.open(open_page, [conversation], [reader], **quiet)
    answers.feedback(feedback, [conversation], [box], **quiet)
    gr_tools.export(export, [conversation], [box], **quiet)
    fresh.click(restart, None, after, **quiet)


def why_view(desk: Desk, conversation: gradio.State, why: gradio.HTML) -> None:
    """How an answer came about, and where another passage fell out."""
    import gradio as gr

    def show(turns: list[Turn], event: gr.EventData) -> str:
        return desk.why(event._data.get("turn"), turns)

    def show_why_not(turns: list[Turn], event: gr.EventData) -> str:
        return desk.why_not(event._data.get("turn"), event._data.get("wanted"), turns)

    known_to_gradio(show, show_why_not)
    queued: dict[str, Any] = {
        "api_visibility": "private",
        "show_progress": "hidden",
        "concurrency_limit": ASKED_AT_ONCE,
        "concurrency_id": "ask",
    }
    why.why(show, [conversation], [why], **queued)
    why.whynot(show_why_not, [conversation], [why], **queued)
