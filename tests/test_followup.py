"""Follow-ups and the questions before them become one question that stands alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenyuan.followup import standalone_question

COMPANIES = "湖北引进了多少家企业"


@pytest.mark.parametrize("question", ["那四川呢", "四川呢？", "四川呢", "那么四川呢？"])
def test_another_place_takes_the_place_of_the_first(question: str) -> None:
    assert standalone_question(question, [COMPANIES]) == "四川引进了多少家企业"


def test_a_place_takes_the_place_of_one_of_its_rank() -> None:
    assert standalone_question("那巴东县呢", ["浙江在兴山县建了几所学校"]) == "浙江在巴东县建了几所学校"
    assert standalone_question("江苏呢", ["浙江在兴山县建了几所学校"]) == "江苏在兴山县建了几所学校"


@pytest.mark.parametrize(
    ("question", "before", "alone"),
    [
        ("2021年呢", "2020年云南出口多少吨茶叶", "2021年云南出口多少吨茶叶"),
        ("2021呢", "2020年云南出口多少吨茶叶", "2021年云南出口多少吨茶叶"),
        ("去年呢", "今年云南出口多少吨茶叶", "去年云南出口多少吨茶叶"),
        ("2021年呢", "云南出口多少吨茶叶", "2021年云南出口多少吨茶叶"),
    ],
)
def test_another_year_takes_the_place_of_the_first(question: str, before: str, alone: str) -> None:
    assert standalone_question(question, [before]) == alone


def test_another_thing_is_counted() -> None:
    assert standalone_question("医院呢", ["浙江在兴山县建了多少学校"]) == "浙江在兴山县建了多少医院"


@pytest.mark.parametrize(
    ("question", "before", "alone"),
    [
        ("它有多长", "嘉陵江大桥什么时候通车", "嘉陵江大桥有多长"),
        ("它位于哪里", "安顺大桥是哪一年建成的", "安顺大桥位于哪里"),
        ("该公司成立于哪一年", "攀登科技公司在哪里", "攀登科技公司成立于哪一年"),
    ],
)
def test_a_pronoun_becomes_what_it_stands_for(question: str, before: str, alone: str) -> None:
    assert standalone_question(question, [before]) == alone


def test_a_bare_question_takes_its_subject_from_before() -> None:
    alone = standalone_question("培训了多少人次？", ["浙江举办了几期培训班"])
    assert "浙江" in alone
    assert "几期" not in alone
    assert alone.endswith("培训了多少人次？")


@pytest.mark.parametrize("question", ["江苏省的省会是哪里", "嘉陵江上的第一座公路大桥是哪年建成通车的", "陕西援建了几所学校"])
def test_a_question_that_stands_alone_is_left_as_it_is(question: str) -> None:
    assert standalone_question(question, ["浙江举办了几期培训班"]) == question


@pytest.mark.parametrize("question", ["那四川呢", "它有多长", "", "陕西援建了几所学校？"])
def test_without_earlier_questions_nothing_changes(question: str) -> None:
    assert standalone_question(question, []) == question


def test_each_turn_is_read_after_the_one_before_it() -> None:
    turns = ["2020年湖北引进了多少家企业", "那四川呢", "2021年呢"]
    assert standalone_question("那云南呢？", turns) == "2021年云南引进了多少家企业"


@given(st.text(max_size=30), st.lists(st.text(max_size=30), max_size=3))
@settings(deadline=None)
def test_any_turns_make_some_question(question: str, context: list[str]) -> None:
    assert isinstance(standalone_question(question, context), str)
    assert standalone_question(question, []) == question
