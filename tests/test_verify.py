"""A claim is held against the text it cites."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from wenyuan.verify import Support, verify

PLACES = ("四川", "湖北", "甘肃", "昭苏县", "宜昌市")
THINGS = ("学校", "卫生院", "企业", "蔬菜大棚")
UNITS = ("所", "家", "座", "个")


@st.composite
def sentences(draw: st.DrawFn) -> str:
    """A sentence with a place, a year, a count and a sum."""
    place, thing, unit = draw(st.sampled_from(PLACES)), draw(st.sampled_from(THINGS)), draw(st.sampled_from(UNITS))
    year, count = draw(st.integers(1980, 2029)), draw(st.integers(1, 99_999))
    sum_of_money = draw(st.sampled_from(["6.45亿元", "一千八百万元", "320万美元", "近3.2万元"]))
    return f"{year}年，{place}建成{thing}{count}{unit}，总投资{sum_of_money}。"


@pytest.mark.parametrize(
    ("claim", "cited"),
    [
        ("24所", "援建二十四所學校。"),
        ("1.2万人", "全镇人口12000人。"),
        ("12,000人", "全镇人口1.2万人。"),
        ("百分之九", "占9%。"),
        ("2021年", "于2021年5月建成。"),
        ("约3万人", "共3万人。"),
        ("昭苏县31所", "昭苏建成学校31所。"),
        ("浙江捐建", "杭州捐建。"),
        ("十四五期间", "“十四五”期间开工。"),
        ("一些学校", "学校已经开学。"),
        ("", "任何文字。"),
    ],
)
def test_the_same_fact_in_other_writing_is_supported(claim: str, cited: str) -> None:
    verdict = verify(claim, cited)
    assert verdict.support is Support.SUPPORTED
    assert verdict.differs == ()


@pytest.mark.parametrize(
    ("claim", "cited", "differs"),
    [
        ("26所", "援建学校24所。", "26所"),
        ("24所", "援建学校124所。", "24所"),
        ("2.4亿元", "总投资12.4亿元。", "2.4亿元"),
        ("增长5%", "同比增长15%。", "5%"),
        ("2021年", "2020年建成。", "2021年"),
        ("四川援建", "湖北援建。", "四川"),
        ("大桥不是24米", "大桥是24米", "不是"),
        ("24家", "援建学校24所。", "24家"),
        ("30分钟", "用了30小时。", "30分钟"),
        ("50万元", "折合50万美元。", "50万元"),
    ],
)
def test_another_figure_date_place_or_polarity_is_contradicted(claim: str, cited: str, differs: str) -> None:
    verdict = verify(claim, cited)
    assert verdict.support is Support.CONTRADICTED
    assert differs in verdict.differs


@pytest.mark.parametrize(
    ("claim", "cited"),
    [
        ("3亿元", "没有提到数字。"),
        ("四川援建", "援建已经完成。"),
    ],
)
def test_a_fact_that_is_absent_is_not_stated(claim: str, cited: str) -> None:
    assert verify(claim, cited).support is Support.NOT_STATED


def test_the_heading_may_name_the_place() -> None:
    assert verify("湖北援建24所", "援建学校24所。", "湖北省").support is Support.SUPPORTED
    assert verify("湖北援建24所", "援建学校24所。", "江西省").support is Support.CONTRADICTED


@given(sentences())
@settings(deadline=None)
def test_every_sentence_supports_itself(sentence: str) -> None:
    assert verify(sentence, sentence).support is Support.SUPPORTED


@given(sentences(), st.integers(1, 99_999))
@settings(deadline=None)
def test_another_count_contradicts_the_sentence(sentence: str, other: int) -> None:
    unit = next(unit for unit in UNITS if unit + "，总" in sentence)
    claim = f"建成{other}{unit}"
    count = sentence[: sentence.index(unit + "，总")].rstrip("0123456789")
    stated = int(sentence[len(count) : sentence.index(unit + "，总")])
    assume(other != stated)
    verdict = verify(claim, sentence)
    assert verdict.support is Support.CONTRADICTED
    assert verdict.differs == (f"{other}{unit}",)


@given(sentences(), st.integers(1980, 2029))
@settings(deadline=None)
def test_another_year_contradicts_the_sentence(sentence: str, year: int) -> None:
    assume(not sentence.startswith(str(year)))
    assert verify(f"{year}年", sentence).support is Support.CONTRADICTED


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=20))
@settings(deadline=None)
def test_any_texts_may_be_checked(claim: str, cited: str, heading: str) -> None:
    verdict = verify(claim, cited, heading)
    assert bool(verdict.differs) is (verdict.support is not Support.SUPPORTED)
