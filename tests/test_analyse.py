"""What a question asks, of whom, where and when."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenyuan.analyse import analyse
from wenyuan.contracts import AnswerType

QUESTION_TEXT = st.lists(
    st.sampled_from(
        [
            *"的了吗呢在有是和、，？比多少几哪谁何年月所家名人()“”1234567890",
            "四川",
            "昭苏县",
            "学校",
            "援建",
            "多少",
            "哪些",
            "什么时候",
            "为什么",
            "还是",
            "百分之",
            "相差",
            "之前",
            "十四五",
            "hangzhou",
            "分别是",
        ]
    ),
    max_size=25,
).map("".join)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("浙江援建了多少所学校", AnswerType.COUNT),
        ("修水库花了几个亿", AnswerType.AMOUNT),
        ("大桥总造价大概多少亿？我说的是去年", AnswerType.AMOUNT),
        ("水库库容有多少亿立方米", AnswerType.COUNT),
        ("黄金多少美金一盎司", AnswerType.AMOUNT),
        ("外销的茶叶占几成？", AnswerType.PERCENT),
        ("去年茶叶出口额升幅多少", AnswerType.PERCENT),
        ("社团吸收了几成员", AnswerType.COUNT),
        ("水库动工时间", AnswerType.DATE),
        ("修大桥用了多长时间", AnswerType.DURATION),
        ("啥时候通车", AnswerType.DATE),
        ("管水库的人叫什么", AnswerType.PERSON_OR_ORG),
        ("哪位局长几度落泪", AnswerType.PERSON_OR_ORG),
        ("水库所在的县叫什么", AnswerType.PLACE),
        ("哪家国际巨头要收购茶厂", AnswerType.ANY),
        ("最畅销的茶是？", AnswerType.ANY),
        ("茶厂的年产值为？", AnswerType.AMOUNT),
        ("大桥全长超过一千米？", AnswerType.YES_NO),
        ("大桥全长？", AnswerType.COUNT),
        ("大桥已经通车？", AnswerType.YES_NO),
        ("没有获奖的人数？", AnswerType.COUNT),
        ("签订了协议的日期？", AnswerType.DATE),
        ("得分最多的球队？", AnswerType.ANY),
        ("修桥花了几年时间？", AnswerType.DURATION),
        ("今天最高气温几度？", AnswerType.COUNT),
        ("新开的超市叫什么名字", AnswerType.DEFINITION),
        ("局长辞职是因为？", AnswerType.HOW_OR_WHY),
        ("局长在干吗", AnswerType.HOW_OR_WHY),
        ("局长干嘛连夜开会", AnswerType.HOW_OR_WHY),
        ("湖北去年引进了几家企业？", AnswerType.COUNT),
        ("粮食产量多少吨", AnswerType.COUNT),
        ("新大楼有多高", AnswerType.COUNT),
        ("库区占地多大", AnswerType.COUNT),
        ("四川投入了多少钱", AnswerType.AMOUNT),
        ("云南花了多少资金修路", AnswerType.AMOUNT),
        ("援助资金有多少", AnswerType.AMOUNT),
        ("森林覆盖率是多少", AnswerType.PERCENT),
        ("失业率下降了几个百分点", AnswerType.PERCENT),
        ("务工人员占百分之几", AnswerType.PERCENT),
        ("大桥是哪年建成的", AnswerType.DATE),
        ("班列什么时候首发", AnswerType.DATE),
        ("从成都到西昌需要几个小时", AnswerType.DURATION),
        ("车程要多久", AnswerType.DURATION),
        ("主任几岁", AnswerType.DURATION),
        ("贵州的公路里程是多少", AnswerType.NUMBER),
        ("这座桥谁设计的", AnswerType.PERSON_OR_ORG),
        ("哪家公司承建了大桥", AnswerType.PERSON_OR_ORG),
        ("茶厂在哪个县", AnswerType.PLACE),
        ("工厂位于哪里", AnswerType.PLACE),
        ("哪些县通了高铁", AnswerType.LIST),
        ("三个园区分别是什么", AnswerType.LIST),
        ("什么是双创", AnswerType.DEFINITION),
        ("为什么要修水库", AnswerType.HOW_OR_WHY),
        ("如何申请补贴", AnswerType.HOW_OR_WHY),
        ("贵阳有机场吗", AnswerType.YES_NO),
        ("甘肃是不是建了26所学校", AnswerType.YES_NO),
        ("浙江和江苏谁援助得多", AnswerType.COMPARISON),
        ("浙江的投资比江苏多吗", AnswerType.COMPARISON),
        ("青海和甘肃哪个省引进的企业更少", AnswerType.COMPARISON),
    ],
)
def test_the_type_of_answer_that_is_asked_for(question: str, expected: AnswerType) -> None:
    assert analyse(question).expected is expected


@pytest.mark.parametrize(
    ("question", "target", "fits", "does_not"),
    [
        ("浙江援建了多少所学校", "学校", "所", "人"),
        ("湖北引进了几家企业", "企业", "家", "吨"),
        ("有多少干部参加", "干部", "名", "所"),
        ("甘肃派了几个学生", "学生", "名", "座"),
        ("宁夏种了多少亩枸杞", "枸杞", "亩", "家"),
    ],
)
def test_what_is_counted_and_the_measure_words_that_fit_it(question: str, target: str, fits: str, does_not: str) -> None:
    query = analyse(question)
    assert query.target == target
    assert fits in query.units
    assert does_not not in query.units


@pytest.mark.parametrize(
    ("question", "terms"),
    [
        ("浙江援建了多少所学校", {"浙江", "援建", "学校"}),
        ("请问大桥是什么时候建成的呢", {"大桥", "建成"}),
        ("工厂位于哪里", {"工厂", "位于"}),
    ],
)
def test_terms_are_what_is_asked_about_not_what_it_is_asked_with(question: str, terms: set[str]) -> None:
    assert set(analyse(question).terms) == terms


def test_places_and_years_are_taken_from_the_question() -> None:
    query = analyse("2021年四川省在昭苏县引进了多少家企业")
    assert query.places == ("四川", "昭苏")
    assert query.years == ("2021",)
    assert analyse("十四五期间建了几座水库").years == ("十四五",)
    assert analyse("编号2021的项目在哪里").years == ()


def test_a_place_spelt_in_latin_letters_is_that_place() -> None:
    assert analyse("hangzhou有几所大学").places == ("杭州",)


def test_a_question_in_traditional_characters_is_the_same_question() -> None:
    one, two = analyse("四川援建了多少所學校"), analyse("四川援建了多少所学校")
    assert (one.text, one.expected, one.terms, one.target, one.places) == (two.text, two.expected, two.terms, two.target, two.places)
    assert one.question == "四川援建了多少所學校"


def test_the_value_before_a_change_may_be_asked_for() -> None:
    assert analyse("车程缩短之前是多少分钟").wants_before
    assert not analyse("车程缩短为多少分钟").wants_before


@pytest.mark.parametrize("question", ["你好", "您好！", "谢谢", "再见", "hello", "你是谁？", "给我写一首诗", "???", "", " \n", "。。。"])
def test_small_talk_commands_and_blanks_are_no_questions(question: str) -> None:
    assert analyse(question).not_a_question


@pytest.mark.parametrize("question", ["谢谢茶的产地在哪里", "学校", "你好牌酱油是哪里产的"])
def test_a_question_may_open_like_small_talk(question: str) -> None:
    assert not analyse(question).not_a_question


def test_a_follow_up_is_analysed_as_it_stands_alone_and_knows_what_was_given() -> None:
    query = analyse("2022年呢", ["四川引进了多少家企业"])
    assert (query.question, query.standalone) == ("2022年呢", "2022年四川引进了多少家企业")
    assert (query.places, query.years, query.expected) == (("四川",), ("2022",), AnswerType.COUNT)
    assert "企业" in query.given
    assert "2022年" not in query.given
    assert analyse("四川引进了多少家企业").given == ()


@given(st.one_of(QUESTION_TEXT, st.text(max_size=40)), st.lists(st.one_of(QUESTION_TEXT, st.text(max_size=20)), max_size=2))
@settings(deadline=None)
def test_any_text_may_be_asked(question: str, context: list[str]) -> None:
    query = analyse(question, context)
    assert query.question == question
    assert set(query.given) <= set(query.terms)
    assert query.not_a_question or query.terms


def test_a_very_long_question_is_read_to_the_end() -> None:
    query = analyse("四川省援建学校31所，总投资6.45亿元。" * 5000)
    assert query.places == ("四川",)
