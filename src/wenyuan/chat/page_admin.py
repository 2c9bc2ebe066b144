"""The views 语料 and 评测, put together: which click does what. Knows nothing of HTML."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wenyuan.chat import corpus_view, outbox
from wenyuan.chat.conversation import Turn
from wenyuan.chat.corpus_desk import CorpusDesk, Staged, safe_name
from wenyuan.chat.desk import Desk, OpenIndex
from wenyuan.chat.evaluation_desk import EvaluationDesk
from wenyuan.chat.page_work import cancel as cancel_work
from wenyuan.chat.page_work import known_to_gradio, with_progress
from wenyuan.chat.server import resource

if TYPE_CHECKING:
    import gradio


def corpus_view_of(opened: OpenIndex, box: gradio.HTML) -> None:
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

    def add(put_aside: Staged | None, request: gr.Request) -> Iterator[list[Any]]:
        if put_aside is None:
            yield [None, "", desk.page(corpus_view.trouble("没有等着加入的文件。")), gr.skip()]
            return
        work = with_progress(lambda progress, cancelled: desk.add(put_aside, progress, cancelled), "正在加入", str(request.session_hash))
        for shown, told in work:
            if told is None:
                yield [gr.skip(), shown, gr.skip(), gr.skip()]
            elif told:
                yield [None, "", desk.page(told), gr.skip()]
            else:  # what was uploaded is still there, to be added later
                yield [gr.skip(), put_aside.html(), gr.skip(), outbox.said("已取消，语料没有变。")]

    def rebuild(request: gr.Request) -> Iterator[list[Any]]:
        for shown, told in with_progress(desk.rebuild, "正在重建", str(request.session_hash)):
            if told is None:
                yield [shown, gr.skip(), gr.skip()]
            else:
                yield ["", desk.page(told), gr.skip() if told else outbox.said("已取消，语料没有变。")]

    def stop(request: gr.Request) -> None:
        cancel_work(str(request.session_hash))

    def remove(event: gr.EventData) -> str:
        return desk.page(desk.remove(event._data.get("uri")))

    def rollback(event: gr.EventData) -> str:
        return desk.page(desk.rollback(event._data.get("name")))

    def preview(event: gr.EventData) -> str:
        return desk.preview(event._data.get("id"))

    known_to_gradio(stage, add, rebuild, stop, remove, rollback, preview)
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    one_at_a_time: dict[str, Any] = {**quiet, "concurrency_limit": 1, "concurrency_id": "corpus"}
    view.stage(stage, None, [staged, work], **quiet)
    work.addfiles(add, [staged], [staged, work, view, box], **one_at_a_time)
    view.rebuild(rebuild, None, [work, view, box], **one_at_a_time)
    cancel.click(stop, None, None, queue=False, **quiet)
    work.discard(lambda: [None, ""], None, [staged, work], **quiet)
    view.preview(preview, None, [work], **quiet)
    view.remove(remove, None, [view], **one_at_a_time)
    view.rollback(rollback, None, [view], **one_at_a_time)
    view.refresh(lambda: desk.page(), None, [view], **quiet)


def evaluation_view_of(opened: OpenIndex, asking: Desk, conversation: gradio.State, box: gradio.HTML, why: gradio.HTML) -> None:
    """Question sets, runs, and the way from a miss to its explanation."""
    import gradio as gr
    from gradio.utils import get_upload_folder

    desk = EvaluationDesk(opened)
    uploads = CorpusDesk(opened, Path(get_upload_folder()))
    work = gr.HTML("", elem_id="eval-work", js_on_load=resource("evaluation.js"))
    view = gr.HTML("", elem_id="evaluation", js_on_load=resource("evaluation.js"))
    cancel = gr.Button("取消", elem_id="eval-cancel")

    def run(event: gr.EventData, request: gr.Request) -> Iterator[list[Any]]:
        name = event._data.get("set")
        for shown, told in with_progress(lambda progress, cancelled: desk.run(name, progress), "正在评测", str(request.session_hash)):
            if told is None:
                yield [shown, gr.skip(), gr.skip()]
            else:
                yield ["", told, gr.skip()] if told else ["", gr.skip(), outbox.said("已取消评测。")]

    def stop(request: gr.Request) -> None:
        cancel_work(str(request.session_hash))

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

    known_to_gradio(run, stop, open_run, compare, pick_set, drill)
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    view.run(run, None, [work, view, box], concurrency_limit=1, concurrency_id="evaluation", **quiet)
    cancel.click(stop, None, None, queue=False, **quiet)
    view.openrun(open_run, None, [view], **quiet)
    view.compare(compare, None, [view], **quiet)
    view.pickset(pick_set, None, [view], **quiet)
    view.drill(drill, [conversation], [conversation, why, box], **quiet)
    view.refresh(desk.newest, None, [view], **quiet)
