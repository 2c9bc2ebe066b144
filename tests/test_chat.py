"""The page: its HTML by hand-made articles, then the real page in a real browser, served by the real command."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from importlib.resources import files
from types import SimpleNamespace
from typing import Any, cast

import pytest
from playwright.sync_api import Page, expect

from conftest import EXAMPLE, SEEDS
from page_driver import Served, ask, back_to_answers, in_view, opened, served, texts_under_marks
from stand_ins import plain_answer
from wenyuan.chat import article_view, corpus_view, rendering
from wenyuan.chat.conversation import Turn
from wenyuan.chat.desk import Desk, OpenIndex
from wenyuan.chat.messages import in_chinese
from wenyuan.chat.page_work import cancel, with_progress
from wenyuan.chat.remembered import Remembered
from wenyuan.cli import main
from wenyuan.config import Settings
from wenyuan.contracts import Answer, Article, Block, BlockKind, Chunk, Citation, Dropped, Hit, Reason, Source, Span, Stage
from wenyuan.errors import IndexLocked, ModelError, QuestionSetError, UnreadableSource

TEXT = "记一件事\n<script>甲方建了8所。乙方（图）建了9所。\n图：<b>校门</b>\n"
SOURCE = Source("s1", "a<b>.txt", "", TEXT, "utf-8", "0" * 64)
ARTICLE = Article(
    SOURCE,
    "记一件事",
    (
        Block(BlockKind.TITLE, (Span(0, 4),)),
        Block(BlockKind.BODY, (Span(5, 22), Span(25, 30))),
        Block(BlockKind.CAPTION, (Span(31, 42),)),
    ),
    (Dropped("note", Span(22, 25)),),
)
FIRST = (Span(13, 20),)
SECOND = (Span(20, 22), Span(25, 30))


def test_the_spans_used_here_are_what_they_seem() -> None:
    assert SOURCE.slice(FIRST) == "甲方建了8所。"
    assert SOURCE.slice(SECOND) == "乙方建了9所。"
    assert TEXT[31:42] == "图：<b>校门</b>"


def answer(question: str = "建了几所", **changes: Any) -> Answer:
    cited = (Citation.of(SOURCE, FIRST, 1), Citation.of(SOURCE, SECOND, 2))
    return plain_answer(cited, question, **{"confidence": 0.999, "timings_ms": {"total": 12.0}, **changes})


def silent() -> Answer:
    chunk = Chunk("s1:0", "s1", 0, BlockKind.BODY, (FIRST, SECOND), SOURCE.slice(FIRST + SECOND), "记一件事", ())
    hits = (Hit(chunk, 1, 0.5, Stage.FUSED),)
    return answer(text="", sentence="文中没有说。", citations=(), reason=Reason.FACT_NOT_STATED, hits=hits)


def turn(given: Answer | None = None, **changes: Any) -> Turn:
    return Turn(given or answer(**changes), (), {"s1": ARTICLE}, "g1")


def marked(html: str) -> list[tuple[int, int, str]]:
    found = re.findall(r'<mark[^>]*data-start="(\d+)" data-end="(\d+)">([^<]*)</mark>', html)
    return [(int(start), int(end), unescape(text)) for start, end, text in found]


def test_marks_hold_exactly_the_cited_spans() -> None:
    html = article_view.page_of(ARTICLE, {1: FIRST, 2: SECOND}, 2)
    assert marked(html) == [(start, end, TEXT[start:end]) for start, end in [(13, 20), (20, 22), (25, 30)]]
    assert html.count('class="on"') == 2
    assert html.count('data-numbers="[2]"') == 1


def test_overlapping_citations_are_cut_at_every_border() -> None:
    html = article_view.page_of(ARTICLE, {1: (Span(13, 22),), 2: (Span(15, 20),)}, 1)
    assert [(start, end) for start, end, _ in marked(html)] == [(13, 15), (15, 20), (20, 22)]


def test_texts_of_strangers_are_escaped_everywhere() -> None:
    hostile = "<img src=x onerror=alert(1)>\"'"
    pages = [
        article_view.page_of(ARTICLE),
        article_view.shelf({"s1": ARTICLE}),
        rendering.turns([turn(answer(hostile, text=hostile, sentence=hostile, standalone=hostile + "?")), turn(silent())]),
        rendering.problem(hostile, hostile),
        rendering.examples([hostile]),
    ]
    for html in pages:
        tags = set(re.findall(r"<(\w+)", html))
        assert tags <= set(
            "article h2 h3 p strong button ul li span b div header ol mark small form label input details summary footer i".split()
        )
        assert "<img" not in html
        assert "<script" not in html
        assert "<b>校门" not in html


def test_an_abstention_looks_different_and_says_why() -> None:
    html = rendering.turns([turn(silent())])
    assert 'class="turn abstained' in html
    assert "文中没有写" in html
    assert "文中没有说。" in html
    assert "也许相关" in html
    assert 'class="mark"' not in html


def test_the_newest_turn_comes_first() -> None:
    html = rendering.turns([turn(answer("先问")), turn(answer("后问"))])
    assert html.index("后问") < html.index("先问")
    assert html.count("turn answered newest") == 1


def test_each_quote_has_its_mark_behind_it() -> None:
    html = rendering.turns([turn(sentence="甲方建了8所。乙方建了9所。")])
    sentence = re.sub(r"<[^>]+>", "", html[html.index('<p class="sentence">') : html.index("<h3>")])
    assert sentence == "甲方建了8所。[1]乙方建了9所。[2]"


def test_several_answers_stand_side_by_side_each_with_its_scope_and_its_quote() -> None:
    html = rendering.turns([turn(text="8所（甲方）；9所（乙方）", reason=Reason.SOURCES_DISAGREE)])
    sides = re.findall(r'<li class="side">(.*?)</li>', html)
    assert [re.sub(r"<[^>]+>", " ", side).split()[:3] for side in sides] == [["8所", "[1]", "甲方"], ["9所", "[2]", "乙方"]]
    assert "<strong>8所</strong>" in sides[0]
    assert "<strong>9所</strong>" in sides[1]
    assert "说法或所指范围不同" in html
    assert "<h3>依据" not in html  # every quote stands with its side


def test_an_estimate_is_never_shown_as_certain() -> None:
    assert "把握 99%" in rendering.turns([turn(confidence=1.0)])


class StandInAssistant:
    """Answers as told, and remembers what it was asked."""

    def __init__(self, *answers: Answer | Exception) -> None:
        self.index = SimpleNamespace(articles={"s1": ARTICLE}, sources={"s1": ARTICLE.source}, generation="g1")
        self.settings = Settings()
        self.answers = list(answers)
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    def ask(self, question: str, context: Sequence[str] = (), on_stage: Callable[[str], None] = lambda stage: None) -> Answer:
        on_stage("read")
        self.asked.append((question, tuple(context)))
        result = self.answers.pop(0)
        if isinstance(result, Exception):
            raise result
        return result


def desk(*answers: Answer | Exception) -> tuple[Desk, StandInAssistant]:
    assistant = StandInAssistant(*answers)
    return Desk(OpenIndex(cast(Any, assistant)), 20), assistant


def test_earlier_questions_are_the_context_of_the_next() -> None:
    at, assistant = desk(answer("一"), answer("二"))
    asked = at.ask("一", [])
    assert asked.reader is not None
    assert marked(asked.reader)
    turns = at.ask(" 二 ", asked.turns).turns
    assert assistant.asked == [("一", ()), ("二", ("一",))]
    assert len(turns) == 2


@pytest.mark.parametrize(("text", "says"), [("", "请先写下问题"), (" \n", "请先写下问题"), ("长" * 21, "太长了")])
def test_what_cannot_be_asked_is_said_and_changes_nothing(text: str, says: str) -> None:
    at, assistant = desk()
    asked = at.ask(text, [])
    assert (asked.turns, asked.reader, assistant.asked) == ([], None, [])
    assert says in asked.html


def test_an_error_is_shown_and_the_conversation_stays() -> None:
    at, _ = desk(answer("一"), ModelError("the model is gone; bring it back"))
    turns = at.ask("一", []).turns
    asked = at.ask("二", turns)
    assert asked.turns == turns
    assert "出错了" in asked.html
    assert "bring it back" in asked.html


def test_half_surrogates_from_a_browser_do_no_harm() -> None:
    at, assistant = desk(answer())
    at.ask("问\ud83d题\udc00", [])
    assert assistant.asked[0][0] == "问\ufffd题\ufffd"


@pytest.mark.parametrize(
    "click",
    [
        None,
        [],
        "x",
        {},
        {"turn": 0},
        {"turn": "0", "number": "1"},
        {"turn": 9, "number": 1},
        {"turn": -1, "number": 1},
        {"turn": 0, "number": 99},
        {"turn": 0, "number": 0},
        {"turn": 0, "number": -9},
        {"source": "none"},
        {"source": ["s1"]},
    ],
    ids=str,
)
def test_a_click_that_makes_no_sense_opens_the_list(click: object) -> None:
    at, _ = desk()
    assert at.open(click, [turn()]) == article_view.shelf({"s1": ARTICLE})


def test_what_was_asked_before_is_not_asked_again_until_the_index_changes() -> None:
    at, assistant = desk(answer("一"), ModelError("gone"), answer("一"), answer("二"))
    first = at.ask("一", []).turns[0].answer
    assert at.ask("一", []).turns[0].answer is first
    assert len(assistant.asked) == 1
    assert "出错了" in at.ask("二", []).html  # an error is not remembered
    assistant.index.generation = "g2"
    assert at.ask("一", []).turns[0].answer is not first
    assert [one.answer.question for one in at.ask("二", []).turns] == ["二"]
    assert [text for text, _ in assistant.asked] == ["一", "二", "一", "二"]


def test_what_many_ask_at_once_is_worked_out_once() -> None:
    begun, let_go = threading.Event(), threading.Event()

    class Slow(StandInAssistant):
        def ask(self, question: str, context: Sequence[str] = (), on_stage: Callable[[str], None] = lambda stage: None) -> Answer:
            begun.set()
            assert let_go.wait(10)
            return super().ask(question, context, on_stage)

    assistant = Slow(answer("一"))
    at = Desk(OpenIndex(cast(Any, assistant)), 20)
    with ThreadPoolExecutor(6) as people:
        jobs = [people.submit(at.ask, "一", []) for _ in range(6)]
        assert begun.wait(10)
        let_go.set()
        answers = {id(job.result().turns[0].answer) for job in jobs}
    assert len(answers) == 1
    assert len(assistant.asked) == 1


def test_the_oldest_answers_are_forgotten_first() -> None:
    kept = Remembered(threading.Semaphore(), 2)
    assistant = StandInAssistant(*(answer(text) for text in "一二三一"))
    for text in "一二三":
        kept.ask(cast(Any, assistant), text, (), lambda stage: None)
    kept.ask(cast(Any, assistant), "三", (), lambda stage: None)
    kept.ask(cast(Any, assistant), "一", (), lambda stage: None)
    assert [text for text, _ in assistant.asked] == list("一二三一")


def test_clicks_open_footnotes_hits_and_articles() -> None:
    at, _ = desk()
    assert 'class="on"' in at.open({"turn": 0, "number": 2}, [turn()])
    assert len(marked(at.open({"turn": 0, "number": -1}, [turn(silent())]))) == 2
    assert marked(at.open({"source": "s1"}, [])) == []


def test_examples_are_only_those_that_this_index_answers() -> None:
    at, _ = desk(silent(), answer())
    assert at.answerable(["甲", "", "乙"]) == ["乙"]


def test_a_question_put_right_stands_alone_and_takes_the_place_of_the_wrong_one() -> None:
    at, assistant = desk(answer("一"), answer("二"), answer("二，改过"))
    turns = at.ask("二", at.ask("一", []).turns).turns
    revised = at.revise("二，改过", 1, turns)
    assert assistant.asked[-1] == ("二，改过", ())
    assert [one.answer.question for one in revised.turns] == ["一", "二，改过"]
    assert at.revise("三", 9, turns).turns == turns


def test_the_source_is_shown_untouched_with_the_same_marks() -> None:
    html = article_view.page_of(ARTICLE, {2: SECOND}, 2, raw=True)
    text = re.search(r'<pre class="source"[^>]*>(.*)</pre>', html, re.S)
    assert text is not None
    assert unescape(re.sub(r"<[^>]+>", "", text[1])) == TEXT
    assert marked(html) == [(start, end, TEXT[start:end]) for start, end in [(20, 22), (25, 30)]]


def test_a_very_long_article_is_shown_around_what_is_cited() -> None:
    paragraphs = "".join(f"第{number}段，说的是一件事。\n" for number in range(20_000))
    source = Source("s2", "long.txt", "", paragraphs, "utf-8", "0" * 64)
    ends = [at for at, char in enumerate(paragraphs) if char == "\n"]
    spans = [Span(start, end) for start, end in zip([0, *(end + 1 for end in ends)], ends, strict=False)]
    article = Article(source, "长文", tuple(Block(BlockKind.BODY, (span,)) for span in spans), ())
    html = article_view.page_of(article, {1: (spans[15_000],)}, 1)
    assert marked(html) == [(spans[15_000].start, spans[15_000].end, "第15000段，说的是一件事。")]
    assert len(html) < 200_000
    assert "没有显示" in html


def test_work_is_ended_by_whoever_began_it_and_says_so_last() -> None:
    begun = threading.Event()

    def work(progress: Callable[[int, int], None], cancelled: Callable[[], bool]) -> str:
        begun.set()
        for done in range(10_000):
            time.sleep(0.001)
            progress(done, 10_000)
        return "done"

    steps = with_progress(work, "正在做", "a")
    assert "准备中" in next(steps)[0]
    assert begun.wait(10)
    cancel("b")  # somebody else's
    cancel("a")
    *between, last = steps
    assert last == ("", "")
    assert all(told is None for _, told in between)
    assert list(with_progress(lambda progress, cancelled: "done", "正在做", "a"))[-1] == ("", "done")
    cancel("a")  # nothing is running any more


def test_the_time_that_is_left_counts_down_between_steps() -> None:
    assert "还要约 36 秒" in corpus_view.working("正在加入", 10, 100, 4.0)
    assert "还要约 33 秒" in corpus_view.working("正在加入", 10, 100, 4.0, 3.0)
    assert "还要约 1 秒" in corpus_view.working("正在加入", 99, 100, 4.0, 9.0)
    assert "还要" not in corpus_view.working("正在加入", 0, 0, 0.0)


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio of two #rrggbb colours."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [":root", ".dark"])
def test_text_stands_out_from_its_ground(scheme: str) -> None:
    css = files("wenyuan.chat").joinpath("colours.css").read_text(encoding="utf-8")
    rules = re.search(re.escape(scheme) + r" \{(.*?)\}", css, re.S)
    assert rules is not None
    colour = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", rules[1]))
    grounds = {
        "ink": ["paper", "sheet", "glow", "glow-soft", "teal-wash"],
        "quiet": ["paper", "sheet", "teal-wash"],
        "teal": ["paper", "sheet", "teal-wash"],
        "rust": ["paper", "sheet", "rust-wash"],
        "number": ["glow", "glow-soft"],
    }
    for text, ground in ((text, ground) for text, of in grounds.items() for ground in of):
        assert contrast(colour[text], colour[ground]) >= 4.5, (text, ground)


def test_no_rule_loses_its_font() -> None:
    # Gradio reads rules back from the browser, which writes nothing for `font` when it holds var() and a part is set beside it.
    css = files("wenyuan.chat").joinpath("page.css").read_text(encoding="utf-8")
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", css)
    assert len(rules) > 150
    parts = [(rule.strip(), [part.split(":")[0].strip() for part in body.split(";")]) for rule, body in rules]
    lost = [rule for rule, names in parts if "font" in names and any(name.startswith("font-") or name == "line-height" for name in names)]
    assert lost == []


def test_what_stands_around_a_quote_is_kept_text_of_its_block_without_what_cleaning_took_out() -> None:
    assert article_view.surroundings(ARTICLE, FIRST, 48) == ("<script>", "乙方建了9所。")
    assert article_view.surroundings(ARTICLE, SECOND, 5) == ("…建了8所。", "")
    assert article_view.surroundings(ARTICLE, (Span(31, 33),), 3) == ("", "<b>…")


def test_an_error_is_told_in_chinese_with_what_to_do() -> None:
    assert in_chinese(UnreadableSource("a.docx", "is protected by a password; unlock it first")) == "有密码保护；请去掉密码，另存一份再试"
    assert in_chinese(UnreadableSource("a.jsonl:3", "line 3 is no JSON (x); write one object a line")) == "第 3 行不是 JSON；每行写一个对象"
    assert in_chinese(UnreadableSource("a.pdf", "holds 9 code points, more than source_max_chars = 5; split it or raise the setting")) == (
        "太大了（最多 5）；请拆成几份，或调高 source_max_chars"
    )
    assert in_chinese(UnreadableSource("a.pdf", "could not be opened (PdfiumError: x); it may be damaged or locked")) == (
        "打不开或已损坏；请检查文件，或另存一份再试"
    )
    assert "eval.jsonl, line 2" in in_chinese(QuestionSetError("eval.jsonl, line 2: no id"))
    assert in_chinese(IndexLocked("x")) == "别人正在改动语料；请等完成后再试"


# --- in a real browser ------------------------------------------------------------------------------------------------

# Tags that were never closed: cleaning takes out whole tags, and leaves these to be shown as they are.
UNCLOSED = "<img src=x onerror=window.hacked=1 "
HOSTILE = (
    f"北湖{UNCLOSED}记事\n\n"
    "北湖新建了三座桥，都在去年通车，${window.hacked=1}{{window.hacked}}两岸居民往来方便多了。\n\n"
    f"南湖的<svg/onload=window.hacked=1 游船一共有十二艘，{UNCLOSED}\u202e每天都开。</article></div>\n"
)


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("hostile_page")
    (folder / "敌意<b>.txt").write_text(HOSTILE, encoding="utf-8")
    assert main(["build", str(folder / "敌意<b>.txt"), "--index-dir", str(folder / "index")]) == 0
    with served(folder / "index", folder) as at:
        yield at


@pytest.mark.page
def test_a_footnote_opens_its_source_with_exactly_the_cited_text_in_view(page: Page, seeds_page: Served) -> None:
    opened(page, seeds_page)
    ask(page, EXAMPLE)
    expect(page.locator(".turn .short")).to_contain_text("22所")
    page.get_by_role("button", name=re.compile("^出处 1：")).click()
    expect(page.locator(".reader[data-follow] mark.on").first).to_be_visible()
    page.wait_for_timeout(300)
    name = re.search(r"\d{3}_\w+\.txt", page.locator(".reader .bar .facts").text_content() or "")
    assert name is not None
    text = (SEEDS / name[0]).read_bytes().decode("utf-8")
    marks = texts_under_marks(page)
    assert marks
    for start, end, shown in marks:
        assert shown == text[start:end]
    quote = page.locator(".turn.newest .card .cited").first.text_content()
    assert "".join(shown for _, _, shown in marks) == quote
    assert in_view(page, "mark.on")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.lang") == "zh-CN"


@pytest.mark.page
def test_an_abstention_and_then_a_fresh_start(page: Page, seeds_page: Served) -> None:
    opened(page, seeds_page)
    ask(page, EXAMPLE)
    ask(page, "木星有多少颗卫星")
    expect(page.locator(".turn.newest.abstained .why")).to_be_visible()
    expect(page.locator(".turn.newest .mark")).to_have_count(0)
    expect(page.locator("mark")).to_have_count(0)
    expect(page.locator(".shelf .book")).to_have_count(5)
    expect(page.locator(".turn.newest h3")).to_contain_text("也许相关")
    back_to_answers(page)
    page.get_by_role("button", name="换个话题").click()
    expect(page.locator(".turn")).to_have_count(0)


@pytest.mark.page
def test_examples_articles_and_footnotes_by_keyboard_alone(page: Page, seeds_page: Served) -> None:
    opened(page, seeds_page)
    page.locator(".examples button").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".turn.answered")).to_have_count(1)
    page.locator(".turn .mark").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("mark.on").first).to_be_focused()
    page.locator(".reader [data-shelf]").focus()
    page.keyboard.press("Enter")
    book = page.locator(".shelf .book").nth(1)
    title = book.locator(".name").text_content()
    book.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".reader h2.title").first).to_be_visible()
    assert title
    shown = "".join(page.locator(".reader h2.title").all_text_contents())
    assert re.sub(r"\s", "", shown) == re.sub(r"\s", "", title)


@pytest.mark.page
def test_hostile_articles_and_questions_are_shown_as_text(page: Page, hostile_page: Served) -> None:
    opened(page, hostile_page)
    expect(page.locator(".book .name")).to_contain_text(UNCLOSED.strip())
    expect(page.locator(".book .facts")).to_contain_text("敌意<b>.txt")
    expect(page.locator(".examples button")).to_have_count(0)
    ask(page, "北湖新建了几座桥")
    page.locator(".turn .card").first.click()
    expect(page.locator(".reader[data-follow] mark.on").first).to_be_visible()
    reader = page.locator(".reader")
    for part in (UNCLOSED.strip(), "${window.hacked=1}{{window.hacked}}", "<svg/onload=window.hacked=1", "⟨U+202E⟩", "</article>"):
        expect(reader).to_contain_text(part)
    back_to_answers(page)
    ask(page, "<img src=x onerror=window.hacked=1> 南湖的游船有几艘${window.hacked=1}")
    expect(page.locator(".turn.newest .asked")).to_contain_text("<img src=x onerror=window.hacked=1>")
    assert page.evaluate("window.hacked") is None
    assert page.locator("#reader img, #answers img, #reader script, #answers script").count() == 0
