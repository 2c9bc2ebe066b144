"""Asking, in a real browser: follow-ups put right, sources that disagree, links, files to keep, stopping, two people at once."""

from __future__ import annotations

import io
import json
import re

import pytest
from docx import Document
from playwright.sync_api import Browser, Page, Route, expect

from conftest import EXAMPLE, SEEDS
from page_driver import Served, ask, back_to_answers, in_view, opened, texts_under_marks, window

pytestmark = pytest.mark.page
DISAGREE = "江苏无偿援助多少"


def source_text(prefix: str) -> str:
    return next(SEEDS.glob(f"{prefix}*.txt")).read_bytes().decode("utf-8")


def test_a_follow_up_shows_how_it_was_understood_and_can_be_put_right(page: Page, seeds_page: Served) -> None:
    opened(page, seeds_page)
    ask(page, EXAMPLE)
    newest = ask(page, "卫生院呢")
    understood = newest.locator(".standalone input")
    assert "卫生院" in understood.input_value()
    assert "天津" in understood.input_value()
    understood.fill("宁波在万州建了多少所中小学和幼儿园")
    page.keyboard.press("Enter")
    expect(page.locator(".turn.newest .asked")).to_have_text("宁波在万州建了多少所中小学和幼儿园")
    expect(page.locator(".turn.newest .short")).to_contain_text("26所")
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".turn.newest .standalone")).to_have_count(0)


def test_sources_that_disagree_stand_side_by_side_with_their_scope(page: Page, seeds_page: Served) -> None:
    opened(page, seeds_page)
    newest = ask(page, DISAGREE)
    sides = newest.locator(".side")
    assert sides.count() >= 2
    for number in range(sides.count()):
        side = sides.nth(number)
        value = re.sub(r"\[\d+\]", "", side.locator(".short").inner_text()).strip()
        assert value in (side.locator(".cited").text_content() or "")
        expect(side.locator(".scope")).not_to_be_empty()
    if page.viewport_size and page.viewport_size["width"] > 900:
        boxes = [sides.nth(number).bounding_box() for number in (0, 1)]
        assert boxes[0]
        assert boxes[1]
        assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]


def test_a_link_reopens_the_answer_at_its_citation_in_another_browser_and_after_a_reload(browser: Browser, seeds_page: Served) -> None:
    with window(browser) as first:
        opened(first, seeds_page)
        ask(first, EXAMPLE)
        ask(first, DISAGREE)
        first.locator('.turn.newest .mark[data-number="2"]').first.click()
        expect(first.locator(".reader[data-follow] mark.on").first).to_be_focused()
        marks = texts_under_marks(first)
        link = first.url
        first.reload()
        expect(first.locator(".turn")).to_have_count(2)
        expect(first.locator(".reader[data-follow] mark.on").first).to_be_focused()
        assert texts_under_marks(first) == marks
        assert first.url == link
    with window(browser, "phone") as second:
        second.goto(link)
        expect(second.locator(".turn")).to_have_count(1)
        expect(second.locator(".turn .asked")).to_have_text(DISAGREE)
        expect(second.locator(".reader mark.on").first).to_be_visible()
        assert texts_under_marks(second) == marks
        assert in_view(second, "mark.on")
        text = source_text("001")
        assert all(shown == text[start:end] for start, end, shown in marks)
        back_to_answers(second)
        expect(second.locator(".turn .side").first).to_be_visible()


@pytest.mark.parametrize(
    "address", ["#q=", "#q=%E5%A4%A9&n=99999999999", "#n=1", "#q=%ff%fe", "#/nowhere", "#q=<img src=x onerror=window.hacked=1>"]
)
def test_addresses_that_make_no_sense_do_no_harm(desktop: Page, seeds_page: Served, address: str) -> None:
    desktop.goto(seeds_page.url + address)
    expect(desktop.locator("#question textarea")).to_be_visible()
    desktop.locator("#question textarea").fill(EXAMPLE)
    desktop.keyboard.press("Enter")
    expect(desktop.locator(".turn.newest .asked")).to_have_text(EXAMPLE)
    assert desktop.evaluate("window.hacked") is None


