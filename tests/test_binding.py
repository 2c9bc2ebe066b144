"""Whose figure it is, and as of when."""

from __future__ import annotations

import pytest

from test_evidence import last
from wenyuan.analyse import analyse
from wenyuan.binding import belongs_to_another, in_aside, missing_places, runs_the_other_way, scope_of, subjects, year_fits


@pytest.mark.parametrize(
    ("text", "acting"),
    [
        ("四川省援建学校31所", ["四川"]),
        ("三年来,四川省选派医生赴昭苏县", ["四川"]),
        ("福建省、江西省共同援建", ["福建", "江西"]),
        ("上海医院派出专家", []),
        ("专家们帮助昭苏县建校", []),
        ("湖北建路;湖南建桥", ["湖北", "湖南"]),
    ],
)
def test_the_places_that_act_open_a_clause(text: str, acting: list[str]) -> None:
    assert [place.name for place in subjects(text)] == acting


def test_a_place_may_be_named_in_the_line_over_it_or_before_it() -> None:
    query = analyse("四川在昭苏援建了多少学校")
    assert missing_places(query, last("四川省在昭苏县援建学校31所。")) == []
    assert missing_places(query, last("在昭苏县援建学校31所。", ("四川省",))) == []
    assert missing_places(query, last("四川省很重视。在昭苏县援建学校31所。")) == []
    assert missing_places(query, last("湖北省在昭苏县援建学校19所。")) == ["四川"]
    assert missing_places(query, last("援建学校19所。")) == ["四川", "昭苏"]


def test_a_figure_belongs_to_the_last_subject_before_it() -> None:
    query = analyse("四川援建了多少学校")
    line = last("四川援建学校31所,湖北援建学校19所。")
    assert not belongs_to_another(query, line, line.text.index("31"))
    assert belongs_to_another(query, line, line.text.index("19"))


def test_without_a_subject_the_section_decides() -> None:
    query = analyse("四川援建了多少学校")
    for section, another in (("四川省", False), ("湖北省", True), ("教育", False)):
        line = last("援建学校31所。", (section,))
        assert belongs_to_another(query, line, line.text.index("31")) is another


def test_a_subject_of_several_names_is_each_of_them() -> None:
    line = last("福建省、江西省共援建学校31所。")
    for place in ("福建", "江西"):
        assert not belongs_to_another(analyse(f"{place}援建了多少学校"), line, line.text.index("31"))


def test_a_question_that_names_no_place_takes_any() -> None:
    line = last("湖北省援建学校19所。", ("湖北省",))
    assert not belongs_to_another(analyse("援建了多少学校"), line, line.text.index("19"))


@pytest.mark.parametrize(
    ("question", "fits"),
    [
        ("2021年引进了多少家企业", {"58家": True, "73家": False}),
        ("2022年引进了多少家企业", {"58家": False, "73家": True}),
        ("2020年引进了多少家企业", {"58家": False, "73家": False}),
        ("引进了多少家企业", {"58家": True, "73家": True}),
    ],
)
def test_the_nearest_year_before_a_figure_governs_it(question: str, fits: dict[str, bool]) -> None:
    line, query = last("2021年引进企业58家;2022年引进企业73家。"), analyse(question)
    for shown, answer in fits.items():
        at = line.text.index(shown)
        assert year_fits(query, line, at, at + len(shown)) is answer


def test_a_year_may_stand_over_the_line() -> None:
    query = analyse("2021年引进了多少家企业")
    assert year_fits(query, last("引进企业58家。", ("2021年",)), 4, 7)
    assert year_fits(query, last("2021年很忙。引进企业58家。"), 4, 7)
    assert not year_fits(query, last("引进企业58家。"), 4, 7)


@pytest.mark.parametrize(
    ("question", "text", "reverse"),
    [
        ("四川选派了多少医生到昭苏", "四川省选派医生126名赴昭苏县坐诊。", False),
        ("四川选派了多少医生到昭苏", "昭苏县选派医生48名到四川省进修。", True),
        ("昭苏选派了多少医生到四川", "昭苏县选派医生48名到四川省进修。", False),
        ("昭苏选派了多少医生到四川", "四川省选派医生126名赴昭苏县坐诊。", True),
        ("四川有多少医生", "昭苏县选派医生48名到四川省进修。", False),
    ],
)
def test_people_sent_the_other_way_are_told_apart(question: str, text: str, reverse: bool) -> None:
    line = last(text)
    at = next(position for position, char in enumerate(line.text) if char.isdigit())
    assert runs_the_other_way(analyse(question), line, at) is reverse


def test_an_aside_is_a_bracket_with_a_period_of_its_own() -> None:
    line = last("累计投资9亿元(其中2023年投资2亿元),受益3万人(含老人4千人)。")
    places = {shown: in_aside(line, line.text.index(shown)) for shown in ("9亿元", "2亿元", "3万人", "4千人")}
    assert places == {"9亿元": False, "2亿元": True, "3万人": False, "4千人": False}


def test_the_scope_is_the_subject_before_or_else_the_sections_place() -> None:
    line = last("四川援建学校31所,湖北援建学校19所。", ("江西省",))
    assert scope_of(line, line.text.index("31")) == ("四川",)
    assert scope_of(line, line.text.index("19"))[-1] == "湖北"
    assert scope_of(last("援建学校19所。", ("江西省",)), 5) == ("江西",)
    assert scope_of(last("湖北动手早。援建学校19所。"), 5) == ("湖北",)
    assert scope_of(last("援建学校19所。"), 5) == ()
