"""Names of places: where they stand, and which lies in which."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenyuan.chinese.names import contains, from_pinyin, level, pinyin, places


def names(text: str) -> list[str]:
    return [place.name for place in places(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("广东省佛山市的企业", ["广东", "佛山"]),
        ("江苏省苏州市昆山市", ["江苏", "苏州", "昆山"]),
        ("新疆维吾尔自治区昭苏县", ["新疆", "昭苏"]),
        ("广西壮族自治区", ["广西"]),
        ("从杭州出发", ["杭州"]),
        ("大庆的石油", ["大庆"]),
        ("吉林省吉林市", ["吉林", "吉林"]),
        ("鄂尔多斯市与内蒙古", ["鄂尔多斯", "内蒙古"]),
        ("没有地名的句子", []),
        ("", []),
    ],
)
def test_places_are_found_by_their_short_names_in_order(text: str, found: list[str]) -> None:
    assert names(text) == found


@pytest.mark.parametrize("text", ["扩大连接范围", "上海南京路"])
def test_a_name_across_word_bounds_is_no_place(text: str) -> None:
    assert not {"大连", "海南"} & set(names(text))


def test_a_place_has_the_span_of_the_form_that_stands_there() -> None:
    text = "来自湖北省和宜昌"
    assert [text[place.start : place.end] for place in places(text)] == ["湖北省", "宜昌"]


@pytest.mark.parametrize(
    ("text", "inside"), [("上海医院派人", True), ("西宁机场扩建", True), ("成都银行开业", True), ("上海派人", False), ("西宁市医院", True)]
)
def test_a_place_that_opens_an_institutions_name_is_marked(text: str, inside: bool) -> None:
    assert places(text)[0].in_institution is inside


@pytest.mark.parametrize(
    ("outer", "inner", "answer"),
    [
        ("浙江", "杭州", True),
        ("浙江省", "余杭", True),
        ("杭州", "余杭区", True),
        ("杭州", "杭州", True),
        ("杭州", "浙江", False),
        ("杭州", "宁波", False),
        ("四川", "昭苏", False),
        ("新疆", "昭苏", True),
        ("某地", "某地", True),
        ("某地", "杭州", False),
        ("浙江", "某地", False),
    ],
)
def test_a_division_contains_those_below_it_and_itself(outer: str, inner: str, answer: bool) -> None:
    assert contains(outer, inner) is answer


@pytest.mark.parametrize(("name", "digits"), [("浙江", 2), ("北京", 2), ("杭州", 4), ("昆山", 6), ("昭苏县", 6), ("某地", 0)])
def test_the_level_of_a_division(name: str, digits: int) -> None:
    assert level(name) == digits


@pytest.mark.parametrize(
    ("latin", "name"), [("hangzhou", "杭州"), ("Beijing", "北京"), ("sichuan", "四川"), ("abc", ""), ("zzzzz", ""), ("杭州", ""), ("", "")]
)
def test_a_name_spelt_in_latin_letters(latin: str, name: str) -> None:
    assert from_pinyin(latin) == name


def test_names_that_sound_alike_have_one_spelling() -> None:
    assert pinyin("受力") == pinyin("手利")


@given(
    st.lists(st.sampled_from([*"省市县区的在，。x1", "四川", "昭苏县", "湖北省", "医院", "大连", "吉林", "朝阳"]), max_size=25).map("".join)
)
@settings(deadline=None)
def test_places_lie_inside_any_text_in_order_without_overlap(text: str) -> None:
    found = places(text)
    assert all(0 <= place.start < place.end <= len(text) for place in found)
    assert all(before.end <= after.start for before, after in pairwise(found))
    assert all(place.codes and text[place.start : place.end].startswith(place.name[:2]) for place in found)


@given(st.text(max_size=50))
@settings(deadline=None)
def test_any_text_may_be_searched_for_places(text: str) -> None:
    assert all(place.end <= len(text) for place in places(text))


@pytest.mark.parametrize("unit", ["四川省在昭苏县援建学校31所。", "天津", "省", "一"])
def test_very_long_texts_are_read_to_the_end(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    assert all(place.end <= len(text) for place in places(text))
