from __future__ import annotations

import json
from html import unescape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyuan.cite import (
    answer_record,
    as_markdown,
    as_text,
    context,
    document_id,
    escape_html,
    escape_markdown,
    footnote_marks,
    hits_as_text,
    one_line,
    search_record,
    visible,
)
from wenyuan.contracts import Answer, BlockKind, Chunk, Citation, Hit, Reason, Source, Span, Stage
from wenyuan.errors import SpanError

TEXT = "标题\r\n甲方援建学校8所。乙方援建[图：校门]学校9所。\n末段"
SOURCE = Source("s1", "a.txt", "标题", TEXT, "utf-8", "0" * 64)
FIRST = (Span(4, 13),)
SECOND = (Span(13, 17), Span(23, 28))


def answer(**changes: Any) -> Answer:
    citations = (
        Citation.of(SOURCE, FIRST, 1, section=("一", "二")),
        Citation.of(SOURCE, SECOND, 2, supports=False),
    )
    values: dict[str, Any] = {
        "question": "甲方建了几所",
        "standalone": "甲方建了几所",
        "text": "8所",
        "sentence": "甲方援建学校8所。",
        "citations": citations,
        "confidence": 0.123456,
        "reason": Reason.FOUND,
        "timings_ms": {"total": 1.23456},
    }
    return Answer(**{**values, **changes})


def test_the_spans_used_here_are_what_they_seem() -> None:
    assert SOURCE.slice(FIRST) == "甲方援建学校8所。"
    assert SOURCE.slice(SECOND) == "乙方援建学校9所。"


def test_context_is_verbatim_and_stays_in_its_paragraph() -> None:
    found = context(SOURCE, FIRST, width=5)
    assert (found.before, found.quote, found.after) == ("", "甲方援建学校8所。", "乙方援建[")
    found = context(SOURCE, SECOND, width=200)
    assert (found.before, found.quote, found.after) == ("甲方援建学校8所。", "乙方援建学校9所。", "")


def test_context_outside_the_text_is_an_error() -> None:
    with pytest.raises(SpanError):
        context(SOURCE, [Span(1, 900)])


def test_answer_record_has_the_keys_of_the_contract_in_order() -> None:
    record = answer_record(answer(), "s001")
    assert list(record) == [
        "id",
        "question",
        "standalone",
        "answer",
        "sentence",
        "abstained",
        "reason",
        "confidence",
        "citations",
        "timings_ms",
    ]
    assert record["id"] == "s001"
    assert record["reason"] == "FOUND"
    assert record["confidence"] == 0.1235
    assert record["timings_ms"] == {"total": 1.235}
    assert record["citations"][1] == {
        "number": 2,
        "source_id": "s1",
        "uri": "a.txt",
        "title": "标题",
        "section": "",
        "spans": [[13, 17], [23, 28]],
        "quote": "乙方援建学校9所。",
        "supports": False,
    }
    assert json.loads(json.dumps(record)) == record


def hit() -> Hit:
    chunk = Chunk("s1:0", "s1", 0, BlockKind.BODY, (FIRST, SECOND), SOURCE.slice(FIRST + SECOND), "标题", ("一",))
    return Hit(chunk, 1, 0.12345678, Stage.FUSED)


def test_search_record_has_the_keys_of_the_contract() -> None:
    record = search_record("问", [hit()], {"s1": SOURCE}, 7)
    assert record == {
        "id": 7,
        "question": "问",
        "hits": [
            {
                "rank": 1,
                "score": 0.123457,
                "source_id": "s1",
                "uri": "a.txt",
                "doc_id": "a.txt",
                "chunk_id": "s1:0",
                "spans": [[4, 17], [23, 28]],
                "text": "甲方援建学校8所。乙方援建学校9所。",
            }
        ],
    }


@pytest.mark.parametrize(
    ("uri", "id"),
    [("a.txt", "a.txt"), ("x/corpus.jsonl#12", "12"), ("c.JSONL#a#b", "a#b"), ("c#1.txt", "c#1.txt"), ("c.jsonl", "c.jsonl")],
)
def test_document_id(uri: str, id: str) -> None:
    assert document_id(uri) == id


