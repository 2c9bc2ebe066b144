"""Work that takes a while, done in a thread while the page hears how far it is; closing the iterator ends the work."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from typing import Any

from wenyuan.chat import corpus_view, rendering
from wenyuan.chat.corpus_desk import Cancelled, Progress
from wenyuan.chat.desk import Asked, OnStage
from wenyuan.errors import ChangeCancelled

ASKED_AT_ONCE = 16  # questions that are let in; how many are worked on at once is for the desk to say
_PROGRESS_EVERY = 0.4  # seconds
_STAGE_SHOWN_AFTER = 0.12  # seconds; quicker answers come before their stages could be read


class Stopped(Exception):
    """Ends the work on a question whose asker no longer wants it."""


_workers = ThreadPoolExecutor(max_workers=2 * ASKED_AT_ONCE, thread_name_prefix="asking")


def in_stages(work: Callable[[OnStage], Asked]) -> Iterator[tuple[str, Asked | None]]:
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


_running: dict[str, threading.Event] = {}  # by whose work it is; the event ends it


def with_progress(work: Callable[[Progress, Cancelled], str], what: str, whose: str) -> Iterator[tuple[str, str | None]]:
    """(HTML of the progress, None) while ``work`` goes on, then ("", its HTML), which is "" when it was cancelled.

    `cancel` ends it, and so does closing the iterator. ``whose`` is one window of a browser, which does one thing at a time.
    """
    stopped = _running[whose] = threading.Event()
    began = time.monotonic()
    at = (0, 0, began)  # done, of how many, when that was heard

    def progress(done: int, total: int) -> None:
        nonlocal at
        if stopped.is_set():
            raise Stopped
        if (done, total) != at[:2]:
            at = done, total, time.monotonic()

    job = _workers.submit(work, progress, stopped.is_set)
    try:
        yield corpus_view.working(what, 0, 0, 0.0), None
        while not wait_for([job], timeout=_PROGRESS_EVERY).done:
            done, total, heard = at
            shown = "正在取消" if stopped.is_set() else what
            yield corpus_view.working(shown, done, total, heard - began, time.monotonic() - heard), None
        try:
            yield "", job.result()
        except (Stopped, ChangeCancelled):
            yield "", ""
        except Exception:
            traceback.print_exc(file=sys.stderr)
            yield "", corpus_view.trouble("程序出了错，没有做完。请把运行窗口里的错误信息交给维护者。")
    finally:
        stopped.set()
        if _running.get(whose) is stopped:
            del _running[whose]


def cancel(whose: str) -> None:
    """Nothing; ends what `with_progress` does for ``whose``, which then says so itself.

    Gradio's own cancelling is not used: what the ended work had still to show could come after what the cancelling shows.
    """
    if whose in _running:
        _running[whose].set()


def known_to_gradio(*handlers: Callable[..., Any]) -> None:
    """Gradio evaluates annotations where gr, loaded inside a function, has no name."""
    import gradio as gr

    named = {"event": gr.EventData, "request": gr.Request}
    for handler in handlers:
        handler.__annotations__ |= {name: named[name] for name in named.keys() & handler.__annotations__.keys()}