def test_the_untouched_source_is_one_click_away_with_the_same_marks(page: Page, seeds_page: Served) -> None:
    opened(page, seeds_page)
    ask(page, EXAMPLE)
    page.locator(".turn .mark").first.click()
    expect(page.locator(".reader[data-follow] mark.on").first).to_be_visible()
    marks = texts_under_marks(page)
    page.get_by_role("button", name="看原文件").click()
    expect(page.locator(".reader.raw mark.on").first).to_be_visible()
    # Inside a <pre> nothing is left out, so a cited run may only be longer for what cleaning had taken out of it.
    assert [shown for _, _, shown in texts_under_marks(page)] == [shown for _, _, shown in marks]
    text = source_text("000")
    assert (page.locator("pre.source").text_content() or "").strip() == text.replace("\r\n", "\n").strip()
    page.get_by_role("button", name="读文章").click()
    expect(page.locator(".reader:not(.raw) mark.on").first).to_be_visible()


def test_the_conversation_is_exported_with_quotes_and_positions(desktop: Page, seeds_page: Served) -> None:
    opened(desktop, seeds_page)
    ask(desktop, EXAMPLE)
    ask(desktop, "木星有多少颗卫星")
    made = {}
    for label in ("Markdown", "Word", "JSON"):
        with desktop.expect_download() as download:
            desktop.get_by_role("button", name=label, exact=True).click()
        made[label] = download.value.path().read_bytes()
        assert download.value.suggested_filename.startswith("问答记录.")
    record = json.loads(made["JSON"])
    first = record["answers"][0]
    text = source_text("000")
    for citation in first["citations"]:
        assert "".join(text[start:end] for start, end in citation["spans"]) == citation["quote"]
    quote = first["citations"][0]["quote"]
    assert first["citations"][0]["uri"] in made["Markdown"].decode("utf-8").replace("\\", "")
    words = "\n".join(paragraph.text for paragraph in Document(io.BytesIO(made["Word"])).paragraphs)
    assert quote in words
    assert f"[{first['citations'][0]['spans'][0][0]}, " in words
    assert "没有找到" in words or "文中没有写" in words


def test_an_answer_is_copied_with_its_sources(desktop: Page, seeds_page: Served) -> None:
    opened(desktop, seeds_page)
    ask(desktop, EXAMPLE)
    desktop.get_by_role("button", name="复制（带出处）").click()
    expect(desktop.locator("#toast")).to_contain_text("已复制")
    copied = desktop.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("22所")
    assert "000_3fa44552089a53c4.txt [3239, 3260)" in copied
    desktop.get_by_role("button", name="复制链接").click()
    expect(desktop.locator("#toast")).to_contain_text("链接")
    link = desktop.evaluate("navigator.clipboard.readText()")
    desktop.goto("about:blank")
    desktop.goto(link)
    expect(desktop.locator(".turn .short")).to_contain_text("22所")


def test_the_stages_are_shown_while_it_works_and_the_stop_button_stops(browser: Browser, seeds_page: Served) -> None:
    # Stopped before the server took the question, Gradio has no event to cancel by: the server refuses, and nothing else is amiss.
    with window(browser, refused={"/gradio_api/cancel": 422, "/gradio_api/reset": 422}) as desktop:
        opened(desktop, seeds_page)
        held: list[Route] = []
        desktop.route("**/queue/join*", lambda route: held.append(route))  # a slow line: the question is on its way, and no answer comes
        desktop.locator("#question textarea").fill(EXAMPLE)
        desktop.keyboard.press("Enter")
        expect(desktop.locator(".stages [aria-current]")).to_have_text("检索…")
        stop = desktop.get_by_role("button", name="停止")
        expect(stop).to_be_visible()
        stop.click()
        expect(stop).to_be_hidden()
        expect(desktop.locator(".stages")).to_be_hidden()
        expect(desktop.locator("#question textarea")).to_have_value(EXAMPLE)
        assert len(held) == 1
        held[0].continue_()  # the line is good again, and the page goes on working
        desktop.unroute("**/queue/join*")
        ask(desktop, "三峡科创智谷是哪一天开园的")


