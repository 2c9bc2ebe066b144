"""Figures with their units, and dates, as Chinese writes them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenyuan.chinese.numbers import Quantity, QuantityKind, dates, han_value, quantities
from wenyuan.chinese.text import normalised

COUNT, AMOUNT, PERCENT = QuantityKind.COUNT, QuantityKind.AMOUNT, QuantityKind.PERCENT
DATE, DURATION = QuantityKind.DATE, QuantityKind.DURATION

# Text made of what the patterns look for, so that they meet in every order.
NUMERIC_TEXT = st.lists(
    st.sampled_from(
        [*"0123456789.,%第约近超多余几数两一二十百千万亿零〇年月日号元所家人个世纪代底初点分之后的", "百分之", "公元前", "十四五"]
    ),
    max_size=40,
).map("".join)


def only(text: str) -> Quantity:
    """The one figure of ``text``."""
    found = quantities(normalised(text))
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("二十四", 24),
        ("十", 10),
        ("十七", 17),
        ("三百零五", 305),
        ("一千八百亿", 1.8e11),
        ("两万三千", 23_000),
        ("二〇二四", 2024),
        ("万", 10_000),
        ("零", 0),
    ],
)
def test_a_han_numeral_has_its_value(numeral: str, value: float) -> None:
    assert han_value(numeral) == value


@pytest.mark.parametrize("text", ["", "甲", "二十所", "12", "三点五"])
def test_what_is_no_han_numeral_has_none(text: str) -> None:
    assert han_value(text) is None


@pytest.mark.parametrize(
    ("text", "kind", "value", "unit", "shown"),
    [
        ("新建卫生院十七所", COUNT, 17, "所", "十七所"),
        ("接待游客3,456人次", COUNT, 3456, "人次", "3,456人次"),
        ("种下1.2万棵核桃树", COUNT, 12_000, "棵", "1.2万棵"),
        ("流转土地３００亩", COUNT, 300, "亩", "300亩"),
        ("占地24.5平方公里", COUNT, 24.5, "平方公里", "24.5平方公里"),
        ("產量翻了2.5倍", COUNT, 2.5, "倍", "2.5倍"),
        ("阅读量达34462", COUNT, 34462, "", "34462"),
        ("拨款一千八百亿元", AMOUNT, 1.8e11, "元", "一千八百亿元"),
        ("贷款1.5万亿元", AMOUNT, 1.5e12, "元", "1.5万亿元"),
        ("出口额300万美元", AMOUNT, 3_000_000, "美元", "300万美元"),
        ("增长12.5%", PERCENT, 12.5, "%", "12.5%"),
        ("增长12.5％", PERCENT, 12.5, "%", "12.5%"),
        ("占百分之九点五", PERCENT, 9.5, "%", "百分之九点五"),
        ("死亡率为千分之六", PERCENT, 0.6, "%", "千分之六"),
        ("提高3.2个百分点", PERCENT, 3.2, "个百分点", "3.2个百分点"),
        ("连续作业57小时", DURATION, 57, "小时", "57小时"),
        ("守边33年", DURATION, 33, "年", "33年"),
    ],
)
def test_a_figure_has_its_kind_value_unit_and_place(text: str, kind: QuantityKind, value: float, unit: str, shown: str) -> None:
    item = only(text)
    assert (item.kind, item.unit) == (kind, unit)
    assert item.value == pytest.approx(value)
    assert normalised(text)[item.start : item.end] == shown


@pytest.mark.parametrize(
    ("text", "value", "approximate"),
    [
        ("约3万人", 30_000, "约"),
        ("近83亿元", 8.3e9, "近"),
        ("500余名", 500, "余"),
        ("3万余亩", 30_000, "余"),
        ("三十多年", 30, "多"),
        ("不足10天", 10, "不足"),
        ("超百亿元", 1e10, "超"),
    ],
)
def test_a_rounded_figure_says_which_way(text: str, value: float, approximate: str) -> None:
    item = only(text)
    assert (item.value, item.approximate) == (value, approximate)
    assert (item.start, item.end) == (0, len(text))


def test_the_bare_number_is_inside_the_figure() -> None:
    text = "投入约1.2万余元"
    item = only(text)
    assert text[slice(*item.number)] == "1.2"
    assert text[item.start : item.end] == "约1.2万余元"


def test_an_ordinal_counts_nothing() -> None:
    assert only("这是第三批").ordinal
    assert not only("共有三批").ordinal


@pytest.mark.parametrize(
    ("text", "vague"), [("一批企业", True), ("几名村民", True), ("三批企业", False), ("1批企业", False), ("两座桥", False)]
)
def test_an_article_is_vague_and_a_figure_is_not(text: str, vague: bool) -> None:
    assert only(text).vague is vague


@pytest.mark.parametrize("text", ["三峡移民", "十分重要", "以防万一", "第一", "半年", "千方百计"])
def test_han_numerals_inside_words_are_no_figures(text: str) -> None:
    assert not quantities(text)


@pytest.mark.parametrize(
    ("text", "shown", "value", "unit"),
    [
        ("2021年3月5日签约", "2021年3月5日", 20210305, "年"),
        ("二〇二四年六月动工", "二〇二四年六月", 20240600, "年"),
        ("一九四九年建校", "一九四九年", 19490000, "年"),
        ("1998年底竣工", "1998年底", 19980000, "年"),
        ("去年12月到任", "去年12月", 1200, "今年"),
        ("到三月底收完", "三月底", 300, "月"),
        ("今年丰收", "今年", 0, "今年"),
        ("“十四五”期间", "“十四五”期间", 0, "period"),
        ("始于20世纪80年代", "20世纪80年代", 0, "period"),
        ("公元前221年统一", "公元前221年", 0, "period"),
    ],
)
def test_a_date_has_its_value_and_place(text: str, shown: str, value: float, unit: str) -> None:
    (item,) = dates(text)
    assert (text[item.start : item.end], item.value, item.unit, item.kind) == (shown, value, unit, DATE)


@pytest.mark.parametrize("text", ["33年", "12024年", "编号20211", "3个月", "十五所学校"])
def test_durations_and_long_numbers_are_no_dates(text: str) -> None:
    assert not dates(text)


def test_a_year_is_a_date_and_never_a_count() -> None:
    text = "2022年甘肃引进企业73家,到2023年底增至91家。"
    assert [(item.kind, text[item.start : item.end]) for item in quantities(text)] == [
        (DATE, "2022年"),
        (COUNT, "73家"),
        (DATE, "2023年底"),
        (COUNT, "91家"),
    ]


def test_figures_side_by_side_keep_apart() -> None:
    text = "贵州建学校31所、卫生院十七所,投资6.45亿元,占9%。"
    assert [text[item.start : item.end] for item in quantities(text)] == ["31所", "十七所", "6.45亿元", "9%"]


def test_a_han_digit_beside_it_does_not_cut_a_number() -> None:
    text = "援建24所学校和124家超市"
    assert [item.value for item in quantities(text)] == [24, 124]


@given(st.one_of(NUMERIC_TEXT, st.text(max_size=60)))
@settings(deadline=None)
def test_figures_and_dates_lie_inside_any_text_in_order_without_overlap(text: str) -> None:
    for find in (quantities, dates):
        found = find(text)
        assert all(0 <= item.start < item.end <= len(text) for item in found)
        assert all(before.end <= after.start for before, after in pairwise(found))
        assert all(0 <= item.number[0] <= item.number[1] <= len(text) for item in found)


@given(st.one_of(NUMERIC_TEXT, st.text(max_size=60)))
@settings(deadline=None)
def test_every_date_is_among_the_figures(text: str) -> None:
    assert set(dates(text)) <= set(quantities(text))


@given(st.integers(0, 10**9))
def test_a_number_with_a_measure_word_has_its_own_value_with_and_without_commas(number: int) -> None:
    assert only(f"共有{number}户人家").value == number
    assert only(f"共有{number:,}户人家").value == number


@pytest.mark.parametrize("unit", ["四川援建学校31所,投资6.45亿元。", "1", "1,111", "一", "万", "第", "2021年", "百分之", "十", "1.", "年"])
def test_very_long_texts_are_read_to_the_end(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    assert all(item.end <= len(text) for item in quantities(text))
