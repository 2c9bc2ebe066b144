"""Which candidates and lines are shown first, and which do not pass."""

from __future__ import annotations

import pytest

from test_evidence import last, read, relevance_of
from wenyuan.analyse import analyse
from wenyuan.choose import Choice, choose_candidates, choose_lines, rivals
from wenyuan.contracts import Query
from wenyuan.evidence import Line
from wenyuan.extract import candidates


def chosen(question: str, *lines: Line) -> tuple[Query, list[Choice]]:
    query = analyse(question)
    relevance = relevance_of(query, lines)
    return query, choose_candidates(query, candidates(query, lines, relevance), relevance)


def texts(choices: list[Choice]) -> list[str]:
    return [choice.candidate.verbatim for choice in choices if choice.candidate]


SICHUAN = last("四川省援建学校31所、卫生院17所,总投资6.45亿元。", ("四川省",))
HUBEI = last("湖北省援建学校19所,引进企业64家,总投资4.1亿元。", ("湖北省",))


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("四川援建了多少所学校", "31所"),
        ("四川援建了多少所卫生院", "17所"),
        ("湖北援建了多少所学校", "19所"),
        ("四川总投资多少", "6.45亿元"),
        ("湖北总投资多少", "4.1亿元"),
    ],
)
def test_the_figure_of_the_thing_and_place_asked_about_comes_first(question: str, first: str) -> None:
    assert texts(chosen(question, HUBEI, SICHUAN)[1])[0] == first


def test_figures_of_another_place_do_not_pass() -> None:
    assert set(texts(chosen("四川总投资多少", HUBEI, SICHUAN)[1])) == {"6.45亿元"}
    assert chosen("江西总投资多少", HUBEI, SICHUAN)[1] == []


def test_figures_of_another_year_do_not_pass() -> None:
    line = last("2021年引进企业58家;2022年引进企业73家。", ("四川省",))
    assert texts(chosen("四川2022年引进了多少家企业", line)[1]) == ["73家"]
    assert texts(chosen("四川2021年引进了多少家企业", line)[1]) == ["58家"]
    assert chosen("四川2019年引进了多少家企业", line)[1] == []


def test_figures_of_the_other_direction_do_not_pass() -> None:
    there, back = read("四川省选派教师126名赴昭苏县任教。昭苏县选派教师48名到四川省跟岗。", ("四川省",))
    assert texts(chosen("四川选派了多少名教师到昭苏", there, back)[1]) == ["126名"]
    assert texts(chosen("昭苏选派了多少名教师到四川", there, back)[1]) == ["48名"]


def test_a_text_that_ranks_higher_wins_among_equals() -> None:
    (first,), (second,) = read("水库全长120米。", rank=1), read("水库全长130米。", rank=3)
    assert texts(chosen("水库全长多少米", second, first)[1]) == ["120米", "130米"]


def test_money_of_another_kind_is_put_back() -> None:
    line = last("合作社总投资80万元,农产品销售收入300万元。")
    assert texts(chosen("合作社的投资是多少钱", line)[1])[0] == "80万元"
    assert texts(chosen("合作社的销售收入是多少钱", line)[1])[0] == "300万元"


def test_scores_fall_and_coverage_is_a_share() -> None:
    _, choices = chosen("援建了多少所学校", HUBEI, SICHUAN)
    scores = [choice.score for choice in choices]
    assert scores == sorted(scores, reverse=True)
    assert all(0.0 <= choice.coverage <= 1.0 for choice in choices)


def test_an_open_question_keeps_the_figures_of_every_scope() -> None:
    query, choices = chosen("总投资多少", HUBEI, SICHUAN)
    assert {(choice.candidate.verbatim, choice.scope) for choice in rivals(query, choices) if choice.candidate} == {
        ("6.45亿元", ("四川",)),
        ("4.1亿元", ("湖北",)),
    }


def test_a_question_that_names_the_place_keeps_one() -> None:
    query, choices = chosen("四川总投资多少", HUBEI, SICHUAN)
    assert texts(rivals(query, choices)) == ["6.45亿元"]


def test_the_line_that_speaks_to_the_question_comes_first() -> None:
    query = analyse("为什么要在甘肃修水库")
    lines = [last("甘肃天气晴好。"), last("为防春旱,甘肃修水库三座。"), last("学校放假了。")]
    ordered = choose_lines(query, lines, relevance_of(query, lines))
    assert ordered[0].line is lines[1]
    assert len(ordered) == 3
    assert all(choice.candidate is None for choice in ordered)


def test_a_line_without_the_place_asked_about_falls_behind() -> None:
    query = analyse("甘肃为什么修水库")
    lines = [last("为防春旱,青海修水库三座。"), last("为防春旱,甘肃修水库三座。")]
    assert choose_lines(query, lines, relevance_of(query, lines))[0].line is lines[1]