def test_a_line_that_stalls_while_it_answers_can_be_stopped_and_answers_the_next_question_when_it_moves_again(
    browser: Browser, seeds_page: Served
) -> None:
    # Gradio brings all answers of a window over one stream: while the network holds it, nothing can come, and then all comes.
    with window(browser) as desktop:
        opened(desktop, seeds_page)
        held: list[Route] = []
        desktop.route("**/queue/data*", lambda route: route.continue_() if held else held.append(route))
        desktop.locator("#question textarea").fill(EXAMPLE)
        with desktop.expect_request("**/queue/data*"):
            desktop.keyboard.press("Enter")
        desktop.get_by_role("button", name="停止").click()
        expect(desktop.locator(".stages")).to_be_hidden()
        expect(desktop.locator("#question textarea")).to_have_value(EXAMPLE)
        desktop.locator("#question textarea").fill("三峡科创智谷是哪一天开园的")
        with desktop.expect_response("**/queue/join*"):
            desktop.keyboard.press("Enter")
        expect(desktop.locator(".stages [aria-current]")).to_be_visible()
        assert len(held) == 1
        held[0].continue_()
        expect(desktop.locator(".turn.newest .asked")).to_have_text("三峡科创智谷是哪一天开园的")
        expect(desktop.locator(".turn.newest .short")).to_contain_text("11月28日")
        expect(desktop.locator(".stages")).to_be_hidden()


def test_a_question_put_before_the_last_is_answered_waits_its_turn(desktop: Page, seeds_page: Served) -> None:
    opened(desktop, seeds_page)
    held: list[Route] = []
    desktop.route("**/queue/join*", lambda route: route.continue_() if held else held.append(route))
    box = desktop.locator("#question textarea")
    box.fill(EXAMPLE)
    desktop.keyboard.press("Enter")
    expect(box).to_have_value("")
    box.fill("三峡科创智谷是哪一天开园的")
    desktop.keyboard.press("Enter")
    desktop.wait_for_timeout(300)
    assert len(held) == 1
    held[0].continue_()
    expect(desktop.locator(".turn .asked")).to_have_text(["三峡科创智谷是哪一天开园的", EXAMPLE])
    expect(desktop.locator(".turn.newest .short")).to_contain_text("11月28日")
    expect(desktop.locator("html.asking")).to_have_count(0)
    expect(box).to_have_value("")


def test_two_people_at_once_see_their_own_conversation(browser: Browser, seeds_page: Served) -> None:
    with window(browser) as one, window(browser, "phone") as other:
        opened(one, seeds_page)
        opened(other, seeds_page)
        for page, question in ((one, EXAMPLE), (other, "三峡科创智谷是哪一天开园的")):
            page.locator("#question textarea").fill(question)
        one.keyboard.press("Enter")
        other.keyboard.press("Enter")
        expect(one.locator(".turn .asked")).to_have_text(EXAMPLE)
        expect(other.locator(".turn .asked")).to_have_text("三峡科创智谷是哪一天开园的")
        expect(one.locator(".turn .short")).to_contain_text("22所")
        expect(other.locator(".turn .short")).to_contain_text("11月28日")


def test_what_the_reader_chose_of_light_and_dark_stays(desktop: Page, seeds_page: Served) -> None:
    opened(desktop, seeds_page)
    before = desktop.evaluate("getComputedStyle(document.body).backgroundColor")
    desktop.get_by_role("button", name="切换明暗").click()
    dark = desktop.evaluate("getComputedStyle(document.body).backgroundColor")
    assert dark != before
    desktop.reload()
    expect(desktop.locator("#question textarea")).to_be_visible()
    expect(desktop.locator("body.dark")).to_have_count(1)
    assert desktop.evaluate("getComputedStyle(document.body).backgroundColor") == dark


def test_nothing_may_be_fetched_from_elsewhere(desktop: Page, seeds_page: Served) -> None:
    response = desktop.goto(seeds_page.url)
    assert response is not None
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "connect-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "http:" not in policy
    assert "*" not in policy
    assert response.headers["x-content-type-options"] == "nosniff"
