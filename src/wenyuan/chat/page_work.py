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

ASKED_AT_ONCE = 4  # questions; more wait their turn
_PROGRESS_EVERY = 0.4  # seconds
_STAGE_SHOWN_AFTER = 0.12  # seconds; quicker answers come before their stages could be read


class Stopped(Exception):
    """Ends the work on a question whose asker no longer wants it."""


_workers = ThreadPoolExecutor(max_workers=4 * ASKED_AT_ONCE, thread_name_prefix="asking")


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


def with_progress(work: Callable[[Progress, Cancelled], str], what: str) -> Iterator[tuple[str, str | None]]:
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


def known_to_gradio(*handlers: Callable[..., Any]) -> None:
    """Gradio evaluates annotations where gr, loaded inside a function, has no name."""
    import gradio as gr

    for handler in handlers:
        handler.__annotations__["event"] = gr.EventData
