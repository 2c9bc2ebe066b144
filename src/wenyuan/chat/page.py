"""The page: its views put together, and what happens on each click. With `server` Gradio's only landlord."""

from __future__ import annotations

import functools
import os
import secrets
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wenyuan.chat import article_view, corpus_view, outbox, rendering, trace_view
from wenyuan.chat.api import functions
from wenyuan.chat.conversation import Turn
from wenyuan.chat.corpus_desk import Cancelled, CorpusDesk, Progress, Staged, safe_name
from wenyuan.chat.desk import Asked, Desk, OnStage, OpenIndex
from wenyuan.chat.evaluation_desk import EvaluationDesk
from wenyuan.chat.server import resource
from wenyuan.errors import WenyuanError

if TYPE_CHECKING:
    import gradio

    from wenyuan.answer import Assistant

ASKED_AT_ONCE = 4  # questions; more wait their turn
_PROGRESS_EVERY = 0.4  # seconds
_STAGE_SHOWN_AFTER = 0.12  # seconds; quicker answers come before their stages could be read


class Stopped(Exception):  # noqa: N818 (no error: somebody pressed the button)
    """Ends the work on a question whose asker no longer wants it."""


def make_page(assistant: Assistant, example_questions: Sequence[str] | None = None) -> gradio.Blocks:
    """The page as Gradio blocks, not yet served. Without ``example_questions`` those of ours are shown that this index answers."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read while gradio loads, so it must stand before the import
    import gradio as gr

    opened = OpenIndex(assistant)
    desk = Desk(opened, assistant.settings.question_max_chars)
    chosen = desk.answerable(resource("examples.txt").splitlines()) if example_questions is None else example_questions
    with gr.Blocks(title="问源", analytics_enabled=False, fill_width=True) as page:
        conversation = gr.State([])
        gr.HTML(resource("masthead.html"), elem_id="masthead")
        box = gr.HTML("", elem_id="outbox", js_on_load=resource("outbox.js"))
        with gr.Column(elem_id="view-ask"):
            _ask_view(desk, chosen, conversation, box)
        with gr.Column(elem_id="view-why"):
            why = gr.HTML(trace_view.nothing(), elem_id="why", js_on_load=resource("why.js"))
        with gr.Column(elem_id="view-corpus"):
            _corpus_view(opened, box)
        with gr.Column(elem_id="view-eval"):
            _evaluation_view(opened, desk, conversation, box, why)
        _why_view(desk, conversation, why)
        for name, function in functions(opened, desk.question_max_chars).items():
            gr.api(_telling(function), api_name=name, concurrency_limit=ASKED_AT_ONCE, concurrency_id="ask")
    return page  # type: ignore[no-any-return]


def _ask_view(desk: Desk, chosen: Sequence[str], conversation: gradio.State, box: gradio.HTML) -> None:
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
                    placeholder="问一个文章里能找到答案的问题",
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
    after = [question, conversation, answers, reader, tools, status]

    def shown(asked: Asked, typed: Any = "") -> list[Any]:
        reading = gr.skip() if asked.reader is None else asked.reader
        return [typed, asked.turns, asked.html, reading, gr.update(visible=bool(asked.turns)), rendering.done(secrets.token_hex(4))]

    def watched(work: Callable[[OnStage], Asked], typed: Any = "") -> Iterator[list[Any]]:
        for stage, asked in _in_stages(work):
            if asked is None:
                yield [gr.skip()] * 5 + [rendering.stages(stage)]
            else:
                yield shown(asked, typed)

    def ask(text: str, turns: list[Turn]) -> Iterator[list[Any]]:
        yield from watched(lambda on_stage: desk.ask(text, turns, on_stage))

    def ask_example(turns: list[Turn], event: gr.EventData) -> Iterator[list[Any]]:
        yield from ask(str(event._data.get("question", "")), turns)

    def revise(turns: list[Turn], event: gr.EventData) -> Iterator[list[Any]]:
        text, place = str(event._data.get("text", "")), event._data.get("turn")
        yield from watched(lambda on_stage: desk.revise(text, place, turns, on_stage), gr.skip())

    def restore(event: gr.EventData) -> list[Any]:
        asked = desk.restore(event._data.get("address"), event._data.get("saved"))
        return shown(asked, gr.skip()) if asked.turns else [gr.skip()] * len(after)

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

    _known_to_gradio(ask_example, revise, restore, open_page, export, feedback)
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    queued: dict[str, Any] = {**quiet, "concurrency_limit": ASKED_AT_ONCE, "concurrency_id": "ask"}
    asking = [
        question.submit(ask, [question, conversation], after, **queued),
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


def _why_view(desk: Desk, conversation: gradio.State, why: gradio.HTML) -> None:
    """How an answer came about, and where another passage fell out."""
    import gradio as gr

    def show(turns: list[Turn], event: gr.EventData) -> str:
        return desk.why(event._data.get("turn"), turns)

    def show_why_not(turns: list[Turn], event: gr.EventData) -> str:
        return desk.why_not(event._data.get("turn"), event._data.get("wanted"), turns)

    _known_to_gradio(show, show_why_not)
    queued: dict[str, Any] = {
        "api_visibility": "private",
        "show_progress": "hidden",
        "concurrency_limit": ASKED_AT_ONCE,
        "concurrency_id": "ask",
    }
    why.why(show, [conversation], [why], **queued)
    why.whynot(show_why_not, [conversation], [why], **queued)


def _corpus_view(opened: OpenIndex, box: gradio.HTML) -> None:
    """What is in the corpus, and its changes, one at a time."""
    import gradio as gr
    from gradio.utils import get_upload_folder

    desk = CorpusDesk(opened, Path(get_upload_folder()))
    staged = gr.State(None)
    work = gr.HTML("", elem_id="corpus-work", js_on_load=resource("corpus.js"))
    view = gr.HTML("", elem_id="corpus", js_on_load=resource("corpus.js"))
    cancel = gr.Button("取消", elem_id="corpus-cancel")

    def stage(event: gr.EventData) -> list[Any]:
        found = desk.stage(event._data.get("files"))
        return [found, found.html()]

    def add(put_aside: Staged | None) -> Iterator[list[Any]]:
        if put_aside is None:
            yield [None, "", desk.page(corpus_view.trouble("没有等着加入的文件。"))]
            return
        for shown, told in _with_progress(lambda progress, cancelled: desk.add(put_aside, progress, cancelled), "正在加入"):
            yield [gr.skip(), shown, gr.skip()] if told is None else [None, "", desk.page(told)]

    def rebuild() -> Iterator[list[Any]]:
        for shown, told in _with_progress(lambda progress, cancelled: desk.rebuild(progress), "正在重建"):
            yield [shown, gr.skip()] if told is None else ["", desk.page(told)]

    def remove(event: gr.EventData) -> str:
        return desk.page(desk.remove(event._data.get("uri")))

    def rollback(event: gr.EventData) -> str:
        return desk.page(desk.rollback(event._data.get("name")))

    def preview(event: gr.EventData) -> str:
        return desk.preview(event._data.get("id"))

    _known_to_gradio(stage, remove, rollback, preview)
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    one_at_a_time: dict[str, Any] = {**quiet, "concurrency_limit": 1, "concurrency_id": "corpus"}
    view.stage(stage, None, [staged, work], **quiet)
    working = [work.addfiles(add, [staged], [staged, work, view], **one_at_a_time), view.rebuild(rebuild, None, [work, view], **one_at_a_time)]
    cancel.click(lambda: [outbox.said("已取消，语料没有变。"), ""], None, [box, work], cancels=working, **quiet)
    work.discard(lambda: [None, ""], None, [staged, work], **quiet)
    view.preview(preview, None, [work], **quiet)
    view.remove(remove, None, [view], **one_at_a_time)
    view.rollback(rollback, None, [view], **one_at_a_time)
    view.refresh(lambda: desk.page(), None, [view], **quiet)


def _evaluation_view(opened: OpenIndex, asking: Desk, conversation: gradio.State, box: gradio.HTML, why: gradio.HTML) -> None:
    """Question sets, runs, and the way from a miss to its explanation."""
    import gradio as gr
    from gradio.utils import get_upload_folder

    desk = EvaluationDesk(opened)
    uploads = CorpusDesk(opened, Path(get_upload_folder()))
    work = gr.HTML("", elem_id="eval-work", js_on_load=resource("evaluation.js"))
    view = gr.HTML("", elem_id="evaluation", js_on_load=resource("evaluation.js"))
    cancel = gr.Button("取消", elem_id="eval-cancel")

    def run(event: gr.EventData) -> Iterator[list[Any]]:
        name = event._data.get("set")
        for shown, told in _with_progress(lambda progress, cancelled: desk.run(name, progress), "正在评测"):
            yield [shown, gr.skip()] if told is None else ["", told]

    def open_run(event: gr.EventData) -> str:
        return desk.open(event._data.get("run"))

    def compare(event: gr.EventData) -> str:
        return desk.compare(event._data.get("before"), event._data.get("now"))

    def pick_set(event: gr.EventData) -> str:
        path, name = uploads.uploaded(event._data.get("path")), safe_name(str(event._data.get("name", ""))).rsplit("/", 1)[-1]
        return desk.page(corpus_view.trouble("没有收到文件。")) if path is None or not name.endswith(".jsonl") else desk.upload(path, name)

    def drill(turns: list[Turn], event: gr.EventData) -> list[Any]:
        missed = desk.missed(event._data.get("run"), event._data.get("id"))
        if missed is None:
            return [gr.skip(), gr.skip(), outbox.said("没有找到这道题。")]
        turns = asking.with_turn(missed[0], missed[1], turns)
        return [turns, asking.why(len(turns) - 1, turns), outbox.going("why", len(turns) - 1)]

    _known_to_gradio(run, open_run, compare, pick_set, drill)
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    running = view.run(run, None, [work, view], concurrency_limit=1, concurrency_id="evaluation", **quiet)
    cancel.click(lambda: [outbox.said("已取消评测。"), ""], None, [box, work], cancels=[running], **quiet)
    view.openrun(open_run, None, [view], **quiet)
    view.compare(compare, None, [view], **quiet)
    view.pickset(pick_set, None, [view], **quiet)
    view.drill(drill, [conversation], [conversation, why, box], **quiet)
    view.refresh(lambda: desk.page(), None, [view], **quiet)


def _with_progress(work: Callable[[Progress, Cancelled], str], what: str) -> Iterator[tuple[str, str | None]]:
    """(HTML of the progress, None) while ``work`` goes on, then ("", its HTML). Closing the iterator cancels the work."""
    stopped = threading.Event()
    at = [0, 0]
    began = time.monotonic()

    def progress(done: int, total: int) -> None:
        if stopped.is_set():
            raise Stopped
        at[:] = done, total

    job = _workers.submit(work, progress, stopped.is_set)
    try:
        yield corpus_view.working(what, 0, 0, 0.0), None
        while not wait_for([job], timeout=_PROGRESS_EVERY).done:
            yield corpus_view.working(what, at[0], at[1], time.monotonic() - began), None
        try:
            yield "", job.result()
        except Exception:
            traceback.print_exc(file=sys.stderr)
            yield "", corpus_view.trouble("程序出了错，没有做完。请把运行窗口里的错误信息交给维护者。")
    finally:
        stopped.set()


_workers = ThreadPoolExecutor(max_workers=4 * ASKED_AT_ONCE, thread_name_prefix="asking")


def _in_stages(work: Callable[[OnStage], Asked]) -> Iterator[tuple[str, Asked | None]]:
    """(stage, None) whenever another one is reached, then ("", what came of it). Closing the iterator stops the work."""
    stopped = threading.Event()
    reached: list[str] = []

    def on_stage(stage: str) -> None:
        if stopped.is_set():
            raise Stopped
        reached.append(stage)

    job: Future[Asked] = _workers.submit(work, on_stage)
    told = 0
    try:
        while not wait_for([job], timeout=_STAGE_SHOWN_AFTER).done:
            if len(reached) > told:
                told = len(reached)
                yield reached[-1], None
        yield "", _result(job)
    finally:
        stopped.set()


def _result(job: Future[Asked]) -> Asked:
    try:
        return job.result()
    except Exception:  # a bug of ours: the asker is told, the rest goes on
        traceback.print_exc(file=sys.stderr)
        return Asked([], rendering.problem("", "程序出了错，没有回答。请再问一次；仍然出错时，请把运行窗口里的错误信息交给维护者。"), None)


def _known_to_gradio(*handlers: Callable[..., Any]) -> None:
    """Gradio evaluates annotations where gr, loaded inside a function, has no name."""
    import gradio as gr

    for handler in handlers:
        handler.__annotations__["event"] = gr.EventData


def _telling(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function``, its own errors handed to the caller as they are, and any bug as a short word."""
    import gradio as gr

    @functools.wraps(function)
    def told(*arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        except WenyuanError as error:
            raise gr.Error(str(error), print_exception=False) from error

    return told
