"""What a sentence mentions, where it stands, and which way round it says it; on subjects of all kinds."""

from __future__ import annotations

from datetime import date

import pytest

from wenyuan.about import another_topic, other_filler, other_subject, spoken_of
from wenyuan.chinese.tags import negations, tagged
from wenyuan.cited_text import CitedText, content_words, segment_of
from wenyuan.mentions import Mention, Part, mentions, rivals, same
from wenyuan.polarity import opposed
from wenyuan.slots import fit
from wenyuan.whose import belongs_to_another
from wenyuan.wording import plain, says_it_in_so_many_words


def only(text: str, part: Part, published: date | None = None) -> list[str]:
    return [mention.text for mention in mentions(text, published) if mention.part is part]


def one(text: str, part: Part = Part.FIGURE) -> Mention:
    return next(mention for mention in mentions(text) if mention.part is part)


# -- words ---------------------------------------------------------------------------------------------------------------


def test_tagged_words_cover_the_text_in_order() -> None:
    text = "国家大剧院今晚上演《茶馆》,票价180元。"
    words = tagged(text)
    assert "".join(word.text for word in words) == text
    assert all(text[word.start : word.end] == word.text for word in words)


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("列车没有晚点", ["没有"]),
        ("他并未出席开幕式", ["并未"]),
        ("票不能退", ["不能"]),
        ("产量不断提高", []),
        ("无偿献血活动", []),
        ("未来三天有雨", []),
        ("非常重要的会议", []),
        ("游客对此不满", []),
        ("不得不取消航班", []),
    ],
)
def test_only_what_denies_is_a_negation(text: str, denied: list[str]) -> None:
    assert [text[start:end] for start, end in negations(text)] == denied


# -- mentions ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "part", "found"),
    [
        ("全长36.5公里的跨海大桥", Part.FIGURE, ["36.5公里"]),
        ("第十二届运动会", Part.FIGURE, ["十二届"]),
        ("2023年6月1日通车", Part.DATE, ["2023年6月1日"]),
        ("甘肃向青海输送电力", Part.PLACE, ["甘肃", "青海"]),
        ("由“雪龙”号破冰", Part.NAME, ["雪龙"]),
        ("大堰村的茶园", Part.NAME, ["大堰村"]),
        ("每个村都通了路", Part.NAME, []),
        ("落户高新区的企业", Part.NAME, ["高新区"]),
        ("海洋和都市里的王国", Part.NAME, []),
    ],
)
def test_mentions_are_found(text: str, part: Part, found: list[str]) -> None:
    assert only(text, part) == found


@pytest.mark.parametrize(
    ("claimed", "stated", "alike"),
    [
        ("36公里", "36千米", True),
        ("36公里", "36米", False),
        ("100名运动员", "100人", True),
        ("22个车站", "22座车站", True),
        ("22座车站", "22公里", False),
        ("近20万", "20多万", False),
        ("百分之五", "5%", True),
        ("第3名", "3名", False),
        ("1.5亿元", "15000万元", True),
    ],
)
def test_figures_are_the_same_by_value_and_unit(claimed: str, stated: str, alike: bool) -> None:
    assert same(one(claimed), one(stated)) is alike


@pytest.mark.parametrize(
    ("claimed", "stated", "alike"),
    [
        ("2019年", "2019年8月", True),
        ("2019年9月", "2019年8月", False),
        ("18世纪", "1769年", True),
        ("18世纪", "1801年", False),
        ("去年8月", "2019年8月", True),
        ("去年8月", "2019年9月", False),
    ],
)
def test_dates_are_the_same_where_one_says_it_more_closely(claimed: str, stated: str, alike: bool) -> None:
    assert same(one(claimed, Part.DATE), one(stated, Part.DATE)) is alike


def test_last_year_is_a_year_when_the_day_of_publication_is_known() -> None:
    (mention,) = (item for item in mentions("去年8月", date(2020, 3, 1)) if item.part is Part.DATE)
    assert mention.moment[:2] == (2019, 8)


def test_rivals_are_of_one_sort() -> None:
    assert rivals(one("30趟"), one("40趟"))
    assert not rivals(one("30趟"), one("40公里"))
    assert not rivals(one("30趟"), one("30趟"))
    assert rivals(one("甘肃", Part.PLACE), one("青海", Part.PLACE))


# -- where a figure stands -------------------------------------------------------------------------------------------------


GROWTH = CitedText("货运列车开行472列,同比增长12%,运输集装箱3万个,同比增长13%,货值78亿元,同比增长9%。", "")
SPENT = CitedText("投入800万元,修建乡村公路;拨款600万元,改造中学宿舍。", "")


