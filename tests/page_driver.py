"""How tests drive the real page: the real command served in a process of its own, and what a reader does in a browser."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page, expect

SIZES = {"desktop": (1440, 900), "phone": (390, 844)}


@dataclass(frozen=True)
class Served:
    """A page that is being served, and the folder its server runs in."""

    url: str
    folder: Path

    @property
    def port(self) -> int:
        return int(urlsplit(self.url).port or 0)


@contextmanager
def served(index: Path, folder: Path, *options: str) -> Iterator[Served]:
    """The page of ``index``, served by the real command in ``folder``; a traceback in what it prints fails the test."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("WENYUAN_", "GRADIO_")) or name == "WENYUAN_CACHE_DIR"
    }
    kept["GRADIO_TEMP_DIR"] = str(folder / "uploads")
    command = [sys.executable, "-m", "wenyuan.cli", "chat", "--port", str(port), "--index-dir", str(index), *options]
    out, log = folder / "server.out", folder / "server.log"
    with out.open("wb") as stdout, log.open("wb") as stderr:
        process = subprocess.Popen(command, stdout=stdout, stderr=stderr, cwd=folder, env=kept)
        try:
            for _ in range(900):
                if b"http://" in out.read_bytes() or process.poll() is not None:
                    break
                time.sleep(0.1)
            assert process.poll() is None, log.read_text(encoding="utf-8")
            # stdout carries the address alone
            assert re.fullmatch(r"http://\S+:\d+/\n", out.read_text(encoding="utf-8"))
            yield Served(f"http://127.0.0.1:{port}/", folder)
        finally:
            process.terminate()
            process.wait(timeout=30)
    assert "Traceback" not in log.read_text(encoding="utf-8"), log.read_text(encoding="utf-8")


LEAVING = ("AbortError: signal is aborted", "Unexpected error Connection errored out")  # Gradio's client, cut off by a reload


@contextmanager
def window(browser: Browser, size: str = "desktop", dark: bool = False, refused: Mapping[str, int] | None = None) -> Iterator[Page]:
    """A page that fails the test when it asks another machine for anything, breaks, or misses a file.

    ``refused``: end of an address -> the status it must be answered with, once, and what the console says of just that.
    """
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        reduced_motion="reduce",
        color_scheme="dark" if dark else "light",
        has_touch=size == "phone",
        permissions=["clipboard-read", "clipboard-write"],
    )
    page = context.new_page()
    wrong: list[str] = []
    page.on("request", lambda one: None if urlsplit(one.url).hostname in ("127.0.0.1", None, "") else wrong.append(one.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    left: list[str] = []
    page.on("framenavigated", lambda frame: left.append(frame.url) if frame == page.main_frame else None)
    page.on("response", lambda one: wrong.append(f"{one.status} {one.url}") if one.status >= 400 else None)
    yield page
    context.close()
    for end, status in (refused or {}).items():
        denied = [one for one in wrong if re.fullmatch(rf"{status} http://\S+{re.escape(end)}", one)]
        said = [one for one in wrong if one.startswith(f"Failed to load resource: the server responded with a status of {status} (")]
        assert len(denied) == 1, (end, wrong)
        wrong.remove(denied[0])
        wrong.remove(said[0])
    if len(left) > 1:  # a page that was left in the midst of a request says so as it goes
        wrong = [one for one in wrong if not one.startswith(LEAVING)]
    assert wrong == [], wrong


def opened(page: Page, at: Served) -> Page:
    """The page, ready to be asked."""
    page.goto(at.url)
    expect(page.locator("#question textarea")).to_be_visible()
    return page


def ask(page: Page, question: str) -> Locator:
    """Types a question, presses Enter and waits for its turn."""
    turns = page.locator(".turn").count()
    page.locator("#question textarea").fill(question)
    page.keyboard.press("Enter")
    expect(page.locator(".turn")).to_have_count(turns + 1)
    return page.locator(".turn.newest")


def back_to_answers(page: Page) -> None:
    """On a phone the article lies over the answers."""
    if page.locator(".reader .back").is_visible():
        page.locator(".reader .back").click()
        expect(page.locator("#reading")).to_be_hidden()


def view(page: Page, name: str) -> Locator:
    """Goes to a view by its button."""
    page.locator(f"[data-nav={name}]").click()
    shown = page.locator(f"#view-{name}")
    expect(shown).to_be_visible()
    return shown


def in_view(page: Page, selector: str) -> bool:
    """True when the middle of the first element is what a reader sees at that place."""
    return bool(
        page.evaluate(
            """(selector) => {
              const box = document.querySelector(selector).getClientRects()[0];
              const seen = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
              return seen !== null && seen.closest(selector) !== null;
            }""",
            selector,
        )
    )


def texts_under_marks(page: Page, selector: str = "mark.on") -> list[tuple[int, int, str]]:
    """(start, end, text) of every mark that stands out."""
    found = page.eval_on_selector_all(selector, "all => all.map(one => [+one.dataset.start, +one.dataset.end, one.textContent])")
    return [(start, end, text) for start, end, text in found]
