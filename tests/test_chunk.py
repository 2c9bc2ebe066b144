"""Chunks are whole sentences, cut from the source."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from test_clean import DOCUMENTS, article
from wenyuan.chunk import chunk
from wenyuan.clean import clean
from wenyuan.contracts import Article, BlockKind, Chunk, Source
from wenyuan.ingest import load

SEEDS = Path(__file__).parents[1] / "seeds"


def seed(number: str) -> tuple[Article, tuple[Chunk, ...]]:
    (source,) = [source for source in load([SEEDS]) if isinstance(source, Source) and source.uri.startswith(number)]
    cleaned = clean(source)
    return cleaned, chunk(cleaned, 240)


def sentences(found: Article, one: Chunk) -> list[str]:
    return [found.source.slice(spans) for spans in one.sentences]


@pytest.mark.parametrize(
    ("number", "sentence", "pieces"),
    [
        ("000", "平均住院日由10.03天下降到8.51天", 2),
        ("000", "“留下一支带不走的医疗队伍！”在万州区天津医院门诊大厅", 2),
        ("001", "培训干部、各类技术人才1万余人次。", 2),
        ("001", "重点培育了宏裕包材等12家规模工业企业,带动移民群众就业5000余人。", 2),
        ("002", "从最初单纯的工程类项目援建发展变化为高质量发展", 2),
        ("004", "培养了一批电商实战专业人才", 2),
        ("004", "累计举办移民致富带头人及移民干部培训15班次", 1),
    ],
)
def test_a_cut_sentence_is_one_sentence(number: str, sentence: str, pieces: int) -> None:
    found, chunks = seed(number)
    holding = [spans for one in chunks for spans in one.sentences if sentence in found.source.slice(spans)]
    assert [len(spans) for spans in holding] == [pieces]


@pytest.mark.parametrize("number", ["000", "001", "002", "003", "004"])
def test_seed_chunks_hold_every_kept_letter_once(number: str) -> None:
    found, chunks = seed(number)
    assert [one.id for one in chunks] == [f"{found.source.id}:{ordinal}" for ordinal in range(len(chunks))]
    held = {place for one in chunks for span in one.spans for place in range(span.start, span.end)}
    assert len(held) == sum(len(one.text) for one in chunks)
    for block in found.blocks:
        short = block.kind in (BlockKind.TITLE, BlockKind.HEADING) and sum(map(len, block.spans)) < 7
        for span in block.spans:
            for place in range(span.start, span.end):
                assert short or place in held or not found.source.text[place].isalnum()
    assert all(one.title == found.title for one in chunks)
    assert max(len(one.text) for one in chunks) <= 240


def test_chunks_know_their_kind_and_section() -> None:
    _, chunks = seed("001")
    captions = [one for one in chunks if one.kind is BlockKind.CAPTION]
    assert len(captions) == 16
    assert all(len(one.sentences) == 1 for one in captions)
    assert captions[0].heading == "感恩支援情 峡江谱新篇 ——全国对口支援湖北三峡库区成果纪实 北京市"
    assert not any(one.text in ("北京市", "湖南省") for one in chunks)
    assert [one.text for one in chunks if one.kind is BlockKind.TITLE] == ["感恩支援情 峡江谱新篇", "——全国对口支援湖北三峡库区成果纪实"]


def test_an_ellipsis_belongs_to_no_sentence() -> None:
    found, chunks = seed("002")
    (sentence,) = [text for one in chunks for text in sentences(found, one) if "一个月后" in text]
    assert sentence.endswith("对口支援协议")


def test_foreign_facts_are_in_no_chunk() -> None:
    _, chunks = seed("003")
    assert not any("7332.6" in one.text or "藍皮書" in one.text for one in chunks)


def test_short_paragraphs_share_a_chunk_and_long_ones_do_not() -> None:
    found = article("甲" * 30 + "。\n\n" + "乙" * 70 + "。\n\n" + "丙" * 70 + "。")
    assert [len(one.sentences) for one in chunk(found, 240)] == [2, 1]


def test_a_paragraph_is_divided_evenly() -> None:
    found = article("".join(character * 39 + "。" for character in "甲乙丙丁戊己庚"))
    assert [len(one.text) for one in chunk(found, 240)] == [160, 120]


def test_a_sentence_over_the_limit_stands_alone() -> None:
    found = article("甲" * 20 + "。" + "乙" * 100 + "。" + "丙" * 20 + "。")
    assert [len(one.text) for one in chunk(found, 40)] == [21, 101, 21]


def test_a_caption_between_short_paragraphs_comes_after_them() -> None:
    long = "第二段话在这里，而且很长，" + "足以单独成为一段，" * 8 + "也就够了。"
    found = article(f"题目在此处\n\n第一段话在这里。\n\n\n\n某县中学 摄/王芳\n\n{long}")
    assert [one.kind for one in chunk(found, 240)] == [BlockKind.BODY, BlockKind.CAPTION]


@given(DOCUMENTS, st.integers(40, 300))
@settings(max_examples=300, deadline=None)
def test_quotes_are_slices_and_sentences_do_not_overlap(text: str, chunk_max_chars: int) -> None:
    found = article(text)
    chunks = chunk(found, chunk_max_chars)
    kept = {place for block in found.blocks for span in block.spans for place in range(span.start, span.end)}
    held: list[int] = []
    for one in chunks:
        assert one.text == "".join(text[span.start : span.end] for spans in one.sentences for span in spans)
        assert len(one.text) <= chunk_max_chars or len(one.sentences) == 1
        assert one.locate(0, len(one.text))
        for (start, end), spans in zip(one.sentence_bounds(), one.sentences, strict=True):
            assert one.text[start:end] == found.source.slice(spans)
            assert one.text[start:end].strip() == one.text[start:end]
        held += (place for span in one.spans for place in range(span.start, span.end))
    assert len(held) == len(set(held))
    assert set(held) <= kept