@pytest.mark.parametrize(
    ("cited", "claim", "right", "wrong"),
    [
        (GROWTH, "集装箱运量增长13%", "13%", "9%"),
        (GROWTH, "货值增长9%", "9%", "13%"),
        (SPENT, "改造中学宿舍花了600万元", "600万元", "800万元"),
        (SPENT, "修建乡村公路花了800万元", "800万元", "600万元"),
        (CitedText("2021年产茶30吨(2022年产茶45吨)", ""), "2022年产茶45吨", "45吨", "30吨"),
        (CitedText("票价由120元降到90元", ""), "票价降到90元", "90元", "120元"),
    ],
)
def test_a_figure_fits_where_the_text_has_it(cited: CitedText, claim: str, right: str, wrong: str) -> None:
    claimed = one(claim)
    scores = {item.text: fit(claim, claimed, cited, item) for item in mentions(cited.text) if item.part is Part.FIGURE}
    assert scores[right] > scores[wrong] + 0.1


def test_segments_that_open_with_a_verb_go_on_about_the_one_before() -> None:
    assert GROWTH.continues == (False, True, False, True, False, True)
    assert segment_of(GROWTH.segments, 0) == 0


def test_a_figure_belongs_to_the_subject_before_it() -> None:
    cited = CitedText("甘肃建成风电场9座。青海建成光伏电站6座。", "")
    (_, six) = (item for item in mentions(cited.text) if item.part is Part.FIGURE)
    assert belongs_to_another(cited, six, ("甘肃",)) == "青海"
    assert belongs_to_another(cited, six, ("青海",)) == ""


def test_words_of_matter_leave_figures_and_particles_out() -> None:
    assert [word.text for word in content_words("剧院的门票卖了300张")] == ["剧院", "门票", "卖"]


# -- polarity --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "cited", "turned"),
    [
        ("列车没有晚点", "列车晚点两小时", "没有"),
        ("新馆设立收费阅览室", "馆长说,新馆没有设立收费阅览室", "没有"),
        ("苹果产量比去年减少12%", "苹果总产量达到8万吨,比去年增长12%", "减少"),
        ("平均候车时间变长了", "平均候车时间由9分钟缩短到6分钟", "变长"),
        ("列车正点到达", "列车正点到达,没有旅客受伤", ""),
        ("列车没有晚点", "列车没有晚点", ""),
        ("游客不断增加", "游客增加", ""),
    ],
)
def test_what_is_turned_round_is_named(claim: str, cited: str, turned: str) -> None:
    assert opposed(claim, CitedText(cited, "")) == turned


# -- what it is about -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "cited", "missing"),
    [
        ("交响乐团去年演出90场", "话剧院去年演出90场", "交响乐团"),
        ("交响乐团去年演出90场", "交响乐团去年演出90场", ""),
        ("地铁集团:去年运客3亿人次", "公交公司:去年运客3亿人次", "地铁集团"),
        ("发改委的人来调研", "发展和改革委员会有关负责人来调研", ""),
        ("一共16个区参加比赛", "全市16个区参加比赛", ""),
    ],
)
def test_a_claim_about_somebody_else_is_noticed(claim: str, cited: str, missing: str) -> None:
    found = other_subject(claim, CitedText(cited, ""))
    assert (found[0] if found else "") == missing


def test_another_noun_in_the_very_frame_of_the_text_is_noticed() -> None:
    cited = CitedText("该公司计划在清水湾建设海水淡化厂,明年投产。", "")
    assert other_filler("该公司计划在红石滩建设海水淡化厂,明年投产", cited) == ("红石滩", "清水湾")
    assert other_filler("该公司计划在清水湾建设海水淡化厂", cited) is None
    assert other_filler("海水淡化厂要建在红石滩", cited) is None  # in other words nothing can be told by the frame


def test_another_topic_shares_hardly_a_word() -> None:
    cited = CitedText("地铁三号线全长36公里,设车站22座。", "")
    assert another_topic("苹果丰收果农高兴", cited)
    assert not another_topic("地铁三号线有车站22座", cited)


def test_spoken_of_is_a_share() -> None:
    assert spoken_of("图书馆", "新图书馆开放") == 1.0
    assert spoken_of("发改委", "发展改革委") == 0.9
    assert spoken_of("音乐喷泉", "音乐广场") == pytest.approx(1 / 3)
    assert spoken_of("剧院", "地铁") == 0.0


# -- the same words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "cited", "same_words"),
    [
        ("设车站二十二座", "全长36公里,设车站22座。", True),
        ("设车站22座", "没有设车站22座。", False),
        ("设车站22座", "设车站22个。", False),
        ("设车站2座", "设车站22座。", False),
    ],
)
def test_the_same_words_in_other_writing(claim: str, cited: str, same_words: bool) -> None:
    assert says_it_in_so_many_words(plain(claim), plain(cited), None) is same_words
