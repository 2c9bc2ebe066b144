"""Pictures of every view of the page, at 1440 and 390 points, in WebP beside this file; the states are those that the tests look at.

.venv/bin/python eval/screens/make.py [NAME ...]      such as ask-cited; without names all of them
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from page_driver import SIZES, Served, served, view  # noqa: E402 (a folder of tests is no package)
from page_states import walk  # noqa: E402
from wenyuan.chat.login import add_user  # noqa: E402

IN_DARK = ("ask-cited", "ask-abstained", "eval")  # beside light
LEFT_OUT = ("ask-source", "why-empty", "eval", "eval-compared")  # the figures of three questions show little: a committed run does
SHARPNESS = {"desktop": 1, "phone": 2}  # device points a CSS point


def main() -> None:
    """Writes the pictures that are wanted."""
    wanted = set(sys.argv[1:])
    with tempfile.TemporaryDirectory() as made, sync_playwright() as playwright:
        folder = Path(made)
        build = [sys.executable, "-m", "wenyuan.cli", "build", str(ROOT / "seeds"), "--index-dir", str(folder / "index")]
        subprocess.run(build, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        runs = sorted((ROOT / "eval" / "runs").glob("*-seeds.json"))
        (folder / "eval" / "runs").mkdir(parents=True)
        shutil.copy(runs[-1], folder / "eval" / "runs")
        shutil.copytree(ROOT / "eval" / "questions", folder / "eval" / "questions")
        path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        expect.set_options(timeout=60_000)
        with served(folder / "index", folder) as at:
            for size in SIZES:
                page = opened_window(browser, size)
                for name in states(page, at, folder):
                    if not wanted or name in wanted:
                        keep(page, name, size)
                page.context.close()
        add_user(folder / "users", "记者", "a password for a picture")
        with served(folder / "index", folder, "--auth-file", str(folder / "users")) as at:
            for size in SIZES:
                page = opened_window(browser, size)
                page.goto(at.url)
                page.get_by_label("密码").wait_for()
                if not wanted or "login" in wanted:
                    keep(page, "login", size)
                page.context.close()
        browser.close()


def opened_window(browser: Browser, size: str) -> Page:
    """A window of one of SIZES."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        device_scale_factor=SHARPNESS[size],
        reduced_motion="reduce",
        has_touch=size == "phone",
        locale="zh-CN",
    )
    return context.new_page()


def states(page: Page, at: Served, folder: Path) -> Iterator[str]:
    """The states to be kept, each while the page is in it."""
    for name in walk(page, at, folder):
        if name not in LEFT_OUT:
            yield name
        if name == "corpus":
            shown = view(page, "eval")
            expect(shown.locator(".tiles")).to_be_visible()
            page.evaluate("scrollTo(0, 0)")
            yield "eval"
            return


def keep(page: Page, name: str, size: str) -> None:
    """Writes a picture of what is in the window, and one in the dark where wanted."""
    page.evaluate("if (window.wenyuan) window.wenyuan.say(''); scrollTo(0, 0)")
    picture(page, f"{name}-{size}")
    if name in IN_DARK:
        page.evaluate("document.body.classList.add('dark')")
        picture(page, f"{name}-{size}-dark")
        page.evaluate("document.body.classList.remove('dark')")
        page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")


def picture(page: Page, name: str) -> None:
    """Writes what is in the window once nothing moves."""
    page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")
    page.wait_for_timeout(200)
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    image.save(HERE / f"{name}.webp", quality=82, method=6)


if __name__ == "__main__":
    main()
