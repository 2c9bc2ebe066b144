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
from wenyuan.chinese.tags import tagged


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
_RELATIVE_YEARS = {"今年": 0, "本年": 0, "去年": -1, "前年": -2, "明年": 1}
_QUOTED = re.compile(r"[“\"《「]([^“”\"《》「」]{2,16})[”\"》」]")
_LATIN = re.compile(r"[a-z][a-z0-9.+-]{1,20}")
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
        elif not item.vague:
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
    for word in tagged(text):
        if word.is_name and len(word.text) > 1 and not any(taken[word.start : word.end]):
            found.append(Mention(Part.NAME, word.start, word.end, word.text, tag=word.tag[:2]))
        elif word.tag == "ns" and len(word.text) > 1 and not any(taken[word.start : word.end]):
            found.append(Mention(Part.NAME, word.start, word.end, word.text, tag="ns"))  # a place the table does not hold: 法国, 三峡
    return tuple(sorted(found, key=lambda mention: (mention.start, mention.end)))


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
        relative = re.sub(r"[\"“”'‘’]|时期|期间|规划|以来|末|初", "", said)
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
        return claimed.text == stated.text or contains(claimed.text, stated.text)
    return claimed.text == stated.text or claimed.text in stated.text


def _same_figure(claimed: Mention, stated: Mention) -> bool:
    one, other = claimed.quantity, stated.quantity
    if one is None or other is None or not same_value(one.value, other.value):
        return False
    if (one.kind is QuantityKind.PERCENT) != (other.kind is QuantityKind.PERCENT) or one.ordinal != other.ordinal:
        return False
    if _bound(one.approximate) * _bound(other.approximate) < 0:  # 近20万 and 20多万
        return False
    return claimed.unit == stated.unit or (one.unit == "" and one.kind is QuantityKind.COUNT)


def same_value(one: float, other: float) -> bool:
    """Whether two figures are one, but for how a computer holds them."""
    return abs(one - other) <= 1e-9 * max(abs(one), abs(other))


def _bound(approximate: str) -> int:
    if re.search("多|余|超|逾|至少", approximate):
        return 1
    return -1 if re.search("近|不足|接近|最多", approximate) else 0


def _same_date(claimed: Mention, stated: Mention) -> bool:
    if claimed.relative or stated.relative:
        if claimed.relative == stated.relative:
            return _covers(claimed.moment[1:], stated.moment[1:])
        # 2024年12月 and 去年12月: without the day of publication nothing speaks against it
        known = claimed if stated.relative else stated
        either = stated.relative or claimed.relative
        return bool(
            either in _RELATIVE_YEARS and not (claimed.relative and stated.relative) and known.moment[1] and claimed.moment[1:] == stated.moment[1:]
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
        return one.kind is other.kind and (claimed.unit == stated.unit or one.kind is not QuantityKind.COUNT or not claimed.unit)
    if claimed.part is Part.PLACE:
        if contains(stated.text, claimed.text) or bool(claimed.tag) != bool(stated.tag):
            return False
        return level(claimed.text) == level(stated.text) or {level(claimed.text), level(stated.text)} <= {2, 4}
    if claimed.part is Part.NAME:
        return claimed.tag == stated.tag and stated.text not in claimed.text
    return True
