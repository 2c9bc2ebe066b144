"""Work on the real page, behind a log-in: files added and taken out again, questions measured, answers found wrong, who is let in."""

from __future__ import annotations

import base64
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from conftest import EXAMPLE
from page_driver import Served, ask, opened, served, texts_under_marks, view, window
from page_states import ABSTAINED, GOOD, evaluate, files_to_upload, question_set, stage
from wenyuan.chat.login import add_user
from wenyuan.cli import main
from wenyuan.evaluate import load_questions
from wenyuan.store import open_index

pytestmark = pytest.mark.page
NAME, PASSWORD = "记者", "长长的密码 42"
BRIDGES = "北湖新建了几座桥"


@pytest.fixture(scope="module")
def workplace(seeds_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page of an index that tests may change, for those who log in."""
    folder = tmp_path_factory.mktemp("workplace")
    shutil.copytree(seeds_index, folder / "index")
    add_user(folder / "users", NAME, PASSWORD)
    with served(folder / "index", folder, "--auth-file", str(folder / "users")) as at:
        yield at


def enter(page: Page, password: str = PASSWORD) -> None:
    page.get_by_label("用户名").fill(NAME)
    page.get_by_label("密码").fill(password)
    page.keyboard.press("Enter")


@pytest.fixture
def inside(browser: Browser, workplace: Served) -> Iterator[Page]:
    """A window of somebody who has logged in."""
    with window(browser) as page:
        page.goto(workplace.url)
        enter(page)
        expect(page.locator("#question textarea")).to_be_visible()
        yield page


def test_only_the_right_password_opens_the_page_and_a_link_is_kept_through_it(browser: Browser, workplace: Served) -> None:
    with window(browser, refused={"/login": 400}) as page:
        page.goto(f"{workplace.url}#q=%E5%A4%A9%E6%B4%A5%E6%8F%B4%E5%BB%BA%E4%BA%86%E5%A4%9A%E5%B0%91%E5%AD%A6%E6%A0%A1&n=1")
        expect(page).to_have_title("登录 · 问源")
        enter(page, "别的密码")
        expect(page.get_by_role("alert")).to_have_text("用户名或密码不对，请再试一次。")
        expect(page.locator("#question")).to_have_count(0)
        enter(page)
        expect(page.locator(".turn .short")).to_contain_text("22所")
        expect(page.locator("mark.on").first).to_be_visible()
        page.get_by_role("link", name="退出登录").click()
        expect(page).to_have_title("登录 · 问源")
        assert page.evaluate("sessionStorage.length") == 0
        page.reload()
        expect(page.get_by_label("密码")).to_be_visible()


def test_machines_need_the_password_too(workplace: Served) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "ask", "arguments": {"question": EXAMPLE}}}

    def asked(*, password: str | None) -> tuple[int, str]:
        headers = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
        if password is not None:
            headers["authorization"] = "Basic " + base64.b64encode(f"{NAME}:{password}".encode()).decode("ascii")
        try:
            with urlopen(Request(f"{workplace.url}gradio_api/mcp/", json.dumps(call).encode("utf-8"), headers), timeout=60) as answer:
                return answer.status, answer.read().decode("utf-8")
        except HTTPError as error:
            with error:
                return error.code, error.read().decode("utf-8")

    assert asked(password=None)[0] == 401
    assert asked(password="别的密码")[0] == 401
    status, said = asked(password=PASSWORD)
    assert status == 200
    assert "22所" in said
    for path in ("gradio_api/call/ask", "gradio_api/queue/join", "gradio_api/upload"):
        with pytest.raises(HTTPError) as refused:
            urlopen(Request(workplace.url + path, b'{"data": ["x", null]}', {"content-type": "application/json"}), timeout=60)
        assert refused.value.code == 401, path
        refused.value.close()


def test_a_page_for_other_machines_needs_a_log_in(seeds_index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chat", "--host", "0.0.0.0", "--index-dir", str(seeds_index)]) == 2
    assert "--auth-file" in capsys.readouterr().err


def test_a_good_file_beside_a_broken_one_is_added_asked_taken_out_and_brought_back(
    inside: Page, browser: Browser, workplace: Served, tmp_path: Path
) -> None:
    good, broken = files_to_upload(tmp_path)
    stage(inside, good, broken)
    files = inside.locator(".staged .files > li")
    expect(files).to_have_count(2)
    expect(files.filter(has_text="坏了.pdf")).to_contain_text("打不开或已损坏")
    expect(files.filter(has_text="北湖.txt").locator("pre.preview")).to_contain_text("北湖新建了三座桥")
    inside.get_by_role("button", name="加入这 1 个文件").click()
    told = inside.locator("#corpus .told")
    expect(told).to_contain_text("加入完成")
    expect(told.locator("li").filter(has_text="坏了.pdf")).to_contain_text("打不开或已损坏")
    row = inside.locator("table.articles tr").filter(has_text="北湖.txt")
    expect(row).to_have_count(1)

    view(inside, "ask")
    expect(ask(inside, BRIDGES).locator(".short")).to_contain_text("三座")
    inside.locator(".turn.newest .mark").first.click()
    expect(inside.locator(".reader[data-follow] mark.on").first).to_be_visible()
    marks = texts_under_marks(inside)
    assert marks
    assert all(shown == GOOD[start:end] for start, end, shown in marks)

    view(inside, "corpus")
    remove = row.get_by_role("button", name=re.compile("^移除"))
    remove.click()
    expect(row).to_have_count(1)  # the first press asks
    remove.click()
    expect(row).to_have_count(0)
    view(inside, "ask")
    expect(ask(inside, BRIDGES + "？").locator(".why")).to_be_visible()

    shown = view(inside, "corpus")
    with_it = shown.locator(".history li").filter(has_text="6 篇").get_by_role("button", name="回到这里")
    with_it.click()
    shown.get_by_role("button", name="再按一次确认").click()
    expect(row).to_have_count(1)
    with window(browser) as other:  # what one person changes, everybody is answered from
        other.goto(workplace.url)
        enter(other)
        expect(other.locator("#question textarea")).to_be_visible()
        expect(ask(other, BRIDGES).locator(".short")).to_contain_text("三座")


def test_adding_is_cancelled_without_a_trace_and_nothing_uploaded_is_lost(inside: Page, tmp_path: Path) -> None:
    large = tmp_path / "很长.txt"
    large.write_text("长文\n\n" + "".join(f"第{number}座桥在去年建成，长{number + 7}米。\n\n" for number in range(6000)), encoding="utf-8")
    shown = view(inside, "corpus")
    rows = shown.locator("table.articles tbody tr")
    expect(rows.first).to_be_visible()
    before = rows.count()
    shown.locator("[data-pick]").first.set_input_files(large)
    expect(shown.locator(".staged")).to_be_visible()
    shown.get_by_role("button", name="加入这 1 个文件").click()
    expect(shown.locator(".working [role=status]")).to_contain_text("正在加入")
    shown.get_by_role("button", name="取消").click()
    expect(inside.locator("#toast")).to_have_text("已取消，语料没有变。")
    expect(shown.locator(".working")).to_have_count(0)
    expect(shown.locator(".staged")).to_contain_text("很长.txt")
    expect(rows).to_have_count(before)
    shown.get_by_role("button", name="不加了").click()
    expect(shown.locator(".staged")).to_have_count(0)


def test_questions_are_measured_compared_and_a_miss_is_looked_into(inside: Page, tmp_path: Path) -> None:
    evaluate(inside, question_set(tmp_path))
    shown = inside.locator("#view-eval")
    expect(shown.locator("#eval-result h2")).to_contain_text("3 题")
    expect(shown.locator(".tiles li").first).to_contain_text("50.0%")
    expect(shown.locator("svg.plot")).to_have_count(4)
    miss = shown.locator(".misses tbody tr")
    expect(miss).to_have_count(1)
    expect(miss).to_contain_text("2019年1月1日")
    expect(miss).to_contain_text("引用对答案错")
    evaluate(inside, question_set(tmp_path))
    first = shown.locator("[name=run] option").last.get_attribute("value")
    assert first
    shown.locator("[name=before]").select_option(first)
    shown.get_by_role("button", name="比较").click()
    expect(shown.locator("#eval-result h2")).to_contain_text("没有退步")
    expect(shown.locator("table.compared tbody tr").first).to_contain_text("50.0%")
    shown.get_by_role("button", name="打开").click()
    shown.get_by_role("button", name=re.compile("^为什么：")).click()
    expect(inside.locator("#view-why")).to_be_visible()
    expect(inside.locator(".verdict")).to_contain_text("三峡科创智谷是哪一天开园的")
    expect(inside.locator(".passages tr.cited").first).to_be_visible()


def test_a_question_set_with_a_bad_line_is_named_and_not_kept(inside: Page, workplace: Served, tmp_path: Path) -> None:
    bad = tmp_path / "坏题集.jsonl"
    bad.write_text(
        '{"id": "x", "question": "天津", "kind": "count", "answers": ["1"], "evidence": [{"file": "000", "quote": "没有的话"}]}\n', "utf-8"
    )
    shown = view(inside, "eval")
    expect(shown.locator("[data-run]")).to_be_visible()
    shown.locator("[data-pick-set]").set_input_files(bad)
    expect(shown.locator(".told.trouble")).to_contain_text("坏题集.jsonl, line 1")
    assert not (workplace.folder / "feedback" / "sets" / "坏题集.jsonl").exists()


def test_a_verdict_on_an_answer_becomes_a_line_of_a_question_set_with_its_trace(inside: Page, workplace: Served) -> None:
    newest = ask(inside, EXAMPLE)
    newest.get_by_text("答得不对？").click()
    newest.get_by_label("正确答案").fill("26所")
    newest.get_by_label("说明").fill("试一试")
    newest.get_by_role("button", name="答案错").click()
    expect(inside.locator("#toast")).to_contain_text("已记入题集")
    newest = ask(inside, ABSTAINED)
    newest.get_by_text("答得不对？").click()
    newest.get_by_role("button", name="不该拒答").click()
    expect(inside.locator("#toast")).to_contain_text("还缺正确答案或依据")
    kept = workplace.folder / "feedback" / "questions.jsonl"
    line = json.loads(kept.read_text(encoding="utf-8").splitlines()[-1])
    assert (line["question"], line["answers"], line["note"], line["fault"]) == (EXAMPLE, ["26所"], "试一试", "answer")
    assert line["trace"]["passages"][0]["fell"] == "cited"
    index = open_index(workplace.folder / "index")
    assert load_questions(kept, index.sources)[-1].evidence
    shown = view(inside, "eval")
    expect(shown.locator("[name=set] option", has_text="读者反馈")).to_have_count(1)


def test_what_was_being_asked_stands_in_the_box_again_after_a_reload(inside: Page, workplace: Served) -> None:
    opened(inside, workplace)
    inside.locator("#question textarea").fill("写到一半")
    inside.reload()
    expect(inside.locator("#question textarea")).to_have_value("写到一半")
    inside.route("**/queue/join*", lambda route: None)  # the line is cut while it is asked
    inside.locator("#question textarea").fill(EXAMPLE)
    inside.keyboard.press("Enter")
    expect(inside.locator(".stages [aria-current]")).to_be_visible()
    inside.unroute("**/queue/join*")
    inside.reload()
    expect(inside.locator("#question textarea")).to_have_value(EXAMPLE)
