"""Lines as they are read, and how much of a question they speak to."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stand_ins import plain_source
from wenyuan.analyse import analyse
from wenyuan.chinese.text import sentence_bounds
from wenyuan.contracts import BlockKind, Chunk, Hit, Query, Span, Stage
from wenyuan.evidence import Line, LineMaker, Relevance, synonyms

PASSAGES = 40  # as if so many were indexed


def passage(text: str, section: tuple[str, ...] = (), title: str = "", ordinal: int = 0, kind: BlockKind = BlockKind.BODY) -> Chunk:
    """A chunk of all of ``text``, as if it were a file of its own."""
    source = plain_source("x.txt", text)
    sentences = tuple((Span(start, end),) for start, end in sentence_bounds(text))
    kept = source.slice(span for sentence in sentences for span in sentence)
    return Chunk(f"{source.id}:{ordinal}", source.id, ordinal, kind, sentences, kept, title, section)


def read(text: str, section: tuple[str, ...] = (), title: str = "", before: Chunk | None = None, rank: int = 1) -> list[Line]:
    """The lines of a passage, with ``before`` as the passage before it."""
    return LineMaker(lambda _: before).of([Hit(passage(text, section, title, 1), rank, 1.0, Stage.FUSED)])


def last(text: str, section: tuple[str, ...] = (), title: str = "") -> Line:
    """The last line of a passage."""
    return read(text, section, title)[-1]


def relevance_of(query: Query, lines: Sequence[Line]) -> Relevance:
    """Relevance among ``lines`` and as many other passages as make up ``PASSAGES``."""
    return Relevance(query, lambda term: sum(term in line.text for line in lines), PASSAGES)


def test_each_sentence_is_a_line_under_what_stands_before_it() -> None:
    one, two, three = read("甘肃建了水库。引进企业9家！种树3万棵。", ("甘肃省",), "十年小结", rank=4)
    assert [line.text for line in (one, two, three)] == ["甘肃建了水库。", "引进企业9家!", "种树3万棵。"]
    assert [line.number for line in (one, two, three)] == [0, 1, 2]
    assert [line.paragraph for line in (one, two, three)] == ["", "甘肃建了水库。", "甘肃建了水库。引进企业9家!"]
    assert {(line.heading, line.section, line.rank) for line in (one, two, three)} == {("十年小结 甘肃省", "甘肃省", 4)}


def test_a_normalised_place_leads_back_to_the_sources_own_characters() -> None:
    text = "陝西援建學校２２所，共㎡計算。"
    line = last(text)
    assert line.text == "陕西援建学校22所,共m2计算。"
    at = line.text.index("22所")
    assert line.verbatim(at, at + 3) == "２２所"
    assert line.locate(at, at + 3) == (Span(6, 9),)
    at = line.text.index("m2")
    assert {line.verbatim(at, at + 1), line.verbatim(at + 1, at + 2), line.verbatim(at, at + 2)} == {"㎡"}


def test_positions_count_from_the_start_of_the_passage() -> None:
    line = last("先修路。后建校12所。")
    at = line.text.index("12所")
    assert line.locate(at, at + 3) == (Span(7, 10),)


def test_segments_end_at_punctuation_and_not_inside_a_number() -> None:
    line = last("投资6.45亿元,建校31所;其中(今年)9所。")
    assert [line.text[start:end] for start, end in line.segments] == ["投资6.45亿元,", "建校31所;", "其中(", "今年)", "9所。"]
    assert line.segment_of(line.text.index("31")) == 1
    assert line.segment_of(len(line.text) - 1) == 4


def test_the_paragraph_before_counts_within_a_section_only() -> None:
    same, other = passage("青海先行。", ("青海省",)), passage("青海先行。", ("甘肃省",))
    caption = passage("青海先行。", ("青海省",), kind=BlockKind.CAPTION)
    assert read("随后建校。", ("青海省",), before=same)[0].previous == "青海先行。"
    assert read("随后建校。", ("青海省",), before=other)[0].previous == ""
    assert read("随后建校。", ("青海省",), before=caption)[0].previous == ""
    assert read("随后建校。", ("青海省",))[0].previous == ""


def test_lines_made_before_come_with_the_rank_of_the_hit_at_hand() -> None:
    one, two = passage("先修路。后建校。"), passage("再打井。", ordinal=1)
    asked: list[str] = []

    def previous_of(chunk: Chunk) -> Chunk | None:
        asked.append(chunk.id)
        return None

    maker = LineMaker(previous_of, kept_chunks=2)
    first = maker.of([Hit(one, 1, 1.0, Stage.FUSED), Hit(two, 2, 0.5, Stage.FUSED)])
    again = maker.of([Hit(two, 1, 1.0, Stage.FUSED), Hit(one, 2, 0.5, Stage.FUSED)])
    assert [(line.text, line.rank) for line in first] == [("先修路。", 1), ("后建校。", 1), ("再打井。", 2)]
    assert [(line.text, line.rank) for line in again] == [("再打井。", 1), ("先修路。", 2), ("后建校。", 2)]
    assert asked == [one.id, two.id]


def test_no_more_chunks_than_allowed_are_kept() -> None:
    chunks = [passage(f"第{number}条路。", ordinal=number) for number in range(5)]
    maker = LineMaker(lambda _: None, kept_chunks=2)
    for _ in range(2):
        lines = maker.of([Hit(chunk, 1, 1.0, Stage.FUSED) for chunk in chunks])
        assert [line.text for line in lines] == [f"第{number}条路。" for number in range(5)]


def test_words_are_used_for_one_another_both_ways() -> None:
    table = synonyms()
    assert table
    for word, others in table.items():
        assert word not in others
        assert all(word in table[other] for other in others)


@pytest.mark.parametrize(
    ("term", "text", "strength"),
    [
        ("水库", "甘肃新修水库一座", 1.0),
        ("甘肃省", "甘肃新修水库一座", 1.0),
        ("老师", "选派教师9名", 0.9),
        ("轮船", "甘肃新修水库一座", 0.0),
        ("gdp", "gd出版社", 0.0),
    ],
)
def test_how_well_a_text_holds_a_term(term: str, text: str, strength: float) -> None:
    line = last(text)
    assert relevance_of(analyse("水库有多大"), [line]).strength(term, text) == pytest.approx(strength)


def test_a_mistyped_word_is_known_by_its_sound() -> None:
    line = last("甘肃新修水库一座")
    query = analyse("甘肃有几座水裤")
    assert "水裤" in query.terms
    assert relevance_of(query, [line]).strength("水裤", line.text) == pytest.approx(0.9)


def test_coverage_is_full_when_all_is_said_and_nil_when_nothing_is() -> None:
    said, unsaid = last("甘肃援建学校31所。"), last("天气晴好。")
    relevance = relevance_of(analyse("甘肃援建了多少学校"), [said, unsaid])
    assert relevance.coverage(said) == relevance.own_coverage(said) == pytest.approx(1.0)
    assert relevance.coverage(unsaid) == 0.0


def test_what_stands_over_a_line_counts_for_less_than_the_line() -> None:
    itself, under, after, bare = (
        last("甘肃援建学校31所。"),
        last("援建学校31所。", ("甘肃省",)),
        last("甘肃动作很快。援建学校31所。"),
        last("援建学校31所。"),
    )
    relevance = relevance_of(analyse("甘肃援建了多少学校"), [itself, bare])
    assert relevance.coverage(itself) > relevance.coverage(under) > relevance.coverage(bare)
    assert relevance.coverage(itself) > relevance.coverage(after) > relevance.coverage(bare)
    assert relevance.own_coverage(under) == relevance.own_coverage(bare)


def test_a_rare_term_weighs_more_than_a_common_one() -> None:
    common = [last("学校放假。") for _ in range(9)]
    rare = last("水库放水。")
    relevance = relevance_of(analyse("学校和水库谁先开放"), [*common, rare])
    assert relevance.weights["水库"] > relevance.weights["学校"]


def test_a_term_that_an_earlier_question_supplied_weighs_less() -> None:
    lines = [last("湖北引进企业64家。")]
    alone, followed = analyse("2022年湖北引进了多少家企业"), analyse("2022年呢", ["湖北引进了多少家企业"])
    assert relevance_of(followed, lines).weights["企业"] < relevance_of(alone, lines).weights["企业"]


def test_the_figure_beside_the_word_is_nearer_than_one_far_off() -> None:
    line = last("建学校31所,修路12公里,种树5万棵,打井7口。")
    relevance = relevance_of(analyse("建了多少学校"), [line])

    def near(shown: str) -> float:
        at = line.text.index(shown)
        return relevance.nearness(line, at, at + len(shown))

    assert near("31所") > near("12公里") > near("5万棵") >= near("7口")


def test_closeness_looks_within_a_clause() -> None:
    line = last("建学校31所、卫生院17所,修路12公里。")
    relevance = relevance_of(analyse("有多少卫生院"), [line])

    def close(shown: str) -> float:
        at = line.text.index(shown)
        return relevance.closeness(line, at, at + len(shown))

    assert close("17所") > close("31所") > close("12公里") == 0.0


@given(st.text(max_size=40), st.text(max_size=15), st.integers(0, 39))
@settings(deadline=None)
def test_shares_lie_between_nought_and_one_for_any_text(text: str, heading: str, at: int) -> None:
    query = analyse("甘肃在2021年援建了多少学校和hospital")
    for line in read(text, (heading,)):
        relevance = relevance_of(query, [line])
        place = min(at, len(line.text) - 1)
        for share in (
            relevance.coverage(line),
            relevance.own_coverage(line),
            relevance.nearness(line, place, place + 1),
            relevance.closeness(line, place, place + 1),
        ):
            assert 0.0 <= share <= 1.0 + 1e-9
        assert line.verbatim(place, place + 1) in text
