"""Every state of the page that is looked at: by axe-core in the tests, and by eyes in the pictures of it.

`walk` goes through them in one window and stops at each; nothing is reloaded between them, as a reader would not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, expect

from page_driver import Served, ask, back_to_answers, opened, view

EXAMPLE = "天津援建了多少学校"
ABSTAINED = "木星有多少颗卫星"
DISAGREE = "江苏无偿援助多少"
GOOD = "北湖记事\n\n北湖新建了三座桥，都在去年通车，两岸居民往来方便多了。\n\n南湖的游船一共有十二艘，每天都开。\n"
BROKEN = b"%PDF-1.7\nnot a pdf any more"
# One that is answered, one that must be refused, one whose gold is wrong on purpose: a miss to look into.
QUESTIONS = [
    {"id": "a", "question": EXAMPLE, "kind": "count", "answers": ["22所"], "evidence": [{"file": "000", "quote": "等学校22所"}]},
    {"id": "b", "question": ABSTAINED, "kind": "unanswerable", "answers": [], "evidence": []},
    {
        "id": "c",
        "question": "三峡科创智谷是哪一天开园的",
        "kind": "date",
        "answers": ["2019年1月1日"],
        "evidence": [{"file": "000", "quote": "2023年11月28日"}],
    },
]


def files_to_upload(folder: Path) -> tuple[Path, Path]:
    """A file that can be read and one that cannot."""
    good, broken = folder / "北湖.txt", folder / "坏了.pdf"
    good.write_text(GOOD, encoding="utf-8")
    broken.write_bytes(BROKEN)
    return good, broken


def question_set(folder: Path) -> Path:
    """A small question set over the seed articles, with one miss in it."""
    path = folder / "小题集.jsonl"
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in QUESTIONS), encoding="utf-8")
    return path


def evaluate(page: Page, questions: Path) -> None:
    """Uploads a question set, runs it and waits for its figures."""
    shown = view(page, "eval")
    expect(shown.locator("[data-run]")).to_be_visible()
    shown.locator("[data-pick-set]").set_input_files(questions)
    expect(shown.locator(".told")).to_contain_text("已上传")
    name = f"上传：{questions.stem}"
    shown.locator("[name=set]").select_option(name)
    before = shown.locator("[name=run]").input_value()
    shown.get_by_role("button", name="开始评测").click()
    expect(shown.locator("[name=run]")).not_to_have_value(before)
    expect(shown.locator(".tiles")).to_be_visible()


def stage(page: Page, good: Path, broken: Path) -> None:
    """Uploads two files and waits until they are shown, not yet added."""
    shown = view(page, "corpus")
    expect(shown.locator("table.articles")).to_be_visible()
    shown.locator("[data-pick]").first.set_input_files([good, broken])
    expect(shown.locator(".staged")).to_be_visible()


def walk(page: Page, at: Served, folder: Path) -> Iterator[str]:
    """The name of each state in turn, with the page in it; what changes the index is left undone."""
    opened(page, at)
    yield "ask-empty"
    ask(page, EXAMPLE)
    page.locator(".turn .mark").first.click()
    expect(page.locator(".reader[data-follow] mark.on").first).to_be_visible()
    yield "ask-cited"
    page.get_by_role("button", name="看原文件").click()
    expect(page.locator(".reader.raw mark.on").first).to_be_visible()
    yield "ask-source"
    back_to_answers(page)
    ask(page, "卫生院呢")
    page.locator(".turn.newest .feedback summary").click()
    yield "ask-followup"
    page.get_by_role("button", name="换个话题").click()
    expect(page.locator(".turn")).to_have_count(0)
    ask(page, DISAGREE)
    yield "ask-disagree"
    page.get_by_role("button", name="换个话题").click()
    expect(page.locator(".turn")).to_have_count(0)
    ask(page, ABSTAINED)
    yield "ask-abstained"
    page.get_by_role("button", name="换个话题").click()
    expect(page.locator(".turn")).to_have_count(0)
    view(page, "why")
    expect(page.locator("#why .panel")).to_be_visible()
    yield "why-empty"
    view(page, "ask")
    ask(page, EXAMPLE)
    page.locator(".turn.newest [data-why]").click()
    expect(page.locator(".passages")).to_be_visible()
    page.locator("#why [name=sentence]").fill("援建幼儿园、中小学26所")
    page.get_by_role("button", name="查一查").click()
    expect(page.locator("#why-not-result")).to_be_focused()
    page.evaluate("scrollTo(0, 0)")
    yield "why"
    shown = view(page, "corpus")
    shown.locator("[data-preview]").nth(3).click()
    expect(shown.locator("pre.preview")).to_be_visible()
    yield "corpus-preview"
    shown.locator("[data-discard]").click()
    expect(shown.locator("pre.preview")).to_have_count(0)
    stage(page, *files_to_upload(folder))
    yield "corpus-upload"
    shown.locator("[data-discard]").click()
    expect(shown.locator(".staged")).to_have_count(0)
    yield "corpus"
    evaluate(page, question_set(folder))
    yield "eval"
    shown = view(page, "eval")
    shown.get_by_role("button", name="比较").click()
    expect(shown.locator("table.compared")).to_be_visible()
    yield "eval-compared"
