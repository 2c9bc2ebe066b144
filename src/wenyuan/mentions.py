"""A sentence → its mentions: the figures, dates, places and names in it that can be wrong, each with what it is compared by.

Texts given here are normalised. Knows nothing of claims, questions or verdicts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import lru_cache

from wenyuan.chinese.names import Place, contains, level, places
from wenyuan.chinese.numbers import Quantity, QuantityKind, quantities
from wenyuan.chinese.tags import Word, tagged


class Part(str, Enum):
    """What a mention is."""

    FIGURE = "figure"
    DATE = "date"
    PLACE = "place"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Mention:
    """A figure, date, place or name at ``text[start:end]``."""

    part: Part
    start: int
    end: int
    text: str
    quantity: Quantity | None = None  # of figures and dates
    unit: str = ""  # of figures, one word for units that mean the same
    moment: tuple[int, int, int] = (0, 0, 0)  # of dates: year, month, day; 0 where unknown
    relative: str = ""  # of dates: 去年, where no year is known
    tag: str = ""  # of names


# Units that count the same things: 100名干部 is 100人, 3公里 is 3千米.
_ONE_UNIT = {
    **dict.fromkeys(("名", "位", "人员"), "人"),
    **dict.fromkeys(("千米", "km"), "公里"),
    **dict.fromkeys(("公尺", "m"), "米"),
    **dict.fromkeys(("千克", "kg"), "公斤"),
    **dict.fromkeys(("m2",), "平方米"),
    **dict.fromkeys(("km2", "平方千米"), "平方公里"),
    **dict.fromkeys(("块", "块钱", "人民币"), "元"),
    **dict.fromkeys(("美金",), "美元"),
    **dict.fromkeys(("港币",), "港元"),
    **dict.fromkeys(("个小时",), "小时"),
    **dict.fromkeys(("个多月", "月"), "个月"),
    **dict.fromkeys(("个星期", "星期"), "周"),
    **dict.fromkeys(("周岁",), "岁"),
    **dict.fromkeys(("个百分点",), "百分点"),
    **dict.fromkeys(("个世纪",), "世纪"),
    **dict.fromkeys(("日", "昼夜"), "天"),
    **dict.fromkeys(("载", "周年"), "年"),
    **dict.fromkeys(("幢",), "栋"),
}
# Units that are a round number of a smaller one: 36公里 is 36千米, which reads as 36000米.
_IN_METRES = {"公里": ("米", 1000.0), "吨": ("公斤", 1000.0), "平方公里": ("平方米", 1e6), "公顷": ("平方米", 1e4)}
_RELATIVE_YEARS = {"今年": 0, "本年": 0, "去年": -1, "前年": -2, "明年": 1}
_QUOTED = re.compile(r"[“\"《「]([^“”\"《》「」]{2,16})[”\"》」]")
_LATIN = re.compile(r"[a-z][a-z0-9.+-]{1,20}")
_SURNAMES = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳酆鲍史唐费廉岑薛雷贺倪汤"
    "滕殷罗毕郝邬安常乐于时傅皮卞齐康伍余元卜顾孟平黄和穆萧尹姚邵湛汪祁毛禹狄米贝明臧计伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻强贾路娄危江童颜郭梅盛"
    "林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫房裘缪解应宗丁宣邓郁单杭洪包诸左石崔吉钮龚程嵇邢裴陆荣翁荀羊甄封芮储靳段富巫乌焦巴弓牧车侯宓全班仰秋仲伊"
    "宫宁仇栾暴甘厉戎祖武符刘景詹束龙叶幸司韶黎薄印宿白怀蒲台从鄂索咸籍赖卓蔺屠蒙池乔闻党翟谭劳姬申扶堵冉宰雍桑桂牛寿通边扈燕冀浦尚农温别庄晏柴瞿阎充慕连"
    "茹习宦艾鱼容向古易慎戈廖居衡步都耿满弘匡国文寇广禄阙东欧沃利越隆师巩聂晁勾敖融冷辛阚那简饶曾沙丰关相查后荆红游竺权盖益桓公覃肖闫佟涂代付沐"
)
# What jieba's dictionary marks as names, and is none: common nouns of places and states, and a few verbs and adjectives.
_NOT_NAMES = frozenset(
    "东西 大陆 高山 沿海 内地 天下 世界 江河 西部 东部 中部 南部 北部 海外 库区 贫困地区 山区 市区 城区 "
    "海洋 都市 都城 王国 王朝 朝代 帝国 共和国 联邦 城邦 首都 岛国 群岛 半岛 古典 汉字 大港 欢庆 上流社会 "
    "开山鼻祖 朝廷 宗庙 昌盛 陈列 永久 高峰 常规 华人 洋人 文雅 顾忌 古老 籍贯 万能 金字塔 广告语".split()
)
_NO_NAME_HOLDS = re.compile(r"[的了着很最越]")  # 大大的, 越运越: what the tagger takes for names of people
_GENERAL = "个"  # counts whatever has a measure word of its own: 22个学校 is 22所学校
_OWN_MEASURE = frozenset("所 家 项 座 人 条 栋 台 辆 件 种 类 片 处 间 支 艘 架 口 头 棵 只 股 张 枚 艘 门 届".split())
_TIMES = ("年", "天", "月", "个月", "日", "周", "小时")
_BODY = re.compile(
    r"(?:大学|学院|中学|小学|学校|幼儿园|医院|卫生院|保健院|公司|集团|银行|研究院|研究所|委员会|协会|基金会|日报|晚报|工厂|厂|局|厅|部门|村|镇|乡|街道|社区|工业园|产业园|书屋|展馆|班列)$"
)
_SMALL_PLACE = re.compile(
    r"[\u4e00-\u9fff]{2}(?:村|镇|乡|街道|社区|县|省)(?![民庄会委政长内外级])"
)  # too many for a table; two characters are enough to tell them
_COMMON_VILLAGES = frozenset(
    "乡村 农村 山村 渔村 新村 城镇 集镇 村镇 乡镇 小镇 古镇 重镇 名镇 外县 全县 各县 本县 本村 全村 全镇 我县 该县 该村 该镇 市县 区县 州县 大镇 老乡 家乡 城乡 一省 两省 全省 各省 外省 本省 我省 该省 邻省 跨省 兄弟省 弟省 节省 反省 故乡 下乡 返乡 回乡 水乡 民社区 区街道".split()  # noqa: E501
)
_ZONE = re.compile(r"(?:经开|高新|开发|保税|自贸)区")
_COINED = re.compile(r"集团|公司")  # before which a name may be of any open class: 兴发集团
_QUALIFIER = re.compile(r"n|vn|a|b|j|l|q")
_PLACE_IN_A_NAME = re.compile(
    r"[\u4e00-\u9fff]{0,8}?(?:大学|学院|中学|小学|幼儿园|医院|卫生院|公司|集团|银行|大桥|研究院|研究所|委员会|协会|基金会|日报|晚报)"
)


@lru_cache(maxsize=4096)
def mentions(text: str, published: date | None = None) -> tuple[Mention, ...]:
    """All that ``text`` mentions, left to right within each part; 去年 is a year when ``published`` is known."""
    found: list[Mention] = []
    taken = bytearray(len(text))
    for item in quantities(text):
        if item.kind is QuantityKind.DATE:
            found.append(_date(text, item, published))
        elif not item.vague and not (text[slice(*item.number)] == "一" and item.unit in _TIMES):  # 一年要付: each year
            found.append(Mention(Part.FIGURE, item.start, item.end, text[item.start : item.end], item, unit_of(item)))
        taken[item.start : item.end] = b"\1" * (item.end - item.start)
    placed = [place for place in places(text) if not any(taken[place.start : place.end])]
    for place in placed:
        found.append(Mention(Part.PLACE, place.start, place.end, place.name, tag=_institution(text, place)))
        taken[place.start : place.end] = b"\1" * (place.end - place.start)
    for match in _QUOTED.finditer(text):
        if not any(taken[match.start(1) : match.end(1)]):
            found.append(Mention(Part.NAME, match.start(1), match.end(1), match[1], tag="quoted"))
            taken[match.start(1) : match.end(1)] = b"\1" * len(match[1])
    for match in _LATIN.finditer(text):
        if not any(taken[match.start() : match.end()]):
            found.append(Mention(Part.NAME, match.start(), match.end(), match.group(), tag="latin"))
            taken[match.start() : match.end()] = b"\1" * len(match.group())
    for match in (*_ZONE.finditer(text), *_SMALL_PLACE.finditer(text)):
        if not any(taken[match.start() : match.end()]) and (match.re is _ZONE or _is_small_place(text, match)):
            found.append(Mention(Part.NAME, match.start(), match.end(), match.group(), tag="small"))
            taken[match.start() : match.end()] = b"\1" * len(match.group())
    found += _bodies(text, taken)
    for word in tagged(text):
        if word.tag.startswith("nr") and (word.text[0] not in _SURNAMES or len(word.text) > 4):
            continue
        if word.text in _NOT_NAMES or _NO_NAME_HOLDS.search(word.text):
            continue
        if word.is_name and len(word.text) > 1 and not any(taken[word.start : word.end]):
            found.append(Mention(Part.NAME, word.start, word.end, word.text, tag=word.tag[:2]))
        elif word.tag == "ns" and len(word.text) > 1 and not any(taken[word.start : word.end]):
            found.append(Mention(Part.NAME, word.start, word.end, word.text, tag="ns"))  # a place the table does not hold: 法国, 三峡
    return tuple(sorted(found, key=lambda mention: (mention.start, mention.end)))


def _is_small_place(text: str, match: re.Match[str]) -> bool:
    """Whether the two characters before 村 or 镇 name it: not 美丽乡村, 每个镇, 移民乡镇."""
    if match.group()[1:] in _COMMON_VILLAGES:
        return False
    for word in tagged(text):
        if word.start < match.end() < word.end:
            return False  # 村民
        if match.start() <= word.start < match.end() - 1 and (word.tag[:1] in "mrpcu" or (word.tag[:1] in "dv" and len(word.text) > 1)):
            return False
    return True


def _bodies(text: str, taken: bytearray) -> list[Mention]:
    """Institutions named by common words: 先锋小学, 移民产业园; with what qualifies them, as far as the words run."""
    found = []
    running = tagged(text)
    for number, word in enumerate(running):
        if not _BODY.search(word.text) or any(taken[word.start : word.end]):
            continue
        first = number
        while (
            first
            and number - first < 3
            and (_QUALIFIER.match(running[first - 1].tag) or (first == number and _coined(running[first - 1], word)))
            and not any(taken[running[first - 1].start : running[first - 1].end])
        ):
            first -= 1
        start = running[first].start
        if first < number or len(word.text) > 3:
            found.append(Mention(Part.NAME, start, word.end, text[start : word.end], tag="body"))
            taken[start : word.end] = b"\1" * (word.end - start)
    return found


def _coined(before: Word, word: Word) -> bool:
    return _COINED.match(word.text) is not None and len(before.text) > 1 and before.tag[:1] in "vadi"


def unit_of(item: Quantity) -> str:
    """The unit of ``item``, one word for all units that mean the same."""
    return _ONE_UNIT.get(item.unit, item.unit)


def _date(text: str, item: Quantity, published: date | None) -> Mention:
    value = int(item.value)
    year, month, day = value // 10000, value // 100 % 100, value % 100
    said = text[item.start : item.end]
    relative = ""
    for word, offset in _RELATIVE_YEARS.items():
        if said.startswith(word):
            year, relative = (published.year + offset, "") if published else (0, word)
    if not year and not month and not relative:
        relative = re.sub(r"[\"“”'‘’]|时期|期间|规划|以来|[中末初](?:期|叶)?|[前后]期|[上下前后]半叶?", "", said)
    return Mention(Part.DATE, item.start, item.end, said, item, moment=(year, month, day), relative=relative)


def _institution(text: str, place: Place) -> str:
    """The name of the institution that ``place`` opens, "" for none: 天津医院."""
    if not place.in_institution:
        return ""
    match = _PLACE_IN_A_NAME.match(text, place.end)
    return text[place.start : match.end()] if match else ""


def same(claimed: Mention, stated: Mention) -> bool:
    """Whether ``stated`` says what ``claimed`` says, or says it more closely."""
    if claimed.part is not stated.part:
        return False
    if claimed.part is Part.FIGURE:
        return _same_figure(claimed, stated)
    if claimed.part is Part.DATE:
        return _same_date(claimed, stated)
    if claimed.part is Part.PLACE:
        return claimed.text == stated.text
    return claimed.text == stated.text or claimed.text in stated.text


def _same_figure(claimed: Mention, stated: Mention) -> bool:
    one, other = claimed.quantity, stated.quantity
    if one is None or other is None or one.ordinal != other.ordinal or _bound(one.approximate) * _bound(other.approximate) < 0:
        return False  # near 20万 is not over 20万
    if one.unit == "" and one.kind is QuantityKind.COUNT and not one.ordinal:
        return same_value(one.value, other.value)  # a bare number
    if (one.kind is QuantityKind.PERCENT) != (other.kind is QuantityKind.PERCENT):
        return False
    (unit, factor), (other_unit, other_factor) = (_IN_METRES.get(mention.unit, (mention.unit, 1.0)) for mention in (claimed, stated))
    return same_value(one.value * factor, other.value * other_factor) and same_unit(unit, other_unit)


def same_unit(one: str, other: str) -> bool:
    """Whether two units of `unit_of` count the same things: equal, or 个 and a measure word in whose place it can stand."""
    return one == other or (_GENERAL in (one, other) and bool({one, other} & _OWN_MEASURE))


def same_value(one: float, other: float) -> bool:
    """Whether two figures are one, but for how a computer holds them."""
    return abs(one - other) <= 1e-9 * max(abs(one), abs(other))


def _bound(approximate: str) -> int:
    if re.search("多|余|超|逾|至少", approximate):
        return 1
    return -1 if re.search("近|不足|接近|最多", approximate) else 0


def _same_date(claimed: Mention, stated: Mention) -> bool:
    century = re.fullmatch(r"(\d{1,2})世纪", claimed.relative)
    if century and stated.moment[0]:
        return (stated.moment[0] - 1) // 100 + 1 == int(century[1])
    if claimed.relative or stated.relative:
        if claimed.relative == stated.relative:
            return _covers(claimed.moment[1:], stated.moment[1:])
        # 2024年12月 and 去年12月: without the day of publication nothing speaks against it
        known = claimed if stated.relative else stated
        either = stated.relative or claimed.relative
        return bool(
            either in _RELATIVE_YEARS
            and not (claimed.relative and stated.relative)
            and known.moment[1]
            and claimed.moment[1:] == stated.moment[1:]
        )
    if claimed.moment[0] and claimed.moment[0] != stated.moment[0]:
        return False
    return _covers(claimed.moment[1:], stated.moment[1:])


def _covers(claimed: tuple[int, ...], stated: tuple[int, ...]) -> bool:
    return all(one in (0, other) for one, other in zip(claimed, stated, strict=True))


def rivals(claimed: Mention, stated: Mention) -> bool:
    """Whether ``stated`` could stand where ``claimed`` stands: the same sort of thing, and not the same."""
    if claimed.part is not stated.part or same(claimed, stated):
        return False
    if claimed.part is Part.FIGURE:
        one, other = claimed.quantity, stated.quantity
        if one is None or other is None or one.ordinal != other.ordinal:
            return False
        if not claimed.unit:
            return False
        if same_value(one.value, other.value):
            return True  # 22所 and 22个
        return one.kind is other.kind and (same_unit(claimed.unit, stated.unit) or one.kind is QuantityKind.AMOUNT)
    if claimed.part is Part.PLACE:
        if contains(stated.text, claimed.text) or bool(claimed.tag) != bool(stated.tag):
            return False
        return level(claimed.text) == level(stated.text) or {level(claimed.text), level(stated.text)} <= {2, 4}
    if claimed.part is Part.NAME:
        return claimed.tag == stated.tag and claimed.tag not in ("nz", "ns") and stated.text not in claimed.text
    return True
