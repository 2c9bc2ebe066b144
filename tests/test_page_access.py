"""Every state of the page under axe-core, on a desktop and on a phone, light and dark: nothing serious or critical keeps anybody out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from conftest import ROOT
from page_driver import SIZES, Served, window
from page_states import walk

pytestmark = pytest.mark.page
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")


def findings(page: Page, name: str) -> list[str]:
    """What axe-core finds grave, one line each, in light and in dark; the page is left as it was."""
    found = []
    for _ in ("light", "dark"):
        scheme = "dark" if page.evaluate("document.body.classList.contains('dark')") else "light"
        page.evaluate("Promise.allSettled(document.getAnimations().map((one) => one.finished))")  # colours may be on their way
        result: dict[str, Any] = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        assert len(result["passes"]) > 10, (name, scheme)  # it did look
        found += [
            f"{name} {scheme}: {one['impact']} {one['id']}: {node['target']} {node['html'][:200]}"
            for one in result["violations"]
            if one["impact"] in GRAVE
            for node in one["nodes"][:3]
        ]
        page.evaluate("document.body.classList.toggle('dark')")
    return found


@pytest.fixture(scope="module")
def axe() -> str:
    assert AXE.is_file(), "axe-core is missing: make browser"
    return AXE.read_text(encoding="utf-8")


@pytest.mark.parametrize("size", list(SIZES))
def test_no_state_of_the_page_keeps_anybody_out(browser: Browser, seeds_page: Served, axe: str, size: str, tmp_path: Path) -> None:
    found: list[str] = []
    seen: list[str] = []
    with window(browser, size) as page:
        for name in walk(page, seeds_page, tmp_path):
            if not seen:
                page.evaluate(axe)
            seen.append(name)
            found += findings(page, name)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
    assert len(seen) == 13
    assert found == [], "\n".join(found)


def test_axe_would_find_what_is_wrong(desktop: Page, seeds_page: Served, axe: str) -> None:
    desktop.goto(seeds_page.url)
    desktop.locator("#question textarea").wait_for()
    desktop.evaluate(axe)
    desktop.evaluate("document.querySelector('.welcome').innerHTML += '<p style=\"color:#bbb\">看不清</p><button></button>'")
    assert {one.split(": ")[1].split()[1] for one in findings(desktop, "wrong")} >= {"color-contrast", "button-name"}
