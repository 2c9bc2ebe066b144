"""Fixtures that several test files share: the index of the five seed articles, and the real page in a real browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from page_driver import SIZES, Served, served, window
from wenyuan.cli import main

ROOT = Path(__file__).resolve().parents[1]
SEEDS = ROOT / "seeds"
EXAMPLE = "天津援建了多少学校"


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of whoever runs the tests do not reach them; where models are unpacked to does."""
    for name in list(os.environ):
        if name.startswith("WENYUAN_") and name != "WENYUAN_CACHE_DIR":
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def seeds_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an index of the seed articles. Not to be changed: `copy_of_index` gives one that may be."""
    folder = tmp_path_factory.mktemp("seeds") / "index"
    assert main(["build", str(SEEDS), "--index-dir", str(folder)]) == 0
    return folder


@pytest.fixture
def copy_of_index(seeds_index: Path, tmp_path: Path) -> Path:
    """A copy of the seed index that a test may damage."""
    return Path(shutil.copytree(seeds_index, tmp_path / "copy"))


@pytest.fixture(scope="session")
def seeds_page(seeds_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page of the seed articles, which no test changes."""
    with served(seeds_index, tmp_path_factory.mktemp("seeds_page")) as at:
        yield at


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "the page is tested in Chromium: apt install chromium fonts-noto-cjk"
    quiet = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"]
    expect.set_options(timeout=40_000)  # of a machine that is busy; nothing waits longer than it must
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu", *quiet])
        yield browser
        browser.close()


@pytest.fixture
def desktop(browser: Browser) -> Iterator[Page]:
    with window(browser) as page:
        yield page


@pytest.fixture(params=list(SIZES))
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A window of a desktop, then of a phone."""
    with window(browser, request.param) as page:
        yield page