def test_text_of_an_answer() -> None:
    assert as_text(answer()) == (
        "8所\n\n甲方援建学校8所。 [1]\n\n依据\n"
        "[1] 甲方援建学校8所。\n    标题 · 一 / 二\n    a.txt [4, 13)\n"
        "[2] 乙方援建学校9所。\n    标题\n    a.txt [13, 17) [23, 28)"
    )


def test_text_of_an_abstention_shows_what_came_nearest() -> None:
    silent = answer(text="", sentence="文中没有说。", citations=(), reason=Reason.FACT_NOT_STATED, hits=(hit(),))
    assert silent.abstained
    text = as_text(silent)
    assert text.startswith("文中没有说。\n\n最接近的原文，没有回答这个问题\n1. 甲方")
    assert as_text(answer(text="", sentence="你好。", citations=(), reason=Reason.NOT_A_QUESTION, hits=(hit(),))) == "你好。"


def test_text_of_sources_that_disagree_says_so() -> None:
    assert "各处说法或所指范围不同" in as_text(answer(reason=Reason.SOURCES_DISAGREE))


def test_text_of_hits() -> None:
    assert hits_as_text([hit()], {"s1": SOURCE}).startswith("1. 甲方")
    assert hits_as_text([], {}) == "没有找到相关段落。"


def test_only_supporting_citations_are_marked() -> None:
    assert footnote_marks(answer().citations) == "[1]"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m红", "␛[31m红"),
        ("a\x00b", "a␀b"),
        ("左\u202e右", "左⟨U+202E⟩右"),
        ("a\u2028b", "a⟨U+2028⟩b"),
        ("一\r\n二\r三", "一\n二\n三"),
        ("\ud800", "\ufffd"),
        ("\x7f\x9b", "␡⟨U+009B⟩"),
        ("表\t格", "表\t格"),
    ],
)
def test_control_and_direction_characters_are_visible(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_one_line() -> None:
    assert one_line("  一\r\n　　二\n\n三  四 ") == "一 二 三  四"


HOSTILE = (
    """<script>alert(1)</script><img src=x onerror='a()'> "&amp;" `x` [a](javascript:b) # h\n- l\n1. n\n    code\n|t|~~s~~ http://a.b"""
)


def test_html_is_escaped() -> None:
    escaped = escape_html(HOSTILE)
    assert "<" not in escaped
    assert '"' not in escaped
    assert "'" not in escaped
    assert unescape(escaped) == HOSTILE


@given(st.text())
def test_escaped_html_shows_the_text(text: str) -> None:
    escaped = escape_html(text)
    assert not set("<>\"'") & set(escaped)
    assert unescape(escaped) == visible(text)


@given(st.text())
def test_visible_twice_is_once(text: str) -> None:
    assert visible(visible(text)) == visible(text)
    visible(text).encode("utf-8")


def test_markdown_shows_hostile_text_as_text() -> None:
    from markdown_it import MarkdownIt  # comes with the page's library

    html = MarkdownIt("commonmark", {"linkify": False}).enable(["table", "strikethrough"]).render(escape_markdown(HOSTILE))
    for tag in ("<script", "<img", "<a ", "<h1", "<ul", "<ol", "<code", "<pre", "<table", "<s>"):
        assert tag not in html
    for part in ("alert(1)", "javascript:b", "# h", "- l", "1. n", "|t|~~s~~"):
        assert part in unescape(html)


def test_markdown_of_an_answer() -> None:
    text = as_markdown(answer())
    assert text.startswith("**8所**\n\n甲方援建学校8所。 \\[1\\]")
    assert "> 乙方援建学校9所。" in text
    assert as_markdown(answer(text="", sentence="没有。", citations=(), reason=Reason.NOTHING_RELEVANT)) == "没有。\n\n*没有找到*"
