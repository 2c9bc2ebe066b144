"""Normalised text keeps its way back to the source; sentences begin and end where a reader would say so."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenyuan.chinese.text import Normalised, normalise, normalised, sentence_bounds

CHARACTERS = st.text(
    st.one_of(
        st.characters(codec="utf-8"),
        st.sampled_from("　 \t\r\n，。！？“”‘’（）()?!_:;…１２Ａａ㎡①㈱ﾊﾞ゛\u0301\u200b\ufeff\u202e區發展笆奈濉睍盃渴帧保r乾著臺裏qūéjié)"),
    ),
    max_size=60,
)


def sentences(text: str, max_chars: int = 180) -> list[str]:
    return [text[start:end] for start, end in sentence_bounds(text, max_chars)]


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("ＡＢＣ１２３，Ｗen", "abc123,wen"),
        ("三峽重慶庫區(qū)發(fā)展", "三峡重庆库区发展"),
        ("面積㎡　　增加\r\n10％", "面积m2 增加 10%"),
        ("零\u200b宽\ufeff字\u202e符", "零宽字符"),
        ("不斷提升?!笆奈濉睍r期,援受雙方", "不断提升。“十四五”时期,援受双方"),
        ("浙江名?!盃渴帧保_展“一對一”", "浙江名。“牵手”_展“一对一”"),
        ("笆逦濉笆逦濉", "“十五五“十五五"),
        ("乾縣 乾县", "干县 干县"),
        ("为什么?!笔者认为", "为什么?!笔者认为"),  # no mojibake: an honest ?! before an honest character
        ("人工智能(ai)与选项(a)", "人工智能(ai)与选项(a)"),  # no tone, no gloss
        ("", ""),
    ],
)
def test_normalised(raw: str, normal: str) -> None:
    assert normalised(raw) == normal


def test_offsets_lead_back_to_whole_characters() -> None:
    text = "共㎡　　區(qū)域"
    result = normalise(text)
    assert result.text == "共m2 区域"
    assert [text[slice(*result.original(at, at + 1))] for at in range(len(result.text))] == ["共", "㎡", "㎡", "　　", "區(qū)", "域"]
    assert result.original(0, len(result.text)) == (0, len(text))
    assert result.original(2, 2) == (1, 1)


def test_a_place_outside_is_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        Normalised("ab", range(3)).original(1, 3)


@given(CHARACTERS)
@settings(max_examples=300, deadline=None)
def test_twice_is_once(text: str) -> None:
    once = normalised(text)
    assert normalised(once) == once
    assert unicodedata.is_normalized("NFKC", once)


@given(CHARACTERS)
@settings(max_examples=300, deadline=None)
def test_offsets_never_fall_and_stay_inside(text: str) -> None:
    result = normalise(text)
    assert len(result.offsets) == len(result.text) + 1
    assert list(result.offsets) == sorted(result.offsets)
    assert result.offsets[-1] == len(text)
    for at in range(len(result.text)):
        start, end = result.original(at, at + 1)
        assert 0 <= start < end <= len(text)


def test_plain_text_moves_no_offset() -> None:
    assert normalise("截至2024年底，共開展206項。").offsets == range(18)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("甲来了。乙走了！丙呢？", ["甲来了。", "乙走了！", "丙呢？"]),
        ("无偿援助3.05亿元，占99.5%。此后不变。", ["无偿援助3.05亿元，占99.5%。", "此后不变。"]),
        ("投入2200万元；建成2栋；补贴750万元。", ["投入2200万元；建成2栋；补贴750万元。"]),
        ("培训3495人次……工作结出硕果。", ["培训3495人次", "工作结出硕果。"]),
        ("他说：“我……我不去。”于是走了。", ["他说：“我……我不去。”", "于是走了。"]),
        ("“留下一支医疗队！”在天津医院的展板上，成绩单很长。", ["“留下一支医疗队！”在天津医院的展板上，成绩单很长。"]),
        ("“更精准、更下沉。”负责人表示。如吉林省。", ["“更精准、更下沉。”负责人表示。", "如吉林省。"]),
        ("“升级。”据负责人介绍，近年来，工作转型。", ["“升级。”", "据负责人介绍，近年来，工作转型。"]),
        ("收入约350万元。”“小桔灯”很美。", ["收入约350万元。”", "“小桔灯”很美。"]),
        ("（这是注。）正文开始。", ["（这是注。）", "正文开始。"]),
        ("他读《去哪儿？》一书。", ["他读《去哪儿？》一书。"]),
        ("第一行\n第二行\r\n\r\n  第三行  ", ["第一行", "第二行", "第三行"]),
        ("约翰.史密斯来了.\n他走了。", ["约翰.史密斯来了.", "他走了。"]),
        ("……\n！！！\n　", []),
        ("不斷提升?!笆奈濉睍r期,互訪528批次。", ["不斷提升?!笆奈濉睍r期,互訪528批次。"]),
        ("", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_a_long_sentence_is_cut_at_semicolons_then_commas() -> None:
    clause = "援建项目二十个，资金三百万元"
    assert sentences(f"{clause}；{clause}；{clause}。", max_chars=32) == [f"{clause}；{clause}；", f"{clause}。"]
    assert sentences("甲" * 20 + "，" + "乙" * 20 + "。", max_chars=30) == ["甲" * 20 + "，", "乙" * 20 + "。"]
    assert sentences("甲" * 50, max_chars=20) == ["甲" * 20, "甲" * 20, "甲" * 10]
    assert sentences("共计一亿零三十五万七千六百元即100,357,600元整", max_chars=24)[0].endswith("元即")  # never within a number


@given(CHARACTERS)
@settings(max_examples=300, deadline=None)
def test_bounds_are_in_order_and_lose_no_letter(text: str) -> None:
    bounds = sentence_bounds(text, 20)
    at = 0
    for start, end in bounds:
        assert at <= start < end <= len(text)
        assert end - start <= 20
        assert text[start:end] == text[start:end].strip()
        assert not any(character.isalnum() for character in text[at:start])
        at = end
    assert not any(character.isalnum() for character in text[at:])


@pytest.mark.parametrize("unit", ["啊", "“", "?!笆", "。", "！”", "區(qū)", "区(q", "，", "…", "(", "a\u0301", "。” "])
def test_a_line_of_100_000_characters_takes_little_time(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    started = time.perf_counter()
    normalise(text)
    sentence_bounds(text)
    assert time.perf_counter() - started < 5  # seconds; linear work takes a fraction of one
