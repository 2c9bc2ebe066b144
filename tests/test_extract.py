"""Places in a line that could be the short answer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from test_evidence import last, read, relevance_of
from wenyuan.analyse import analyse
from wenyuan.contracts import AnswerType
from wenyuan.extract import Candidate, candidates


def found(question: str, text: str, section: tuple[str, ...] = ()) -> list[Candidate]:
    query, line = analyse(question), last(text, section)
    return candidates(query, [line], relevance_of(query, [line]))


def shown(question: str, text: str) -> set[str]:
    return {candidate.verbatim for candidate in found(question, text)}


def best(question: str, text: str) -> str:
    return max(found(question, text), key=lambda candidate: candidate.bonus).verbatim


MIXED = "2021年9月甘肃省援建学校31所,投资6.45亿元,入学率提高到98.5%,工期18个月。"


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        ("甘肃援建了多少所学校", {"31所"}),
        ("甘肃投资了多少钱", {"6.45亿元"}),
        ("入学率是多少", {"98.5%"}),
        ("工期要几个月", {"18个月"}),
        ("甘肃是哪年援建的", {"2021年9月"}),
    ],
)
def test_figures_of_the_kind_asked_for(question: str, answers: set[str]) -> None:
    assert shown(question, MIXED) == answers


def test_an_ordinal_and_a_figure_of_the_question_itself_are_no_answers() -> None:
    assert shown("第三批有多少名教师", "第三批教师共12名。") == {"12名"}
    assert shown("31所学校有多少名教师", "31所学校有教师420名。") == {"420名"}


def test_the_measure_word_asked_with_is_preferred() -> None:
    assert best("甘肃援建了多少所学校", "援建学校31所,惠及2100户。") == "31所"
    assert best("惠及多少户", "援建学校31所,惠及2100户。") == "2100户"


def test_a_figure_is_shown_in_the_sources_own_characters() -> None:
    assert shown("甘肃援建了多少所學校", "甘肅援建學校３１所。") == {"３１所"}


@pytest.mark.parametrize(
    ("question", "text", "answer"),
    [
        ("展销会在哪里举办", "展销会在伊宁市举办。", "伊宁市"),
        ("大桥由谁承建", "大桥由远山路桥公司承建。", "远山路桥公司"),
        ("学校是哪个省援建的", "学校由甘肃省援建。", "甘肃省"),
    ],
)
def test_names_where_a_place_or_an_actor_is_asked_for(question: str, text: str, answer: str) -> None:
    assert best(question, text) == answer


def test_an_enumeration_is_one_answer_without_what_leads_to_it() -> None:
    assert "红枣、核桃、枸杞" in shown("特产有哪些", "特产包括红枣、核桃、枸杞等。")


def test_a_quoted_name_is_an_answer_when_a_name_is_asked_for() -> None:
    assert "春雨行动" in shown("这个工程叫什么名字", "甘肃启动了“春雨行动”助学工程。")
    assert "春雨行动" in shown("这个工程叫什么名字", "这个工程取名为“春雨行动”。")


def test_where_whole_sentences_answer_there_are_no_candidates() -> None:
    assert analyse("为什么要修水库").expected is AnswerType.HOW_OR_WHY
    assert found("为什么要修水库", "为了防旱,甘肃修了水库3座。") == []


@given(
    st.sampled_from(["甘肃援建了多少所学校", "投资多少钱", "哪年", "展销会在哪里举办", "大桥由谁承建", "特产有哪些", "工程叫什么名字"]),
    st.lists(
        st.sampled_from([*"在由的和、，。（）“”叫1２年月所元位于", "甘肅省", "伊宁市", "公司", "援建", "学校", "等", "2021年"]), max_size=25
    ).map("".join),
)
@settings(deadline=None)
def test_every_candidate_is_cut_from_the_text(question: str, text: str) -> None:
    query, lines = analyse(question), read(text)
    for candidate in candidates(query, lines, relevance_of(query, lines)):
        assert 0 <= candidate.start < candidate.end <= len(candidate.line.text)
        assert candidate.verbatim in text
