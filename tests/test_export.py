"""A conversation as a file: Markdown, Word and JSON, with every quote, its place, and nothing a stranger wrote taken for markup."""

from __future__ import annotations

import io
import json
from datetime import datetime
from typing import Any

from docx import Document

from stand_ins import plain_answer
from wenyuan.contracts import Answer, Citation, Reason, Source, Span
from wenyuan.export import FORMATS, to_json, to_markdown, to_word

TEXT = "记事\n甲方建了8所。乙方*建了9所。"
SOURCE = Source("s1", "a_b.txt", "记_事", TEXT, "utf-8", "0" * 64)
MADE = datetime(2026, 1, 2, 3, 4, 5)


def answer(question: str = "建了几所", **changes: Any) -> Answer:
    cited = (Citation.of(SOURCE, (Span(3, 10),), 1), Citation.of(SOURCE, (Span(10, 12), Span(13, 18)), 2))
    return plain_answer(cited, question, **changes)


SILENT = answer("有几条河", text="", sentence="文中没有说。", citations=(), reason=Reason.FACT_NOT_STATED)


def words_of(data: bytes) -> list[str]:
    return [paragraph.text for paragraph in Document(io.BytesIO(data)).paragraphs]


def test_the_spans_used_here_are_what_they_seem() -> None:
    assert [citation.quote for citation in answer().citations] == ["甲方建了8所。", "乙方建了9所。"]


def test_markdown_keeps_order_quotes_places_and_reasons() -> None:
    text = to_markdown([answer(), SILENT], MADE)
    assert text.startswith("# 问源：问答记录\n\n2026-01-02 03:04，共 2 问。\n\n## 1. 建了几所")
    plain = text.replace("\\", "")
    for part in ("甲方建了8所。", "a_b.txt [3, 10)", "a_b.txt [10, 12) [13, 18)", "## 2. 有几条河", "文中没有说。"):
        assert part in plain
    assert text.index("建了几所") < text.index("有几条河")


def test_markup_of_strangers_stays_text_in_markdown() -> None:
    text = to_markdown([answer("# <b>a</b> [x](http://y) `c`\n- d", standalone="*e*")], MADE)
    line = next(line for line in text.splitlines() if line.startswith("## 1."))
    assert "<b>" not in line
    assert "[x](" not in line
    assert "\n- d" not in text
    assert "理解为：\\*e\\*" in text


def test_json_holds_the_records_of_the_contract() -> None:
    record = json.loads(to_json([answer(), SILENT], MADE))
    assert record["made"] == "2026-01-02T03:04:05"
    first, second = record["answers"]
    assert (first["id"], first["answer"], second["abstained"], second["reason"]) == (1, "8所", True, "FACT_NOT_STATED")
    assert first["citations"][1]["spans"] == [[10, 12], [13, 18]]
    for citation in first["citations"]:
        assert "".join(TEXT[start:end] for start, end in citation["spans"]) == citation["quote"]


def test_word_opens_and_holds_answer_quotes_and_places() -> None:
    words = words_of(to_word([answer(standalone="甲方建了几所"), SILENT], MADE))
    for part in ("1. 建了几所", "理解为：甲方建了几所", "8所", "甲方建了8所。", "a_b.txt [3, 10)", "2. 有几条河", "文中没有说。"):
        assert part in words
    assert "甲方建了8所。 [1][2]" in words


def test_characters_that_no_file_can_hold_break_nothing() -> None:
    bad = answer("问\x00题\ud83d\u202e\x0b", sentence="句\x01子\udc00")
    assert any("问" in line and "⟨U+202E⟩" in line for line in words_of(to_word([bad], MADE)))
    to_markdown([bad], MADE).encode("utf-8", "strict")
    json.loads(to_json([bad], MADE).encode("utf-8"))


def test_every_format_has_a_name_a_type_and_a_maker() -> None:
    assert set(FORMATS) == {"markdown", "word", "json"}
    for name, media, make in FORMATS.values():
        assert name.startswith("问答记录.")
        assert "/" in media
        assert make([answer()], MADE)
